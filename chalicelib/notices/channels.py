"""Channels: one interface, one sender per channel. The local run and the tests put their own senders here."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chalicelib.base import aws

_log = logging.getLogger("microwish")


@dataclass(frozen=True)
class Message:
    """What goes out: to a phone, an address or a group, over one channel. `code` is the secret in it, if any."""

    to: str
    channel: str
    kind: str
    text: str
    code: str | None = None


def send(message: Message) -> None:
    """Hand the message to its channel's sender. Raises what the sender raises; the text is never logged."""
    SENDERS[message.channel](message)


def _by_sns(message: Message) -> None:
    aws.client("sns").publish(PhoneNumber=f"+86{message.to}", Message=message.text)


SENDERS: Final[dict[str, Callable[[Message], None]]] = {"sms": _by_sns}
