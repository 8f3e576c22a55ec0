"""What is done with rounds: opened, changed, found, marked as closed."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from chalicelib.base import clock, tables
from chalicelib.base.problems import Conflict, FieldFault, NotFound, Stale, Unprocessable
from chalicelib.rounds import records, rules
from chalicelib.rounds.locking import Hold as Hold  # other rooms lock a round by these names
from chalicelib.rounds.locking import locked as locked

_REMEMBER_SECONDS = 5.0
_remembered: dict[str, tuple[float, rules.Round]] = {}


def value(record: records.Round) -> rules.Round:
    """The round as a value."""
    return rules.Round(
        id=str(int(record.number)),
        number=int(record.number),
        name=record.name,
        window=rules.Window(record.declare_from, record.claim_from, record.claim_until, record.deliver_until),
        overrides=record.overrides or {},
        shards=int(record.shards),
        closed_at=record.closed_at,
        settled_at=record.settled_at,
        created_at=record.created_at,
        version=int(record.version),
        looked_at=record.looked_at,
        late_at=record.late_at,
        carried_to=record.carried_to,
        carried_at=record.carried_at,
        moved_at=record.moved_at,
    )


def get(round_id: str) -> rules.Round:
    """The round by id or by the word `current`. Raises NotFound. A few seconds old at most."""
    if round_id == "current":
        return current()
    held = _remembered.get(round_id)
    if held is not None and held[0] > time.monotonic():
        return held[1]
    return fetch(round_id)


def fetch(round_id: str) -> rules.Round:
    """The round as it is now, read past the memory."""
    record = records.get(_number(round_id))
    if record is None:
        raise NotFound()
    found = value(record)
    _remembered[found.id] = (time.monotonic() + _REMEMBER_SECONDS, found)
    return found


def forget(round_id: str) -> None:
    """Something refused what was decided on the round as it is remembered here: read it anew at the next question."""
    _remembered.pop(round_id, None)


def current() -> rules.Round:
    """The highest-numbered round open for claims. Raises NotFound `no_current_round`."""
    found = rules.current((value(record) for record in records.newest_first(100)), clock.stamp())
    if found is None:
        raise NotFound("no_current_round")
    return found


def newest_first(limit: int, below: int | None = None) -> list[rules.Round]:
    """Up to `limit` rounds below a number, highest first."""
    return [value(record) for record in records.newest_first(limit, below)]


def open_round(
    number: int,
    name: str,
    dates: Mapping[str, str],
    overrides: Mapping[str, Any],
    expected_wishes: int,
    key: str,
    fingerprint: str,
) -> rules.Round:
    """A new round. Raises Conflict `round_number_taken`; the same idempotency key gets its own round again."""
    _in_order(dates, overrides)
    record = records.Round(
        records.ALL,
        records.sort_key(number),
        number=number,
        name=name,
        overrides=dict(overrides) or None,
        declare_from=dates["declare_from"],
        claim_from=dates["claim_from"],
        claim_until=dates["claim_until"],
        deliver_until=dates["deliver_until"],
        shards=rules.shards_for(expected_wishes),
        created_at=clock.stamp(),
        key=key or None,
        fingerprint=fingerprint or None,
    )
    if key and any(known.key == key and known.number != number for known in records.newest_first(100)):
        raise Unprocessable("idempotency_key_reused")
    # Numbers are unique because the number is the key: of two rounds with one number, one is written.
    if tables.put(record, tables.absent(records.Round)):
        return value(record)
    taken = records.get(number)
    if taken is None or not key or taken.key != key:
        raise Conflict("round_number_taken", number=number)
    if taken.fingerprint != fingerprint:
        raise Unprocessable("idempotency_key_reused")
    return value(taken)


def change(round_id: str, version: int, fields: Mapping[str, Any]) -> rules.Round:
    """Change a round's name, dates or overrides. Raises Stale, NotFound, Conflict `round_closed`."""
    record = records.get(_number(round_id))
    if record is None:
        raise NotFound()
    if version != record.version:
        raise Stale()
    if record.closed_at is not None:
        raise Conflict("round_closed")
    changes = {name: new or None for name, new in fields.items() if (getattr(record, name) or None) != (new or None)}
    if not changes:
        return value(record)  # the version stays
    for name, changed in changes.items():
        setattr(record, name, changed)
    if changes.keys() - {"name"}:
        # In the same write as the dates: whatever dies after it, the sweep knows that due times have to follow.
        record.moved_at = clock.stamp()
    _in_order({name: getattr(record, name) for name in rules.DATES}, record.overrides or {})
    _write(record)
    return value(record)


def still_open(round_id: str) -> tables.Check:
    """A part that lets a transaction through only while the round is not closed.

    It settles the race of a close with whatever brings an open wish into the round: that came first, and the close
    finds it there, or it is refused.
    """
    model = records.Round
    return tables.Check(model(records.ALL, records.sort_key(_number(round_id))), model.closed_at.does_not_exist())


def unchanged(found: rules.Round) -> tables.Check:
    """A part that lets a transaction through only while the round is as it was read.

    It settles the race of two changes of its dates: what was worked out from the first can't land after the second.
    """
    model = records.Round
    return tables.Check(model(records.ALL, records.sort_key(found.number)), model.version == found.version)


def mark_followed(found: rules.Round) -> None:
    """Note that all due times go by the round's dates as they were read; nothing where it was changed meanwhile."""
    model = records.Round
    # Dates that were changed again wait for a pass of their own. The version stays: nobody who edits the round has to
    # know of this, and what they write over it is the mark at most, which costs one more pass.
    with suppress(tables.Refused):
        tables.change(
            model(records.ALL, records.sort_key(found.number)),
            [model.moved_at.remove()],
            model.version == found.version,
        )


def mark_closed(round_id: str) -> rules.Round:
    """Close the round: nothing can be declared or claimed in it from now on. Closing a closed round changes nothing."""
    return _mark(round_id, lambda record: {} if record.closed_at else {"closed_at": clock.stamp()})


def mark_settled(round_id: str) -> rules.Round:
    """Note that the close has reached every wish of the round."""
    return _mark(round_id, lambda record: {} if record.settled_at else {"settled_at": clock.stamp()})


def mark_looked(round_id: str) -> rules.Round:
    """Note that a second look at the closed round found nothing more to close."""
    return _mark(round_id, lambda record: {"looked_at": clock.stamp()})


def mark_late(round_id: str) -> rules.Round:
    """Note that an open wish was found in the closed round: it is to be settled, and carried over, once more."""
    return _mark(round_id, lambda record: {"settled_at": None, "late_at": clock.stamp(), "carried_at": None})


def mark_unlooked(round_id: str) -> rules.Round:
    """Note that a closed round may hold open wishes again: the sweep takes its second look once more."""
    return _mark(round_id, lambda record: {"looked_at": None} if record.looked_at else {})


def mark_carrying(round_id: str, target: str) -> rules.Round:
    """Note which round the closed wishes are carried into, before the first of them is."""
    return _mark(round_id, lambda record: {} if record.carried_to == target else {"carried_to": target})


def mark_carried(round_id: str) -> rules.Round:
    """Note that all closed wishes that can be are in the round they are carried into."""
    return _mark(round_id, lambda record: {} if record.carried_at else {"carried_at": clock.stamp()})


def _mark(round_id: str, changes: Callable[[records.Round], dict[str, str | None]]) -> rules.Round:
    """Write what `changes` says of the round as it is; anew whenever somebody changed it meanwhile."""
    while True:
        record = records.get(_number(round_id))
        if record is None:
            raise NotFound()
        fields = changes(record)
        if not fields:
            return value(record)
        for name, changed in fields.items():
            setattr(record, name, changed)
        with suppress(Stale):
            _write(record)
            return value(record)


def _write(record: records.Round) -> None:
    version = int(record.version)
    record.version = version + 1
    forget(str(int(record.number)))
    # Two edits at once: the second finds the version moved.
    if not tables.put(record, records.Round.version == version):
        raise Stale()


def _number(round_id: str) -> int:
    if not (round_id.isascii() and round_id.isdigit() and len(round_id) <= 6) or round_id != str(int(round_id)):
        raise NotFound()
    return int(round_id)


def _in_order(dates: Mapping[str, str], overrides: Mapping[str, Mapping[str, str]]) -> None:
    """Raises Unprocessable where a date precedes the one before it, in the round or in a subdistrict's own."""
    faults = []
    for prefix, some in [("", {}), *((f"overrides.{name}.", own) for name, own in overrides.items())]:
        wrong = rules.out_of_order({**dates, **some})
        if wrong is not None:
            faults.append(FieldFault(prefix + wrong[0], "field_order", {"before": wrong[1]}))
    if faults:
        raise Unprocessable("invalid_fields", errors=faults)
