"""Erasing a wish's personal side: what was sealed, told or pointed at is gone; what is counted stays.

the act          the wish without words, persons and pointers, hidden for good, in one transaction: no act that read
                 it before can land any more, and none is possible after it
the scrubbing    what lies beside it by the hundred: reasons and notes of the history; safe to run again
"""

from collections.abc import Iterable
from typing import Final

from chalicelib.base import models, sealing, tables
from chalicelib.base.problems import Unavailable
from chalicelib.wishes import actions, change, listing, persons, records, rules, shapes
from chalicelib.wishes.change import Attempt, Entry

_GONE: Final = (
    "source", "fingerprint", "story", "story_beside", "wisher_name", "age_band", "minor", "declarer", "by_self",
    "contact", "visit_at", "introduced_at", "expires_at", "reserved_for", "reserved_until",
    "thanks_waiting",
)  # fmt: skip


def parts(wish: records.Wish, attempt: Attempt) -> list[tables.Part]:
    """The act. Where the wish could still be withdrawn it is. `wish` is moved on in memory. Raises Unavailable."""
    beside: list[tables.Part] = [
        tables.Remove(records.SealedWish(wish.pk, "sealed")),
        tables.Remove(records.WishText(wish.pk, "text")),
        *(tables.Remove(each) for each in _pointers(wish)),
    ]
    listing.forget_story(wish)
    to = "withdrawn" if rules.possible("withdraw", wish.state) else str(wish.state)
    entry = Entry("erase", reason_code="erased")
    fields: dict[str, object] = dict.fromkeys(_GONE)
    fields |= {"title": "", "receipt": "", "consents": "", "hidden": True, "erased_at": attempt.at}
    return [*change.advance(wish, attempt, entry, to, **fields), *beside]


def shelve(wish_id: str, attempt: Attempt) -> bool:
    """Take a wish out of every public output, its time there being over; whether this did it."""
    done = False

    def decide(wish: records.Wish) -> Iterable[tables.Part]:
        nonlocal done
        done = rules.is_public(wish.state, wish.hidden)
        if not done:
            return []
        return change.advance(wish, attempt, Entry("hide", reason_code="time_is_over"), wish.state, hidden=True)

    change.perform(wish_id, attempt, actions.get, decide)
    return done


def scrub(wish_id: str) -> None:
    """Take the reasons and the sealed records out of the history; acts, times and ids stay. Safe to run again."""
    batch = tables.Batch()
    model = records.HistoryEntry
    for entry in records.history(wish_id):
        if entry.reason is not None or entry.sealed is not None:
            batch.add([tables.Change(entry, [model.reason.remove(), model.sealed.remove()], model.pk.exists())])
    batch.flush()


def _pointers(wish: records.Wish) -> list[models.Record]:
    """Every item elsewhere that leads to the wish: by receipt, by account, by person."""
    found: list[models.Record] = [records.Receipt(f"receipt#{wish.receipt}", "receipt")] if wish.receipt else []
    for account in dict.fromkeys((wish.declarer, wish.contact)):
        found += [records.MyWish(f"account#{account}", f"{wish.declared_at}#{wish.pk}")] if account else []
    return [*found, *persons.pointers(wish, _marks(wish))]


def _marks(wish: records.Wish) -> list[str]:
    held = records.sealed(wish.pk)
    if held is None:
        return []
    try:
        return persons.marks(sealing.unseal("wishes", wish.pk, held.sealed, shapes.Sealed), wish.subdistrict)
    except Unavailable as error:
        # What was tampered with never opens again, and must not keep the rest from being erased.
        if error.reason.startswith("seal:"):
            return []
        raise
