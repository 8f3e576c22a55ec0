"""Which channel a message takes: what its kind allows, what its reader chose, what reaches them, what the stage has."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from chalicelib.accounts import keeping
from chalicelib.base import clock, settings, tables
from chalicelib.notices import actions, channels, choosing, manners, records, templates
from chalicelib.notices.channels import Channel, Message
from tests.notices.providers import CREDENTIALS, PLACE, Provider, providers
from tests.people import Api
from tests.world import assert_problem

ESSENTIAL, OPTIONAL, DIGEST = "claim_revoked", "wish_fulfilled", "unclaimed"
OPENID, ADDRESS, PHONE = "openid-canary", "reader.canary@example.org", "17000090075"


@pytest.fixture
def reader(fresh_api: Api) -> Api:
    """Somebody whom every channel reaches."""
    somebody = fresh_api.sign_in(PHONE)
    account = keeping.get(somebody.account)
    keeping.rename(account, email=ADDRESS, openid=OPENID)
    keeping.write(account)
    return somebody


def choose(somebody: Api, **chosen: list[str]) -> None:
    named = {manners.OTHERS if kind == "others" else kind: wanted for kind, wanted in chosen.items()}
    somebody.must("PATCH", "/v1/me", {"channels": named})


@pytest.mark.parametrize(
    ("kind", "chosen", "expected"),
    [
        (ESSENTIAL, {}, ("wechat", "sms", "email")),
        (ESSENTIAL, {ESSENTIAL: ["email"]}, ("email", "wechat", "sms")),
        (ESSENTIAL, {"*": []}, ("wechat", "sms", "email")),
        (ESSENTIAL, {"*": ["sms", "email"], ESSENTIAL: ["wechat"]}, ("wechat", "sms", "email")),
        (OPTIONAL, {}, ("wechat", "email")),
        (OPTIONAL, {OPTIONAL: ["email", "wechat"]}, ("email", "wechat")),
        (OPTIONAL, {OPTIONAL: ["email"]}, ("email",)),
        (OPTIONAL, {OPTIONAL: []}, ()),
        (OPTIONAL, {"*": []}, ()),
        (OPTIONAL, {"*": [], OPTIONAL: ["wechat"]}, ("wechat",)),
        (OPTIONAL, {"*": ["sms"]}, ()),
        (DIGEST, {"*": ["sms", "email"]}, ("sms", "email")),
        ("claim_made", {"*": ["sms", "email", "wechat"]}, ()),
    ],
)
def test_the_reader_orders_what_they_must_know_and_leaves_out_what_they_need_not(
    kind: str, chosen: Mapping[str, Sequence[str]], expected: tuple[Channel, ...]
) -> None:
    assert choosing.order(kind, chosen) == expected


@pytest.mark.parametrize("kind", sorted(manners.MANNERS))
def test_wechat_is_for_a_persons_own_claims_and_wishes_only(kind: str) -> None:
    is_about_one_wish = "{title}" in templates.TEXTS[kind][0]

    assert "wechat" not in manners.of(kind).channels or (is_about_one_wish and not kind.endswith("_liaison"))
    assert "wecom" not in manners.of(kind).channels


def test_a_message_takes_the_best_channel_that_reaches_its_reader(reader: Api, fresh_api: Api) -> None:
    by_phone_alone = fresh_api.sign_in("17000090076")

    assert choosing.channel(reader.account, ESSENTIAL) == "wechat"
    assert choosing.channel(reader.account, ESSENTIAL, ["wechat"]) == "sms"
    assert choosing.channel(by_phone_alone.account, ESSENTIAL) == "sms"
    assert choosing.channel(by_phone_alone.account, OPTIONAL) is None
    assert choosing.channel("01M8A9875C77Q5F6KRXG8S47TY", ESSENTIAL) is None


def test_what_the_reader_chose_counts_for_the_next_message(reader: Api) -> None:
    choose(reader, claim_revoked=["email"], others=[])

    assert choosing.channel(reader.account, ESSENTIAL) == "email"
    assert choosing.channel(reader.account, OPTIONAL) is None


def test_an_address_that_still_waits_for_its_code_gets_nothing(fresh_api: Api) -> None:
    somebody = fresh_api.sign_in("17000090077")
    somebody.must("PATCH", "/v1/me", {"email": ADDRESS})

    assert choosing.channel(somebody.account, OPTIONAL) is None


def test_a_subdistricts_group_is_reached_by_its_robot_alone() -> None:
    assert choosing.channel(f"{records.GROUP}{PLACE}", DIGEST) == "wecom"
    assert choosing.channel(f"{records.GROUP}{PLACE}", DIGEST, ["wecom"]) is None


def test_a_stage_puts_nothing_on_a_channel_it_does_not_have(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "is_local_run", lambda: False)
    monkeypatch.setattr(settings, "secrets", lambda: CREDENTIALS)

    assert choosing.reader(reader.account).addresses == {"sms": PHONE}
    assert choosing.channel(f"{records.GROUP}{PLACE}", DIGEST) == "wecom"
    assert choosing.channel(f"{records.GROUP}三林镇", DIGEST) is None

    monkeypatch.setenv("EMAIL_FROM", "noreply@example.org")
    monkeypatch.setenv("WECHAT_APP_ID", "wxtest")
    assert choosing.reader(reader.account).addresses == {"wechat": OPENID, "sms": PHONE, "email": ADDRESS}


def test_what_was_chosen_is_shown_and_taken_back(reader: Api) -> None:
    choose(reader, wish_fulfilled=["email"], others=["sms"])
    assert reader.must("GET", "/v1/me")["channels"] == {"wish_fulfilled": ["email"], "*": ["sms"]}

    assert reader.must("PATCH", "/v1/me", {"name": "甲"})["channels"] == {"wish_fulfilled": ["email"], "*": ["sms"]}
    assert reader.must("PATCH", "/v1/me", {"channels": {}})["channels"] == {}


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({ESSENTIAL: []}, f"channels.{ESSENTIAL}"),
        ({OPTIONAL: ["sms"]}, f"channels.{OPTIONAL}"),
        ({OPTIONAL: ["email", "email"]}, f"channels.{OPTIONAL}"),
        ({"*": ["sms", "sms"]}, "channels.*"),
        ({"sign_in_code": ["email"]}, "channels.sign_in_code"),
        ({"nothing": ["email"]}, "channels.nothing"),
        ({OPTIONAL: ["wecom"]}, f"channels.{OPTIONAL}[0]"),
    ],
)
def test_what_cannot_be_chosen_is_told_by_its_field(reader: Api, chosen: dict[str, list[str]], field: str) -> None:
    refused = reader.call("PATCH", "/v1/me", {"channels": chosen})

    assert set(assert_problem(refused, 422, "invalid_fields")) == {field}
    assert reader.must("GET", "/v1/me")["channels"] == {}


@pytest.fixture
def wechat(real_senders: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """WeChat's fake, with a template for every kind."""
    found = next(each for each in providers() if each.name == "wechat")
    with found.make() as found.fake:
        for name, value in found.settings().items():
            monkeypatch.setenv(name, value)
        found.fake.templates = {"tpl-1": {"thing1"}}
        monkeypatch.setenv("WECHAT_TEMPLATES", '{"*": {"id": "tpl-1", "fields": {"thing1": "title"}}}')
        yield found


def test_whoever_no_longer_follows_the_account_gets_the_message_as_an_sms(
    reader: Api, wechat: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms: list[Message] = []
    monkeypatch.setitem(channels.SENDERS, "sms", sms.append)
    wechat.fake.refusals[OPENID] = 43004
    noon = clock.moment("2026-11-22T04:00:00Z")
    with clock.pinned(noon):
        tables.commit([actions.message(reader.account, ESSENTIAL, "s", {"title": "锅", "reason": "x"})])
        sent = [actions.deliver_due() for _ in range(3)]

    assert sum(sent) == 1
    assert [message.to for message in sms] == [PHONE]
    assert wechat.fake.received == []
