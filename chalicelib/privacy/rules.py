"""Pure decisions about people's requests: what may be asked, until when it is answered (product.md section 3)."""

from datetime import datetime
from typing import Final, Literal

from chalicelib.base import clock

Kind = Literal["see", "copy", "correct", "erase", "withdraw_consent", "complain"]
State = Literal["open", "done", "refused"]
STATES: Final[tuple[State, ...]] = ("open", "done", "refused")
DUE_DAYS: Final = 15
"""Days to answer in, where the stage does not set PRIVACY_DAYS."""


def due_at(filed_at: str, days: int = DUE_DAYS) -> str:
    """Until when a request filed then is to be answered."""
    return clock.later(filed_at, days=days)


def order_of(moment: datetime, request_id: str) -> str:
    """Where a request stands among all: by the millisecond, then by id."""
    return f"{clock.stamp(moment)[:-1]}.{moment.microsecond // 1000:03d}Z#{request_id}"
