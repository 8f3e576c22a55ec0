"""A subdistrict's group in WeCom, through its group robot: `to` is the subdistrict, its webhook's key is a secret.

A robot takes twenty messages a minute and knows no idempotency token.
"""

from typing import Final
from urllib.parse import quote

import msgspec

from chalicelib.base import settings
from chalicelib.notices.asking import ask
from chalicelib.notices.channels import Message, RateLimited, SendingFailed

_URL: Final = "https://qyapi.weixin.qq.com"
_MOST_BYTES: Final = 2048  # of a text
_PAUSE: Final = 60  # seconds: its limit counts by the minute
_LIMITED: Final = {45009, 45033}
_PERMANENT: Final = {40008, 44004, 45002}  # the message is not one: another try is the same


class _Answer(msgspec.Struct):
    errcode: int


def send(message: Message) -> str:
    """Post the text to the subdistrict's group; the robot gives no id. Raises SendingFailed."""
    key = settings.secrets().wecom_keys.get(message.to)
    if not key:
        raise SendingFailed("wecom: no robot for this subdistrict", permanent=True)
    text = f"{message.text}\n{message.url}" if message.url else message.text
    content = msgspec.json.encode({"msgtype": "text", "text": {"content": _fitting(text)}})
    url = f"{settings.text('WECOM_URL', _URL)}/cgi-bin/webhook/send?key={quote(key, safe='')}"
    code = ask("wecom", url, content, _Answer).errcode
    if code in _LIMITED:
        raise RateLimited(f"wecom: {code}", _PAUSE)
    if code:
        raise SendingFailed(f"wecom: {code}", permanent=code in _PERMANENT, unsure=code == -1)
    return ""


def _fitting(text: str) -> str:
    encoded = text.encode()
    if len(encoded) <= _MOST_BYTES:
        return text
    return encoded[: _MOST_BYTES - len("…".encode())].decode(errors="ignore") + "…"
