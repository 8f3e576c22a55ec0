"""Claims from a register: history as it was, carried through publication and claim, and to its fulfilment.

Held to no window, no cap and no reviewer; told to nobody; every entry marked as imported (product.md section 6).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from chalicelib.base import clock, sealing, tables
from chalicelib.base.problems import Unavailable
from chalicelib.claims import records, rules, shapes
from chalicelib.imports.columns import NUMBER
from chalicelib.imports.faults import Fault
from chalicelib.imports.rows import ClaimRow
from chalicelib.rounds.rules import Round
from chalicelib.wishes import change
from chalicelib.wishes import comparing as wishes
from chalicelib.wishes.actions import Wish, moved
from chalicelib.wishes.change import Attempt, Entry, history_put

_TRIES: Final = 5
CARRIED_FROM = ("submitted", "verified", "published")


@dataclass(frozen=True)
class Incoming:
    """A judged row with its fingerprint."""

    row: ClaimRow
    mark: str


@dataclass
class Compared:
    """Rows sorted by what they mean: claims to carry, numbers nobody knows, wishes that live their own life by now."""

    new: list[tuple[Incoming, Wish]] = field(default_factory=list)
    unknown: list[ClaimRow] = field(default_factory=list)
    frozen: list[ClaimRow] = field(default_factory=list)
    unchanged: int = 0


def compare(incoming: Sequence[Incoming], found: Round) -> Compared:
    """Sort the rows by comparing them with the tables: about one read unit a row."""
    ids = [wishes.wish_id(found.id, each.row.source) for each in incoming]
    known = wishes.known_wishes(ids)
    keys = [(wish.pk, records.sort_key(int(wish.claim))) for wish in known.values() if wish.claim]
    standing = {
        key[0]: record
        for start in range(0, len(keys), 100)
        for key, record in records.several(keys[start : start + 100]).items()
    }
    compared = Compared()
    for each, identity in zip(incoming, ids, strict=True):
        wish, record = known.get(identity), standing.get(identity)
        if wish is None:
            compared.unknown.append(each.row)
        elif record is not None and record.fingerprint == each.mark:
            compared.unchanged += 1
        elif wish.state in CARRIED_FROM and not wish.claims_before:
            compared.new.append((each, wish))
        else:
            compared.frozen.append(each.row)
    return compared


def write(
    new: Sequence[tuple[Incoming, Wish]],
    found: Round,
    attempt: Attempt,
    written: Callable[[int], None] = lambda rows: None,
) -> list[Fault]:
    """Carry each wish to where the register says it came, many to a transaction; the rows that came too late.

    `written` hears how many rows each transaction held. Whoever moves a wish while its row waits wins.
    """
    importer = Attempt(attempt.caller, at=attempt.at, imported=True)
    batch, late = tables.Batch(written), list[Fault]()
    for each, wish in new:
        batch.add(_parts(each, wish, importer), partial(_again, each, found, importer, late))
    batch.flush()
    for _, wish in new[:1]:
        moved(wish)
    return late


def _again(each: Incoming, found: Round, attempt: Attempt, late: list[Fault]) -> None:
    """One row by itself, compared with what is there by now. Raises Unavailable when it stays contended."""
    for _ in range(_TRIES):
        compared = compare([each], found)
        late += [Fault(row.row, NUMBER, "already_moved_on") for row in compared.frozen]
        try:
            return tables.commit(_parts(*compared.new[0], attempt)) if compared.new else None
        except tables.Refused:
            continue
    raise Unavailable("a row stayed contended")


def _parts(each: Incoming, wish: Wish, attempt: Attempt) -> list[tables.Part]:
    """One write of the wish, however many versions it moves on, and one history entry for each of them."""
    row, version = each.row, int(wish.version)
    published, claimed = clock.stamp(row.published_at), clock.stamp(row.claimed_at)
    parts: list[tables.Part] = []

    def step(act: str, at: str, to: str, **fields: object) -> None:
        before = wish.state
        change.carry(wish, to, **fields)
        parts.append(history_put(wish, Attempt(attempt.caller, at=at, imported=True), Entry(act), before))

    step(
        "publish",
        published,
        "published",
        published_at=wish.published_at or published,
        republished_at=published,
    )
    change.carry(
        wish, "claimed",
        claim=int(wish.version) + 1, claimant_type=row.claimant_type, basis="declared", claimed_at=claimed,
    )  # fmt: skip
    record = _record(each, wish, attempt, claimed)
    parts.append(tables.Put(record, tables.absent(records.ClaimRecord)))
    if row.fulfilled_at is not None:
        done = clock.stamp(row.fulfilled_at)
        step("deliver", done, "delivered", delivered_at=done)
        step("confirm", done, "fulfilled", fulfilled_at=done)
        record.state, record.ended_at = "fulfilled", done
    # One write for all the versions, refused if anybody moved the wish since it was compared.
    return [tables.Put(wish, type(wish).version == version), *parts]


def _record(each: Incoming, wish: Wish, attempt: Attempt, claimed: str) -> records.ClaimRecord:
    told = shapes.Claimant(each.row.claimant_name, each.row.thanks or None)
    return records.ClaimRecord(
        wish.pk,
        records.sort_key(int(wish.version)),
        by=attempt.caller.account,
        role=change.role_of(attempt.caller, wish),
        round=wish.round,
        claimant_type=each.row.claimant_type,
        basis="declared",
        claimed_at=claimed,
        state=rules.claim_state("claimed"),
        imported=True,
        sealed=sealing.seal("claims", wish.pk, told),
        fingerprint=each.mark,
    )
