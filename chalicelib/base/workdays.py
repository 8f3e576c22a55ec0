"""Working days in China: Monday to Friday but for public holidays, and the weekends worked to make up for them.

Each November the State Council's General Office announces the next year's (节假日安排的通知, www.gov.cn). What it
announced is data here (ANNOUNCED); a stage adds a year, or corrects one, by `HOLIDAYS` and `WORKED_DAYS`. A year
that neither knows has its weekends and no holidays, and the operator is told (docs/runbook.md).
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

from chalicelib.base import clock, logs, settings


class Year(NamedTuple):
    """A year's days that differ from the plain week, in the form of the settings (`days_of`)."""

    holidays: str
    worked: str


ANNOUNCED: Final[Mapping[int, Year]] = {
    2026: Year(  # the notice of 4 November 2025
        "2026-01-01/2026-01-03,2026-02-15/2026-02-23,2026-04-04/2026-04-06,2026-05-01/2026-05-05,"
        "2026-06-19/2026-06-21,2026-09-25/2026-09-27,2026-10-01/2026-10-07",
        "2026-01-04,2026-02-14,2026-02-28,2026-05-09,2026-09-20,2026-10-10",
    ),
}
_LONGEST_REST: Final = 60  # days; a calendar without any working day in so many is a mistake in the settings
_ANNOUNCED_BY_MONTH: Final = 12  # in December the next year's has been out for weeks


class Calendar(NamedTuple):
    """The days that differ from the plain week, as YYYY-MM-DD in Asia/Shanghai, and the years it knows."""

    holidays: frozenset[str] = frozenset()
    worked: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()

    def works(self, day: date) -> bool:
        """Whether people work on the day."""
        name = day.isoformat()
        return name in self.worked or (day.weekday() < 5 and name not in self.holidays)

    def unknown(self, at: str) -> int | None:
        """The year whose holidays are missing at the stamp `at`: this one, and in December the next; None for none."""
        day = clock.moment(at).astimezone(clock.SHANGHAI).date()
        wanted = (day.year, day.year + 1) if day.month >= _ANNOUNCED_BY_MONTH else (day.year,)
        return next((year for year in wanted if year not in self.years), None)


WEEKENDS_ALONE: Final = Calendar()


def configured() -> Calendar:
    """The calendar of this stage: what was announced, and `HOLIDAYS` and `WORKED_DAYS` for every year they name.

    Settings that nobody can read are as if there were none: a typing error must not stop declarations.
    """
    holidays, worked = settings.text("HOLIDAYS"), settings.text("WORKED_DAYS")
    try:
        return _calendar(holidays, worked)
    except ValueError:
        logs.error("holidays_unreadable")
        return _calendar("", "")


def days_of(text: str) -> frozenset[str]:
    """The days of a list such as "2026-10-01/2026-10-07,2026-12-31", ends included. Raises ValueError."""
    found = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = part.partition("/")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        if end < day:
            raise ValueError("a period ends before it begins")
        while day <= end:
            found.add(day.isoformat())
            day += timedelta(days=1)
    return frozenset(found)


def later(text: str, days: int, calendar: Calendar) -> str:
    """The stamp so many working days after the stamp `text`, at the same time of day.

    What begins on a day of rest begins with the next working day.
    """
    local = clock.moment(text).astimezone(clock.SHANGHAI)
    if not calendar.works(local.date()):
        local = _step(local, 1, calendar).replace(hour=0, minute=0, second=0)
    for _ in range(days):
        local = _step(local, 1, calendar)
    return clock.stamp(local)


def before(text: str, days: int, calendar: Calendar) -> str:
    """The stamp so many working days before the stamp `text`, at the same time of day.

    On a day of rest no working time passes: all of it counts as the end of the last working day.
    """
    local = clock.moment(text).astimezone(clock.SHANGHAI)
    if not calendar.works(local.date()):
        last = _step(local, -1, calendar)
        local = last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for _ in range(days):
        local = _step(local, -1, calendar)
    return clock.stamp(local)


@cache
def _calendar(holidays: str, worked: str) -> Calendar:
    off, on = set(days_of(holidays)), set(days_of(worked))
    years = {int(day[:4]) for day in off | on}
    for year, announced in ANNOUNCED.items():
        if year not in years:
            off |= days_of(announced.holidays)
            on |= days_of(announced.worked)
    return Calendar(frozenset(off), frozenset(on), frozenset(years | set(ANNOUNCED)))


def _step(local: datetime, direction: int, calendar: Calendar) -> datetime:
    """The next working day in that direction, or the day after the longest rest there can be."""
    for _ in range(_LONGEST_REST):
        local += timedelta(days=direction)
        if calendar.works(local.date()):
            break
    return local
