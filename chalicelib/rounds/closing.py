"""Closing a round: it is marked first, then every wish nobody claimed is settled, then the frozen summary is made.

Marking stops new declarations and claims; a claim that landed before its wish was reached stands and is delivered.
Killed half-way, the next call (or the sweep) goes on where it stopped: settled wishes can't be closed again.

    marked ── settled ── summary ──────── a minute later: the second look
       └── whatever opens a wish in the round checks in its own transaction that it is not marked (`still_open`)

The wishes are found through an index that lags behind for a moment. The second look finds what it did not show yet.
"""

from collections.abc import Iterable
from functools import partial
from time import monotonic
from typing import Final

from chalicelib.base import clock, tables
from chalicelib.base.callers import NOBODY, Caller
from chalicelib.base.problems import Conflict
from chalicelib.claims import reserving
from chalicelib.reports import actions as reports
from chalicelib.rounds import actions, locking
from chalicelib.rounds.rules import Round
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change, listing
from chalicelib.wishes import rules as wish_rules

BUDGET_SECONDS: Final = 18.0
"""How long one call settles wishes before it leaves the rest to the sweep; API Gateway answers for 29 s at most."""
LOOK_AGAIN_SECONDS: Final = 60
_READ_AT_ONCE: Final = 100  # BatchGetItem's limit


def close(round_id: str, caller: Caller, key: str = "") -> Round:
    """Close the round, or go on closing it. Raises Conflict `round_busy` while another bulk operation holds it.

    `key`: the request's Idempotency-Key; sent again, it goes on at once where the first try was cut off.
    """
    deadline = monotonic() + BUDGET_SECONDS
    with locking.locked(round_id, locking.holder_name("close", key)) as hold:
        found = actions.mark_closed(round_id)
        if found.settled_at is None and _Settling(found, caller, hold, deadline).run():
            # The mark comes last: a close killed before it is finished by the sweep, summary included.
            # What the frozen summary missed is told by the next edition (product.md section 5).
            late = f"#{found.late_at}" if found.late_at else ""
            reports.make(found, "close", f"close#{found.closed_at}{late}")
            found = actions.mark_settled(round_id)
    return found


def pending(found: Round, at: str) -> bool:
    """Whether the close was cut off, or it is time for the second look."""
    if found.closed_at is None or found.looked_at is not None:
        return False
    return found.settled_at is None or clock.later(found.closed_at, seconds=LOOK_AGAIN_SECONDS) <= at


def finish(round_id: str) -> None:
    """Go on with a close that was cut off, or look over the round a second time."""
    found = close(round_id, NOBODY)
    if found.settled_at is None or not pending(found, clock.stamp()):
        return
    with locking.locked(round_id, locking.holder_name("look")):
        if not _open_ones(found):
            actions.mark_looked(round_id)
            return
        actions.mark_late(round_id)
    close(round_id, NOBODY)


def _open_ones(found: Round) -> list[str]:
    """Ids of the wishes of the round that are to be closed, as the index shows them."""
    lines = listing.snapshot(found.id, found.shards, fresh=True)
    return [line.id for line in lines if wish_rules.possible("close", line.state)]


class _Settling:
    """One run over a round that closes every wish still open."""

    def __init__(self, found: Round, caller: Caller, hold: locking.Hold, deadline: float) -> None:
        self._found, self._hold, self._deadline = found, hold, deadline
        self._attempt = change.Attempt(caller)
        self._stuck = 0

    def run(self) -> bool:
        """Whether all are closed."""
        batch = tables.Batch(lambda groups: self._hold.beat(), [self._hold.still()])
        open_ones = _open_ones(self._found)
        for start in range(0, len(open_ones), _READ_AT_ONCE):
            for wish in wishes.several(open_ones[start : start + _READ_AT_ONCE]):
                if wish_rules.possible("close", wish.state):
                    batch.add(self._parts(wish), partial(self._alone, wish.pk))
            if monotonic() > self._deadline:
                break
        batch.flush()
        listing.forget(self._found.id)
        return not self._stuck and monotonic() <= self._deadline

    def _alone(self, wish_id: str) -> None:
        """Somebody acted on one of the wishes of a transaction meanwhile: each by itself, decided anew."""

        def decide(wish: wishes.Wish) -> Iterable[tables.Part]:
            return self._parts(wish) if wish_rules.possible("close", wish.state) else []

        try:
            change.perform(wish_id, self._attempt, wishes.get, decide)
        except Conflict:
            self._stuck += 1  # contended to the end; the sweep comes again

    def _parts(self, wish: wishes.Wish) -> list[tables.Part]:
        kept = wish.reserved_for is not None  # only then somebody waits for a wish that nobody holds
        entry = change.Entry("close")
        moved = change.advance(wish, self._attempt, entry, "closed", reserved_for=None, reserved_until=None)
        return [*moved, *reserving.over(wish, self._attempt.at)] if kept else moved
