"""A round's dates change while people act on its wishes: every act counts, and every due time follows in the end."""

from collections.abc import Callable
from itertools import count

import pytest

from chalicelib.base import clock
from chalicelib.reminders import actions as schedules
from chalicelib.rounds import actions as rounds
from tests.people import Api, Staff
from tests.races import books
from tests.races.between import doing, on_the_wire
from tests.races.contenders import Contenders, Request, Schedule

pytestmark = pytest.mark.races

_numbers = count(900)
MOST_CALLS = 60
TURNS = 4
WHY = {"reason": "情况有变"}

Act = Callable[[Staff, str], None]
ACTS: dict[str, Act] = {
    "claimed": lambda staff, wish: _post(staff.company, f"/v1/wishes/{wish}/claim"),
    "withdrawn": lambda staff, wish: _post(staff.local, f"/v1/wishes/{wish}/withdraw", WHY),
    "hidden": lambda staff, wish: _post(staff.local, f"/v1/wishes/{wish}/hide"),
    "kept for an organisation": lambda staff, wish: _post(
        staff.local, f"/v1/wishes/{wish}/offer", {"account": staff.company.account}
    ),
    "moved by another change": lambda staff, wish: _patch(staff, _round_of(wish), in_days(4)),
}


def _post(who: Api, path: str, body: object = None) -> None:
    who.must("POST", path, body or {})


def in_days(days: float) -> str:
    """That long from now, to the minute: within a test it stays what it is."""
    return f"{clock.later(clock.stamp(), days=days)[:16]}:00Z"


def _round_of(wish: str) -> str:
    from chalicelib.wishes import actions as wishes

    return str(wishes.get(wish).round)


def _patch(staff: Staff, found: str, until: str) -> None:
    version = rounds.fetch(found).version
    staff.administrator.must("PATCH", f"/v1/rounds/{found}", {"claim_until": until}, version=version)


def a_minute_later() -> None:
    with clock.pinned(clock.moment(clock.later(clock.stamp(), minutes=2))):
        schedules.sweep()


def due_times_are_right(found: str) -> None:
    """Each open wish is looked at a day after its publication or three days before the window's end."""
    window = rounds.fetch(found).window
    for wish in books.every_wish(found):
        expected = None
        if wish.state == "published":
            expected = min(clock.later(str(wish.published_at), days=1), clock.later(window.claim_until, days=-3))
        assert wish.due_at == expected, wish.state
        assert bool(wish.due) == bool(expected and not wish.hidden)
    books.in_order(found)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_in_any_gap_of_the_change_counts_and_the_due_times_follow(name: str, staff: Staff) -> None:
    for before in range(1, MOST_CALLS):
        found = staff.open_round(next(_numbers))
        wish = staff.published(found)["id"]
        staff.published(found)
        body, version = {"claim_until": in_days(3.5)}, rounds.fetch(found).version
        with on_the_wire(doing(lambda wish=wish: ACTS[name](staff, wish), before=before)) as wire:  # type: ignore[misc]
            reply = staff.administrator.call("PATCH", f"/v1/rounds/{found}", body, version=version)
        if wire.calls < before:
            break
        assert reply.status in (200, 412)  # 412: the other change came first
        a_minute_later()
        due_times_are_right(found)
        assert rounds.fetch(found).moved_at is None
    else:
        pytest.fail("the change makes ever more calls")


@pytest.mark.parametrize("name", ["hidden", "kept for an organisation"])
def test_an_act_that_read_the_wish_before_the_change_does_not_put_its_old_due_time_back(
    name: str, staff: Staff
) -> None:
    for before in range(1, MOST_CALLS):
        found = staff.open_round(next(_numbers))
        wish, until = staff.published(found)["id"], in_days(3.5)
        with on_the_wire(
            doing(lambda found=found, until=until: _patch(staff, found, until), before=before)  # type: ignore[misc]
        ) as wire:
            ACTS[name](staff, wish)
        if wire.calls < before:
            break
        due_times_are_right(found)  # without any sweep


def test_the_change_in_any_gap_of_a_publication_is_what_its_wish_goes_by(staff: Staff) -> None:
    for before in range(1, MOST_CALLS):
        found = staff.open_round(next(_numbers))
        wish = staff.verified(found)["id"]
        until = in_days(3.5)
        with on_the_wire(
            doing(lambda found=found, until=until: _patch(staff, found, until), before=before)  # type: ignore[misc]
        ) as wire:
            staff.local.must("POST", f"/v1/wishes/{wish}/publish", {})
        if wire.calls < before:
            break
        a_minute_later()
        due_times_are_right(found)


def test_changes_claims_withdrawals_and_sweeps_at_once_end_with_every_due_time_right(
    staff: Staff, contenders: Contenders
) -> None:
    claimants = [staff.company, staff.member]
    for turn in range(TURNS):
        found = staff.open_round(next(_numbers))
        wishes = [staff.published(found)["id"] for _ in range(6)]
        version = str(rounds.fetch(found).version)
        soon = clock.later(clock.stamp(), minutes=2)
        path, held = f"/v1/rounds/{found}", {"If-Match": version}
        changes = [
            Request(staff.administrator.token, "PATCH", path, {"claim_until": in_days(3.5 + step / 10)}, headers=held)
            for step in range(4)
        ]
        acts = [
            Request(claimants[place % 2].token, "POST", f"/v1/wishes/{wishes[place]}/claim", {}) for place in (0, 1)
        ]
        acts += [Request(staff.local.token, "POST", f"/v1/wishes/{wishes[2]}/withdraw", WHY)]
        acts += [Request(staff.local.token, "POST", f"/v1/wishes/{wishes[3]}/hide", {"hidden": bool(turn % 2)})]

        outcomes = contenders.race([*changes, *acts, *[Schedule("sweep", soon)] * 4])

        assert sorted(outcome.status for outcome in outcomes[:4]) == [200, 412, 412, 412]
        assert {outcome.status for outcome in outcomes[4:7]} <= {200, 201}
        a_minute_later()
        due_times_are_right(found)
