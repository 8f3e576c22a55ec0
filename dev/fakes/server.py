"""What every fake provider stands on: a small HTTP server, the list of what it took, and a queue of faults."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType, TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar
from urllib.parse import parse_qs, urlsplit

T = TypeVar("T")

HOLDS = 30.0  # seconds a silent fake waits for the caller to give up


@dataclass(frozen=True)
class Fault:
    """One call's misbehaviour. `taken`: it does what it was asked first, and only then breaks down."""

    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    reset: bool = False
    taken: bool = False

    def after_taking(self) -> "Fault":
        """The same, once the message is on its way."""
        return replace(self, taken=True)


TOO_MANY = Fault(status=429, headers={"Retry-After": "7"})
BROKEN = Fault(status=500, body=b"<h1>Internal Server Error</h1>")
GARBAGE = Fault(status=200, body=b"\xff\xfe not what you hoped for")
SILENT = Fault(silent=True)
RESET = Fault(reset=True)


class Call(NamedTuple):
    """A request as the fake sees it."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """What it answers."""

    body: bytes
    status: int = 200
    type: str = "application/json"
    headers: Mapping[str, str] = MappingProxyType({})


class Fake(Generic[T]):
    """A fake provider; use as a context manager. `received` is what it took, `calls` counts what it was asked."""

    def __init__(self) -> None:
        self.received: list[T] = []
        self.calls = 0
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._server = _Server(self._handle, self._over)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, *faults: Fault) -> None:
        """Misbehave like this in the next calls, in this order, then behave again."""
        with self._lock:
            self._faults.extend(faults)

    def answer(self, call: Call) -> Answer:
        """What the provider does with a call. One at a time."""
        raise NotImplementedError

    def _handle(self, call: Call) -> Answer | Fault:
        with self._lock:
            self.calls += 1
            fault = self._faults.popleft() if self._faults else None
            if fault is None:
                return self.answer(call)
            if fault.taken:
                self.answer(call)
            return fault

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, handle: Callable[[Call], Answer | Fault], over: threading.Event) -> None:
        self.handle_call, self.over = handle, over
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.close_connection = True
        given = self.server.handle_call(Call(self.command, parts.path, query, self.headers, body))  # type: ignore[arg-type]
        if isinstance(given, Fault):
            self._misbehave(given)
        else:
            self._write(given.status, given.body, {"Content-Type": given.type, **given.headers})

    def _misbehave(self, fault: Fault) -> None:
        if fault.silent:
            until = time.monotonic() + HOLDS
            self.connection.settimeout(0.05)
            while time.monotonic() < until and not self.server.over.is_set() and self._is_waited_for():
                pass
        elif fault.reset:
            import socket
            import struct

            # Closing with a linger of no time sends RST instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self._write(fault.status, fault.body, fault.headers)

    def _is_waited_for(self) -> bool:
        """Whether the caller is still there; waits a moment to find out."""
        try:
            return bool(self.connection.recv(1))
        except TimeoutError:
            return True
        except OSError:
            return False

    def _write(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # said, or the next call may be sent down a line that is being hung up
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: what a fake is sent may look like somebody's data."""
