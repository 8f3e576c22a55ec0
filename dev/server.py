"""The local HTTP server: Chalice's own, with both fixes of the field notes, and strict about what HTTP is.

Whatever cannot be read as a request is answered with a problem document. Nothing is logged unless VERBOSE=1, and
never a query string: it may hold the last digits of a phone.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer, ThreadedHTTPServer

from chalicelib.base import languages
from chalicelib.base.problems import InternalError, Problem
from dev import wire
from dev.gateway import Incoming, Outgoing, problem_answer

_IDLE = 75.0  # seconds a connection may wait for its next request
_LINGER = 2.0  # seconds for a client to notice that we stopped reading
_PIECE = 65_536  # bytes

Answer = Callable[[Incoming], Outgoing]


def serve(app: Chalice, config: Config, host: str, port: int, answer: Answer) -> "Server":
    """Listen on host and port (0: any free one); `serve_forever` is the caller's to run. Raises OSError."""
    server: Server = LocalDevServer(app, config, host, port, handler_cls=Handler, server_cls=Server).server
    server.answer = answer
    return server


class Server(ThreadedHTTPServer):
    """One thread per connection; knows how many requests it is working on."""

    request_queue_size = 1024  # Chalice's 5 refuses a rush

    def __init__(self, *arguments: Any) -> None:
        self.answer: Answer
        self._working = 0
        self._quiet = threading.Condition()
        super().__init__(*arguments)

    def server_bind(self) -> None:
        """Without what HTTPServer adds: it asks the DNS for its own name, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def respond(self, request: Incoming) -> Outgoing:
        """The answer to a request; a problem document for every refusal and every surprise."""
        with self._quiet:
            self._working += 1
        try:
            return self.answer(request)
        except Problem as problem:
            return problem_answer(problem, _language(request.headers.get("accept-language")))
        except Exception as error:
            # the last resort of the server: its text may hold personal data, so only kind and place are shown
            _show(f"{request.method} {request.path}: {type(error).__name__} at {_place(error)}")
            return problem_answer(InternalError(), _language(request.headers.get("accept-language")))
        finally:
            with self._quiet:
                self._working -= 1
                self._quiet.notify_all()

    def drain(self, timeout: float) -> bool:
        """Wait until no request is being worked on; whether that came within `timeout` seconds."""
        with self._quiet:
            return self._quiet.wait_for(lambda: self._working == 0, timeout)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            _show(f"connection: {type(error).__name__} at {_place(error)}")


class Handler(ChaliceRequestHandler):
    """One connection: a request at a time, each read strictly and answered in one piece."""

    server: Server
    disable_nagle_algorithm = True  # Chalice's own stalls 44 ms for each answer on a kept connection
    timeout = _IDLE

    def __init__(self, request: Any, client_address: Any, server: Server, app_object: Any, config: Any) -> None:
        # Chalice's would build a gateway for every connection
        BaseHTTPRequestHandler.__init__(self, request, client_address, server)

    def handle_one_request(self) -> None:
        """Read a request and answer it; a problem document where it cannot be read. Sets `close_connection`."""
        self.close_connection = True
        head: wire.Head | None = None
        try:
            head = wire.read_head(self.rfile)
            if head is not None:
                self._answer(head, self._body(head))
        except Problem as problem:
            self._refuse(problem, head)
        except (ConnectionError, TimeoutError):
            return  # the client has left, or sleeps

    def _body(self, head: wire.Head) -> bytes:
        if head.waits_to_be_asked and (head.length or 0) <= wire.LARGEST_BODY:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return wire.read_body(self.rfile, head)

    def _answer(self, head: wire.Head, body: bytes) -> None:
        started = time.perf_counter()
        request = Incoming(head.method, head.target, head.headers, body, self.client_address[0])
        answer = self.server.respond(request)
        self.close_connection = not head.keeps_connection
        self._send(answer, without_body=head.method == "HEAD")
        if _verbose():
            took = (time.perf_counter() - started) * 1000
            _show(f"{head.method} {request.path} {answer.status} {took:.0f} ms")

    def _refuse(self, problem: Problem, head: wire.Head | None) -> None:
        """Answer, and close: an unread body must not be taken for the next request."""
        language = _language(head.headers.get("accept-language") if head is not None else None)
        if _verbose():
            _show(f"unreadable request {problem.status}")
        with suppress(OSError):
            self._send(problem_answer(problem, language), without_body=False)
            self._linger()

    def _send(self, answer: Outgoing, *, without_body: bool) -> None:
        self.wfile.write(wire.written(answer, without_body=without_body, closing=self.close_connection))

    def _linger(self) -> None:
        """Take what the client is still sending, for a moment: closing on unread bytes would reset the
        connection, and the client would lose the answer that says what was wrong."""
        self.connection.shutdown(socket.SHUT_WR)
        until = time.monotonic() + _LINGER
        while (left := until - time.monotonic()) > 0:
            self.connection.settimeout(left)
            if not self.connection.recv(_PIECE):
                return


def _language(header: str | None) -> str:
    return languages.preferred(header)


def _verbose() -> bool:
    return os.environ.get("VERBOSE") == "1"


def _show(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
