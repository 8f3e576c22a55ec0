"""Asking a provider over HTTP to send something: every way in which that can go wrong, as one of the outcomes."""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from chalicelib.base import outgoing
from chalicelib.notices.channels import RateLimited, SendingFailed

T = TypeVar("T")

JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
_PAUSE: Final = 60  # seconds; for providers that answer 429 and do not say how long


def ask(provider: str, url: str, content: bytes, shape: type[T], headers: Mapping[str, str] = JSON) -> T:
    """The provider's answer to a POST, as `shape`. Raises SendingFailed; its reason names the provider, nobody else."""
    try:
        reply = outgoing.post(url, content, headers)
    except outgoing.NoAnswer as error:
        raise SendingFailed(f"{provider}: {error}", unsure=error.asked) from None
    if reply.status == 429:
        raise RateLimited(f"{provider}: 429", reply.retry_after or _PAUSE)
    if reply.status >= 500:  # it may have broken down after it had sent
        raise SendingFailed(f"{provider}: {reply.status}", retry_after=reply.retry_after, unsure=True)
    if reply.status != 200:
        raise SendingFailed(f"{provider}: {reply.status}")
    try:
        return msgspec.json.decode(reply.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SendingFailed(f"{provider}: unreadable answer", unsure=True) from None
