"""A message as a letter: its subject, its words, its page, and who it is from."""

import html
from email.utils import formataddr, parseaddr
from typing import Final

from chalicelib.base import settings
from chalicelib.notices.approved import shortened
from chalicelib.notices.channels import Message, SendingFailed

_LONGEST_SUBJECT: Final = 60
_OPEN: Final = {"zh-CN": "打开微心愿", "en": "Open MicroWish"}


def sender() -> str:
    """`EMAIL_FROM`, its name fit for a header whatever its script. Raises SendingFailed where there is none."""
    name, address = parseaddr(settings.text("EMAIL_FROM"))
    if not address:
        raise SendingFailed("email: no sender")
    return formataddr((name, address))


def subject(message: Message) -> str:
    """The message's subject on one line; the first words of its text where it has none."""
    return shortened(message.subject or message.text, _LONGEST_SUBJECT)


def plain(message: Message) -> str:
    """The text, with the page to open below it."""
    return f"{message.text}\n\n{message.url}\n" if message.url else f"{message.text}\n"


def page(message: Message) -> str:
    """The same as HTML, large enough for old eyes; no pictures, nothing that calls home."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in message.text.splitlines() if line.strip())
    label = _OPEN.get(message.language, _OPEN["zh-CN"])
    link = f'<p><a href="{html.escape(message.url)}">{label}</a></p>' if message.url else ""
    return (
        f'<!doctype html><html lang="{html.escape(message.language)}"><head><meta charset="utf-8">'
        f"<title>{html.escape(subject(message))}</title></head>"
        f'<body style="font-size:18px;line-height:1.6">{lines}{link}</body></html>'
    )
