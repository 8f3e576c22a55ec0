"""Signing in with WeChat: there and back, linking a phone once, and everything that can go wrong in between."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from chalicelib.accounts import records, rules, tokens, wechat_signin
from chalicelib.base import clock, settings
from dev.fakes.server import BROKEN, GARBAGE, RESET
from dev.fakes.wechat import APP, SECRET, FakeWechat
from tests.accounts.browsers import CALLBACK, START, Browser
from tests.people import Api, Reply
from tests.world import World, assert_problem

_phones = (f"1700004{number:04d}" for number in count(1_000))
_openids = (f"openid-of-somebody-{number}" for number in count())


@pytest.fixture
def wechat(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWechat]:
    """A stage with an official account, asking the fake."""
    known = msgspec.structs.replace(settings.secrets(), wechat_secret=SECRET)
    monkeypatch.setattr(settings, "secrets", lambda: known)
    monkeypatch.setenv("WECHAT_APP_ID", APP)
    monkeypatch.setenv("SITE_URL", "https://wish.example/")
    with FakeWechat({}) as fake:
        monkeypatch.setenv("WECHAT_URL", fake.url)
        monkeypatch.setenv("WECHAT_OPEN_URL", fake.url)
        yield fake


@pytest.fixture
def browser(wechat: FakeWechat) -> Browser:
    """Somebody nobody is linked to yet."""
    return Browser(wechat, next(_openids))


def redeem(world: World, phone: str, link: str | None = None) -> Reply:
    world.anyone.must("POST", "/v1/auth/codes", {"phone": phone})
    code = next(sent.code for sent in reversed(world.anyone.outbox) if sent.to == phone)
    return world.anyone.post("/v1/auth/tokens", {"phone": phone, "code": code} | ({"link": link} if link else {}))


def linked(world: World, browser: Browser) -> tuple[str, str]:
    """Link the browser's user with a new phone: the phone, and its account."""
    phone = next(_phones)
    reply = redeem(world, phone, browser.sign_in().json["link"])
    assert reply.status == 200, reply
    return phone, reply.json["account"]


class TestThereAndBack:
    def test_the_browser_is_sent_to_wechats_page(self, wechat: FakeWechat, browser: Browser) -> None:
        reply = browser.get(START, redirect="/wishes/1")

        assert reply.status == 302
        parts = urlsplit(reply.headers["Location"])
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (parts.path, parts.fragment) == ("/connect/oauth2/authorize", "wechat_redirect")
        assert query == {
            "appid": APP, "redirect_uri": f"https://wish.example{CALLBACK}", "response_type": "code",
            "scope": "snsapi_base", "state": query["state"],
        }  # fmt: skip
        assert len(query["state"]) == 32
        assert query["state"].isalnum()

    def test_somebody_new_gets_a_link_token_and_no_session(self, browser: Browser) -> None:
        reply = browser.sign_in("/wishes/1?from=wall")

        assert reply.status == 202
        assert set(reply.json) == {"link", "expires_in", "redirect"}
        assert reply.json["redirect"] == "/wishes/1?from=wall"

    def test_the_link_token_and_a_phones_code_link_the_two(self, world: World, browser: Browser) -> None:
        _, account = linked(world, browser)

        again = browser.sign_in()

        assert (again.status, again.json["account"], again.json["redirect"]) == (200, account, "/wishes/1")
        assert Api(again.json["access_token"]).must("GET", "/v1/me")["wechat"] is True
        refreshed = world.anyone.post("/v1/auth/refresh", {"refresh_token": again.json["refresh_token"]})
        assert refreshed.status == 200

    def test_it_links_the_account_a_phone_has_already(self, world: World, browser: Browser) -> None:
        phone = next(_phones)
        account = world.anyone.sign_in(phone).account

        redeem(world, phone, browser.sign_in().json["link"])

        assert browser.sign_in().json["account"] == account

    def test_channels_know_the_openid_and_nobody_reads_it(self, world: World, browser: Browser) -> None:
        from chalicelib.accounts import keeping

        _, account = linked(world, browser)

        assert keeping.reach(account).openid == browser.openid
        stored = [str(item.to_dynamodb_dict()) for item in records.Account.query(account)]
        assert stored
        assert browser.openid not in "".join(stored)
        shown = world.staff.administrator.must("GET", f"/v1/accounts/{account}")
        assert browser.openid not in str(shown)

    def test_no_token_and_no_openid_is_in_any_address(self, world: World, browser: Browser) -> None:
        linked(world, browser)
        sent_back = browser.agree()

        reply = browser.get(CALLBACK, **sent_back)

        assert "Location" not in reply.headers
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Cache-Control"] == "no-store"
        assert browser.openid not in str(sent_back)

    def test_the_link_token_does_not_tell_the_openid(self, browser: Browser) -> None:
        link = browser.sign_in().json["link"]

        (inside,) = tokens.verify("wechat-link", link)

        assert browser.openid.encode() not in base64.urlsafe_b64decode(inside)


class TestTheCookie:
    def test_scripts_do_not_see_it_and_it_does_not_last(self, browser: Browser) -> None:
        cookie = browser.get(START).headers["Set-Cookie"]

        assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} <= set(cookie.split("; "))

    def test_in_production_it_is_for_https_and_this_host_alone(
        self, wechat: FakeWechat, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("LOCAL_RUN")

        cookie = browser.get(START).headers["Set-Cookie"]

        assert cookie.startswith("__Host-")
        assert "Secure" in cookie.split("; ")
        assert browser.sign_in().status == 202

    def test_the_way_back_takes_it_away(self, browser: Browser) -> None:
        cookie = browser.sign_in().headers["Set-Cookie"]

        assert cookie.partition(";")[0].endswith("=")
        assert "Max-Age=0" in cookie


class TestTheState:
    def test_without_the_browsers_cookie_nothing_is_traded(self, wechat: FakeWechat, browser: Browser) -> None:
        sent_back = browser.agree()

        assert_problem(Browser(wechat).get(CALLBACK, **sent_back), 401, "wechat_state")

    def test_a_victim_cannot_be_signed_in_to_the_attackers_wechat(self, wechat: FakeWechat, browser: Browser) -> None:
        victim = Browser(wechat, "openid-of-the-victim")
        victim.get(START)

        assert_problem(victim.get(CALLBACK, **browser.agree()), 401, "wechat_state")

    def test_it_works_once(self, browser: Browser) -> None:
        sent_back, cookies = browser.agree(), dict(browser.cookies)
        assert browser.get(CALLBACK, **sent_back).status == 202

        browser.cookies = cookies
        again = browser.get(CALLBACK, state=sent_back["state"], code=browser.wechat.agreement.code_for(browser.openid))

        assert_problem(again, 401, "wechat_state")

    def test_it_lasts_ten_minutes(self, browser: Browser) -> None:
        sent_back = browser.agree()

        with clock.pinned(clock.now() + timedelta(seconds=wechat_signin.START_SECONDS + 1)):
            assert_problem(browser.get(CALLBACK, **sent_back), 401, "wechat_state")

    @pytest.mark.parametrize("state", ["x", "0" * 32, "状态", "a\r\nSet-Cookie: x=y", "' OR 1=1"])
    def test_a_made_up_one_is_refused(self, browser: Browser, state: str) -> None:
        sent_back = browser.agree()

        reply = browser.get(CALLBACK, code=sent_back["code"], state=state)

        assert reply.status in (400, 401)
        assert "Set-Cookie" not in reply.headers

    def test_a_cookie_somebody_made_is_refused(self, browser: Browser) -> None:
        sent_back = browser.agree()
        name = next(iter(browser.cookies))

        for forged in ("", "k1.x.y", tokens.sign("access", sent_back["state"], "/", seconds=600)):
            browser.cookies[name] = forged
            assert_problem(browser.get(CALLBACK, **sent_back), 401, "wechat_state")


class TestTheRedirect:
    @pytest.mark.parametrize(
        "redirect",
        [
            "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil.example",
            "javascript:alert(1)", "/a\r\nSet-Cookie: x=y", "/a\nb", "/a b", "/\t/evil.example", "", "/a\\..\\b",
            "/\u2028/evil.example", "/../" + "a" * 600,
        ],
    )  # fmt: skip
    def test_only_a_path_of_this_site_is_taken(self, browser: Browser, redirect: str) -> None:
        reply = browser.get(START, redirect=redirect)

        assert_problem(reply, 400, "bad_parameter")
        assert "Location" not in reply.headers
        assert "Set-Cookie" not in reply.headers

    @pytest.mark.parametrize("redirect", ["/", "/wishes/1", "/a/b?c=d&e=%E5%BF%83#f", "/@evil.example"])
    def test_a_path_of_this_site_comes_back_as_it_was(self, browser: Browser, redirect: str) -> None:
        assert browser.sign_in(redirect).json["redirect"] == redirect


class TestWhatWechatSays:
    def test_a_person_may_decline(self, browser: Browser) -> None:
        assert_problem(browser.get(CALLBACK, **browser.decline()), 401, "wechat_declined")

    def test_a_code_nobody_gave(self, browser: Browser) -> None:
        sent_back = browser.agree()

        assert_problem(browser.get(CALLBACK, state=sent_back["state"], code="made-up"), 401, "wechat_code")

    def test_a_code_used_before(self, wechat: FakeWechat, browser: Browser) -> None:
        first = browser.agree()
        assert browser.get(CALLBACK, **first).status == 202
        second = browser.agree()

        assert_problem(browser.get(CALLBACK, state=second["state"], code=first["code"]), 401, "wechat_code")

    def test_a_code_too_old(self, wechat: FakeWechat, browser: Browser) -> None:
        sent_back = browser.agree()
        wechat.agreement.age()

        assert_problem(browser.get(CALLBACK, **sent_back), 401, "wechat_code")

    def test_no_more_for_now(self, wechat: FakeWechat, browser: Browser) -> None:
        sent_back = browser.agree()
        wechat.agreement.refuse_next(45011)

        reply = browser.get(CALLBACK, **sent_back)

        assert_problem(reply, 429, "too_many_requests")
        assert int(reply.headers["Retry-After"]) > 0

    def test_it_is_busy(self, wechat: FakeWechat, browser: Browser) -> None:
        sent_back = browser.agree()
        wechat.agreement.refuse_next(-1)

        assert_problem(browser.get(CALLBACK, **sent_back), 503, "unavailable")

    def test_our_own_secret_is_wrong(
        self, browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        sent_back = browser.agree()
        wrong = msgspec.structs.replace(settings.secrets(), wechat_secret="another-canary")
        monkeypatch.setattr(settings, "secrets", lambda: wrong)

        assert_problem(browser.get(CALLBACK, **sent_back), 503, "unavailable")
        assert "another-canary" not in caplog.text
        assert sent_back["code"] not in caplog.text

    @pytest.mark.parametrize("fault", [BROKEN, GARBAGE, RESET], ids=["broken", "garbage", "reset"])
    def test_it_is_down(
        self, wechat: FakeWechat, browser: Browser, fault: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        sent_back = browser.agree()
        wechat.fail(fault)  # type: ignore[arg-type]

        assert_problem(browser.get(CALLBACK, **sent_back), 503, "unavailable")
        assert SECRET not in caplog.text

    @pytest.mark.parametrize("missing", ["WECHAT_APP_ID", "SITE_URL"])
    def test_a_stage_without_an_official_account_says_so(
        self, browser: Browser, monkeypatch: pytest.MonkeyPatch, missing: str
    ) -> None:
        monkeypatch.delenv(missing)

        assert_problem(browser.get(START), 404, "wechat_not_configured")
        assert_problem(browser.get(CALLBACK, state="x" * 32, code="y"), 404, "wechat_not_configured")

    def test_one_address_starts_so_often(self, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("LOCAL_RUN")
        monkeypatch.setattr(rules, "WECHAT_PER_ADDRESS", (3, 600))

        statuses = [browser.get(START).status for _ in range(4)]

        assert statuses[-1] == 429


class TestLinking:
    def test_a_user_is_linked_to_one_account(self, world: World, browser: Browser) -> None:
        link = browser.sign_in().json["link"]
        _, account = linked(world, browser)

        reply = redeem(world, next(_phones), link)

        assert_problem(reply, 409, "wechat_linked_elsewhere")
        assert browser.sign_in().json["account"] == account

    def test_an_account_is_linked_to_one_user(self, world: World, wechat: FakeWechat, browser: Browser) -> None:
        phone, account = linked(world, browser)
        other = Browser(wechat, next(_openids))

        assert_problem(redeem(world, phone, other.sign_in().json["link"]), 409, "account_has_wechat")
        assert other.sign_in().status == 202
        assert browser.sign_in().json["account"] == account

    def test_the_same_again_is_as_good_as_once(self, world: World, browser: Browser) -> None:
        link, phone = browser.sign_in().json["link"], next(_phones)

        assert [redeem(world, phone, link).status for _ in range(2)] == [200, 200]

    def test_a_wrong_code_links_nothing(self, world: World, browser: Browser) -> None:
        link, phone = browser.sign_in().json["link"], next(_phones)
        world.anyone.must("POST", "/v1/auth/codes", {"phone": phone})
        code = next(sent.code for sent in reversed(world.anyone.outbox) if sent.to == phone)
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"

        reply = world.anyone.post("/v1/auth/tokens", {"phone": phone, "code": wrong, "link": link})

        assert_problem(reply, 401, "wrong_code")
        assert browser.sign_in().status == 202

    @pytest.mark.parametrize("forged", ["k1.x.y", "no token", "x" * 2000])
    def test_a_made_up_link_token_is_refused_and_the_code_stays_good(
        self, world: World, wechat: FakeWechat, forged: str
    ) -> None:
        phone = next(_phones)
        world.anyone.must("POST", "/v1/auth/codes", {"phone": phone})
        code = next(sent.code for sent in reversed(world.anyone.outbox) if sent.to == phone)

        refused = world.anyone.post("/v1/auth/tokens", {"phone": phone, "code": code, "link": forged})

        assert_problem(refused, 401, "bad_link")
        assert world.anyone.post("/v1/auth/tokens", {"phone": phone, "code": code}).status == 200

    def test_an_access_token_is_no_link_token(self, world: World, wechat: FakeWechat) -> None:
        assert_problem(redeem(world, next(_phones), world.staff.citizen.token), 401, "bad_link")

    def test_it_lasts_ten_minutes(self, world: World, browser: Browser) -> None:
        link = browser.sign_in().json["link"]

        with clock.pinned(clock.now() + timedelta(seconds=wechat_signin.LINK_SECONDS + 1)):
            assert_problem(redeem(world, next(_phones), link), 401, "bad_link")

    def test_unlinked_it_may_be_linked_anew(self, world: World, browser: Browser) -> None:
        phone, account = linked(world, browser)
        me = Api(browser.sign_in().json["access_token"])

        assert me.must("DELETE", "/v1/me/wechat")["wechat"] is False
        assert me.must("DELETE", "/v1/me/wechat")["wechat"] is False

        assert browser.sign_in().status == 202
        _, other = linked(world, browser)
        assert other != account
        assert redeem(world, phone).json["account"] == account

    def test_erased_it_leads_nowhere(self, world: World, browser: Browser) -> None:
        from chalicelib.accounts import erasing
        from chalicelib.base.callers import Caller

        _, account = linked(world, browser)

        erasing.erase(account, [], Caller(world.staff.administrator.account), "requested")

        assert browser.sign_in().status == 202
