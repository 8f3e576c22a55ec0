"""What was due in the evening waits for the morning; what somebody has done by then is not asked for any more."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from chalicelib.notices import manners, templates
from chalicelib.notices.delivering import About
from chalicelib.reminders import actions as schedules
from chalicelib.reminders import holding
from tests.people import COMPANY, PARTY_MEMBER, Api
from tests.reminders.days import after, inbox, now, sms
from tests.world import World

EVENING, NIGHT, MORNING = 11.5, 13, 22
"""Hours after ten in the morning: half past nine in the evening, eleven at night, eight the next morning."""
CONTACT = "17000091234"


class Case(NamedTuple):
    """Something happens in the evening, so many days on a reminder of a kind is due, and at night it is settled."""

    kind: str
    phone: str
    evening: Callable[[World], str]
    days: int
    night: Callable[[World, str], object]


def post(who: Api, path: str, **body: object) -> str:
    return str(now(who).must("POST", path, body)["id"])


def published(world: World) -> str:
    from tests.reminders.test_waiting import now_staff

    return str(now_staff(world.staff).published(world.round_id)["id"])


def claimed(world: World) -> str:
    return post(world.staff.company, f"/v1/wishes/{published(world)}/claim")


def delivered(world: World) -> str:
    claim = claimed(world)
    post(world.staff.company, f"/v1/claims/{claim}/deliver")
    return claim


def turn_of_the_next(world: World) -> str:
    claim = claimed(world)
    wish = claim.partition("-")[0]
    now(world.staff.member).must("POST", f"/v1/wishes/{wish}/standby", {})
    post(world.staff.company, f"/v1/claims/{claim}/release")
    return wish


def offered(world: World) -> str:
    wish = published(world)
    now(world.staff.local).must("POST", f"/v1/wishes/{wish}/offer", {"phone": COMPANY})
    return wish


def reminded(world: World) -> str:
    claim = claimed(world)
    wish = claim.partition("-")[0]
    now(world.staff.local).must("POST", "/v1/desk/batch", {"act": "remind", "items": [wish]})
    return claim


CASES = {
    "contact reported": Case("contact_due", COMPANY, claimed, 1, lambda world, claim: post(
        world.staff.company, f"/v1/claims/{claim}/progress", stage="contacted")),
    "given back": Case("contact_due", COMPANY, claimed, 1, lambda world, claim: post(
        world.staff.company, f"/v1/claims/{claim}/release")),
    "extended": Case("claim_expiring", COMPANY, claimed, 5, lambda world, claim: post(
        world.staff.company, f"/v1/claims/{claim}/extend")),
    "confirmed": Case("unconfirmed", CONTACT, delivered, 3, lambda world, claim: post(
        world.staff.local, f"/v1/claims/{claim}/confirm", method="phone")),
    "declined": Case("standby_turn", PARTY_MEMBER, turn_of_the_next, 0, lambda world, wish: now(
        world.staff.member).call("DELETE", f"/v1/wishes/{wish}/standby")),
    "taken back": Case("offer_made", COMPANY, offered, 0, lambda world, wish: now(
        world.staff.local).call("DELETE", f"/v1/wishes/{wish}/offer")),
    "delivered": Case("claim_reminder", COMPANY, reminded, 0, lambda world, claim: post(
        world.staff.company, f"/v1/claims/{claim}/deliver")),
}  # fmt: skip


@pytest.mark.parametrize("settled", [True, False], ids=["settled by night", "still so"])
@pytest.mark.parametrize("name", CASES)
def test_a_reminder_of_the_evening_goes_out_in_the_morning_if_it_still_holds(
    world: World, name: str, settled: bool
) -> None:
    case = CASES[name]
    with after(hours=EVENING):
        made = case.evening(world)
    with after(days=case.days, hours=EVENING):
        schedules.sweep()
    with after(days=case.days, hours=NIGHT):
        if settled:
            case.night(world, made)
        schedules.sweep()

    with after(days=case.days, hours=MORNING):
        schedules.sweep()
        schedules.sweep()

    assert len(sms(world, case.phone, case.kind)) == (not settled)


def test_what_is_not_pushed_any_more_lies_in_the_inbox_and_is_no_failure(world: World) -> None:
    with after(hours=EVENING):
        claim = claimed(world)
    with after(days=1, hours=EVENING):
        schedules.sweep()
    with after(days=1, hours=NIGHT):
        post(world.staff.company, f"/v1/claims/{claim}/progress", stage="contacted")
    with after(days=1, hours=MORNING):
        schedules.sweep()
        for state in ("queued", "failed", "dead"):
            assert now(world.staff.administrator).must("GET", "/v1/notifications", state=state)["items"] == []

    assert len(inbox(world.staff.company, "contact_due")) == 1


def test_what_an_act_tells_is_news_and_goes_out_whatever_follows(world: World) -> None:
    with after(hours=EVENING):
        claim = claimed(world)
        wish = claim.partition("-")[0]
        now(world.staff.local).must("POST", f"/v1/claims/{claim}/revoke", {"reason": "情况有变"})
        now(world.staff.local).must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "情况有变"})
    with after(hours=MORNING):
        schedules.sweep()

    assert len(sms(world, COMPANY, "claim_revoked")) == 1


def test_a_message_about_no_wish_or_one_that_is_gone(world: World) -> None:
    assert holding.still_so(About("unclaimed", "a", None, {}))
    assert holding.still_so(About("claim_revoked", "a", "01M8A9875C77Q5F6KRXG8S47TY", {}))
    assert not holding.still_so(About("contact_due", "a", "01M8A9875C77Q5F6KRXG8S47TY", {}))


def test_every_reminder_that_is_pushed_is_looked_at_first() -> None:
    asking = {kind for kind in manners.MANNERS if kind.endswith(("_due", "_due_liaison", "_expiring", "_reminder"))}
    asking |= {kind for kind in manners.MANNERS if kind.startswith("unconfirmed")}
    asking = {kind for kind in asking if "{title}" in templates.TEXTS[kind][0]}

    assert asking <= set(holding.HOLDS) <= set(manners.MANNERS)
