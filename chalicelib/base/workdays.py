"""Working days in China: Monday to Friday but for public holidays, and the weekends worked to make up for them."""

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from chalicelib.base import clock

HOLIDAYS_OF_2026: Final = (
    "2026-01-01/2026-01-03,2026-02-15/2026-02-23,2026-04-04/2026-04-06,2026-05-01/2026-05-05,"
    "2026-06-19/2026-06-21,2026-09-25/2026-09-27,2026-10-01/2026-10-07"
)
MADE_UP_IN_2026: Final = "2026-01-04,2026-02-14,2026-02-28,2026-05-09,2026-09-20,2026-10-10"
"""As the State Council announced them in November 2025; each November brings the next year's (docs/runbook.md)."""
_LONGEST_REST: Final = 60  # days; a calendar without any working day in so many is a mistake in the settings


class Calendar(NamedTuple):
    """The days that differ from the plain week, as YYYY-MM-DD in Asia/Shanghai."""

    holidays: frozenset[str] = frozenset()
    worked: frozenset[str] = frozenset()

    def works(self, day: date) -> bool:
        """Whether people work on the day."""
        name = day.isoformat()
        return name in self.worked or (day.weekday() < 5 and name not in self.holidays)


def days_of(text: str) -> frozenset[str]:
    """The days of a list such as "2026-10-01/2026-10-07,2026-12-31", ends included. Raises ValueError."""
    found = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.strip().partition("/")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            found.add(day.isoformat())
            day += timedelta(days=1)
    return frozenset(found)


def later(text: str, days: int, calendar: Calendar) -> str:
    """The stamp so many working days after the stamp `text`, at the same time of day.

    What begins on a day of rest begins with the next working day. Raises ValueError where none comes.
    """
    local = clock.moment(text).astimezone(clock.SHANGHAI)
    if not calendar.works(local.date()):
        local = _next(local, calendar).replace(hour=0, minute=0, second=0)
    for _ in range(days):
        local = _next(local, calendar)
    return clock.stamp(local)


def _next(local: datetime, calendar: Calendar) -> datetime:
    for _ in range(_LONGEST_REST):
        local += timedelta(days=1)
        if calendar.works(local.date()):
            return local
    raise ValueError("the calendar has no working day")
