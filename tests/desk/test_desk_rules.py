"""Which wish waits in which queue, and which are forgotten: from narrow lines, without any table."""

import pytest

from chalicelib.base import clock
from chalicelib.base.workdays import Calendar
from chalicelib.desk import rules
from tests.desk.lines import DAY, NOW, line


def queue_of(wish: object) -> str | None:
    return next((name for name, queue in rules.queues([wish], NOW).items() if queue.waiting), None)  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("state", "queue"),
    [
        ("submitted", "review"),
        ("returned", "returned"),
        ("verified", "publication"),
        ("published", "unclaimed"),
        ("delivered", "confirmation"),
        ("claimed", None),
        ("fulfilled", None),
        ("rejected", None),
        ("withdrawn", None),
        ("closed", None),
    ],
)
def test_a_wish_waits_in_the_queue_of_its_state(state: str, queue: str | None) -> None:
    assert queue_of(line(state)) == queue


@pytest.mark.parametrize("hidden", [False, True])
def test_words_of_thanks_wait_to_be_read_whether_the_wish_is_shown_or_not(hidden: bool) -> None:
    thanked = line("fulfilled", 4, fulfilled_at=NOW - 4 * DAY, thanks_waiting=True, hidden=hidden)

    found = rules.queues([thanked, line("fulfilled")], NOW)["thanks"]

    assert [(each.line, each.since, each.reason) for each in found.waiting] == [
        (thanked, NOW - 4 * DAY, "thanks_to_moderate")
    ]
    assert found.over == {"3": 1}


@pytest.mark.parametrize("state", ["submitted", "verified", "returned"])
def test_a_review_waits_since_it_began_anew(state: str) -> None:
    resubmitted = line(state, 30, queued_at=NOW - DAY)

    assert rules.since(resubmitted) == NOW - DAY
    assert rules.since(line(state, 30)) == NOW - 30 * DAY


@pytest.mark.parametrize("state", ["published", "claimed", "delivered", "fulfilled"])
def test_a_hidden_wish_waits_in_a_queue_of_its_own_and_is_not_forgotten(state: str) -> None:
    hidden = line(state, 30, hidden=True)

    assert queue_of(hidden) == "hidden"
    assert rules.forgotten([hidden], NOW) == []


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (line("claimed", 0.9), ""),
        (line("claimed", 1.1), "no_contact"),
        (line("claimed", 1.1, stage="contacted"), ""),
        (line("claimed", 5, stage="contacted"), "expiring"),
        (line("claimed", 5, stage="contacted", expires_at=NOW + 3 * DAY), ""),
        (line("claimed", 9, stage="prepared"), "expiring"),
        (line("claimed", 13, stage="on_the_way", expires_at=0), ""),
        (line("claimed", 15, stage="on_the_way", expires_at=0), "stalled"),
        (line("claimed", 5, stage="contacted", visit_at=NOW + DAY), ""),
        (line("claimed", 5, stage="contacted", visit_at=NOW - DAY), "expiring"),
        (line("delivered", 50), ""),
    ],
)
def test_a_claim_stalls_without_contact_near_its_expiry_or_long_on_its_way(wish: object, why: str) -> None:
    assert rules.stall(wish, NOW) == why  # type: ignore[arg-type]


def test_the_late_ones_are_counted_by_the_days_of_the_reminders() -> None:
    found = rules.queues([line("published", days, id=f"w{days}") for days in (0.5, 2, 5, 9)], NOW)["unclaimed"]

    assert found.over == {"1": 3, "3": 2, "7": 1}
    assert [each.line.id for each in found.waiting] == ["w9", "w5", "w2", "w0.5"]


def test_reviews_are_late_by_working_days() -> None:
    # Tuesday 10:00: two working days ago was Friday 10:00, four were Wednesday 10:00.
    declared = ["2026-11-18T01:00:00Z", "2026-11-18T03:00:00Z", "2026-11-20T01:59:00Z", "2026-11-20T02:01:00Z"]
    lines = [line("submitted", id=at, declared_at=clock.seconds(at)) for at in declared]

    assert rules.queues(lines, NOW)["review"].over == {"2": 3, "4": 1}


def test_a_holiday_is_no_working_day_of_the_desks_either() -> None:
    monday_off = Calendar(frozenset({"2026-11-23"}))
    lines = [line("submitted", declared_at=clock.seconds("2026-11-20T01:59:00Z"))]

    assert rules.queues(lines, NOW, monday_off)["review"].over == {"2": 0, "4": 0}


def test_the_forgotten_come_oldest_first_and_say_why() -> None:
    lines = [
        line("published", 8, id="unclaimed"),
        line("published", 6, id="young"),
        line("claimed", 20, id="stalled", expires_at=0),
        line("claimed", 2, id="silent"),
        line("delivered", 4, id="unconfirmed"),
        line("delivered", 2, id="fresh"),
        line("submitted", 90, id="unreviewed"),
    ]

    found = [(each.line.id, each.reason) for each in rules.forgotten(lines, NOW)]

    assert found == [
        ("stalled", "stalled"), ("unclaimed", "unclaimed"), ("unconfirmed", "unconfirmed"), ("silent", "no_contact"),
    ]  # fmt: skip


def test_giving_a_wish_back_does_not_make_it_young_again() -> None:
    given_back = line("published", 10, republished_at=NOW - DAY)

    assert [each.since for each in rules.forgotten([given_back], NOW)] == [NOW - 10 * DAY]
