"""Wishes on their way out to a register, and as a register would state them: the other half of `importing`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from chalicelib.base import clock, sealing
from chalicelib.base.callers import Caller
from chalicelib.imports.rows import WishRow
from chalicelib.rounds.rules import Round
from chalicelib.wishes import listing, records, shapes
from chalicelib.wishes.narrow import Narrow

_AT_ONCE: Final = 100  # BatchGetItem's limit


def rows(found: Round, caller: Caller) -> Iterator[tuple[WishRow, int]]:
    """Every wish of the round that the caller reviews, as a register's row with its version; by number, then id.

    Not the erased ones: of those nothing is left to edit, and an empty row would keep the others from coming back in.
    Costs about 2 read units a wish and opens every seal: the caller records that the fields went out.
    """
    lines = sorted(
        (line for line in listing.snapshot(found.id, found.shards, fresh=True) if caller.reviews(line.subdistrict)),
        key=lambda line: (line.source, line.declared_at, line.id),
    )
    for start in range(0, len(lines), _AT_ONCE):
        wishes = records.several([line.id for line in lines[start : start + _AT_ONCE]])
        # Looked at anew: a wish may have moved to another subdistrict since the snapshot.
        wishes = [wish for wish in wishes if caller.reviews(wish.subdistrict) and wish.erased_at is None]
        for wish, (sealed, story) in zip(wishes, contents(wishes), strict=True):
            yield row_of(wish, sealed, story), int(wish.version)


def opened(lines: Sequence[Narrow]) -> Iterator[tuple[Narrow, records.Wish, shapes.Sealed | None]]:
    """Wishes by their lines, in the lines' order, with their personal fields (None once erased). Flat in memory.

    Costs some 1.5 read units a wish and opens every seal: the caller answers for who gets to see it.
    """
    for start in range(0, len(lines), _AT_ONCE):
        some = lines[start : start + _AT_ONCE]
        sealed = records.sealed_several([line.id for line in some])
        for line, wish in listed(some):
            held = sealed.get(line.id)
            yield line, wish, sealing.unseal("wishes", line.id, held, shapes.Sealed) if held else None


def listed(lines: Sequence[Narrow]) -> Iterator[tuple[Narrow, records.Wish]]:
    """Wishes by their lines, in the lines' order; half a read unit each."""
    for start in range(0, len(lines), _AT_ONCE):
        some = lines[start : start + _AT_ONCE]
        wishes = {wish.pk: wish for wish in records.several([line.id for line in some])}
        yield from ((line, wishes[line.id]) for line in some if line.id in wishes)


def contents(wishes: Sequence[records.Wish]) -> Iterator[tuple[shapes.Sealed | None, str]]:
    """The personal fields (None once erased) and the story of each of any number of wishes."""
    for start in range(0, len(wishes), _AT_ONCE):
        some = wishes[start : start + _AT_ONCE]
        sealed = records.sealed_several([wish.pk for wish in some])
        beside = _beside(some)
        for wish in some:
            held = sealed.get(wish.pk)
            opened = sealing.unseal("wishes", wish.pk, held, shapes.Sealed) if held else None
            yield opened, wish.story or beside.get(wish.pk, "")


def _beside(wishes: Iterable[records.Wish]) -> dict[str, str]:
    long_ones = [wish.pk for wish in wishes if wish.story_beside]
    return records.stories(long_ones) if long_ones else {}


def row_of(wish: records.Wish, sealed: shapes.Sealed | None, story: str) -> WishRow:
    """The wish as a row. A wish that no register brought in goes by its id; what is erased or unknown is empty."""
    wisher = sealed.wisher if sealed else shapes.Wisher("")
    by = sealed.declared_by if sealed else shapes.Declarer()
    circumstances = sealed.circumstances if sealed else shapes.Circumstances()
    team = wish.subject == "team"
    return WishRow(
        row=0,
        source=wish.source or wish.pk,
        subdistrict=wish.subdistrict,
        committee=wish.committee,
        name=wisher.name,
        gender=None if team else wisher.gender,  # type: ignore[arg-type]
        birth_year=None if team else wisher.birth_year,
        subject=wish.subject,  # type: ignore[arg-type]
        team_size=int(wish.team_size) if team and wish.team_size is not None else None,
        kind=wish.kind,  # type: ignore[arg-type]
        category=wish.category,
        title=wish.title,
        story=story,
        difficulty=circumstances.difficulty or "",
        monthly_income=circumstances.monthly_income,
        household_size=circumstances.household_size,
        phone=sealed.phone if sealed else "",
        address=wisher.address or "",
        by_self=by.by_self,
        declarer_name=by.name or "",
        declarer_relation=by.relation or "",
        consented=True,
        submitted_at=clock.moment(wish.declared_at),
    )
