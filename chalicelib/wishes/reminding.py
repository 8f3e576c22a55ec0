"""Wishes nobody has claimed: which are due to be reminded of, and moving them on to their next date."""

from typing import Final

from chalicelib.base import clock, tables
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import records, rules

MOST_IN_A_RUN: Final = 5_000
_PAGE: Final = 100


def due(at: str) -> list[records.Wish]:
    """The published wishes due for a reminder by `at`; read units grow with them, not with what is stored."""
    found: list[records.Wish] = []
    for bucket in range(records.DUE_BUCKETS):
        after: records.DuePlace = None
        while len(found) < MOST_IN_A_RUN:
            wish_ids, after = records.due(bucket, at, _PAGE, after)
            # Looked at anew: nothing is said of a wish that moved on since it became due.
            found += [wish for wish in records.several(wish_ids) if _is_due(wish, at)]
            if after is None:
                break
    return found


def move_on(wish: records.Wish, at: str) -> None:
    """Set the wish's next reminder behind every milestone passed by `at`. Bookkeeping, no act: the version stays.

    The condition settles the race with an act (it has moved the version) and with another run (it has counted on).
    """
    window = rounds.get(wish.round).window_for(wish.subdistrict)
    since = wish.republished_at or wish.published_at
    passed = sum(moment <= at for moment in rules.unclaimed_milestones(since, window.claim_until))
    upcoming = rules.next_reminder(since, passed, window.claim_until)
    model = records.Wish
    actions = [model.reminded.set(passed)]
    actions += [model.due_at.set(upcoming)] if upcoming else [model.due_at.remove(), model.due.remove()]
    try:
        tables.change(wish, actions, (model.version == wish.version) & (model.reminded == wish.reminded))
    except tables.Refused:
        return


def _is_due(wish: records.Wish, at: str) -> bool:
    return wish.state == "published" and not wish.hidden and clock.seconds(wish.due_at) <= clock.seconds(at)
