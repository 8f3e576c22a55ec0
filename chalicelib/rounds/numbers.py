"""A round's live numbers: recomputed from the narrow lines by whichever reader finds them stale, shown with their age.

    reader A: stale → takes the lease (one conditional write) → recomputes → writes
    reader B: stale → lease taken → answers the last numbers, a few seconds older

So the cost does not grow with the readers: one recount (8.5 read units for 414 wishes) per round and ten seconds. A
process that has itself changed a wish since recounts at once: whoever acts sees the effect.
"""

import time
from typing import Final

import msgspec
from pynamodb.expressions.condition import Condition

from chalicelib.base import clock, settings, tables
from chalicelib.rounds import records
from chalicelib.rounds.figures import Figures, figures
from chalicelib.rounds.rules import Round
from chalicelib.wishes import listing

FRESH_SECONDS: Final = 10
LEASE_SECONDS: Final = 10
_held: dict[str, tuple[float, Figures]] = {}  # round → when counted (monotonic), numbers


def live(found: Round) -> Figures:
    """The round's numbers, at most some twenty seconds old."""
    now = time.monotonic()
    held = _held.get(found.id)
    if held is not None and now - held[0] < FRESH_SECONDS / 2 and held[0] > listing.moved_at(found.id):
        return held[1]
    if listing.moved_at(found.id) > now - FRESH_SECONDS:
        return _recount(found)
    cached = records.figures(found.id)
    if cached is None or not cached.body:
        # The very first readers of a round count side by side: there is nothing else to show them.
        return _recount(found)
    last = msgspec.convert(cached.body, Figures)
    if not _stale(last):
        return _hold(found.id, now, last)
    # Whoever reads that the lease is out does not write after it: a thousand readers a second are one write, too.
    if cached.busy_until >= _now() or not _take_lease(found.id):
        return last
    return _recount(found)


def _recount(found: Round) -> Figures:
    started, as_of = time.monotonic(), clock.stamp()  # before the lines are read: numbers are never older than they say
    counted = figures(
        listing.snapshot(found.id, found.shards, fresh=True),
        as_of,
        subdistricts=settings.subdistricts(),
        categories=settings.categories(),
    )
    item = records.CachedFigures(
        f"figures#{found.id}", "figures", body=msgspec.to_builtins(counted), as_of=as_of, busy_until=0
    )
    # Of two recounts at once the slower one may have read first: it must not write over what the other one has seen.
    not_newer: Condition = records.CachedFigures.as_of.does_not_exist() | (records.CachedFigures.as_of <= as_of)
    tables.put(item, not_newer)
    return _hold(found.id, started, counted)


def _hold(round_id: str, at: float, counted: Figures) -> Figures:
    _held[round_id] = (at, counted)
    return counted


def _stale(last: Figures) -> bool:
    return clock.seconds(last.as_of) + FRESH_SECONDS < _now()


def _now() -> int:
    return int(clock.now().timestamp())


def _take_lease(round_id: str) -> bool:
    """Single flight: of all readers who find the numbers stale, one recounts. A dead holder's lease lasts seconds."""
    now = _now()
    item = records.CachedFigures(f"figures#{round_id}", "figures")
    free: Condition = records.CachedFigures.busy_until.does_not_exist() | (records.CachedFigures.busy_until < now)
    try:
        tables.change(item, [records.CachedFigures.busy_until.set(now + LEASE_SECONDS)], free)
    except tables.Refused:
        return False
    return True
