"""Subscriptions: chosen, replaced, found without looking through accounts; and what they mean for messages."""

from typing import Any

import pytest

from chalicelib.base import clock, settings, tables
from chalicelib.notices import actions, records, subscriptions
from chalicelib.notices.subscriptions import NOTHING, Wanted
from chalicelib.reminders import actions as reminders
from tests.people import PLACE, Api
from tests.reminders.days import MORNING, after, counts, inbox, now
from tests.reminders.test_waiting import now_staff
from tests.world import World, assert_problem

KIND, OTHER = "生活电器", "学习用品"
NOWHERE = "花木街道"


@pytest.fixture
def world(fresh_api: Api) -> World:
    """The usual people and a round, on a Monday morning."""
    with clock.pinned(MORNING):
        staff = fresh_api.staff()
        return World(staff, fresh_api, staff.open_round())


@pytest.fixture
def reader(fresh_api: Api) -> Api:
    """Somebody who reads."""
    return fresh_api.sign_in("17000090070")


def put(reader: Api, **body: Any) -> Any:
    return reader.must("PUT", "/v1/me/subscriptions", body)


def test_there_is_such_a_category_to_test_with() -> None:
    assert {KIND, OTHER} <= set(settings.categories())


def test_whoever_never_subscribed_hears_of_nothing(reader: Api) -> None:
    assert reader.must("GET", "/v1/me/subscriptions") == {
        "subdistricts": [], "categories": [],
    }  # fmt: skip


def test_a_choice_replaces_the_one_before(reader: Api) -> None:
    put(reader, subdistricts=[NOWHERE, PLACE, PLACE])

    second = put(reader, categories=[KIND])

    assert second == {"subdistricts": [], "categories": [KIND]}
    assert reader.must("GET", "/v1/me/subscriptions") == second
    assert subscriptions.subscribers([(PLACE, OTHER)]) == {}
    assert set(subscriptions.subscribers([(NOWHERE, KIND)])) == {reader.account}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subdistricts": ["某街道"]}, "subdistricts[0]"),
        ({"categories": [KIND, "金钱"]}, "categories[1]"),
        ({"subdistricts": "*"}, "subdistricts"),
        ({"everything": True}, "everything"),
    ],
)
def test_what_is_not_known_or_not_free_is_refused_by_its_field(reader: Api, body: Any, field: str) -> None:
    faults = assert_problem(reader.call("PUT", "/v1/me/subscriptions", body), 422, "invalid_fields")

    assert list(faults) == [field]


def test_all_subdistricts_and_categories_of_the_district_fit(reader: Api) -> None:
    everything = {"subdistricts": list(settings.subdistricts()), "categories": list(settings.categories())}
    put(reader, **everything)

    assert put(reader)["subdistricts"] == []
    assert put(reader, **everything)["subdistricts"] == everything["subdistricts"]


def test_more_than_a_transaction_holds_is_refused(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f"第{number}街道" for number in range(60)]
    monkeypatch.setenv("SUBDISTRICTS", ",".join(many))

    assert_problem(reader.call("PUT", "/v1/me/subscriptions", {"subdistricts": many}), 422, "invalid_fields")


def publish(world: World, **changes: Any) -> str:
    made = now_staff(world.staff)
    wish = made.citizen.must("POST", "/v1/wishes", body(world, **changes))["id"]
    for name, what in (("verify", {"method": "visit", "identity": True, "income": "confirmed", "feasible": True,
                                   "on": "2026-01-05"}), ("publish", {})):  # fmt: skip
        made.liaison.must("POST", f"/v1/wishes/{wish}/{name}", what)
    return str(wish)


def body(world: World, **changes: Any) -> Any:
    from tests.people import wish

    return wish(world.round_id, **changes)


def test_a_subscriber_hears_once_a_day_of_all_they_wanted_and_of_nothing_else(world: World, reader: Api) -> None:
    put(reader, subdistricts=[PLACE], categories=[OTHER])
    with after():
        publish(world, title="此处此类", category=OTHER)
        publish(world, title="此处他类")
        publish(world, title="他处此类", category=OTHER, subdistrict=NOWHERE)
        publish(world, title="他处他类", subdistrict=NOWHERE)

    with after(days=1):
        reminders.remind()
    with after(days=1, hours=2):
        reminders.remind()

    (digest,) = inbox(reader, "wishes_waiting")
    assert digest["count"] == 3
    assert set(digest["titles"].split("；")) == {"此处此类", "此处他类", "他处此类"}
    text = now_text(reader)
    assert not any(secret in text for secret in ("秦", "17000091234", "浦东某路"))


def now_text(reader: Api) -> str:
    with after(days=1):
        return str(now(reader).must("GET", "/v1/me/inbox")["items"][0]["text"])


def test_whoever_took_it_back_hears_nothing(world: World, reader: Api) -> None:
    put(reader, subdistricts=[PLACE])
    put(reader)
    with after():
        publish(world)

    with after(days=1):
        reminders.remind()

    assert counts(reader, "wishes_waiting") == []


def test_no_sms_is_spent_on_what_somebody_subscribed_to(world: World, reader: Api) -> None:
    put(reader, subdistricts=[PLACE])
    with after():
        publish(world)

    with after(days=1):
        reminders.remind()

    assert counts(reader, "wishes_waiting") == [1]
    assert [sent for sent in reader.outbox if sent.to == "17000090070" and sent.kind != "sign_in_code"] == []


def test_a_reservation_and_a_hidden_wish_are_not_offered_to_subscribers(world: World, reader: Api) -> None:
    put(reader, subdistricts=[PLACE])
    with after():
        hidden = publish(world)
        now(world.staff.liaison).must("POST", f"/v1/wishes/{hidden}/hide", {})

    with after(days=1):
        reminders.remind()

    assert counts(reader, "wishes_waiting") == []


def test_two_replacements_at_once_leave_no_pointer_without_its_choice(
    reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, is_first = tables.commit, True

    def overtaken(parts: Any) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            subscriptions.replace(reader.account, Wanted(frozenset({NOWHERE}), frozenset()))
        commit(parts)

    monkeypatch.setattr(tables, "commit", overtaken)
    subscriptions.replace(reader.account, Wanted(frozenset({PLACE}), frozenset()))

    assert subscriptions.of(reader.account) == Wanted(frozenset({PLACE}), frozenset())
    assert subscriptions.subscribers([(NOWHERE, KIND)]) == {}
    assert set(subscriptions.subscribers([(PLACE, KIND)])) == {reader.account}


def test_whoever_is_erased_leaves_no_pointer(reader: Api) -> None:
    put(reader, subdistricts=[PLACE], categories=[KIND])

    actions.forget(reader.account)

    assert subscriptions.of(reader.account) == NOTHING
    assert subscriptions.subscribers([(PLACE, KIND)]) == {}


def test_pointers_carry_no_more_than_what_was_subscribed_to(reader: Api) -> None:
    put(reader, subdistricts=[PLACE])

    (found,) = records.subscribers(f"subscribers#place#{PLACE}")

    assert set(found.attribute_values) == {"pk", "sk", "subdistricts"}
