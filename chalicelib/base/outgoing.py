"""Calls to services outside AWS: one POST over verified TLS, short time-outs, a bounded answer, no redirects.

Nothing of a call is ever logged or put into an error: paths can carry keys, bodies carry people's data. It loads the
standard library's client and the certificates, so import it where a call is made and not before.
"""

import http.client
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

SECONDS = 5.0  # for connecting, and again for the whole answer
MOST_BYTES: Final = 64 * 1024
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


class Reply(NamedTuple):
    """What the service answered. `retry_after` in seconds, None where it does not say so in whole seconds."""

    status: int
    content: bytes
    retry_after: int | None = None


class NoAnswer(Exception):
    """The service did not answer. `asked`: it may have received the call, and done what it says."""

    def __init__(self, reason: str, *, asked: bool) -> None:
        super().__init__(reason)
        self.asked = asked


def post(url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
    """POST `content` to `url`. Raises NoAnswer; whatever status comes back is an answer."""
    return _call("POST", url, content, headers)


def get(url: str) -> Reply:
    """GET `url`. Raises NoAnswer."""
    return _call("GET", url, None, {})


def _call(method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Reply:
    parts = urlsplit(url)
    connection = _connection(parts)
    # `from None`: the library's own words may quote the address, which may carry a key.
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NoAnswer(type(error).__name__, asked=False) from None
        try:
            target = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/").geturl()
            connection.request(method, target, content, headers)
            return _reply(connection.getresponse(), time.monotonic() + SECONDS)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(type(error).__name__, asked=True) from None
    finally:
        connection.close()


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    """Plain HTTP is for services on this very machine: the fakes of the tests. Raises ValueError for any other."""
    if parts.scheme == "https" and parts.hostname:
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=SECONDS, context=_verifying())
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    raise ValueError("calls go out over https")


@cache
def _verifying() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _reply(response: http.client.HTTPResponse, until: float) -> Reply:
    content = b""
    # The time-out is for each piece of the answer; a service that drips would hold us for as long as it likes.
    while len(content) <= MOST_BYTES and (piece := response.read1(MOST_BYTES)):
        content += piece
        if time.monotonic() > until:
            raise TimeoutError
    if len(content) > MOST_BYTES:
        raise http.client.HTTPException
    waits = response.headers.get("Retry-After", "")
    return Reply(response.status, content, int(waits) if waits.isdecimal() and len(waits) < 7 else None)
