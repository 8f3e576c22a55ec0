"""How a wish moves on: one version forward, with its index keys and its history entry, in one transaction.

    read (v) → decide → write if still v        whoever else moved the wish meanwhile made it v+1;
                        + history entry v+1     the write is refused, the wish read again, the act decided anew

So no act is lost, none is done twice, and the history has neither gap nor double: its key is the version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.base import clock, sealing, sizes, tables
from chalicelib.base.callers import SYSTEM, Caller
from chalicelib.base.problems import Conflict, Unprocessable
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import listing, narrow, records, rules, telling, waiting

LARGEST_ITEM: Final = 1_000  # bytes; an update of more than 1,024 bills twice
ROOM_TO_GROW: Final = 400  # bytes that publication, claim and fulfilment add at most (tests/costs/test_item_sizes.py)
_ATTEMPTS: Final = 12


@dataclass(frozen=True)
class Attempt:
    """Who is acting, and the Idempotency-Key of the request (both "" for the clock)."""

    caller: Caller
    key: str = ""
    fingerprint: str = ""
    at: str = field(default_factory=clock.stamp)
    imported: bool = False


@dataclass(frozen=True)
class Entry:
    """What the history will say of an act beyond who and when. `record` is kept sealed."""

    act: str
    reason: str | None = None
    reason_code: str | None = None
    record: Mapping[str, Any] | None = None
    status: int = 200


def advance(wish: records.Wish, attempt: Attempt, entry: Entry, to: str, **fields: object) -> list[tables.Part]:
    """The parts that carry `wish` one version on, into the state `to`, with `fields` changed (None removes).

    First the write of the wish, then its history entry, then the messages to those the act concerns
    (wishes/telling.py). In a new state its reminders start anew (wishes/waiting.py). `wish` itself is moved on in
    memory; the write is conditional on the version it was read with.
    """
    before, claimant = str(wish.state), wish.claimant
    if to != before:
        fields |= waiting.anew(wish, to, attempt.at)
        fields["queued_at"] = attempt.at if to in narrow.IN_REVIEW else None
    part = carry(wish, to, **fields)
    return [part, history_put(wish, attempt, entry, before), *_told(wish, attempt, entry, before, claimant)]


def _told(wish: records.Wish, attempt: Attempt, entry: Entry, before: str, claimant: str | None) -> list[tables.Part]:
    if attempt.imported:
        return []  # a register's history is old news (product.md section 6)
    by, why = attempt.caller.account, {"reason": entry.reason, "code": entry.reason_code}
    return telling.parts(wish, entry.act, claimant=claimant, by=by, before=before, **why)


def carry(wish: records.Wish, to: str, **fields: object) -> tables.Put:
    """The write of the wish alone; for the claim, whose record is its own history entry."""
    version, reminded = int(wish.version), int(wish.reminded)
    for name, value in fields.items():
        setattr(wish, name, value)
    wish.state = to
    wish.version = version + 1
    derive(wish)
    # The race of every act: whoever read the same version first wins, all others find it moved. A reminder leaves the
    # version alone but counts on, and must not be written over either.
    unmoved = (records.Wish.version == version) & (records.Wish.reminded == reminded)
    return tables.Put(wish, unmoved)


def retimed(wish: records.Wish, **times: str | None) -> tables.Change:
    """The write of a wish's times that follow from its round's dates (None removes).

    It is no act: the version stays, and no history entry is left. `wish` itself is moved on in memory.
    """
    model, reminded, due_at = records.Wish, int(wish.reminded), wish.due_at
    unmoved = (model.version == int(wish.version)) & (model.reminded == reminded)
    # The races: an act has moved the version; a reminder run or another pass the count or the due time. And whoever
    # read the wish before this write is refused by the count, and does not put the old times back.
    unmoved &= model.due_at == due_at if due_at else model.due_at.does_not_exist()
    for name, value in times.items():
        setattr(wish, name, value)
    wish.reminded = reminded + 1
    derive(wish)
    written = [(getattr(model, name), getattr(wish, name)) for name in (*times, "reminded", "due", "line")]
    return tables.Change(
        wish, [each.remove() if value is None else each.set(value) for each, value in written], unmoved
    )


def derive(wish: records.Wish) -> None:
    """Set the index keys that follow from the wish's other attributes."""
    place = f"{wish.round}#{int(wish.shard)}"
    open_to_all = wish.state == "published" and not wish.hidden
    wish.wall = place if open_to_all else None
    wish.narrow_key = place
    wish.line = narrow.pack(rules.narrow_of(wish.attribute_values, wish.pk))
    if not rules.waits(wish.state):
        wish.due_at = None
    # A hidden wish rests but keeps its time: shown again, it goes on where it was.
    looked_at = wish.due_at is not None and not wish.hidden
    wish.due = records.due_key(int(wish.shard)) if looked_at else None


def place_story(wish: records.Wish, story: str) -> tables.Part | None:
    """Put the story into the wish where it fits, else beside it; the part that writes it there, if any.

    Call it last: it measures the item as it will be written.
    """
    wish.story, wish.story_beside = story, None
    derive(wish)
    if sizes.of_record(wish) <= LARGEST_ITEM - ROOM_TO_GROW:
        return None
    wish.story, wish.story_beside = None, True
    beside = records.text(wish.pk) if int(wish.version) > 1 else None
    beside = beside or records.WishText(wish.pk, "text")
    beside.story = story
    return tables.Put(beside)


def resealed(wish: records.Wish, sealed: object) -> tables.Put:
    """The write of the wish's personal fields, sealed anew."""
    return tables.Put(records.SealedWish(wish.pk, "sealed", sealed=sealing.seal("wishes", wish.pk, sealed)))


def perform(
    wish_id: str,
    attempt: Attempt,
    load: Callable[[str], records.Wish],
    decide: Callable[[records.Wish], Iterable[tables.Part]],
) -> tuple[records.Wish, records.HistoryEntry | None]:
    """Do an act: load, ask `decide` for its parts, write them together; anew whenever the wish moved meanwhile.

    Returns the wish as it then is, and the earlier entry where the Idempotency-Key had done this act already.
    `decide` raises the problem when the rules refuse; returning no parts means there is nothing to do.
    """
    for _ in range(_ATTEMPTS):
        # The wish first, then the look for the key: an act that lands in between has moved the version on, so
        # the write below is refused and the key is found in the next round.
        wish = load(wish_id)
        earlier = earlier_entry(wish_id, attempt)
        if earlier is not None:
            return wish, earlier
        parts = list(decide(wish))
        if not parts:
            return wish, None
        try:
            tables.commit(parts)
        except tables.Refused:
            rounds.forget(wish.round)  # it may have been the round that moved, by being closed
            continue
        finally:
            listing.forget(wish.round)
        return wish, None
    raise Conflict()


def earlier_entry(wish_id: str, attempt: Attempt) -> records.HistoryEntry | None:
    """The entry this Idempotency-Key left. Raises Unprocessable when it was another request's."""
    if not attempt.key:
        return None
    found = records.with_key(wish_id, attempt.key)
    if found is not None and found.fingerprint != attempt.fingerprint:
        raise Unprocessable("idempotency_key_reused")
    return found


def history_key(version: int) -> str:
    """The sort key of the entry of a version."""
    return f"h#{version:06d}"


def entry_of(wish: records.Wish, attempt: Attempt, entry: Entry, from_state: str | None) -> records.HistoryEntry:
    """The history entry of the version the wish has now."""
    caller = attempt.caller
    return records.HistoryEntry(
        wish.pk,
        history_key(int(wish.version)),
        act=entry.act,
        at=attempt.at,
        by=caller.account or SYSTEM,
        role=role_of(caller, wish),
        from_state=from_state,
        to_state=wish.state,
        reason=entry.reason,
        reason_code=entry.reason_code,
        claim=wish.claim,
        imported=attempt.imported or None,
        sealed=sealing.seal("wishes", wish.pk, entry.record) if entry.record else None,
        key=attempt.key or None,
        fingerprint=attempt.fingerprint or None,
        status=entry.status if attempt.key else None,
    )


def role_of(caller: Caller, wish: records.Wish) -> str | None:
    """The word for the caller's relation to the wish in its history."""
    if caller.is_anonymous:
        return None
    role = caller.role_towards(wish.subdistrict, wish.committee)
    if role != "person":
        return role
    if caller.speaks_for(wish.claimant):
        return "claimant"
    return "declarer" if caller.account in (wish.declarer, wish.contact) else "person"


def history_put(wish: records.Wish, attempt: Attempt, entry: Entry, before: str | None) -> tables.Put:
    """The write of the history entry of the version the wish has now; a second one of it is refused."""
    return tables.Put(entry_of(wish, attempt, entry, before), tables.absent(records.HistoryEntry))
