"""Wishes that wait too long: which are due to be looked at, and the write that counts the look and sets the next."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from chalicelib.base import tables
from chalicelib.rounds.rules import Window
from chalicelib.wishes import change, index_records, records, waiting

_PAGE: Final = 90  # wishes in one transaction, with room for what is written about them


class Due(NamedTuple):
    """A wish that is due: what has to be said of it (each once: unclaimed, review, review_late), and the write.

    Nothing is said of a wish that is reserved for somebody: its look is put off.
    """

    wish: records.Wish
    said: tuple[str, ...]
    looked: tables.Change


def pages(at: str) -> Iterator[Sequence[str]]:
    """Ids of the wishes whose look is due by `at`, page by page; read units grow with them, not with what is stored.

    Raises Unavailable where a page can't be read.
    """
    waiting: list[str] = []
    for bucket in range(records.DUE_BUCKETS):
        after: index_records.DuePlace = None
        while True:
            found, after = index_records.due(bucket, at, _PAGE, after)
            waiting += found
            if len(waiting) >= _PAGE:
                yield waiting[:_PAGE]
                waiting = waiting[_PAGE:]
            if after is None:
                break
    if waiting:  # what little most runs find is one page, one transaction and one tally, whatever buckets it lies in
        yield waiting


def due(wish_ids: Sequence[str], at: str) -> list[Due]:
    """Those of the wishes that are due indeed: looked at anew, because they may have moved on."""
    return [_due(wish, at) for wish in records.several(wish_ids) if wish.due and wish.due_at and wish.due_at <= at]


def rescheduled(wish: records.Wish, window: Window, at: str) -> list[tables.Part]:
    """The part that lets a published wish's next look go by its round's dates as they are now; none where it does."""
    following = waiting.moved(wish, window, at)
    return [change.retimed(wish, due_at=following)] if following != wish.due_at else []


def still_unclaimed(wish_ids: Sequence[str]) -> set[str]:
    """Those of up to 100 wishes that anybody may still claim."""
    return {wish.pk for wish in records.several(wish_ids) if wish.state == "published" and not wish.hidden}


def _due(wish: records.Wish, at: str) -> Due:
    model = records.Wish
    # The race with an act is settled by the version, the race with another run by its count and its time: of two looks
    # at one wish one is written, together with what it says.
    unmoved = (model.version == wish.version) & (model.reminded == wish.reminded) & (model.due_at == wish.due_at)
    reserved = str(wish.reserved_until or "") if wish.reserved_for else ""
    if reserved > at:
        return Due(wish, (), tables.Change(wish, [model.due_at.set(reserved)], unmoved))
    looks = waiting.looks_to_come(wish)
    behind = [look for look in looks if look.at <= at]
    ahead = looks[len(behind) :]
    count = model.reminded.set(int(wish.reminded) + len(behind))
    then = [model.due_at.set(ahead[0].at)] if ahead else [model.due_at.remove(), model.due.remove()]
    # A look that comes too late, when the claim window is over (or was moved away), says nothing.
    pointless = wish.state == "published" and not waiting.may_be_claimed(wish, at)
    said = () if pointless else tuple(dict.fromkeys(look.what for look in behind))
    return Due(wish, said, tables.Change(wish, [count, *then], unmoved))
