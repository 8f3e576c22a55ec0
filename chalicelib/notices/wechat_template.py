"""Template messages of the official account, to a follower's openid; for a person's own claims and wishes only.

WeChat sends one message per openid and `client_msg_id` within ten minutes, so that the first tries of a message that
did arrive are not seen twice.
"""

import hashlib
from typing import Final

import msgspec

from chalicelib.base import settings
from chalicelib.notices import approved, wechat_token
from chalicelib.notices.asking import ask
from chalicelib.notices.channels import Message, RateLimited, SendingFailed

_SENT_BEFORE: Final = 45065  # this client_msg_id has been sent
_STALE: Final = {40001, 40014, 42001}  # the access token
_LIMITED: Final = {45009: 3600, 45011: 60, 45047: 3600}  # code → seconds until it is worth another try
_PERMANENT: Final = {
    40003,  # no such openid
    40036,
    40037,  # no such template
    40039,  # the address to open is too long
    41028,
    43004,  # does not follow the account (any more)
    43019,  # in the account's black list
    43101,  # refused by its reader
    47003,  # a blank does not take this value
    48001,  # the account may not send templates
}
_LONGEST: Final = {"thing": 20, "phrase": 5, "name": 10, "character_string": 32, "number": 32, "const": 20}
_OTHERWISE: Final = 32  # characters of a blank


class _Answer(msgspec.Struct):
    errcode: int
    msgid: int = 0


def send(message: Message) -> str:
    """Send the kind's template; WeChat's message id. A refused access token is renewed once. Raises SendingFailed."""
    content = msgspec.json.encode(_body(message))
    token = wechat_token.current()
    answer = _asked(token, content)
    if answer.errcode in _STALE:
        answer = _asked(wechat_token.renewed(token), content)
    return _outcome(answer)


def _body(message: Message) -> dict[str, object]:
    template, blanks = approved.filled("WECHAT_TEMPLATES", message)
    body: dict[str, object] = {
        "touser": message.to,
        "template_id": template,
        "data": {blank: {"value": approved.shortened(value, _longest(blank))} for blank, value in blanks.items()},
    }
    if message.url:
        body["url"] = message.url
    if message.token:
        body["client_msg_id"] = hashlib.sha256(message.token.encode()).hexdigest()[:32]
    return body


def _longest(blank: str) -> int:
    """How many characters a blank takes: its name is its kind with a number behind."""
    return _LONGEST.get(blank.rstrip("0123456789"), _OTHERWISE)


def _asked(token: wechat_token.Token, content: bytes) -> _Answer:
    url = settings.text("WECHAT_URL", wechat_token.URL)
    return ask("wechat", f"{url}/cgi-bin/message/template/send?access_token={token.value}", content, _Answer)


def _outcome(answer: _Answer) -> str:
    code = answer.errcode
    if code in (0, _SENT_BEFORE):
        return str(answer.msgid) if answer.msgid else ""
    if code in _LIMITED:
        raise RateLimited(f"wechat: {code}", _LIMITED[code])
    raise SendingFailed(f"wechat: {code}", permanent=code in _PERMANENT, unsure=code == -1)
