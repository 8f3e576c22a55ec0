"""The local HTTP server: Chalice's own, with both fixes of the field notes, and strict about what HTTP is.

Whatever cannot be read as a request is answered with a problem document, and the connection is closed where
what follows on it could be taken for something else. Nothing is logged unless VERBOSE=1, and never a query
string: it may hold the last digits of a phone.
"""

import os
import re
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
from chalicelib.base.problems import BadRequest, InternalError, Problem, TooLarge
from dev.gateway import Incoming, Outgoing, problem_answer

LARGEST_BODY = 10 * 1024 * 1024  # bytes, as API Gateway has it
_IDLE = 75.0  # seconds a connection may wait for its next request
_LINGER = 2.0  # seconds for a client to notice that we stopped reading
_LINE = 65_536
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")

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
    """One connection: reads requests strictly, writes answers in one go."""

    server: Server
    disable_nagle_algorithm = True  # Chalice's own stalls 44 ms for each answer on a kept connection
    wbufsize = -1
    timeout = _IDLE
    default_request_version = "HTTP/1.1"
    server_version = "MicroWish"
    sys_version = ""
    raw_requestline: bytes

    def __init__(self, request: Any, client_address: Any, server: Server, app_object: Any, config: Any) -> None:
        # Chalice's would build a gateway for every connection
        BaseHTTPRequestHandler.__init__(self, request, client_address, server)

    def _generic_handle(self) -> None:
        started = time.perf_counter()
        headers = self._headers()
        try:
            body = self._body()
        except Problem as problem:
            self._refuse(problem)
            return
        request = Incoming(self.command, self.path, headers, body, self.client_address[0])
        answer = self.server.respond(request)
        self._send(answer)
        self.wfile.flush()
        if _verbose():
            took = (time.perf_counter() - started) * 1000
            _show(f"{self.command} {request.path} {answer.status} {took:.0f} ms")

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _generic_handle
    do_TRACE = do_CONNECT = _generic_handle

    def parse_request(self) -> bool:
        """As the parent, with raw bytes percent-encoded first: curl sends Chinese parameters as typed, and
        some of their bytes would be taken for spaces."""
        if not self.raw_requestline.isascii():
            self.raw_requestline = _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), self.raw_requestline)
        going_on: bool = super().parse_request()
        return going_on

    def handle_expect_100(self) -> bool:
        """Ask for the body only where it will be taken."""
        try:
            self._body_length()
        except Problem as problem:
            self._refuse(problem)
            return False
        going_on: bool = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses: unreadable request lines, headers, versions, unknown methods."""
        if code == 501:
            self._generic_handle()  # a method like any other: 404 or 405 by its path
            return
        self.request_version = "HTTP/1.1"  # not yet read, or unreadable: answer in ours
        self._refuse(BadRequest())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: a request line may hold personal data."""

    def _headers(self) -> dict[str, str]:
        """Every header in lower case; repeated ones joined as RFC 9110 says, cookies as RFC 6265."""
        found: dict[str, str] = {}
        for name, value in self.headers.items():
            name = name.lower()
            joint = "; " if name == "cookie" else ", "
            found[name] = f"{found[name]}{joint}{value}" if name in found else value
        return found

    def _body_length(self) -> int | None:
        """The announced length in bytes, None for a chunked body. Raises BadRequest, TooLarge."""
        lengths = {value.strip() for value in self.headers.get_all("content-length", ())}
        codings = [value.strip().lower() for value in self.headers.get_all("transfer-encoding", ())]
        if codings:
            # Both together is how one request is smuggled inside another (RFC 9112 section 6.1).
            if codings != ["chunked"] or lengths:
                raise BadRequest()
            return None
        if len(lengths) > 1 or not all(text.isascii() and text.isdigit() and len(text) < 16 for text in lengths):
            raise BadRequest()
        length = int(lengths.pop()) if lengths else 0
        if length > LARGEST_BODY:
            raise TooLarge(limit=LARGEST_BODY)
        return length

    def _body(self) -> bytes:
        length = self._body_length()
        if length is None:
            return self._chunks()
        body: bytes = self.rfile.read(length)
        if len(body) < length:
            raise BadRequest()  # the client left in the middle
        return body

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > LARGEST_BODY:
                raise TooLarge(limit=LARGEST_BODY)
            chunk = self.rfile.read(size)
            if len(chunk) < size or self.rfile.readline(3) not in (b"\r\n", b"\n"):
                raise BadRequest()
            body += chunk
        for _ in range(100):  # trailers say nothing to us
            line = self.rfile.readline(_LINE)
            if line in (b"\r\n", b"\n"):
                return bytes(body)
            if not line:
                break
        raise BadRequest()

    def _chunk_size(self) -> int:
        text = self.rfile.readline(1024).partition(b";")[0].strip()
        if not text or len(text) > 8 or text.strip(b"0123456789abcdefABCDEF"):
            raise BadRequest()
        return int(text, 16)

    def _refuse(self, problem: Problem) -> None:
        """Answer, and close: an unread body must not be taken for the next request."""
        headers = getattr(self, "headers", None)
        language = _language(headers.get("accept-language") if headers is not None else None)
        self.close_connection = True
        self._send(problem_answer(problem, language))
        if _verbose():
            _show(f"unreadable request {problem.status}")
        with suppress(OSError):
            self.wfile.flush()
            self._linger()

    def _send(self, answer: Outgoing) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if getattr(self, "command", None) != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)

    def _linger(self) -> None:
        """Take what the client is still sending, for a moment: closing on unread bytes would reset the
        connection, and the client would lose the answer that says what was wrong."""
        self.connection.shutdown(socket.SHUT_WR)
        until = time.monotonic() + _LINGER
        while (left := until - time.monotonic()) > 0:
            self.connection.settimeout(left)
            if not self.connection.recv(_LINE):
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
