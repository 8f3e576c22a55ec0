"""The one clock. Rules never read it; actions ask it once and hand the time on.

Times are stored and shown in UTC as RFC 3339 text with whole seconds ("2026-11-22T08:00:00Z"): it sorts as
text, needs no conversion on the way out and can be read in the console. People see Asia/Shanghai.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving since 1991: a fixed offset is exact

_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


def now() -> datetime:
    """The present moment in UTC, or the one this context is pinned to."""
    return _pinned.get() or datetime.now(UTC)


def stamp(moment: datetime | None = None) -> str:
    """`moment` (default: now) as stored text, whole seconds, rounded down."""
    return (moment or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """The aware UTC datetime of a stored stamp or any RFC 3339 text. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("a time needs its offset")
    return parsed.astimezone(UTC)


def given(text: str) -> str:
    """The stamp of an RFC 3339 time that somebody wrote. Raises ValueError for anything else.

    The calendar's ends are refused too: days are counted on from these times, and shown in Asia/Shanghai.
    """
    try:
        found = moment(text)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
    if not 1900 <= found.year < 9999:
        raise ValueError("beyond the calendar")
    return stamp(found)


def seconds(text: str | None) -> int:
    """Whole epoch seconds of a stamp, 0 for none."""
    return int(moment(text).timestamp()) if text else 0


def stamp_of(epoch: int) -> str:
    """The stamp of whole epoch seconds."""
    return stamp(datetime.fromtimestamp(epoch, UTC))


def later(text: str, **delta: float) -> str:
    """The stamp that lies `delta` (timedelta's keywords) after the stamp `text`."""
    return stamp(moment(text) + timedelta(**delta))


def local_day(text: str) -> str:
    """The calendar day in Asia/Shanghai of a stamp, as YYYY-MM-DD."""
    return moment(text).astimezone(SHANGHAI).date().isoformat()


def local_minute(text: str) -> str:
    """The minute in Asia/Shanghai of a stamp, for people to read: YYYY-MM-DD HH:MM."""
    return moment(text).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def day_begins(day: str) -> str:
    """The stamp at which a calendar day (YYYY-MM-DD) begins in Asia/Shanghai."""
    return stamp(datetime.fromisoformat(day).replace(tzinfo=SHANGHAI))


@contextmanager
def pinned(at: datetime) -> Iterator[None]:
    """Within the block (and this context only) `now()` answers `at`."""
    token = _pinned.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)
