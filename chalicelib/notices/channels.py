"""Channels: one interface, one sender per channel. The local run and the tests put their own senders here.

Which provider stands behind a channel is the stage's choice (`SMS_PROVIDER`, `EMAIL_PROVIDER`); its client is imported
when the first message goes out, so that a function that sends nothing pays for none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.base import settings
from chalicelib.base.problems import Unavailable

Channel = Literal["sms", "email", "wechat", "wecom"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)


@dataclass(frozen=True)
class Message:
    """What goes out over one channel. What it says, and to whom, is kept out of its repr: logs and tracebacks show it.

    `to` is a phone (sms), an address (email), an openid (wechat) or a subdistrict (wecom). `code` is the secret in the
    text, if any. `values` are the text's values by name, for providers that take approved templates instead of words.
    `url` is the page to open. `token` is the same for every try of one message: a provider that knows such a thing
    sends it once (docs/adr/0011).
    """

    to: str = field(repr=False)
    channel: str
    kind: str
    text: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    subject: str = field(default="", repr=False)
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    url: str = field(default="", repr=False)
    token: str = ""
    language: str = "zh-CN"


class SendingFailed(Exception):
    """A channel did not take the message. Its text is a short reason; never the message, its reader or a key.

    `permanent`: trying again is pointless (no such number, unsubscribed, refused by its reader). `retry_after`: seconds
    the provider wants to be left alone, None where it does not say. `unsure`: the provider may have taken it all the
    same (it fell silent after it was asked), so that trying again can send it twice.
    """

    def __init__(
        self, reason: str, *, permanent: bool = False, retry_after: int | None = None, unsure: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        self.unsure = unsure


class RateLimited(SendingFailed):
    """The provider takes no more for now. Says nothing about the message: it does not count as one of its tries."""

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason, retry_after=retry_after)
        self.retry_after: int = retry_after


def is_set_up(channel: Channel, to: str) -> bool:
    """Whether the stage has what a channel needs to reach `to`; the local run's outbox stands in for everything.

    A message is not put on a channel that the stage does not have: there it could only fail.
    """
    if settings.is_local_run():
        return True
    match channel:
        case "sms":
            return True
        case "email":
            return bool(settings.text("EMAIL_FROM"))
        case "wechat":
            return bool(settings.text("WECHAT_APP_ID"))
        case "wecom":
            return to in settings.secrets().wecom_keys


Sender = Callable[[Message], str | None]


def send(message: Message) -> str:
    """Hand the message to its channel's sender; the provider's id of it, "" where it gives none.

    Raises SendingFailed, RateLimited among them. The text is never logged.
    """
    try:
        return SENDERS[message.channel](message) or ""
    # Our own secrets, keys or tables did not answer; all of them are asked before anything is sent.
    except (Unavailable, PynamoDBException, BotoCoreError, ClientError) as error:
        raise SendingFailed(f"{message.channel}: {type(error).__name__}") from None


def _by_sms(message: Message) -> str:
    match settings.text("SMS_PROVIDER", "sns"):
        case "sns":
            from chalicelib.notices import sms_sns

            return sms_sns.send(message)
        case "tencent":
            from chalicelib.notices import sms_tencent

            return sms_tencent.send(message)
    raise SendingFailed("sms: no such provider")


def _by_email(message: Message) -> str:
    match settings.text("EMAIL_PROVIDER", "ses"):
        case "ses":
            from chalicelib.notices import email_ses

            return email_ses.send(message)
        case "smtp":
            from chalicelib.notices import email_smtp

            return email_smtp.send(message)
    raise SendingFailed("email: no such provider")


def _by_wechat(message: Message) -> str:
    from chalicelib.notices import wechat_template

    return wechat_template.send(message)


def _by_wecom(message: Message) -> str:
    from chalicelib.notices import wecom_robot

    return wecom_robot.send(message)


SENDERS: Final[dict[str, Sender]] = {
    "sms": _by_sms,
    "email": _by_email,
    "wechat": _by_wechat,
    "wecom": _by_wecom,
}
