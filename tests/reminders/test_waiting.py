"""What waits for whom, and since when: reviews in working days, claims in days; what rests and is taken up again."""

from typing import Any

import pytest

from chalicelib.reminders import actions as reminders
from chalicelib.wishes import records
from chalicelib.wishes.change import Attempt, Entry, advance
from tests.imports.handmade import csv_bytes, good_wish
from tests.imports.test_imports_routes import send
from tests.people import LOCAL_LIAISON, Staff, verification
from tests.reminders.days import after, counts, inbox, now, sms
from tests.world import World


def due_at(wish: str) -> str | None:
    found = records.get(wish, strongly=True)
    return found.due_at if found and found.due else None


def act(world: World, wish: str, name: str, body: Any = None) -> None:
    now(world.staff.local).must("POST", f"/v1/wishes/{wish}/{name}", body or {})


def test_a_wish_not_reviewed_in_two_working_days_is_the_liaisons_matter(world: World) -> None:
    world.declared()

    with after(days=1, hours=23):
        reminders.remind()
    with after(days=2):  # Wednesday
        reminders.remind()
        reminders.remind()

    assert counts(world.staff.local, "review_due") == counts(world.staff.liaison, "review_due") == [1]
    assert counts(world.staff.administrator, "review_late") == []


def test_in_four_working_days_it_is_the_administrators(world: World) -> None:
    world.declared()
    with after(days=2):
        reminders.remind()

    with after(days=3, hours=23):
        reminders.remind()
    assert counts(world.staff.administrator, "review_late") == []
    with after(days=4):  # Friday
        reminders.remind()

    assert counts(world.staff.administrator, "review_late") == [1]
    assert counts(world.staff.local, "review_due") == [1]


def test_a_weekend_and_a_holiday_do_not_count(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLIDAYS", "2031-12-01/2031-12-02")
    monkeypatch.setenv("WORKED_DAYS", "2031-11-30")
    with after(days=4):  # Friday; then Saturday off, Sunday worked, Monday and Tuesday off
        Staff.declared(now_staff(world.staff), world.round_id)

    with after(days=8, hours=23):
        reminders.remind()
    assert counts(world.staff.local, "review_due") == []
    with after(days=9):  # Wednesday
        reminders.remind()

    assert counts(world.staff.local, "review_due") == [1]


def now_staff(staff: Staff) -> Staff:
    """The same people with tokens that are good at the pinned time."""
    return Staff(*(now(getattr(staff, name)) for name in staff.__dataclass_fields__))


def test_a_run_days_late_tells_the_liaison_and_the_administrator_once_each(world: World) -> None:
    world.declared()

    with after(days=20):
        reminders.remind()
        reminders.remind()

    assert counts(world.staff.local, "review_due") == [1]
    assert counts(world.staff.administrator, "review_late") == [1]


def test_a_verified_wish_that_is_not_published_waits_anew(world: World) -> None:
    made = world.declared()["id"]
    with after(days=1):
        act(world, made, "verify", verification())

    with after(days=2, hours=23):
        reminders.remind()
    assert counts(world.staff.local, "review_due") == []
    with after(days=3):
        reminders.remind()

    assert counts(world.staff.local, "review_due") == [1]


@pytest.mark.parametrize("name", ["return", "reject", "withdraw"])
def test_what_is_no_longer_under_review_is_not_reminded_of(world: World, name: str) -> None:
    made = world.declared()["id"]
    act(world, made, name, {"reason": "x"})

    with after(days=10):
        assert reminders.remind() == {"due": 0, "digests": 0}
    assert due_at(made) is None


def test_a_returned_wish_waits_from_the_day_it_comes_back(world: World) -> None:
    made = world.declared()["id"]
    act(world, made, "return", {"reason": "x"})
    with after(days=1):
        now(world.staff.citizen).must("PATCH", f"/v1/wishes/{made}", {"title": "一口好锅"}, version=2)

    with after(days=2, hours=23):
        reminders.remind()
    with after(days=3):
        assert reminders.remind()["due"] == 1


def test_an_imported_wish_waits_from_the_day_it_came_in_whenever_it_was_declared(world: World) -> None:
    send(world, csv_bytes([good_wish(1)]))

    with after(days=1, hours=23):
        assert reminders.remind()["due"] == 0
    with after(days=2):
        assert reminders.remind()["due"] == 1


def test_what_is_not_public_yet_is_counted_and_not_named(world: World) -> None:
    world.declared(title="一条被子")

    with after(days=2):
        reminders.remind()

    (text,) = sms(world, LOCAL_LIAISON, "review_due")
    assert "1 个心愿" in text
    assert "被子" not in text


def test_hidden_it_rests_and_shown_again_it_goes_on_where_it_was(world: World) -> None:
    made = world.published()["id"]
    before = due_at(made)
    act(world, made, "hide")
    assert due_at(made) is None

    with after(days=1):
        assert reminders.remind()["due"] == 0
    act(world, made, "hide", {"hidden": False})

    assert due_at(made) == before
    with after(days=1):
        assert reminders.remind()["due"] == 1


def test_hidden_over_its_day_it_is_reminded_of_once_it_is_shown(world: World) -> None:
    made = world.published()["id"]
    act(world, made, "hide")
    with after(days=2):
        act(world, made, "hide", {"hidden": False})

        assert reminders.remind()["due"] == 1
        assert reminders.remind()["due"] == 0


def reserve(wish: str, until: str) -> None:
    """Keep the wish for somebody, as standby and offers do."""
    from chalicelib.base import tables
    from chalicelib.base.callers import NOBODY

    found = records.get(wish, strongly=True)
    assert found is not None
    fields = {"reserved_for": "somebody", "reserved_until": until}
    tables.commit(advance(found, Attempt(NOBODY), Entry("offer"), "published", **fields))


def test_reserved_for_somebody_it_is_not_called_unclaimed_until_that_is_over(world: World) -> None:
    made = world.published()["id"]
    reserve(made, "2031-11-25T14:00:00Z")

    with after(days=1):  # 02:00 UTC
        assert reminders.remind() == {"due": 0, "digests": 0}
    assert due_at(made) == "2031-11-25T14:00:00Z"
    with after(days=1, hours=12):
        reminders.remind()

    assert counts(world.staff.local) == [1]


def test_before_claims_open_nothing_is_unclaimed(world: World) -> None:
    later = world.with_round(
        7, claim_from="2031-12-01T02:00:00Z", claim_until="2031-12-31T02:00:00Z", deliver_until="2032-01-31T02:00:00Z"
    )
    later.published()

    with after(days=7, hours=23):
        assert reminders.remind()["due"] == 0
    with after(days=8):
        assert reminders.remind()["due"] == 1


def test_a_subdistricts_own_window_is_what_its_reminder_goes_by(world: World) -> None:
    early = world.with_round(7, overrides={"南码头路街道": {"claim_until": "2031-12-04T02:00:00Z"}})
    made = early.published()["id"]
    for days in (1, 3, 7):
        with after(days=days):
            assert reminders.remind()["due"] == 1  # 7 days is 3 days before the end as well: one look

    assert due_at(made) is None


@pytest.mark.parametrize(("name", "value", "days"), [("UNCLAIMED_DAYS", "2,5", 2), ("UNCLAIMED_DAYS", "4", 4)])
def test_a_district_sets_its_own_pace(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, value: str, days: int
) -> None:
    monkeypatch.setenv(name, value)
    world.published()

    with after(days=days, hours=-1):
        assert reminders.remind()["due"] == 0
    with after(days=days):
        assert reminders.remind()["due"] == 1


def test_the_review_has_its_own_pace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_DAYS", "1,3")
    world.declared()

    for days in (1, 3):
        with after(days=days):
            reminders.remind()

    assert [each["at"][:10] for each in inbox(world.staff.local, "review_due")] == ["2031-11-25"]
    assert [each["at"][:10] for each in inbox(world.staff.administrator, "review_late")] == ["2031-11-27"]
