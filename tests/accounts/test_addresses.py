"""An account's e-mail address: it counts once the code that was sent there has come back."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from chalicelib.accounts import addresses, editing, keeping
from chalicelib.base import aws, settings
from chalicelib.base.problems import Problem, Unprocessable
from chalicelib.notices import channels
from tests.people import Api
from tests.world import World, assert_problem

ADDRESS, OTHER = "reader.canary@example.org", "other.canary@example.org"
_phones = (f"1700003{number:04d}" for number in count(1_000))


@pytest.fixture
def somebody(world: World) -> Api:
    """A new citizen."""
    return world.anyone.sign_in(next(_phones))


def change(somebody: Api, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = somebody.must("PATCH", "/v1/me", body)
    return found


def code_sent(somebody: Api, address: str = ADDRESS) -> str:
    return str(next(sent.code for sent in reversed(somebody.outbox) if sent.to == address))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def with_address(somebody: Api, address: str = ADDRESS) -> Api:
    change(somebody, email=address)
    change(somebody, email_code=code_sent(somebody, address))
    return somebody


def test_a_new_address_waits_for_the_code_that_was_sent_there(somebody: Api) -> None:
    asked = change(somebody, email=ADDRESS)

    sent = somebody.outbox[-1]
    assert (asked["email"], asked["email_waiting"]) == (None, ADDRESS)
    assert (sent.channel, sent.kind, sent.to) == ("email", "email_code", ADDRESS)
    assert sent.code in sent.text
    assert sent.code not in sent.subject


def test_the_code_read_back_makes_it_the_accounts(somebody: Api) -> None:
    change(somebody, email=ADDRESS)

    confirmed = change(somebody, email_code=code_sent(somebody))

    assert (confirmed["email"], confirmed["email_waiting"]) == (ADDRESS, None)
    assert somebody.must("GET", "/v1/me") == confirmed


def test_until_then_the_one_of_before_stays(somebody: Api) -> None:
    with_address(somebody)

    asked = change(somebody, email=OTHER)

    assert (asked["email"], asked["email_waiting"]) == (ADDRESS, OTHER)
    assert change(somebody, email_code=code_sent(somebody, OTHER))["email"] == OTHER


def test_a_wrong_code_and_one_used_before_are_refused(somebody: Api) -> None:
    change(somebody, email=ADDRESS)
    code = code_sent(somebody)

    refused = somebody.call("PATCH", "/v1/me", {"email_code": wrong(code)})
    change(somebody, email_code=code)
    again = somebody.call("PATCH", "/v1/me", {"email_code": code})

    assert set(assert_problem(refused, 422, "invalid_fields")) == {"email_code"}
    assert_problem(again, 422, "invalid_fields")
    assert somebody.must("GET", "/v1/me")["email"] == ADDRESS


def test_a_code_has_five_tries(somebody: Api) -> None:
    change(somebody, email=ADDRESS)
    code = code_sent(somebody)
    for _ in range(5):
        somebody.call("PATCH", "/v1/me", {"email_code": wrong(code)})

    assert_problem(somebody.call("PATCH", "/v1/me", {"email_code": code}), 429, "too_many_tries")


def test_somebody_elses_code_for_the_same_address_is_not_mine(world: World, somebody: Api) -> None:
    other = world.anyone.sign_in(next(_phones))
    change(other, email=ADDRESS)
    theirs = code_sent(other)
    change(somebody, email=ADDRESS)

    if theirs != code_sent(somebody):
        assert_problem(somebody.call("PATCH", "/v1/me", {"email_code": theirs}), 422, "invalid_fields")
    assert change(other, email_code=theirs)["email"] == ADDRESS


def test_of_several_who_send_the_code_at_once_one_spends_it(somebody: Api) -> None:
    change(somebody, email=ADDRESS)
    code = code_sent(somebody)

    def read_back(_: int) -> str:
        try:
            editing.edit(somebody.account, None, editing.Profile(email_code=code))
        except Problem as refusal:
            return refusal.code
        return "confirmed"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(read_back, range(8)))

    assert outcomes.count("confirmed") == 1
    assert set(outcomes) <= {"confirmed", "invalid_fields", "too_many_tries"}
    assert somebody.must("GET", "/v1/me")["email"] == ADDRESS


def test_a_stale_version_does_not_cost_the_code(somebody: Api) -> None:
    before = change(somebody, email=ADDRESS)["version"]
    change(somebody, name="甲")
    code = code_sent(somebody)

    assert_problem(somebody.call("PATCH", "/v1/me", {"email_code": code}, version=before), 412, "stale")
    assert change(somebody, email_code=code)["email"] == ADDRESS


def test_an_empty_address_takes_it_away_without_a_letter(somebody: Api) -> None:
    with_address(somebody)
    change(somebody, email=OTHER)
    letters = len(somebody.outbox)

    gone = change(somebody, email="")

    assert (gone["email"], gone["email_waiting"]) == (None, None)
    assert len(somebody.outbox) == letters


def test_the_address_one_has_already_is_not_asked_for_again(somebody: Api) -> None:
    with_address(somebody)
    letters = len(somebody.outbox)

    assert change(somebody, email="reader.canary@EXAMPLE.org")["email_waiting"] is None
    assert len(somebody.outbox) == letters


@pytest.mark.parametrize(
    "text",
    ["a", "a@", "@example.org", "a@b", "a b@example.org", "a@example..org", "a@-example.org", "a,b@example.org",
     "a@example.org,b@example.org", "<a@example.org>", "名@example.org", "a@例子.中国", ".a@example.org",
     "a.@example.org", "x" * 65 + "@example.org", "a@" + "x" * 64 + ".org", "a@example.org\r\nBcc: b@example.org",
     "a@127.0.0.1"],
)  # fmt: skip
def test_what_no_mail_server_takes_is_refused(text: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        addresses.normalise(text)

    assert [(fault.field, fault.code) for fault in caught.value.errors] == [("email", "field_email")]


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("A.b+c@Example.ORG", "A.b+c@example.org"),
        ("a@xn--fiqs8s.cn", "a@xn--fiqs8s.cn"),
        ("1@qq.com", "1@qq.com"),
        ("", ""),
    ],
)
def test_an_address_has_one_spelling(text: str, spelling: str) -> None:
    assert addresses.normalise(text) == spelling


def test_a_wrong_address_is_told_by_its_field(somebody: Api) -> None:
    refused = somebody.call("PATCH", "/v1/me", {"email": "nobody", "name": "甲"})

    assert set(assert_problem(refused, 422, "invalid_fields")) == {"email"}
    assert somebody.must("GET", "/v1/me")["name"] == ""


def test_address_and_code_together_make_no_sense(somebody: Api) -> None:
    refused = somebody.call("PATCH", "/v1/me", {"email": ADDRESS, "email_code": "123456"})

    assert set(assert_problem(refused, 422, "invalid_fields")) == {"email_code"}


def test_a_letter_that_can_not_be_sent_is_asked_for_again(somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody.strict = False

    def fail(message: channels.Message) -> None:
        raise channels.SendingFailed("smtp: TimeoutError")

    with monkeypatch.context() as patch:
        patch.setitem(channels.SENDERS, "email", fail)
        assert_problem(somebody.call("PATCH", "/v1/me", {"email": ADDRESS}), 503, "unavailable")

    with_address(somebody)
    assert somebody.must("GET", "/v1/me")["email"] == ADDRESS


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (channels.SendingFailed("smtp: reader 550", permanent=True), 422, "invalid_fields"),
        (channels.RateLimited("ses: Throttling", 60), 429, "too_many_requests"),
    ],
)
def test_what_the_provider_says_of_the_address_is_passed_on(
    somebody: Api, monkeypatch: pytest.MonkeyPatch, failure: channels.SendingFailed, status: int, code: str
) -> None:
    def refuse(message: channels.Message) -> None:
        raise failure

    monkeypatch.setitem(channels.SENDERS, "email", refuse)

    assert_problem(somebody.call("PATCH", "/v1/me", {"email": ADDRESS}), status, code)
    assert somebody.must("GET", "/v1/me")["email"] is None


def test_letters_are_limited_outside_the_local_run(somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RUN", "0")
    for number in range(5):
        change(somebody, email=f"reader{number}@example.org")

    assert_problem(somebody.call("PATCH", "/v1/me", {"email": ADDRESS}), 429, "too_many_requests")


def test_the_address_lies_sealed_and_no_administrator_is_shown_it(world: World, somebody: Api) -> None:
    with_address(somebody)

    item = aws.client("dynamodb").get_item(
        TableName=f"{settings.table_prefix()}-accounts",
        Key={"pk": {"S": somebody.account}, "sk": {"S": "account"}},
    )["Item"]
    shown = world.staff.administrator.get(f"/v1/accounts/{somebody.account}")

    assert "canary" not in repr(item)
    assert "canary" not in shown.text
    assert keeping.person_of(somebody.account).email == ADDRESS
