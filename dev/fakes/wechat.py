"""WeChat's official-account API: one access token at a time, templates with their blanks, followers by openid.

And its signing in for web pages: the page where a person agrees, and the codes it gives (wechat_agreement.py).
"""

import json
import re
from typing import Any, NamedTuple

from dev.fakes.server import Answer, Call, Fake
from dev.fakes.wechat_agreement import APP as APP
from dev.fakes.wechat_agreement import SECRET as SECRET
from dev.fakes.wechat_agreement import Agreement

_LONGEST = {"thing": 20, "phrase": 5, "character_string": 32}


class TemplateMessage(NamedTuple):
    """One message it took."""

    openid: str
    template: str
    values: dict[str, str]
    url: str


class FakeWechat(Fake[TemplateMessage]):
    """`templates` maps an id to its blanks. `refusals` maps an openid to the errcode it is refused with."""

    def __init__(self, templates: dict[str, set[str]]) -> None:
        super().__init__()
        self.templates = templates
        self.refusals: dict[str, int] = {}
        self.tokens_asked = 0
        self.tokens_forced = 0
        self.expires_in = 7200
        self.stubborn = False  # goes on giving out a token that it refuses, until forced
        self.agreement = Agreement()
        self._token = ""
        self._refused: set[str] = set()
        self._made = 0
        self._sent: set[tuple[str, str]] = set()

    def end_token(self) -> None:
        """The token of the moment is no longer good."""
        with self._lock:
            self._refused.add(self._token)
            if not self.stubborn:
                self._token = ""

    def answer(self, call: Call) -> Answer:
        """The calls we make, and those a browser makes."""
        if (agreed := self.agreement.answer(call)) is not None:
            return agreed
        asked = json.loads(call.body)
        match call.method, call.path:
            case "POST", "/cgi-bin/stable_token":
                return _answer(self._give_token(asked))
            case "POST", "/cgi-bin/message/template/send":
                return _answer(self._send(call.query.get("access_token", ""), asked))
        return Answer(b"", 404)

    def _give_token(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.tokens_asked += 1
        if asked["appid"] != APP:
            return {"errcode": 40013, "errmsg": "invalid appid"}
        if asked["secret"] != SECRET or asked["grant_type"] != "client_credential":
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        if asked["force_refresh"]:
            self.tokens_forced += 1
            self._token = ""
        if not self._token:
            self._made += 1
            self._token = f"access-token-canary-{self._made}"
        return {"access_token": self._token, "expires_in": self.expires_in}

    def _send(self, token: str, asked: dict[str, Any]) -> dict[str, Any]:
        if not token or token != self._token or token in self._refused:
            return {"errcode": 40001, "errmsg": f"invalid credential, access_token is invalid or not latest: {token}"}
        openid, values = asked["touser"], {name: each["value"] for name, each in asked["data"].items()}
        if openid in self.refusals:
            return {"errcode": self.refusals[openid], "errmsg": f"refused for {openid}"}
        if asked["template_id"] not in self.templates:
            return {"errcode": 40037, "errmsg": "invalid template_id"}
        if set(values) != self.templates[asked["template_id"]] or not all(_fits(*each) for each in values.items()):
            return {"errcode": 47003, "errmsg": "argument invalid"}
        sent = (openid, asked.get("client_msg_id", ""))
        if not sent[1] or sent not in self._sent:
            self.received.append(TemplateMessage(openid, asked["template_id"], values, asked.get("url", "")))
        self._sent.add(sent)
        return {"errcode": 0, "errmsg": "ok", "msgid": 200_000 + len(self.received)}


def _fits(blank: str, value: str) -> bool:
    return 0 < len(value) <= _LONGEST.get(re.sub(r"\d+$", "", blank), 32) and "\n" not in value


def _answer(content: dict[str, Any]) -> Answer:
    return Answer(json.dumps(content).encode())
