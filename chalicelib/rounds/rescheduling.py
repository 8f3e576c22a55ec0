"""When a round's dates change, the due times that were worked out from them follow.

    dates and mark, one conditional write ── every due time anew ── a minute later: once more ── mark taken off
                                          └── whatever dies in between, the sweep goes on; what follows is left alone

What follows: when the clock looks at a published wish next (claim_from, claim_until), and until when a claim is kept
for a visit agreed for later than the round delivers (deliver_until); by the round's dates or the subdistrict's own.
What was promised stands: until when a wish is kept for somebody on standby, or offered.

The wishes are found through an index that lags behind for a moment, and a process goes by a round it read seconds ago.
So the mark stays until a pass that began a minute after the change has come to its end.
"""

from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import Any, Final

from chalicelib.base import clock, failures, logs, tables
from chalicelib.claims import visiting
from chalicelib.rounds import actions
from chalicelib.rounds.rules import Round
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import listing, reminding

SETTLED_AFTER_SECONDS: Final = 60
AT_ONCE_SECONDS: Final = 10.0
"""How long the change itself goes on; what is left is the sweep's. API Gateway answers for 29 s at most."""
BUDGET_SECONDS: Final = 60.0
"""How long one call of the sweep does."""
_READ_AT_ONCE: Final = 100  # BatchGetItem's limit
_TRIES: Final = 5  # with a wish that somebody else is moving; after that it is the next pass's


def change(round_id: str, version: int, fields: Mapping[str, Any]) -> Round:
    """Change a round's name, dates or overrides; due times follow, at once as far as there is time and luck.

    Raises what `rounds.actions.change` does.
    """
    found = actions.change(round_id, version, fields)
    if found.moved_at is not None:
        try:
            _Pass(found, AT_ONCE_SECONDS).run()
        except failures.FORESEEN as error:
            # The dates are changed and marked. Whatever stopped this pass, the sweep makes the next.
            logs.warning("due_times_not_followed", kind=type(error).__name__)
    return found


def pending(found: Round, at: str) -> bool:
    """Whether it is time for the pass after which all due times follow."""
    if found.moved_at is None or found.closed_at is not None:
        return False
    return clock.later(found.moved_at, seconds=SETTLED_AFTER_SECONDS) <= at


def finish(round_id: str) -> None:
    """Make that pass; the mark is taken off when it has come to its end."""
    found = actions.fetch(round_id)
    if pending(found, clock.stamp()) and _Pass(found, BUDGET_SECONDS).run():
        actions.mark_followed(found)


class _Pass:
    """One run over a round's wishes, by the dates as they were read."""

    def __init__(self, found: Round, seconds: float) -> None:
        self._found, self._deadline, self._at = found, monotonic() + seconds, clock.stamp()
        # Dates that are changed again meanwhile refuse every write of this pass: theirs are written by their own.
        self._unchanged = actions.unchanged(found)
        self._stuck = 0

    def run(self) -> bool:
        """Whether all due times follow now."""
        batch = tables.Batch(guards=[self._unchanged])
        lines = listing.snapshot(self._found.id, self._found.shards, fresh=True)
        concerned = [
            line.id for line in lines if line.state == "published" or (line.state == "claimed" and line.visit_at)
        ]
        try:
            for start in range(0, len(concerned), _READ_AT_ONCE):
                if monotonic() > self._deadline:
                    self._stuck += 1
                    break
                for wish in wishes.several(concerned[start : start + _READ_AT_ONCE]):
                    if parts := self._parts(wish):
                        batch.add(parts, partial(self._alone, wish.pk))
            batch.flush()
        except tables.Refused:
            return False  # the round was changed again, or closed
        finally:
            listing.forget(self._found.id)
        return not self._stuck

    def _alone(self, wish_id: str) -> None:
        """Somebody acted on one of the wishes of a transaction meanwhile: each by itself, worked out anew."""
        for _ in range(_TRIES):
            parts = self._parts(wishes.get(wish_id))
            if not parts:
                return
            try:
                tables.commit([self._unchanged, *parts])
            except tables.Refused as refusal:
                if self._unchanged in refusal.found:
                    raise
            else:
                return
        self._stuck += 1

    def _parts(self, wish: wishes.Wish) -> list[tables.Part]:
        window = self._found.window_for(wish.subdistrict)
        if wish.state == "published":
            return reminding.rescheduled(wish, window, self._at)
        return visiting.prolonged(wish, window.deliver_until, self._at)
