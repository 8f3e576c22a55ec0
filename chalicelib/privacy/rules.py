"""Pure decisions about people's requests: what may be asked, until when it is answered (product.md section 3)."""

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


def order_of(filed_at: str, request_id: str) -> str:
    """Where a request stands among all: by time, then by id."""
    return f"{filed_at}#{request_id}"
