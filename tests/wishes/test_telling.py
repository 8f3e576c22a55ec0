"""Who is told of what: every act of the table, told to whom it concerns and to nobody else, of nothing sealed."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.base import clock
from chalicelib.notices import templates
from chalicelib.wishes import rules, telling
from chalicelib.wishes.telling import TOLD
from tests.people import Api, verification
from tests.world import World

SEALED = ("秦", "17000091234", "浦东某路", "低保", "1200")
WHY = {"reason": "情况有变"}


def told(world: World, wish: str) -> dict[str, list[str]]:
    """The kinds of message about a wish by reader, the oldest first."""
    staff = world.staff
    readers = {"citizen": staff.citizen, "company": staff.company, "liaison": staff.liaison, "local": staff.local,
               "worker": staff.worker, "administrator": staff.administrator}  # fmt: skip
    found = {name: [each["kind"] for each in reversed(about(reader, wish))] for name, reader in readers.items()}
    return {name: kinds for name, kinds in found.items() if kinds}


def about(reader: Api, wish: str) -> list[dict[str, Any]]:
    """The messages about a wish in somebody's inbox, newest first."""
    items: list[dict[str, Any]] = reader.must("GET", "/v1/me/inbox", limit=100)["items"]
    return [each for each in items if each["wish"] == wish]


def act(who: Api, path: str, body: Any = None) -> None:
    who.must("POST", f"/v1/{path}", body or {})


def test_every_act_in_the_table_is_one_of_the_trade_and_every_kind_has_its_words() -> None:
    by_the_clock = {"no_contact", "expiring", "unconfirmed"}
    between_people = {"message_to_liaison", "message_to_claimant", "thanks_given", "thanks_approved"}
    assert set(TOLD) <= set(rules.ACTS) | by_the_clock | between_people
    assert {each.kind for row in TOLD.values() for each in row} <= set(templates.TEXTS)


@pytest.mark.parametrize(
    ("road", "expected"),
    [
        (["verify"], {"citizen": ["own_wish_verified"]}),
        (["return"], {"citizen": ["wish_returned"]}),
        (["reject"], {"citizen": ["wish_rejected"]}),
        (["verify", "publish"], {"citizen": ["own_wish_verified", "own_wish_published"]}),
        (
            ["verify", "publish", "withdraw"],
            {"citizen": ["own_wish_verified", "own_wish_published", "own_wish_withdrawn"]},
        ),
    ],
)
def test_before_a_claim_the_wishers_side_is_told(world: World, road: list[str], expected: dict[str, list[str]]) -> None:
    made = world.declared()["id"]

    for step in road:
        body = {"verify": verification(), "publish": {}}.get(step, WHY)
        act(world.staff.local, f"wishes/{made}/{step}", body)

    assert told(world, made) == expected


def _release(world: World, wish: str, claim: str) -> None:
    act(world.staff.company, f"claims/{claim}/release")


def _revoke(world: World, wish: str, claim: str) -> None:
    act(world.staff.local, f"claims/{claim}/revoke", WHY)


def _introduce(world: World, wish: str, claim: str) -> None:
    act(world.staff.local, f"claims/{claim}/introduce")


def _deliver(world: World, wish: str, claim: str) -> None:
    act(world.staff.company, f"claims/{claim}/deliver")


def _not_received(world: World, wish: str, claim: str) -> None:
    _deliver(world, wish, claim)
    act(world.staff.worker, f"claims/{claim}/return", {"reason": "not_received"})


def _confirm(world: World, wish: str, claim: str) -> None:
    _deliver(world, wish, claim)
    act(world.staff.local, f"claims/{claim}/confirm", {"method": "phone"})


def _withdraw(world: World, wish: str, claim: str) -> None:
    act(world.staff.local, f"wishes/{wish}/withdraw", WHY)


DELIVERED = {"citizen": ["own_wish_delivered"], "liaison": ["claim_delivered"], "local": ["claim_delivered"]}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (_release, {"liaison": ["claim_released"], "local": ["claim_released"]}),
        (_revoke, {"company": ["claim_revoked"]}),
        (_introduce, {"company": ["claim_introduced"]}),
        (_deliver, DELIVERED),
        (
            _not_received,
            {
                "citizen": ["own_wish_delivered"],
                "company": ["claim_returned"],
                "liaison": ["claim_delivered", "claim_disputed"],
                "local": ["claim_delivered", "claim_disputed"],
            },
        ),
        (
            _confirm,
            {
                "citizen": ["own_wish_delivered", "own_wish_fulfilled"],
                "company": ["wish_fulfilled"],
                "liaison": ["claim_delivered"],
                "local": ["claim_delivered"],
            },
        ),
        (_withdraw, {"citizen": ["own_wish_withdrawn"], "company": ["wish_withdrawn"]}),
    ],
)
def test_around_a_claim_everybody_concerned_is_told_but_whoever_acted(
    world: World, step: Callable[[World, str, str], None], expected: dict[str, list[str]]
) -> None:
    wish, claim = world.claimed()
    before = told(world, wish)

    step(world, wish, claim)

    after = told(world, wish)
    assert {who: kinds[len(before.get(who, [])) :] for who, kinds in after.items()} == (
        {who: [] for who in before} | expected
    )


def test_whoever_withdraws_their_own_wish_is_not_told_so(world: World) -> None:
    made = world.declared()["id"]

    act(world.staff.citizen, f"wishes/{made}/withdraw", WHY)

    assert told(world, made) == {}


def test_closing_a_round_tells_those_whose_wish_stays_open(world: World) -> None:
    made = world.published()["id"]

    world.close()

    assert told(world, made)["citizen"][-1] == "own_wish_closed"


def test_a_claim_given_back_after_the_close_tells_both_sides(world: World) -> None:
    wish, claim = world.claimed()
    world.close()

    act(world.staff.company, f"claims/{claim}/release")

    found = told(world, wish)
    assert found["citizen"][-1] == "own_wish_closed"
    assert found["local"][-1] == "claim_released"


def test_no_message_of_any_act_says_what_is_sealed(world: World) -> None:
    wish, claim = world.claimed()
    _introduce(world, wish, claim)
    _not_received(world, wish, claim)
    _confirm(world, wish, claim)

    for reader in (world.staff.citizen, world.staff.company, world.staff.local):
        for message in about(reader, wish):
            assert not any(secret in message["text"] for secret in SEALED)
            assert "一个电饭煲" in message["text"]


def test_every_message_is_there_in_both_languages() -> None:
    values = {
        "title": "锅",
        "titles": "锅",
        "count": 2,
        "reason": "x",
        "until": "11月25日",
        "text": "好",
        "message": "好",
    }
    for kind in templates.TEXTS:
        chinese, english = (templates.say(kind, language, **values) for language in ("zh-CN", "en"))
        assert chinese.startswith("【微心愿】")
        assert english.startswith("[MicroWish]")


def test_the_moment_a_message_was_written_is_the_acts(world: World) -> None:
    made = world.declared()["id"]
    before = clock.stamp()

    act(world.staff.local, f"wishes/{made}/return", WHY)

    assert before <= about(world.staff.citizen, made)[0]["at"] <= clock.stamp()


def test_more_liaisons_than_a_transaction_holds_never_stop_an_act(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [(f"account-{number}", frozenset({"*"})) for number in range(500)]
    monkeypatch.setattr(telling.accounts, "liaisons", lambda: many)

    assert len(telling._liaisons("花木街道")) == telling.MOST_LIAISONS
