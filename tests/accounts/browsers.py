"""A browser that signs in with WeChat: it keeps its cookies, and goes where it is sent."""

import http.client
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from dev.fakes.wechat import FakeWechat
from tests.people import Api, Reply

START, CALLBACK = "/v1/auth/wechat", "/v1/auth/wechat/callback"


@dataclass
class Browser:
    """Somebody's browser, inside WeChat as `openid`."""

    wechat: FakeWechat
    openid: str = "openid-of-a"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: str) -> Reply:
        """One page of ours, cookies sent and kept."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        reply = Api().call("GET", path, headers=sent, **query)
        if "Set-Cookie" in reply.headers:
            name, _, rest = reply.headers["Set-Cookie"].partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return reply

    def agree(self, redirect: str = "/wishes/1") -> dict[str, str]:
        """Start here, agree on WeChat's page: what it sends back, the code and the state."""
        location = self.get(START, redirect=redirect).headers["Location"]
        return self.on_wechats_page(location, {"as": self.openid})

    def decline(self) -> dict[str, str]:
        """Start here, say no on WeChat's page: what it sends back."""
        return self.on_wechats_page(self.get(START).headers["Location"], {"declined": "1"})

    def on_wechats_page(self, location: str, choice: dict[str, str]) -> dict[str, str]:
        """Choose on the page at `location`; the query it sends back with."""
        parts = urlsplit(location)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
        connection.request("GET", f"{parts.path}?{parts.query}&{urlencode(choice)}")
        answer = connection.getresponse()
        assert answer.status == 302, answer.read().decode()
        back = urlsplit(answer.headers["Location"])
        connection.close()
        assert back.path == CALLBACK
        return {name: values[0] for name, values in parse_qs(back.query).items()}

    def sign_in(self, redirect: str = "/wishes/1") -> Reply:
        """All the way there and back."""
        return self.get(CALLBACK, **self.agree(redirect))
