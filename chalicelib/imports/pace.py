"""The pace of an import that writes: it keeps the round's lock, tells how far it is, and ends too long a wait."""

import time
from collections.abc import Callable
from typing import Final

from chalicelib.base import clock
from chalicelib.imports import records
from chalicelib.rounds import actions as rounds

RESUME_AFTER_SECONDS: Final = 120
_SIGN_OF_LIFE_SECONDS: Final = 2.0

Told = Callable[[int, int], None]
"""Hears how many rows are in, and how many there are."""


def nobody(done: int, rows: int) -> None:
    """Nobody watches."""


class OutOfTime(Exception):
    """The sender has waited long enough; the job goes on by itself."""


class Pace:
    """Told of every transaction: keeps the lock, notes the job's progress, and ends a wait that takes too long."""

    def __init__(self, job: records.Job, hold: rounds.Hold, wait: float | None, told: Told = nobody) -> None:
        self._job, self._hold, self._heard = job, hold, told
        self._until = None if wait is None else time.monotonic() + wait
        self._told = time.monotonic()
        self.rows = int(job.done)

    def __call__(self, rows: int) -> None:
        self.rows += rows
        self._hold.beat()
        self._heard(self.rows, int(self._job.rows))
        now = time.monotonic()
        if now - self._told >= _SIGN_OF_LIFE_SECONDS:
            self._told = now
            records.note_progress(self._job, self.rows, clock.later(clock.stamp(), seconds=RESUME_AFTER_SECONDS))
        if self._until is not None and now > self._until:
            raise OutOfTime
