"""HTTP/1.1 on the wire: requests read strictly, answers written in one piece.

Python's own server reads headers with its e-mail parser, which forgives what must not be forgiven on a kept
connection: after a line it cannot read it stops, does not see the Content-Length below, and takes the body for
the next request. Whatever is unclear here is a BadRequest, after which the connection has to be closed.
"""

import re
from email.utils import formatdate
from http import HTTPStatus
from typing import BinaryIO, Final, NamedTuple

from chalicelib.base.problems import BadRequest, TooLarge
from dev.gateway import Outgoing

LARGEST_BODY: Final = 10 * 1024 * 1024  # bytes, as API Gateway has it
_LONGEST_LINE: Final = 65_536  # bytes
_MOST_HEADERS: Final = 100
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET: Final = re.compile(rb"[\x21-\xff]+")
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]")
_NEWLINES: Final = (b"\r\n", b"\n")
_WITHOUT_BODY: Final = (204, 304)


class Head(NamedTuple):
    """A request up to its body; header names are in lower case. `length` is None for a chunked body."""

    method: str
    target: str
    version: str
    headers: dict[str, str]
    length: int | None

    @property
    def keeps_connection(self) -> bool:
        """Whether another request may follow on the connection."""
        wanted = self.headers.get("connection", "").lower()
        return "close" not in wanted if self.version == "HTTP/1.1" else "keep-alive" in wanted

    @property
    def waits_to_be_asked(self) -> bool:
        """Whether the client holds its body back until it is told to go on."""
        return self.version == "HTTP/1.1" and self.headers.get("expect", "").lower() == "100-continue"


def read_head(stream: BinaryIO) -> Head | None:
    """The next request's head, None when the client has left. Raises BadRequest."""
    line = stream.readline(_LONGEST_LINE + 1)
    if line in _NEWLINES:  # some clients end their body with one more (RFC 9112 section 2.2)
        line = stream.readline(_LONGEST_LINE + 1)
    if not line:
        return None
    words = line.rstrip(b"\r\n").split(b" ")
    if len(words) != 3 or not line.endswith(b"\n") or words[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise BadRequest()
    method = words[0].decode("latin-1")
    if not _TOKEN.fullmatch(method) or not _TARGET.fullmatch(words[1]):
        raise BadRequest()
    headers, length = _read_headers(stream)
    return Head(method, _target(words[1]), words[2].decode(), headers, length)


def read_body(stream: BinaryIO, head: Head) -> bytes:
    """The body of the request. Raises TooLarge, BadRequest."""
    if head.length is None:
        return _read_chunks(stream)
    if head.length > LARGEST_BODY:
        raise TooLarge(limit=LARGEST_BODY)
    body = stream.read(head.length) if head.length else b""
    if len(body) < head.length:
        raise BadRequest()  # the client left in the middle
    return body


def written(answer: Outgoing, *, without_body: bool, closing: bool) -> bytes:
    """The answer's bytes; `without_body` for HEAD, `closing` when the connection ends with it."""
    lines = [
        f"HTTP/1.1 {answer.status} {_phrase(answer.status)}",
        f"Date: {formatdate(usegmt=True)}",
        *(
            f"{name}: {value}"
            for name, value in answer.headers
            if name.lower() not in ("content-length", "connection", "date")
        ),
    ]
    if answer.status not in _WITHOUT_BODY:
        lines.append(f"Content-Length: {len(answer.body)}")
    if closing:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head if without_body or answer.status in _WITHOUT_BODY else head + answer.body


def _target(raw: bytes) -> str:
    """The target with raw bytes percent-encoded: curl sends Chinese parameters as they were typed."""
    return _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), raw).decode("ascii")


def _read_headers(stream: BinaryIO) -> tuple[dict[str, str], int | None]:
    """Headers by lower-case name, repeated ones joined as RFC 9110 says (cookies: RFC 6265), and the length."""
    found: dict[str, str] = {}
    lengths: set[str] = set()
    for _ in range(_MOST_HEADERS + 1):
        line = stream.readline(_LONGEST_LINE + 1)
        if line in _NEWLINES:
            return found, _length(lengths, found.get("transfer-encoding"))
        name, colon, value = line.decode("latin-1").partition(":")
        # a folded line, a space before the colon and a line without one are all no token
        if not line.endswith(b"\n") or not colon or not _TOKEN.fullmatch(name):
            raise BadRequest()
        name, value = name.lower(), value.strip(" \t\r\n")
        if name == "content-length":
            lengths.add(value)
        joint = "; " if name == "cookie" else ", "
        found[name] = f"{found[name]}{joint}{value}" if name in found else value
    raise BadRequest()


def _length(lengths: set[str], coding: str | None) -> int | None:
    if coding is not None:
        # Both together is how one request is smuggled inside another (RFC 9112 section 6.1).
        if coding.lower() != "chunked" or lengths:
            raise BadRequest()
        return None
    text = lengths.pop() if lengths else "0"
    if lengths or not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRequest()
    return int(text)


def _read_chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream):
        if len(body) + size > LARGEST_BODY:
            raise TooLarge(limit=LARGEST_BODY)
        chunk = stream.read(size)
        if len(chunk) < size or stream.readline(3) not in _NEWLINES:
            raise BadRequest()
        body += chunk
    for _ in range(_MOST_HEADERS):  # trailers say nothing to us
        line = stream.readline(_LONGEST_LINE)
        if line in _NEWLINES:
            return bytes(body)
        if not line:
            break
    raise BadRequest()


def _chunk_size(stream: BinaryIO) -> int:
    text = stream.readline(1024).partition(b";")[0].strip()
    if not text or len(text) > 8 or text.strip(b"0123456789abcdefABCDEF"):
        raise BadRequest()
    return int(text, 16)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
