"""A round's dates are changed: what its wishes and claims wait for follows, killed half-way or not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.base import clock, tables
from chalicelib.base.problems import Unavailable
from chalicelib.claims import records as claims
from chalicelib.claims import rules as claim_rules
from chalicelib.reminders import actions as reminders
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import rescheduling
from chalicelib.wishes import listing, rules
from chalicelib.wishes.rules import Look
from tests.conftest import empty_tables
from tests.costs import many_wishes
from tests.people import PLACE, Api, Staff
from tests.races import books
from tests.races.between import Killed, dying, on_the_wire
from tests.reminders.days import MORNING, after, counts, now
from tests.reminders.test_waiting import act, due_at, reserve
from tests.world import World


@pytest.fixture(scope="module")
def people(own_stack: Api) -> Staff:
    """The usual people, whom no test here changes."""
    with clock.pinned(MORNING):
        return own_stack.staff()


@pytest.fixture
def world(now: datetime, people: Staff, own_stack: Api) -> Iterator[World]:
    """The same people with a round that is open for thirty days, and nothing else."""
    yield World(people, own_stack, people.open_round())
    empty_tables(keep=["accounts"])


END = 30
"""The window of the world's round ends so many days after the morning."""


def day(days: float) -> str:
    return clock.stamp(MORNING + timedelta(days=days))


def change(world: World, **dates: Any) -> Any:
    administrator = now(world.staff.administrator)
    found = administrator.call("GET", f"/v1/rounds/{world.round_id}")
    path, version = f"/v1/rounds/{world.round_id}", found.json["version"]
    return administrator.must("PATCH", path, dates, version=version)


def run(days: float) -> int:
    """The reminders run, as if on that day; how many wishes were due."""
    with after(days=days):
        return reminders.remind()["due"]


def all_looks(world: World) -> None:
    """Every look at the world's wishes by its first dates is over."""
    for days in (1, 3, 7, END - 3):
        run(days)


def test_a_window_prolonged_after_the_last_reminder_brings_the_next_one(world: World) -> None:
    made = world.published()["id"]
    all_looks(world)
    assert due_at(made) is None

    with after(days=END - 2):
        change(world, claim_until=day(END + 10), deliver_until=day(END + 40))

    assert due_at(made) == day(END + 7)
    assert run(END + 6.9) == 0
    assert run(END + 7) == 1
    assert run(END + 8) == 0
    assert counts(world.staff.local) == [1] * 5


def test_a_window_reopened_after_its_end_brings_the_next_one(world: World) -> None:
    made = world.published()["id"]
    all_looks(world)

    with after(days=END + 5):
        change(world, claim_until=day(END + 20), deliver_until=day(END + 40))

    assert due_at(made) == day(END + 17)


def test_a_shortened_window_brings_its_reminder_earlier_and_once(world: World) -> None:
    made = world.published()["id"]
    for days in (1, 3, 7):
        run(days)

    with after(days=8):
        change(world, claim_until=day(14))

    assert due_at(made) == day(11)
    assert [run(days) for days in (11, 12, END - 3)] == [1, 0, 0]


def test_a_window_cut_off_leaves_nothing_to_be_reminded_of(world: World) -> None:
    made = world.published()["id"]
    with after(days=2):  # nobody has run since the first look was due
        change(world, claim_until=day(1.5))

    assert due_at(made) is None
    assert [run(days) for days in (2, 3, 7)] == [0, 0, 0]


def test_an_opening_put_off_puts_the_reminders_off(world: World) -> None:
    made = world.published()["id"]

    change(world, claim_from=day(10))

    assert due_at(made) == day(11)
    assert [run(days) for days in (1, 3, 7, 10, 11)] == [0, 0, 0, 0, 1]


def test_a_look_that_is_due_already_is_not_swallowed_by_the_change(world: World) -> None:
    world.published()

    with after(days=1, hours=1):
        change(world, claim_until=day(END + 1))

    assert run(1.1) == 1


def test_a_subdistricts_own_dates_move_its_wishes_only(world: World) -> None:
    here, there = world.published()["id"], world.declared(subdistrict="花木街道")["id"]
    for name, body in (("verify", {"method": "visit", "identity": True, "income": "confirmed", "feasible": True,
                                   "on": "2026-01-05"}), ("publish", {})):  # fmt: skip
        world.staff.liaison.must("POST", f"/v1/wishes/{there}/{name}", body)
    all_looks(world)

    with after(days=END - 2):
        change(world, overrides={PLACE: {"claim_until": day(END + 8)}}, deliver_until=day(END + 40))

    assert (due_at(here), due_at(there)) == (day(END + 5), None)
    with after(days=END - 1):
        change(world, overrides={})
    assert due_at(here) is None


def test_a_hidden_wish_goes_by_the_new_dates_once_it_is_shown(world: World) -> None:
    made = world.published()["id"]
    all_looks(world)
    with after(days=END - 2):
        act(world, made, "hide")
        change(world, claim_until=day(END + 10), deliver_until=day(END + 40))
        assert due_at(made) is None

        act(world, made, "hide", {"hidden": False})

    assert due_at(made) == day(END + 7)


def test_a_look_put_off_while_the_wish_is_kept_for_somebody_stays_put_off(world: World) -> None:
    made = world.published()["id"]
    reserve(made, day(1.5))
    run(1)

    with after(days=1, hours=1):
        change(world, claim_until=day(END + 10), deliver_until=day(END + 40))

    assert due_at(made) == day(1.5)


def test_a_change_of_name_alone_moves_nothing(world: World) -> None:
    world.published()

    change(world, name="春天的微心愿")

    assert rounds.fetch(world.round_id).moved_at is None


def test_a_visit_agreed_for_later_than_the_round_delivers_is_kept_for_once_it_delivers_longer(world: World) -> None:
    _, claim = world.claimed(kind="spiritual")
    visit, ends = day(70), day(60)  # the world's round delivers for sixty days
    world.staff.company.must("POST", f"/v1/claims/{claim}/progress", {"stage": "contacted", "visit_at": visit})
    assert world.staff.company.must("GET", f"/v1/claims/{claim}")["expires_at"] == clock.later(ends, days=1)

    change(world, deliver_until=day(90))

    assert world.staff.company.must("GET", f"/v1/claims/{claim}")["expires_at"] == day(71)
    change(world, deliver_until=day(65))  # what was told to the claimant stands
    assert world.staff.company.must("GET", f"/v1/claims/{claim}")["expires_at"] == day(71)
    wish, version = claim_rules.parse_id(claim) or ("", 0)
    record = claims.get(wish, version)
    assert record is not None
    assert record.due_at is not None
    books.in_order(world.round_id)


@pytest.fixture
def waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A round whose wishes have one look to come, before its window ends; they make two small transactions."""
    many_wishes.store(world.round_id, range(12), 1, clock.stamp(MORNING), all_open=True)
    run(7)
    monkeypatch.setattr(tables, "LARGEST_TRANSACTION", 10)
    assert due_times(world) == {day(END - 3)}
    return world


def due_times(world: World) -> set[str | None]:
    return {each.due_at if each.due else None for each in books.every_wish(world.round_id)}


@pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "after it landed"])
def test_killed_at_any_write_the_sweep_lets_every_due_time_follow(waiting: World, landed: bool) -> None:
    world = waiting
    died, turn, until = True, 0, day(END)
    while died:
        turn += 1
        with after(days=8, hours=turn):
            try:
                with on_the_wire(dying(turn, landed=landed), only_writes=True):
                    change(world, claim_until=day(END + turn))
                died = False
            except Killed:
                pass
        with after(days=8, hours=turn, minutes=2):
            reminders.sweep()
        found = rounds.fetch(world.round_id)
        # Before the very first write lands there is no change.
        assert (found.window.claim_until, found.moved_at) == (
            until if turn == 1 and not landed else day(END + turn),
            None,
        )
        assert due_times(world) == {clock.later(found.window.claim_until, days=-3)}

    assert turn > 3  # the dates, two transactions


@pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "after it landed"])
def test_a_sweep_killed_at_any_write_is_gone_on_with_by_the_next(
    waiting: World, landed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = waiting

    def down(*_: object, **__: object) -> None:
        raise Unavailable("dynamodb: x")

    died, turn = True, 0
    while died:
        turn += 1
        with after(days=8, hours=turn), monkeypatch.context() as patch:
            patch.setattr(listing, "snapshot", down)
            change(world, claim_until=day(END - turn))
        with after(days=8, hours=turn, minutes=2):
            try:
                with on_the_wire(dying(turn, landed=landed), only_writes=True):
                    reminders.sweep()
                died = False
            except Killed:
                reminders.sweep()
        assert rounds.fetch(world.round_id).moved_at is None
        assert due_times(world) == {day(END - turn - 3)}

    assert turn > 3  # two transactions, the mark


def test_what_the_index_did_not_show_yet_follows_with_the_second_pass(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world.published()["id"]
    all_looks(world)
    with after(days=END - 2):
        with monkeypatch.context() as patch:
            patch.setattr(listing, "snapshot", lambda *_, **__: [])
            change(world, claim_until=day(END + 10), deliver_until=day(END + 40))
        reminders.sweep()
        assert due_at(made) is None  # within the minute

    with after(days=END - 2, minutes=2):
        reminders.sweep()
        assert (due_at(made), rounds.fetch(world.round_id).moved_at) == (day(END + 7), None)


def test_a_pass_that_goes_by_dates_of_yesterday_writes_nothing(world: World) -> None:
    made = world.published()["id"]
    all_looks(world)
    with after(days=END - 2):
        change(world, claim_until=day(END + 10), deliver_until=day(END + 40))
        outdated = rounds.fetch(world.round_id)
        change(world, claim_until=day(END + 20))
        due = due_at(made)

        assert not rescheduling._Pass(outdated, 10).run()

    assert due_at(made) == due == day(END + 17)


def test_taking_off_the_mark_costs_nobody_their_version(world: World) -> None:
    changed = change(world, claim_until=day(END + 1))

    with after(minutes=2):
        reminders.sweep()
        found = rounds.fetch(world.round_id)

    assert (found.moved_at, found.version) == (None, changed["version"])


LOOKS = [Look(day(1), "unclaimed"), Look(day(3), "unclaimed")]


@pytest.mark.parametrize(
    ("held", "reserved_until", "claiming", "follows"),
    [
        (None, None, True, day(3)),
        (day(5), None, True, day(3)),
        (day(1), None, True, day(1)),  # due, and not told yet
        (day(1), None, False, day(3)),
        (day(2.5), day(2.5), True, day(2.5)),  # put off until then
        (day(2.5), None, True, day(3)),
    ],
)
def test_the_next_look_by_new_dates(
    held: str | None, reserved_until: str | None, claiming: bool, follows: str | None
) -> None:
    assert rules.next_unclaimed(LOOKS, held, reserved_until, day(2), claiming=claiming) == follows


def test_behind_the_last_look_there_is_none() -> None:
    assert rules.next_unclaimed(LOOKS, None, None, day(3), claiming=True) is None
