"""WeChat's official account, as far as signing in needs it: where a person agrees, and whose code came back.

The protocol is WeChat's OAuth 2.0 for web pages inside its browser, with the scope that asks nobody anything
(`snsapi_base`): all we want to know is the openid. The app's secret comes from the stage's secrets.
"""

from typing import Final
from urllib.parse import urlencode

import msgspec

from chalicelib.base import settings
from chalicelib.base.problems import NotFound, TooManyRequests, Unauthorized, Unavailable

_OPEN: Final = "https://open.weixin.qq.com"
_API: Final = "https://api.weixin.qq.com"
_OF_THE_CODE: Final = {40029, 40163, 41008, 42003}  # unknown, used before, missing, too old
_LIMITED: Final = {45009: 3600, 45011: 60}  # code → seconds until it is worth another try


class _Answer(msgspec.Struct):
    openid: str = ""
    errcode: int = 0


def require_configured() -> None:
    """Raises NotFound `wechat_not_configured` on a stage without an official account."""
    if not (settings.text("WECHAT_APP_ID") and settings.site_url() and settings.secrets().wechat_secret):
        raise NotFound("wechat_not_configured")


def agreement(callback: str, state: str) -> str:
    """The page of WeChat's that sends the person back to `callback` (a path) with a code and the state."""
    asked = {
        "appid": settings.text("WECHAT_APP_ID"),
        "redirect_uri": settings.site_url() + callback,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    address = settings.text("WECHAT_OPEN_URL", _OPEN)
    return f"{address}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


def openid(code: str) -> str:
    """Whose code it is. WeChat takes each code once, for five minutes.

    Raises Unauthorized `wechat_code` for any other code, TooManyRequests while WeChat takes no more, Unavailable.
    """
    from chalicelib.base import outgoing

    asked = {
        "appid": settings.text("WECHAT_APP_ID"),
        "secret": settings.secrets().wechat_secret,
        "code": code,
        "grant_type": "authorization_code",
    }
    address = f"{settings.text('WECHAT_URL', _API)}/sns/oauth2/access_token?{urlencode(asked)}"
    try:
        reply = outgoing.get(address)
        answer = msgspec.json.decode(reply.content, type=_Answer)
    except outgoing.NoAnswer as error:
        raise Unavailable(f"wechat: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unavailable("wechat: unreadable answer") from None
    if answer.errcode in _OF_THE_CODE:
        raise Unauthorized("wechat_code")
    if answer.errcode in _LIMITED:
        raise TooManyRequests(headers={"Retry-After": str(_LIMITED[answer.errcode])})
    if reply.status != 200 or answer.errcode or not answer.openid:
        raise Unavailable(f"wechat: {answer.errcode or reply.status}")
    return answer.openid
