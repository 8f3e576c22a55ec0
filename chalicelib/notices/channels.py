"""Channels: one interface, one sender per channel. The local run and the tests put their own senders here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.base import aws


@dataclass(frozen=True)
class Message:
    """What goes out: to a phone, an address or a group, over one channel. `code` is the secret in it, if any."""

    to: str
    channel: str
    kind: str
    text: str
    code: str | None = None


class SendingFailed(Exception):
    """A channel did not take the message; it may be tried again. Carries no text of the message."""


def send(message: Message) -> None:
    """Hand the message to its channel's sender. Raises SendingFailed; the text is never logged."""
    SENDERS[message.channel](message)


def _by_sns(message: Message) -> None:
    try:
        aws.client("sns").publish(PhoneNumber=f"+86{message.to}", Message=message.text)
    except (BotoCoreError, ClientError) as error:
        raise SendingFailed(type(error).__name__) from error


SENDERS: Final[dict[str, Callable[[Message], None]]] = {"sms": _by_sns}
