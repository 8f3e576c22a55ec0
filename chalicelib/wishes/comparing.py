"""Rows of a register beside the wishes they mean: new, edited, unchanged, or wrong, and then why.

A row's wish has its id from the round and the register's own number, so the same row always means the same wish.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from chalicelib.base import clock, ids, words
from chalicelib.base.callers import Caller
from chalicelib.imports import columns as c
from chalicelib.imports.faults import Fault
from chalicelib.imports.rows import WishRow
from chalicelib.imports.rules import GUARDIANS
from chalicelib.rounds.rules import Round
from chalicelib.wishes import exporting, masks, persons, records, rules, scan, shapes

UPDATABLE: Final = ("submitted", "returned")
"""The states in which a register keyed by hand may change a wish; an export knows its version, and may later, too."""
_MOST_AT_ONCE: Final = 100  # BatchGetItem's limit


@dataclass(frozen=True)
class Incoming:
    """A judged row with its fingerprint."""

    row: WishRow
    mark: str


@dataclass(frozen=True)
class Edited:
    """A row that says something else than its wish does now, with all that is needed to write it."""

    incoming: Incoming
    wish: records.Wish
    sealed: shapes.Sealed
    was: WishRow


@dataclass
class Compared:
    """Rows sorted by what they mean: new wishes, edited ones, and what is wrong with the others."""

    new: list[Incoming] = field(default_factory=list)
    changed: list[Edited] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unchanged: int = 0


def wish_id(round_id: str, source: str) -> str:
    """The id of the wish with that number in that round's register."""
    return ids.derived_id("register", round_id, source)


def compare(incoming: Sequence[Incoming], found: Round, caller: Caller) -> Compared:
    """Sort the rows by comparing them with the table: 0.5 read units a row, 2 more for one that looks edited.

    A row keyed by hand is known by the fingerprint it was last imported with. A row that was exported states the
    version it went out with: it is held against what the wish says now, and refused where that has moved on.
    """
    by_row = [_ids_of(each.row.source, found) for each in incoming]
    known = known_wishes(sorted({identity for some in by_row for identity in some}))
    compared, opened = Compared(), list[tuple[Incoming, records.Wish]]()
    for each, identities in zip(incoming, by_row, strict=True):
        wish = next((known[one] for one in identities if one in known and known[one].round == found.id), None)
        if wish is not None and not caller.reviews(wish.subdistrict):
            # The row's own subdistrict was judged already: nobody draws another's wish over to theirs.
            compared.faults.append(Fault(each.row.row, c.NUMBER, "outside_scope"))
        elif wish is None and each.row.version is not None:
            compared.faults.append(Fault(each.row.row, c.NUMBER, "not_in_this_round"))
        elif wish is None:
            compared.new.append(each)
        elif wish.erased_at is not None:
            # Whoever keyed the register still has the person in it: nothing of that may come back.
            compared.faults.append(Fault(each.row.row, c.NUMBER, "wish_erased"))
        elif each.row.version is None and wish.fingerprint == each.mark:
            compared.unchanged += 1
        else:
            opened.append((each, wish))
    for (each, wish), (sealed, story) in zip(opened, exporting.contents([wish for _, wish in opened]), strict=True):
        _sort_edited(compared, each, wish, sealed, story)
    return compared


def _ids_of(source: str, found: Round) -> list[str]:
    """The ids a number may stand for: the register's own row, or a wish that goes by its id."""
    return [wish_id(found.id, source), *([source] if ids.is_id(source) else [])]


def _sort_edited(
    compared: Compared, each: Incoming, wish: records.Wish, sealed: shapes.Sealed | None, story: str
) -> None:
    row = each.row
    was = exporting.row_of(wish, sealed, story)
    if _content(row) == _content(was):
        compared.unchanged += 1
        return
    editable = UPDATABLE if row.version is None else rules.EDITABLE_BY_REVIEWER
    if row.version is not None and row.version != int(wish.version):
        compared.faults.append(_stale(row, wish))
    elif wish.state not in editable or sealed is None:
        compared.faults.append(Fault(row.row, c.NUMBER, "already_moved_on"))
    elif _needs_guardian(row, sealed, persons.year_of(wish.declared_at)):
        compared.faults.append(Fault(row.row, c.BIRTH_YEAR, "guardian_required"))
    elif wish.state == "published" and (kinds := _unclear(row, was, sealed)):
        compared.faults.append(Fault(row.row, c.STORY, "text_not_clear", {"kinds": "、".join(kinds)}))
    else:
        compared.changed.append(Edited(each, wish, sealed, was))


def _content(row: WishRow) -> WishRow:
    """What a row says of its wish. When it was declared is history, which no later register changes."""
    return replace(row, row=0, version=None, source="", submitted_at=datetime.min)  # noqa: DTZ901 - for comparing


def _stale(row: WishRow, wish: records.Wish) -> Fault:
    """The fault that names the newer change: what was done, and when in Asia/Shanghai."""
    last = records.last_entry(wish.pk)
    made_later = wish.claimed_at and (last is None or last.at < wish.claimed_at)
    act, at = ("claim", wish.claimed_at) if made_later or last is None else (last.act, last.at)
    values: dict[str, str | int] = {
        "version": row.version or 0,
        "newer": int(wish.version),
        "act": words.ACTS.get(act, act),
        "at": f"{clock.moment(at or wish.declared_at).astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
    }
    return Fault(row.row, c.VERSION, "stale_row", values)


def _needs_guardian(row: WishRow, sealed: shapes.Sealed, year: int) -> bool:
    young = row.subject == "individual" and row.birth_year is not None and masks.is_minor(row.birth_year, year)
    return young and sealed.guardian is None and row.declarer_relation not in GUARDIANS


def _unclear(row: WishRow, was: WishRow, sealed: shapes.Sealed) -> list[str]:
    """What the scan finds in public words that the row changes; nobody can clear a finding in a spreadsheet."""
    if (row.title, row.story) == (was.title, was.story):
        return []
    names = [*sealed.names, row.declarer_name, *([row.name] if row.subject == "individual" else [])]
    known = [name for name in names if name and (row.subject != "team" or name != sealed.wisher.name)]
    found = [finding for text in (row.title, row.story) for finding in scan.scan(text, names=known)]
    return sorted({scan.kind_name(finding.kind, "zh-CN") for finding in found})


def known_wishes(wish_ids: Sequence[str]) -> dict[str, records.Wish]:
    """Those of any number of wishes that exist, by id."""
    return {
        wish.pk: wish
        for start in range(0, len(wish_ids), _MOST_AT_ONCE)
        for wish in records.several(wish_ids[start : start + _MOST_AT_ONCE])
    }
