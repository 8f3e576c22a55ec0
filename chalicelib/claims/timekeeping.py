"""The claims' clock: what is due about a claim, done once, however often, late or side by side it runs.

    claim ─ at once ─ announced to the liaison and the wisher's side
          ─ 24 h ──── no contact yet: its claimant and the liaison are reminded
          ─ limit − 2 days, − 1 day ─ its claimant is warned
          ─ limit ─── back to the pool
    delivered ─ 3 days ─ still unconfirmed: the liaison and the wisher's side are asked
    kept for somebody ── its end ── for the next on standby, or open to all (claims/reserving.py)

A claim's due time is the ledger: the messages of a look are written in one transaction that moves it on, on condition
that it still is where it was found. So of two workers one does the look, and whatever was done to the claim in
between (which always sets the due time anew) takes the look back.
"""

import random
import time
from collections.abc import Iterator
from typing import Final

from chalicelib.base import clock, failures, logs, tables
from chalicelib.base.callers import NOBODY
from chalicelib.claims import ending, records, reserving, rules, standing
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import telling
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt

_PAGE: Final = 100


def run(at: str, seconds: float) -> dict[str, int]:
    """Look at every claim due by `at`, for `seconds` at most; the rest is the next run's. How many, how many failed."""
    deadline = time.monotonic() + seconds
    looks, failed = 0, 0
    for pk, sk in _due(at):
        if time.monotonic() > deadline:
            break
        try:
            looks += reserving.look(pk, at) if sk == records.QUEUE else look(pk, sk, at)
        except failures.FORESEEN as error:
            # Whatever stops this one must not stop the others; it stays due and the next run comes back to it.
            failed += 1
            logs.warning("claim_not_looked_at", kind=type(error).__name__)
    return {"looks": looks, "failed": failed}


def _due(at: str) -> Iterator[tuple[str, str]]:
    """Everything due, in an order of this run's own: two at once share the work instead of meeting at each step."""
    for bucket in random.sample(range(records.DUE_BUCKETS), records.DUE_BUCKETS):
        after: records.DuePlace = None
        while True:
            found, after = records.due(bucket, at, _PAGE, after)
            yield from random.sample(found, len(found))
            if after is None:
                break


def look(pk: str, sk: str, at: str) -> bool:
    """Do what is due about the claim; False where somebody else has."""
    version = records.version_of(sk)
    record = records.get(pk, version)
    if record is None or not record.due_at or record.due_at > at:  # the index lags behind: another worker was here
        return False
    wish = wishes.get(pk)
    planned, held = standing.planned(wish, record), str(record.due_at)
    todo = rules.pending(planned, held, at) if standing.stands(wish, record) else []
    if "expired" in todo:
        return ending.expire(pk, version, Attempt(NOBODY, at=at))
    told = [part for what in todo for part in _told(what, wish, record)]
    standing.watch(record, rules.next_look(planned, at))
    try:
        tables.commit([standing.noted(record, held), *told])
    except tables.Refused:
        return False
    return True


def _told(what: str, wish: Wish, record: records.ClaimRecord) -> list[tables.Part]:
    """The messages of a look, by the table of who is told of what (wishes/telling.py)."""
    if what == "announced":
        return telling.parts(wish, "claim", claimant=record.account, by=record.by)
    until = clock.local_minute(wish.expires_at) if wish.expires_at else ""
    return telling.parts(wish, what, claimant=record.account, by="", until=until)
