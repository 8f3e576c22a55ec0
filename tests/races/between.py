"""Lets something happen at a chosen moment of an act: just before its n-th call of AWS, or instead of its answer.

One place for both: the HTTP session below botocore's clients, so that everything above it runs as it does in earnest.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from chalicelib.base import aws

Send = Callable[[Any], Any]
_WRITES = ("Put", "Update", "Delete", "TransactWrite", "BatchWrite")
_SERVICES = ("dynamodb", "s3", "kms", "ssm")


class Killed(BaseException):
    """The Lambda is gone: nothing of ours catches it."""


class Wire:
    """Counts the calls of AWS within its block; `meddle` is asked to do each of them, and may do otherwise."""

    def __init__(self, meddle: Callable[[int, Send, Any], Any], *, only_writes: bool) -> None:
        self.calls = 0
        self._meddle = meddle
        self._only_writes = only_writes
        self._nested = False

    def send(self, send: Send, request: Any) -> Any:
        if self._nested or (self._only_writes and not _writes(request)):
            return send(request)
        self.calls += 1
        self._nested = True  # whatever is done in between is not part of the act
        try:
            return self._meddle(self.calls, send, request)
        finally:
            self._nested = False


def _writes(request: Any) -> bool:
    target = request.headers.get("X-Amz-Target")
    if target is None:  # S3
        return bool(request.method != "GET")
    operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
    return operation.startswith(_WRITES)


@contextmanager
def on_the_wire(meddle: Callable[[int, Send, Any], Any], *, only_writes: bool = False) -> Iterator[Wire]:
    """Within the block, every call of AWS (or every one that writes) goes through `meddle(number, send, request)`."""
    wire, undo = Wire(meddle, only_writes=only_writes), []
    for service in _SERVICES:
        session = aws.client(service)._endpoint.http_session
        undo.append((session, session.send))
        session.send = lambda request, send=session.send: wire.send(send, request)
    try:
        yield wire
    finally:
        for session, send in undo:
            session.send = send


def doing(act: Callable[[], object], before: int) -> Callable[[int, Send, Any], Any]:
    """Do something whole just before that call."""

    def meddle(number: int, send: Send, request: Any) -> Any:
        if number == before:
            act()
        return send(request)

    return meddle


def failing(at: int, *, landed: bool) -> Callable[[int, Send, Any], Any]:
    """That call, and only that, times out: before anything arrived, or after it was done."""

    def meddle(number: int, send: Send, request: Any) -> Any:
        if number != at:
            return send(request)
        if landed:
            send(request)
            raise ReadTimeoutError(endpoint_url=request.url)
        raise ConnectTimeoutError(endpoint_url=request.url)

    return meddle


def dying(at: int, *, landed: bool = False) -> Callable[[int, Send, Any], Any]:
    """The process dies at that call: before anything arrived, or after it was done."""

    def meddle(number: int, send: Send, request: Any) -> Any:
        if number != at:
            return send(request)
        if landed:
            send(request)
        raise Killed

    return meddle
