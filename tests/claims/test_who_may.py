"""Who may do what (product.md section 2): every act, in every state it is possible in, by everybody there is.

Whoever is not named in the row is refused, and nothing changes; whoever is named may.
"""

from typing import Any, NamedTuple

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.wishes.rules import ACTS
from tests.claims.test_states import BY_THE_CLOCK, CLAIM_ACTS, ON_AN_OFFER, WISH_ACTS, brought_to
from tests.people import PLACE, Api, Reply
from tests.people import wish as declaration
from tests.world import World

REVIEWERS = {"liaison", "local", "administrator"}
STAFF = REVIEWERS | {"worker"}
WISHER = {"citizen"}
"""The tests' wishes are declared by the citizen for themselves, who is the wisher's side by that."""
CLAIMANT = {"company"}
ANYBODY = STAFF | WISHER | CLAIMANT | {"stranger", "elsewhere", "next_door", "observer"}
MAY: dict[str, set[str]] = {
    "verify": REVIEWERS,
    "return": REVIEWERS,
    "reject": REVIEWERS,
    "publish": REVIEWERS,
    "offer": REVIEWERS,
    "decline": CLAIMANT,  # the company, which it is offered to
    "take_back": REVIEWERS,
    "hide": REVIEWERS,
    "claim": ANYBODY,  # the citizen only keyed it: the contact, who may not, is in test_claims_routes
    "introduce": REVIEWERS,
    "progress": CLAIMANT | REVIEWERS,
    "extend": CLAIMANT | REVIEWERS,
    "release": CLAIMANT,
    "revoke": REVIEWERS,
    "deliver": CLAIMANT | STAFF,
    "not_received": WISHER | STAFF,
    "confirm": STAFF,  # and whoever has the slip's code, the wisher first of all; the claimant never
    "withdraw": WISHER | REVIEWERS,
}
AFTER_A_CLAIM = {"withdraw": REVIEWERS}
"""Once it is claimed only a liaison withdraws a wish."""
REFUSED = {401, 403, 404}
ELSEWHERE = {"confirm": WISHER, "decline": REVIEWERS, "take_back": CLAIMANT}
"""Who is in no row here: the wisher confirms by the slip's code; both ways to say no to an offer are one path."""


class Case(NamedTuple):
    """An act in a state it is possible in."""

    act: str
    state: str

    @property
    def may(self) -> set[str]:
        """Those who may do it then."""
        return AFTER_A_CLAIM.get(self.act, MAY[self.act]) if self.state == "claimed" else MAY[self.act]


CASES = [Case(act, state) for act, found in ACTS.items() if act in MAY for state in found.sources]


@pytest.fixture(scope="module")
def people(standing_world: World) -> dict[str, Api]:
    """Everybody there is, by what they are to the wish."""
    staff, anyone = standing_world.staff, standing_world.anyone
    seed_account("17000094001", roles=["liaison"], subdistricts=["花木街道"])
    seed_account("17000094002", roles=["committee_worker"], committees=[(PLACE, "第二居民区")])
    named = {name: getattr(staff, name) for name in (*STAFF, *WISHER, *CLAIMANT, "observer")}
    named |= {"elsewhere": anyone.sign_in("17000094001"), "next_door": anyone.sign_in("17000094002")}
    return named | {"stranger": anyone.sign_in("17000094003"), "anonymous": anyone}


def attempt(who: Api, act: str, wish: str, claim: str) -> Reply:
    if act in ON_AN_OFFER:
        return who.call("DELETE", f"/v1/wishes/{wish}/offer")
    if act in WISH_ACTS:
        return who.post(f"/v1/wishes/{wish}/{act}", WISH_ACTS[act])
    path, body = CLAIM_ACTS[act]
    return who.post(f"/v1/claims/{claim}/{path}", body)


def prepared(world: World, case: Case) -> tuple[str, str]:
    wish, claim = world.delivered() if case.state == "delivered" else brought_to(world, case.state)
    if case.act in ON_AN_OFFER:
        world.staff.local.must("POST", f"/v1/wishes/{wish}/offer", WISH_ACTS["offer"])
    return wish, claim


def test_every_act_that_somebody_does_has_its_row() -> None:
    assert set(MAY) == set(ACTS) - BY_THE_CLOCK - {"carry"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.act} of {case.state}")
def test_whoever_may_not_is_refused_and_nothing_changes(world: World, people: dict[str, Api], case: Case) -> None:
    wish, claim = prepared(world, case)
    before, lines = world.full(wish), world.history(wish)
    others = set(people) - case.may - ELSEWHERE.get(case.act, set())

    answers = {name: attempt(people[name], case.act, wish, claim) for name in sorted(others)}

    allowed = {name: reply for name, reply in answers.items() if reply.status not in REFUSED and not _no_offer(reply)}
    assert allowed == {}
    assert (world.full(wish), world.history(wish)) == (before, lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.act} of {case.state}")
def test_whoever_may_does(world: World, people: dict[str, Api], case: Case) -> None:
    for name in sorted(case.may):
        wish, claim = prepared(world, case)

        reply = attempt(people[name], case.act, wish, claim)

        assert reply.status in (200, 201, 204), (name, reply)
        latest = world.history(wish)[0]
        assert latest["act"] in (case.act, *ON_AN_OFFER)
        assert latest["by"] == people[name].account
        if case.act == "claim":
            world.staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "清理"})


def _no_offer(reply: Reply) -> bool:
    return bool(reply.status == 409 and reply.code == "no_offer")


@pytest.mark.parametrize("role", ["declarer", "contact"])
def test_no_reviewer_reviews_the_wish_they_declared_or_are_the_contact_of(world: World, role: str) -> None:
    phone = "17000094005"
    seed_account(phone, roles=["liaison"], subdistricts=[PLACE])
    liaison = world.anyone.sign_in(phone)
    contact = {"contact": {"name": "某", "relation": "女儿", "phone": phone}}
    changes: dict[str, Any] = contact if role == "contact" else {}
    declarer = liaison if role == "declarer" else world.staff.citizen
    made = declarer.must("POST", "/v1/wishes", declaration(world.round_id, **changes))["id"]
    for act in ("verify", "return", "reject"):
        reply = liaison.post(f"/v1/wishes/{made}/{act}", WISH_ACTS[act])
        assert (reply.status, reply.code) == (403, "declarer_may_not_review")
    world.staff.local.must("POST", f"/v1/wishes/{made}/verify", WISH_ACTS["verify"])
    reply = liaison.post(f"/v1/wishes/{made}/publish", {})
    assert (reply.status, reply.code) == (403, "declarer_may_not_review")


def test_the_claimant_never_confirms_not_even_with_the_code(world: World) -> None:
    _, claim = world.delivered()

    for body in ({"method": "phone"}, {"method": "slip", "code": "ABCD2345"}):
        reply = world.staff.company.post(f"/v1/claims/{claim}/confirm", body)
        assert (reply.status, reply.code) == (403, "own_claim")
