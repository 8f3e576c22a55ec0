"""WeChat's OAuth for web pages: the page a person agrees on, and the codes that say who it was.

GET /connect/oauth2/authorize   who are you?  →  back to redirect_uri with code and state, or with the state alone
GET /sns/oauth2/access_token    a code, once and within five minutes  →  its openid
"""

import html
import json
import secrets
import time
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from dev.fakes.server import Answer, Call

APP, SECRET = "wxtest", "wechat-secret-canary"
PEOPLE: Final = {"openid-of-a": "微信用户甲", "openid-of-b": "微信用户乙", "openid-of-c": "微信用户丙"}
_CODE_SECONDS: Final = 300
_ERRORS: Final = {
    -1: "system error",
    40002: "invalid grant_type",
    40013: "invalid appid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    41008: "missing code",
    42003: "code expired",
    45011: "api minute-quota reach limit",
}


class Agreement:
    """What WeChat remembers of it: the codes given out, and which of them were traded."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[str, float]] = {}  # code → openid, until
        self._used: set[str] = set()
        self._next: list[int] = []

    def code_for(self, openid: str) -> str:
        """A code, as the page would give it to that person."""
        code = secrets.token_urlsafe(24)
        self._given[code] = (openid, time.monotonic() + _CODE_SECONDS)
        return code

    def age(self) -> None:
        """All codes given out are too old from now on."""
        self._given = {code: (openid, 0.0) for code, (openid, _) in self._given.items()}

    def refuse_next(self, errcode: int) -> None:
        """Answer the next trade with this error."""
        self._next.append(errcode)

    def answer(self, call: Call) -> Answer | None:
        """WeChat's answer, None for a call that is not about this."""
        match call.method, call.path:
            case "GET", "/connect/oauth2/authorize":
                return self._page(call.query)
            case "GET", "/sns/oauth2/access_token":
                return Answer(json.dumps(self._trade(call.query)).encode())
        return None

    def _page(self, query: dict[str, str]) -> Answer:
        back = query.get("redirect_uri", "")
        wrong = (
            (query.get("appid") != APP, "appid 参数错误"),
            (urlsplit(back).scheme not in ("http", "https"), "redirect_uri 参数错误"),
            (query.get("response_type") != "code", "response_type 参数错误"),
            (query.get("scope") not in ("snsapi_base", "snsapi_userinfo"), "Scope 参数错误或没有 Scope 权限"),
            (not _fits(query.get("state", "")), "state 参数错误"),
        )
        for is_wrong, words in wrong:
            if is_wrong:
                return _html(f"<p>{words}</p>")
        state = query.get("state", "")
        if "as" in query:
            return _redirect(back, {"code": self.code_for(query["as"]), "state": state})
        if "declined" in query:
            return _redirect(back, {"state": state})
        return _html(_choices(query))

    def _trade(self, query: dict[str, str]) -> dict[str, Any]:
        error = self._fault(query)
        if error:
            return {"errcode": error, "errmsg": f"{_ERRORS[error]}, rid: fake"}
        code = query["code"]
        self._used.add(code)
        return {
            "access_token": secrets.token_urlsafe(24),
            "expires_in": 7200,
            "refresh_token": secrets.token_urlsafe(24),
            "openid": self._given[code][0],
            "scope": "snsapi_base",
        }

    def _fault(self, query: dict[str, str]) -> int:
        code = query.get("code", "")
        openid, until = self._given.get(code, ("", 0.0))
        checks = (
            (query.get("appid") != APP, 40013),
            (query.get("secret") != SECRET, 40125),
            (query.get("grant_type") != "authorization_code", 40002),
            (bool(self._next), self._next[0] if self._next else 0),
            (not code, 41008),
            (not openid, 40029),
            (code in self._used, 40163),
            (until < time.monotonic(), 42003),
        )
        found = next((errcode for is_wrong, errcode in checks if is_wrong), 0)
        if self._next and found == self._next[0]:
            self._next.pop(0)
        return found


def _fits(state: str) -> bool:
    return state == "" or (len(state) <= 128 and state.isascii() and state.isalnum())


def _choices(query: dict[str, str]) -> str:
    """The local run's page: WeChat knows who holds the phone, here somebody has to say."""
    links = [(name, {"as": openid}) for openid, name in PEOPLE.items()] + [("拒绝", {"declined": "1"})]
    items = "".join(f'<li><a href="?{html.escape(urlencode(query | more))}">{name}</a></li>' for name, more in links)
    return f"<h1>微信登录（本机模拟）</h1><ul>{items}</ul>"


def _html(content: str) -> Answer:
    return Answer(f"<!doctype html><meta charset=utf-8>{content}".encode(), type="text/html; charset=utf-8")


def _redirect(back: str, query: dict[str, str]) -> Answer:
    return Answer(b"", 302, headers={"Location": f"{back}{'&' if '?' in back else '?'}{urlencode(query)}"})
