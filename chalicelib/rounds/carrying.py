"""Carrying a closed round's wishes over into the next one, in one act: all, eventually, or none.

    both rounds locked ── marked where to ── a few wishes a transaction ── marked as done

Every transaction checks both locks, so neither a close of the next round nor another carry-over comes in between.
Killed half-way, the next call or the sweep goes on: what was carried says so itself.
"""

from functools import partial
from time import monotonic
from typing import Final, NamedTuple

from chalicelib.base import tables
from chalicelib.base.callers import NOBODY, Caller
from chalicelib.base.problems import Conflict, FieldFault, NotFound, Unprocessable
from chalicelib.rounds import actions, locking
from chalicelib.rounds.rules import Round
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import carrying, change, listing

BUDGET_SECONDS: Final = 18.0
"""How long one call carries before it leaves the rest to the sweep; API Gateway answers for 29 s at most."""
_READ_AT_ONCE: Final = 100  # BatchGetItem's limit


class CarriedOver(NamedTuple):
    """What a call did: into which round, how many now, how many before it, how many can't be, of how many closed."""

    source: Round
    target: Round
    carried: int
    already: int
    left: int
    total: int

    @property
    def done(self) -> bool:
        """Whether nothing is left that could be carried."""
        return self.carried + self.already + self.left == self.total


def carry_over(round_id: str, to: str | None, caller: Caller, key: str = "") -> CarriedOver:
    """Carry every closed wish of a round that is over into `to`, or into the lowest-numbered open round above it.

    Raises Conflict `round_not_closed`, `no_next_round`, `next_round_closed`, `already_carried` (into another round
    that is still open) or `round_busy`; Unprocessable where `to` is no round above this one.
    """
    source = actions.fetch(round_id)
    target = _target(source, to)
    holder = locking.holder_name("carry", key)
    with locking.locked(source.id, holder) as here, locking.locked(target.id, holder) as there:
        source, target = actions.fetch(source.id), actions.fetch(target.id)
        _require_ready(source, target)
        source = actions.mark_carrying(source.id, target.id)
        done = _Carrying(source, target, caller, (here, there)).run()
        if done.done:
            actions.mark_carried(source.id)
    return done


def pending(found: Round, at: str) -> bool:
    """Whether a carry-over was cut off."""
    return found.carried_to is not None and found.carried_at is None and found.settled_at is not None


def finish(round_id: str) -> None:
    """Go on with a carry-over that was cut off. Raises Conflict where the round it went into is closed by now."""
    carry_over(round_id, None, NOBODY)


def _target(source: Round, to: str | None) -> Round:
    """Where the wishes go."""
    if source.closed_at is None:
        raise Conflict("round_not_closed")
    if to is not None:
        try:
            target = actions.fetch(to)
        except NotFound:
            raise Unprocessable("invalid_fields", errors=[FieldFault("to", "round_unknown")]) from None
        if target.number <= source.number:
            fault = FieldFault("to", "round_not_above", {"number": source.number})
            raise Unprocessable("invalid_fields", errors=[fault])
        return target
    before = actions.fetch(source.carried_to) if source.carried_to else None
    if before is not None and before.closed_at is None:
        return before
    above = [each for each in actions.newest_first(100) if each.number > source.number and each.closed_at is None]
    if not above:
        raise Conflict("no_next_round")
    return above[-1]


def _require_ready(source: Round, target: Round) -> None:
    if source.settled_at is None:
        raise Conflict("round_busy", headers={"Retry-After": "60"})  # its close is still under way
    if target.closed_at is not None:
        raise Conflict("next_round_closed")
    other = source.carried_to if source.carried_to != target.id else None
    if other is not None and actions.fetch(other).closed_at is None:
        raise Conflict("already_carried", extra={"to": other})


class _Carrying:
    """One run over the closed wishes of a round."""

    def __init__(self, source: Round, target: Round, caller: Caller, holds: tuple[locking.Hold, ...]) -> None:
        self._source, self._target, self._holds = source, target, holds
        self._attempt = change.Attempt(caller)
        self._carried = self._already = self._left = 0

    def run(self) -> CarriedOver:
        """Carry until all are there or the time is up."""
        deadline = monotonic() + BUDGET_SECONDS
        batch = tables.Batch(self._written, [hold.still() for hold in self._holds])
        lines = listing.snapshot(self._source.id, self._source.shards, fresh=True)
        closed = [line.id for line in lines if line.state == "closed"]
        for start in range(0, len(closed), _READ_AT_ONCE):
            for wish in wishes.several(closed[start : start + _READ_AT_ONCE]):
                if monotonic() <= deadline:
                    self._take(wish, batch)
        batch.flush()
        listing.forget(self._source.id)
        listing.forget(self._target.id)
        return CarriedOver(self._source, self._target, self._carried, self._already, self._left, len(closed))

    def _take(self, wish: wishes.Wish, batch: tables.Batch) -> None:
        if wish.carried_to is not None:
            self._already += 1
            return
        beside = carrying.content(wish)
        if beside is None:
            self._left += 1
            return
        batch.add(carrying.parts(wish, beside, self._target, self._attempt), partial(self._alone, wish.pk))

    def _alone(self, wish_id: str) -> None:
        """One of the wishes of a transaction moved meanwhile: each by itself, decided anew."""

        def decide(wish: wishes.Wish) -> list[tables.Part]:
            beside = carrying.content(wish) if carrying.waits(wish) else None
            if beside is None:
                return []
            guards = [hold.still() for hold in self._holds]
            return [*guards, *carrying.parts(wish, beside, self._target, self._attempt)]

        change.perform(wish_id, self._attempt, wishes.get, decide)

    def _written(self, groups: int) -> None:
        self._carried += groups
        for hold in self._holds:
            hold.beat()
