"""Pure decisions about people's requests: what may be asked, until when it is answered (product.md section 3)."""

from calendar import monthrange
from datetime import datetime
from typing import Final, Literal

from chalicelib.base import clock

Kind = Literal["see", "copy", "correct", "erase", "withdraw_consent", "complain"]
State = Literal["open", "done", "refused"]
STATES: Final[tuple[State, ...]] = ("open", "done", "refused")
DUE_DAYS: Final = 15
"""Days to answer in, where the stage does not set PRIVACY_DAYS."""


PUBLIC_MONTHS: Final = 6
RETENTION_MONTHS: Final = 12
"""Whole months after a round's close, where the stage does not set the settings of these names."""


def due_at(filed_at: str, days: int = DUE_DAYS) -> str:
    """Until when a request filed then is to be answered."""
    return clock.later(filed_at, days=days)


def order_of(moment: datetime, request_id: str) -> str:
    """Where a request stands among all: by the millisecond, then by id."""
    return f"{clock.stamp(moment)[:-1]}.{moment.microsecond // 1000:03d}Z#{request_id}"


def months_later(at: str, months: int) -> str:
    """The stamp of the same day so many months after `at`, or of the month's last day where it has no such day."""
    moment = clock.moment(at)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return clock.stamp(moment.replace(year=year, month=month + 1, day=day))


def months_before(at: str, months: int) -> str:
    """The same, before `at`."""
    return months_later(at, -months)
