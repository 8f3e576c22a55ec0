"""How long a run may go on: what it does not finish, the next run takes up."""

import time
from collections.abc import Callable
from typing import Final, Self

ORDINARY: Final = 240.0
"""Seconds a scheduled run takes where nobody says otherwise: its function's time-out less a minute."""
_MARGIN: Final = 30.0  # seconds kept back for what is under way when the time is up


class Deadline:
    """A moment on the process's own clock, never a pinned one: it measures how long something really takes."""

    def __init__(self, seconds: float = ORDINARY) -> None:
        self._until = time.monotonic() + seconds

    @classmethod
    def of(cls, remaining_milliseconds: Callable[[], int]) -> Self:
        """Of a function that is told how many milliseconds it has left (Lambda's context)."""
        return cls(min(ORDINARY, remaining_milliseconds() / 1000 - _MARGIN))

    @property
    def passed(self) -> bool:
        """Whether nothing new may be begun."""
        return time.monotonic() >= self._until
