"""Closing a round: it is marked first, then every wish nobody claimed is settled, then the frozen summary is made.

Marking stops new declarations and claims; a claim that landed before its wish was reached stands and is delivered.
Killed half-way, the next call (or the sweep) goes on where it stopped: settled wishes can't be closed again.
"""

import time
from collections.abc import Iterable
from typing import Final

from chalicelib.base import tables
from chalicelib.base.callers import NOBODY, Caller
from chalicelib.base.problems import Conflict
from chalicelib.claims import reserving
from chalicelib.reports import actions as reports
from chalicelib.rounds import actions, locking, records
from chalicelib.rounds.rules import Round
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change, listing
from chalicelib.wishes import rules as wish_rules

BUDGET_SECONDS: Final = 18.0
"""How long one call settles wishes before it leaves the rest to the sweep; API Gateway answers for 29 s at most."""
_AT_ONCE: Final = 20  # wishes per transaction; each is two items and up to two messages


def close(round_id: str, caller: Caller, key: str = "") -> Round:
    """Close the round, or go on closing it. Raises Conflict `round_busy` while another bulk operation holds it.

    `key`: the request's Idempotency-Key; sent again, it goes on at once where the first try was cut off.
    """
    with locking.locked(round_id, locking.holder_name("close", key)) as hold:
        found = actions.mark_closed(round_id)
        if found.settled_at is None and _settle(found, caller, hold):
            # The mark comes last: a close killed before it is finished by the sweep, summary included.
            reports.make(found, "close", f"close#{found.closed_at}")
            found = actions.mark_settled(round_id)
    return found


def finish(round_id: str) -> Round:
    """Go on with a close that was cut off."""
    return close(round_id, NOBODY)


def unsettled() -> list[str]:
    """Ids of the rounds that are closed but not settled yet."""
    return [
        str(int(record.number))
        for record in records.newest_first(100)
        if record.closed_at is not None and record.settled_at is None
    ]


def _settle(found: Round, caller: Caller, hold: locking.Hold) -> bool:
    """Close every wish still open; whether all are."""
    deadline = time.monotonic() + BUDGET_SECONDS
    attempt = change.Attempt(caller)
    lines = listing.snapshot(found.id, found.shards, fresh=True)
    open_ones = [line.id for line in lines if wish_rules.possible("close", line.state)]
    for start in range(0, len(open_ones), _AT_ONCE):
        if time.monotonic() > deadline:
            return False
        hold.beat()
        _close_some(open_ones[start : start + _AT_ONCE], attempt)
    listing.forget(found.id)
    return True


def _close_some(wish_ids: list[str], attempt: change.Attempt) -> None:
    found = [wish for wish in wishes.several(wish_ids) if wish_rules.possible("close", wish.state)]
    parts = [part for wish in found for part in _parts(wish, attempt)]
    try:
        if parts:
            tables.commit(parts)
    except tables.Refused:
        # Somebody acted on one of them meanwhile: each by itself, decided anew.
        for wish in found:
            _close_one(wish.pk, attempt)


def _close_one(wish_id: str, attempt: change.Attempt) -> None:
    def decide(wish: wishes.Wish) -> Iterable[tables.Part]:
        return _parts(wish, attempt) if wish_rules.possible("close", wish.state) else []

    try:
        change.perform(wish_id, attempt, wishes.get, decide)
    except Conflict:
        return  # contended to the end; the sweep comes again


def _parts(wish: wishes.Wish, attempt: change.Attempt) -> list[tables.Part]:
    kept = wish.reserved_for is not None  # only then somebody waits for a wish that nobody holds
    moved = change.advance(wish, attempt, change.Entry("close"), "closed", reserved_for=None, reserved_until=None)
    return [*moved, *reserving.over(wish, attempt.at)] if kept else moved
