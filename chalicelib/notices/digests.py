"""Digests: what a reader is told of many wishes at once, one message per reader, kind and day (docs/adr/0009).

    shares ── gathered in the day's entry of the ledger, or the next day's where it is told already ── told, once

The entry is the ledger's: (recipient, subject, kind, due date) is its key, so a day has one digest and no second.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from chalicelib.base import clock, logs, tables
from chalicelib.base.deadline import Deadline
from chalicelib.notices import actions, records
from chalicelib.notices.records import Digest, Key

MOST_NAMED: Final = 100
"""Wishes a digest names; what waits for another day is looked at anew, as far as it is named."""
TITLES_SHOWN: Final = 5
_PAGE: Final = 50
_DAYS: Final = 30  # how far ahead a day without a digest is looked for


class Share(NamedTuple):
    """What a digest takes in at once: so many wishes of a batch of that day, some of them by (id, title)."""

    batch: str
    day: str
    wishes: int
    named: Sequence[tuple[str, str]]


def add(recipient: str, kind: str, share: Share, at: str) -> None:
    """Put a share into the reader's first digest from today on that is not told yet; once, however often asked.

    Raises Unavailable.
    """
    today = clock.local_day(at)
    for day in _days(share.day):
        while True:
            found = records.digest(recipient, _key(recipient, kind, day))
            if found is not None and share.batch in found.batches:
                return
            if day < today or (found is not None and found.told_at is not None):
                break
            digest = found or Digest(recipient, f"z#{_key(recipient, kind, day)}", kind=kind)
            if _added(digest, share, day, at):
                return


def tell_due(at: str, still_so: Callable[[Sequence[str]], set[str]], deadline: Deadline) -> int:
    """Write the message of every digest that is due by `at`; how many. One that fails never stops the others.

    `still_so` says of which of up to 100 named wishes it still holds: nothing is said of one that moved on since.
    """
    told, seen = 0, set[Key]()
    for bucket in range(records.BUCKETS):
        while fresh := [key for key in records.due(records.DIGEST, bucket, at, _PAGE) if key not in seen]:
            for key in fresh:
                if deadline.passed:
                    return told
                seen.add(key)
                told += _told(key, at, still_so)
    return told


def _added(digest: Digest, share: Share, day: str, at: str) -> bool:
    """Write the share into the day's entry; False where somebody else wrote it meanwhile."""
    before = int(digest.size)
    digest.counted = int(digest.counted) + share.wishes
    digest.named = [*digest.named, *(list(each) for each in share.named)][:MOST_NAMED]
    digest.batches = [*digest.batches, share.batch]
    digest.size, digest.taken_at = before + 1, at
    digest.due, digest.due_at = records.lane(records.DIGEST, digest.pk), max(at, clock.day_begins(day))
    # Two runs with the same batch, or one that tells it: whoever read the same shares first writes.
    unmoved = (Digest.size == before) & Digest.told_at.does_not_exist() if before else tables.absent(Digest)
    return tables.put(digest, unmoved)


def _told(key: Key, at: str, still_so: Callable[[Sequence[str]], set[str]]) -> bool:
    try:
        return _tell(key, at, still_so)
    except Exception as error:  # it stays due
        logs.error("digest_not_told", kind=type(error).__name__, place=logs.place_of(error))
        return False


def _tell(key: Key, at: str, still_so: Callable[[Sequence[str]], set[str]]) -> bool:
    """Write the digest's message, with the mark that it is told."""
    digest = records.digest(key.recipient, key.sort_key.removeprefix("z#"))
    if digest is None or digest.told_at is not None or not digest.due_at or digest.due_at > at:
        return False
    size = int(digest.size)
    # What this very run has found needs no second look.
    held = still_so([wish for wish, _ in digest.named]) if digest.taken_at < at else None
    named = [title for wish, title in digest.named if held is None or wish in held]
    count = int(digest.counted) - len(digest.named) + len(named)
    # A share that came in between has moved the size: the next look tells it as well.
    unmoved = (Digest.size == size) & Digest.told_at.does_not_exist()
    if count <= 0:
        tables.commit([tables.Remove(digest, unmoved)])
        return False
    digest.told_at, digest.due, digest.due_at = at, None, None
    digest.named = []
    shown = "；".join(named[:TITLES_SHOWN]) + ("……" if count > TITLES_SHOWN and named else "")
    message = actions.message(key.recipient, str(digest.kind), key.recipient, {"count": count, "titles": shown})
    try:
        tables.commit([tables.Put(digest, unmoved), message])
    except tables.Refused:
        return False
    return True


def _key(recipient: str, kind: str, day: str) -> str:
    return actions.key(kind, recipient, day)


def _days(first: str) -> list[str]:
    start = date.fromisoformat(first)
    return [(start + timedelta(days=number)).isoformat() for number in range(_DAYS)]
