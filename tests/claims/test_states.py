"""The life of a wish (product.md section 2), act by state: possible ones succeed, all others answer 409 and do nothing.

Generated from `wishes.rules.ACTS`: an act added there without a way to do it here fails.
"""

from collections.abc import Callable
from typing import Any, get_args

import pytest

from chalicelib.base.words import WishState
from chalicelib.wishes.rules import ACTS, possible, target
from tests.people import COMPANY, PLACE, Api, Reply, verification
from tests.people import wish as declaration
from tests.world import World, assert_problem

STATES: tuple[str, ...] = get_args(WishState)
REASON = {"reason": "暂不合适"}
BY_THE_CLOCK = {"expire", "lapse", "close", "carry"}
"""Acts without a route of their own."""
ON_AN_OFFER = {"decline": "company", "take_back": "local"}
"""Answers to an open offer, and who gives them."""
WISH_ACTS: dict[str, dict[str, Any]] = {
    "verify": verification(), "return": REASON, "reject": REASON, "publish": {}, "hide": {}, "withdraw": REASON,
    "claim": {}, "offer": {"phone": COMPANY},
}  # fmt: skip
CLAIM_ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "introduce": ("introduce", {}),
    "progress": ("progress", {"stage": "contacted"}),
    "extend": ("extend", {}),
    "release": ("release", {}),
    "revoke": ("revoke", {"reason": "联系不上"}),
    "deliver": ("deliver", {}),
    "not_received": ("return", {"reason": "not_received"}),
    "confirm": ("confirm", {"method": "phone"}),
}
CLAIMANTS_OWN = {"release"}


def brought_to(world: World, state: str) -> tuple[str, str]:
    """A wish in the state and, wherever there can have been one, the last claim for it."""
    staff = world.staff
    makers: dict[str, Callable[[], tuple[str, str]]] = {
        "submitted": lambda: (world.declared()["id"], ""),
        "verified": lambda: (world.verified()["id"], ""),
        "claimed": world.claimed,
        "delivered": world.delivered,
        "fulfilled": world.fulfilled,
    }
    if state in makers:
        return makers[state]()
    if state in ("returned", "rejected"):
        wish = world.declared()["id"]
        staff.local.must("POST", f"/v1/wishes/{wish}/{'return' if state == 'returned' else 'reject'}", REASON)
        return wish, ""
    wish, claim = world.claimed()
    if state == "withdrawn":
        staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", REASON)
    else:
        staff.company.must("POST", f"/v1/claims/{claim}/release", {})
    return wish, claim


def closed(world: World) -> tuple[str, str]:
    """A wish claimed, given back, and closed with its round."""
    wish, claim = brought_to(world, "published")
    world.close()
    return wish, claim


def attempt(world: World, act: str, wish: str, claim: str) -> Reply:
    if act in ON_AN_OFFER:
        caller = getattr(world.staff, ON_AN_OFFER[act])
        return caller.call("DELETE", f"/v1/wishes/{wish}/offer")
    if act in WISH_ACTS:
        caller = world.staff.administrator if act == "claim" else world.staff.local
        return caller.post(f"/v1/wishes/{wish}/{act}", WISH_ACTS[act])
    path, body = CLAIM_ACTS[act]
    caller = claimant_of(world, claim) if act in CLAIMANTS_OWN else world.staff.local
    return caller.post(f"/v1/claims/{claim}/{path}", body)


def claimant_of(world: World, claim: str) -> Api:
    kind = world.staff.local.must("GET", f"/v1/claims/{claim}")["claimant_type"]
    return world.staff.company if kind == "company" else world.staff.member


def test_every_act_of_the_rules_is_tried_here() -> None:
    assert set(ACTS) == set(WISH_ACTS) | set(CLAIM_ACTS) | set(ON_AN_OFFER) | BY_THE_CLOCK


@pytest.mark.parametrize("state", STATES)
def test_an_act_from_the_wrong_state_answers_409_and_changes_nothing(world: World, state: str) -> None:
    wish, claim = closed(world) if state == "closed" else brought_to(world, state)
    acts = [act for act in (*WISH_ACTS, *(CLAIM_ACTS if claim else ())) if not possible(act, state)]
    before, lines = world.full(wish), world.history(wish)
    assert before["state"] == state

    replies = {act: attempt(world, act, wish, claim) for act in acts}

    assert {act: reply.status for act, reply in replies.items()} == dict.fromkeys(acts, 409)
    codes = {reply.code for reply in replies.values()}
    assert codes <= {"wrong_state", "claim_over", "wish_already_claimed"}
    assert (world.full(wish), world.history(wish)) == (before, lines)


POSSIBLE = [(act, state) for act, found in ACTS.items() if act not in BY_THE_CLOCK for state in found.sources]


@pytest.mark.parametrize(("act", "state"), POSSIBLE)
def test_an_act_from_its_own_state_leads_where_it_should_and_leaves_one_entry(
    world: World, act: str, state: str
) -> None:
    wish, claim = brought_to(world, state)
    if act in ON_AN_OFFER:
        world.staff.local.must("POST", f"/v1/wishes/{wish}/offer", WISH_ACTS["offer"])
    before = len(world.history(wish))

    reply = attempt(world, act, wish, claim)

    latest, *earlier = world.history(wish)
    assert reply.status in (200, 201, 204), reply
    assert world.full(wish)["state"] == target(act, state)
    assert len(earlier) == before
    assert (latest["act"], latest["from"], latest["to"]) == (act, state, target(act, state))
    assert latest["version"] == world.full(wish)["version"]
    assert all(latest[told] for told in ("by", "role", "at"))


@pytest.mark.parametrize("state", ACTS["close"].sources)
def test_closing_a_round_closes_whatever_nobody_granted(world: World, state: str) -> None:
    wish, _ = brought_to(world, state)

    world.close()

    latest = world.history(wish)[0]
    assert world.full(wish)["state"] == "closed"
    assert (latest["act"], latest["from"], latest["to"]) == ("close", state, "closed")


def test_closing_a_round_leaves_what_is_claimed_to_be_delivered(world: World) -> None:
    (claimed, claim), (fulfilled, _) = world.claimed(), world.fulfilled()

    world.close()
    world.staff.company.must("POST", f"/v1/claims/{claim}/deliver", {})
    world.staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit"})

    assert [world.full(wish)["state"] for wish in (claimed, fulfilled)] == ["fulfilled", "fulfilled"]


def test_nothing_is_declared_or_claimed_in_a_closed_round(world: World) -> None:
    world.close()

    reply = world.staff.citizen.post("/v1/wishes", declaration(world.round_id))

    assert_problem(reply, 409, "declaring_not_open")


def test_a_returned_wish_goes_back_to_review_by_an_edit(world: World) -> None:
    wish, _ = brought_to(world, "returned")
    version = world.full(wish)["version"]

    edited = world.staff.citizen.must("PATCH", f"/v1/wishes/{wish}", {"title": "一口炒锅"}, version=version)

    assert (edited["state"], edited["title"], edited["version"]) == ("submitted", "一口炒锅", version + 1)
    assert world.history(wish)[0]["act"] == "edit"


@pytest.mark.parametrize("state", ["claimed", "delivered", "fulfilled", "withdrawn", "rejected"])
def test_the_content_is_frozen_while_claimed_and_ever_after(world: World, state: str) -> None:
    wish, _ = brought_to(world, state)
    version = world.full(wish)["version"]

    for who in (world.staff.citizen, world.staff.local, world.staff.administrator):
        reply = who.call("PATCH", f"/v1/wishes/{wish}", {"title": "别的"}, version=version)
        assert (reply.status, reply.code) == (409, "wrong_state")
    assert world.full(wish)["version"] == version


def test_the_declarer_edits_until_it_is_verified_and_the_liaison_until_it_is_claimed(world: World) -> None:
    for state, by_declarer, by_liaison in (("verified", 409, 200), ("published", 409, 200), ("submitted", 200, 200)):
        wish, _ = brought_to(world, state)
        version = world.full(wish)["version"]
        assert world.staff.citizen.call("PATCH", f"/v1/wishes/{wish}", {"title": "锅"}, version=version).status == (
            by_declarer
        )
        version = world.full(wish)["version"]
        assert world.staff.local.call("PATCH", f"/v1/wishes/{wish}", {"title": "锅"}, version=version).status == (
            by_liaison
        )
        assert world.full(wish)["subdistrict"] == PLACE
