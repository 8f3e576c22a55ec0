"""A small HTTP client for the local run: signs in like production, reads the code from the outbox."""

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode


class Refused(Exception):
    """An answer other than the expected one; the text names the call, the status and the problem's code."""

    def __init__(self, call: str, status: int, body: Any) -> None:
        self.status = status
        self.code = body.get("code", "") if isinstance(body, dict) else ""
        self.body = body
        errors = body.get("errors", "") if isinstance(body, dict) else ""
        super().__init__(f"{call} answered {status} {self.code} {errors}".rstrip())


class Reply(NamedTuple):
    """Status, headers in lower case, and the decoded body (text where it is no JSON)."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Client:
    """Calls one server, as nobody or as the signed-in owner of a phone. Not for several threads."""

    def __init__(self, host: str, port: int, token: str = "", timeout: float = 300.0) -> None:
        self._address = (host, port)
        self._token = token
        self._timeout = timeout

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        key: str = "",
        version: int | None = None,
        media: str = "application/json",
    ) -> Reply:
        """Send one request: `body` as JSON, or bytes as they are under `media`. Raises OSError."""
        headers = {"Accept": "application/json", "Accept-Language": "en"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if key:
            headers["Idempotency-Key"] = key
        if version is not None:
            headers["If-Match"] = str(version)
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = media
        target = f"{path}?{urlencode(query)}" if query else path
        with closing(http.client.HTTPConnection(*self._address, timeout=self._timeout)) as connection:
            connection.request(method, target, content, headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, _decoded(answer.read(), names))

    def call(self, method: str, path: str, body: Any = None, *, expect: tuple[int, ...] = (), **more: Any) -> Any:
        """The body of a success (2xx, or one of `expect`). Raises Refused for any other answer."""
        reply = self.send(method, path, body, **more)
        if reply.status not in expect and (expect or reply.status // 100 != 2):
            raise Refused(f"{method} {path}", reply.status, reply.body)
        return reply.body

    def every(self, path: str, query: Mapping[str, str] | None = None) -> list[Any]:
        """All items of a list, page by page."""
        items: list[Any] = []
        asked = {"limit": "100", **(query or {})}
        while True:
            page = self.call("GET", path, query=asked)
            items += page["items"]
            if not page["next"]:
                return items
            asked["cursor"] = page["next"]

    def signed_in(self, phone: str) -> Self:
        """A client for the owner of `phone`, who asks for a code and takes it from the outbox."""
        self.call("POST", "/v1/auth/codes", {"phone": phone})
        sent = self.call("GET", "/_local/outbox", query={"to": phone})["items"]
        code = next(entry["code"] for entry in sent if "code" in entry and entry["kind"] == "sign_in_code")
        tokens = self.call("POST", "/v1/auth/tokens", {"phone": phone, "code": code})
        return type(self)(*self._address, token=tokens["access_token"], timeout=self._timeout)


def _decoded(content: bytes, headers: Mapping[str, str]) -> Any:
    if "json" in headers.get("content-type", "") and content:
        return json.loads(content)
    return content.decode(errors="replace")
