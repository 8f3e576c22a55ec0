"""The round's lock: one bulk operation (an import, a close, a carry-over) at a time.

    take (conditional) ── work and beat ── give back
       │                     └── refused: it ran out and somebody else has it now → 409, and nothing more is written
       └── landed but never answered: given back at once, and the same holder may take it again

It is held by the wall's clock, never a pinned one: a lock taken "next week" would hold until then.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from chalicelib.base import ids, logs, tables
from chalicelib.base.problems import Conflict, Unavailable
from chalicelib.rounds import records

LOCK_SECONDS: Final = 60
BEAT_SECONDS: Final = 15
"""How often a holder at work says so: four times before the lock would run out."""


class Hold:
    """A lock that is held. Whoever works longer than a moment calls `beat` between two writes."""

    def __init__(self, lock: records.Lock) -> None:
        self._lock = lock
        self._told = time.monotonic()

    def beat(self) -> None:
        """Go on holding; a write every fifteen seconds at most. Raises Conflict `round_busy` where it was lost."""
        if time.monotonic() - self._told < BEAT_SECONDS:
            return
        self._told = time.monotonic()
        model, until = records.Lock, _until()
        try:
            # Against whoever took it after it had run out: then the lock names them.
            tables.change(self._lock, [model.until.set(until)], model.holder == self._lock.holder)
        except tables.Refused as refusal:
            raise _busy() from refusal

    def still(self) -> tables.Check:
        """A part that lets a transaction through only while the lock is still ours."""
        return tables.Check(self._lock, records.Lock.holder == self._lock.holder)


@contextmanager
def locked(round_id: str, holder: str) -> Iterator[Hold]:
    """Hold the round against other bulk operations. Raises Conflict `round_busy`.

    The same holder may take it again: a job that died, or a request sent again, resumes under its own name at once.
    A write refused within means that somebody got in all the same; that is told as `round_busy`, too.
    """
    lock = records.Lock(f"lock#{round_id}", "lock", holder=holder, until=_until())
    _take(lock)
    try:
        yield Hold(lock)
    except tables.Refused as refusal:
        raise _busy() from refusal
    finally:
        _give_back(lock)


def holder_name(kind: str, key: str = "") -> str:
    """The name of a lock's holder: the same for the same Idempotency-Key, else one that no other process has."""
    return f"{kind}#{key or ids.new_id()}"


def _take(lock: records.Lock) -> None:
    model = records.Lock
    # Two jobs at once: the second finds a live lock that is not its own.
    free = model.holder.does_not_exist() | (model.until < int(time.time())) | (model.holder == lock.holder)
    try:
        taken = tables.put(lock, free)
    except Unavailable:
        _give_back(lock)  # it may have landed all the same, and would hold up the next try until it runs out
        raise
    if not taken:
        raise _busy()


def _give_back(lock: records.Lock) -> None:
    """Free the lock unless somebody else has it by now. What was done under it is done: a failure here is not told."""
    try:
        tables.commit([tables.Remove(lock, records.Lock.holder == lock.holder)])
    except tables.Refused:
        return
    except Unavailable as error:
        logs.warning("lock_not_given_back", reason=error.reason)


def _until() -> int:
    return int(time.time()) + LOCK_SECONDS


def _busy() -> Conflict:
    return Conflict("round_busy", headers={"Retry-After": "5"})
