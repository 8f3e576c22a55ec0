"""Working days: weekends and announced holidays rest, made-up weekends are worked, a year nobody knows has weekends."""

import pytest

from chalicelib.base import clock, workdays
from chalicelib.base.workdays import ANNOUNCED, Calendar

OF_2026 = workdays._calendar("", "")
NATIONAL_DAY = "2026-10-01T02:00:00Z"


@pytest.mark.parametrize(
    ("at", "days", "before"),
    [
        ("2026-11-24T02:00:00Z", 1, "2026-11-23T02:00:00Z"),  # Tuesday → Monday
        ("2026-11-23T02:00:00Z", 1, "2026-11-20T02:00:00Z"),  # Monday → Friday
        ("2026-11-24T02:00:00Z", 2, "2026-11-20T02:00:00Z"),
        ("2026-11-22T05:00:00Z", 2, "2026-11-18T16:00:00Z"),  # Sunday counts as the end of Friday
        ("2026-11-21T05:00:00Z", 2, "2026-11-18T16:00:00Z"),
        ("2026-11-20T17:00:00Z", 1, "2026-11-19T16:00:00Z"),  # already Saturday in Shanghai
        ("2026-11-24T02:00:00Z", 10, "2026-11-10T02:00:00Z"),
    ],
)
def test_working_days_are_counted_back_over_weekends_in_shanghai(at: str, days: int, before: str) -> None:
    assert workdays.before(at, days, Calendar()) == before


@pytest.mark.parametrize(
    ("at", "days", "after"),
    [
        ("2026-09-29T02:00:00Z", 2, "2026-10-08T02:00:00Z"),  # Tuesday; the holiday begins on Thursday
        ("2026-09-30T02:00:00Z", 1, "2026-10-08T02:00:00Z"),
        ("2026-10-09T02:00:00Z", 1, "2026-10-10T02:00:00Z"),  # a Saturday that is worked
        ("2026-10-03T02:00:00Z", 0, "2026-10-07T16:00:00Z"),  # begins with the next working day
        ("2026-02-13T02:00:00Z", 2, "2026-02-24T02:00:00Z"),  # Friday, the worked Saturday, nine days off
    ],
)
def test_working_days_go_over_holidays_both_ways(at: str, days: int, after: str) -> None:
    assert workdays.later(at, days, OF_2026) == after
    if days:
        assert workdays.before(after, days, OF_2026) == at


def test_in_the_holidays_it_is_still_the_evening_before_them() -> None:
    assert workdays.before(NATIONAL_DAY, 1, OF_2026) == "2026-09-29T16:00:00Z"


@pytest.mark.parametrize(("year", "announced"), ANNOUNCED.items())
def test_what_was_announced_names_days_of_its_year_and_weekends_are_made_up_for(
    year: int, announced: workdays.Year
) -> None:
    holidays, worked = workdays.days_of(announced.holidays), workdays.days_of(announced.worked)

    assert {day[:4] for day in holidays | worked} == {str(year)}
    assert not holidays & worked
    assert all(clock.moment(f"{day}T02:00:00Z").weekday() >= 5 for day in worked)


def test_a_stage_adds_a_year_and_keeps_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLIDAYS", "2027-10-01/2027-10-07, 2027-01-01")
    monkeypatch.setenv("WORKED_DAYS", "2027-10-09")

    calendar = workdays.configured()

    assert calendar.years == {2026, 2027}
    assert {"2026-10-01", "2027-10-07", "2027-01-01"} <= calendar.holidays
    assert workdays.later("2027-09-30T02:00:00Z", 2, calendar) == "2027-10-09T02:00:00Z"


def test_a_stage_corrects_a_year_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLIDAYS", "2026-10-01/2026-10-08")

    calendar = workdays.configured()

    assert "2026-10-08" in calendar.holidays
    assert "2026-05-01" not in calendar.holidays
    assert calendar.worked == frozenset()


@pytest.mark.parametrize("text", ["1 October", "2026-10-32", "2026-10-07/2026-10-01", "2026-10-01-2026-10-07"])
def test_settings_nobody_can_read_are_logged_and_stop_nothing(
    text: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HOLIDAYS", text)

    assert workdays.configured() == OF_2026
    assert "holidays_unreadable" in caplog.text


def test_a_year_nobody_knows_has_its_weekends_and_no_holidays() -> None:
    assert workdays.later("2028-09-29T02:00:00Z", 1, OF_2026) == "2028-10-02T02:00:00Z"


@pytest.mark.parametrize(
    ("at", "year"),
    [
        ("2026-11-30T02:00:00Z", None),
        ("2026-11-30T17:00:00Z", 2027),  # December in Shanghai
        ("2026-12-31T17:00:00Z", 2027),
        ("2025-12-31T02:00:00Z", 2025),
    ],
)
def test_the_operator_hears_of_a_year_that_is_missing_in_time(at: str, year: int | None) -> None:
    assert OF_2026.unknown(at) == year


def test_a_calendar_of_rest_alone_ends_all_the_same() -> None:
    resting = Calendar(workdays.days_of("2026-01-01/2027-12-31"))

    assert workdays.later("2026-03-02T02:00:00Z", 1, resting) > "2026-04-01"
