"""Wishes from a register, written many to a transaction."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from msgspec.structs import replace as replace_fields

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, phones, tables
from chalicelib.base.problems import Unavailable
from chalicelib.imports.faults import Fault
from chalicelib.imports.rows import WishRow
from chalicelib.rounds.rules import Round
from chalicelib.wishes import (
    change,
    consents,
    declaring,
    editing,
    listing,
    masks,
    persons,
    reaching,
    records,
    rules,
    shapes,
)
from chalicelib.wishes.change import Attempt, Entry
from chalicelib.wishes.comparing import Compared, Edited, Incoming, compare, wish_id

_TRIES: Final = 5


def write(
    compared: Compared, found: Round, attempt: Attempt, written: Callable[[int], None] = lambda rows: None
) -> list[Fault]:
    """Write what is new and what has changed, many rows to a transaction; `written` hears how many rows each held.

    Whoever moves a wish while its row waits to be written wins: such a row is decided anew, and told as a fault
    where it no longer applies.
    """
    importer = Attempt(attempt.caller, at=attempt.at, imported=True)
    known = accounts.find_several([each.row.phone for each in compared.new if phones.is_mobile(each.row.phone)])
    batch, late = tables.Batch(written), list[Fault]()
    for each in compared.new:
        batch.add(_new_parts(each, found, importer, known), partial(_again, each, found, importer, late))
    for edited in compared.changed:
        batch.add(_changed_parts(edited, importer), partial(_again, edited.incoming, found, importer, late))
    batch.flush()
    listing.forget(found.id)
    return late


def _again(each: Incoming, found: Round, attempt: Attempt, late: list[Fault]) -> None:
    """One row by itself, compared with what is there by now. Raises Unavailable when it stays contended."""
    for _ in range(_TRIES):
        compared = compare([each], found, attempt.caller)
        late += compared.faults
        known = accounts.find_several([each.row.phone]) if phones.is_mobile(each.row.phone) else {}
        parts = [part for one in compared.new for part in _new_parts(one, found, attempt, known)]
        parts += [part for edited in compared.changed for part in _changed_parts(edited, attempt)]
        try:
            return tables.commit(parts) if parts else None
        except tables.Refused:
            continue
    raise Unavailable("a row stayed contended")


def _new_parts(each: Incoming, found: Round, attempt: Attempt, known: dict[str, str]) -> list[tables.Part]:
    row, birth = each.row, list[tables.Part]()
    contact = known.get(row.phone)
    if contact is None and phones.is_mobile(row.phone):
        contact, birth = accounts.birth_of(row.phone)
        known[row.phone] = contact  # another row of the same phone shares the account
    sealed = _sealed(row)
    identity = wish_id(found.id, row.source)
    wish = records.Wish(
        identity,
        records.ITSELF,
        version=1,
        state="submitted",
        round=found.id,
        shard=rules.shard_of(identity, found.shards),
        source=row.source,
        fingerprint=each.mark,
        receipt=declaring.receipt_of(identity),
        subdistrict=row.subdistrict,
        contact=contact,
        declared_at=clock.stamp(row.submitted_at),
        **_words(row),
    )
    wish.consents = consents.letters(sealed.consent)
    persons.apply(wish, sealed, _year(row))
    draft = declaring.Draft(wish, sealed, row.story, (contact,) if contact else ())
    return birth + declaring.parts(draft, attempt, "declare")


def _changed_parts(each: Edited, attempt: Attempt) -> list[tables.Part]:
    """The edit of one wish. A returned one goes back to review by it, as by any edit."""
    wish, row = each.wish, each.incoming.row
    sealed = _merged(each.sealed, row)
    marks = persons.marks(each.sealed, wish.subdistrict)
    wish.subject, wish.subdistrict = row.subject, row.subdistrict
    persons.apply(wish, sealed, persons.year_of(wish.declared_at))
    pointers = reaching.moved(wish, each.sealed, sealed)
    pointers += persons.repointed(wish, marks, persons.marks(sealed, wish.subdistrict))
    listing.forget_story(wish)
    to = "submitted" if wish.state == "returned" else wish.state
    agreed = editing.agreed(wish, sealed)
    words = _words(row) | agreed
    parts = change.advance(wish, attempt, Entry("edit"), to, fingerprint=each.incoming.mark, **words)
    beside = change.place_story(wish, row.story)
    return [*parts, *([beside] if beside else []), change.resealed(wish, sealed), *pointers]


def _merged(sealed: shapes.Sealed, row: WishRow) -> shapes.Sealed:
    """The sealed fields as the row states them; what a register has no column for stays as it was.

    Only where a wish turns out to be a minor's is the row's consent, the guardian's, the one that counts.
    """
    own = replace_fields(sealed.wisher, name=row.name, gender=row.gender, birth_year=row.birth_year,
                         address=row.address or None)  # fmt: skip
    stated = _sealed(row)
    contact, guardian, consent = sealed.contact, sealed.guardian or stated.guardian, sealed.consent
    if row.phone != sealed.phone:
        # 联系电话 is whichever phone people are called on: the contact's, else the wisher's, else the guardian's.
        if contact is not None:
            contact = replace_fields(contact, phone=row.phone)
        elif own.phone or guardian is None:
            own = replace_fields(own, phone=row.phone)
        else:
            guardian = replace_fields(guardian, phone=row.phone)
    if stated.consent.by == "guardian" != consent.by:
        consent = stated.consent
    return replace_fields(
        sealed,
        wisher=own,
        contact=contact,
        guardian=guardian,
        declared_by=stated.declared_by,
        circumstances=stated.circumstances,
        consent=consent,
        consents_before=sealed.consents_before + ([sealed.consent] if consent != sealed.consent else []),
    )


def _year(row: WishRow) -> int:
    return row.submitted_at.astimezone(clock.SHANGHAI).year


def _words(row: WishRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "category": row.category,
        "subject": row.subject,
        "team_size": row.team_size,
        "title": row.title,
        "committee": row.committee,
    }


def _sealed(row: WishRow) -> shapes.Sealed:
    """The row's personal fields. A register's 知情同意 covers processing and publishing, not contact or photos."""
    minor = row.birth_year is not None and masks.is_minor(row.birth_year, _year(row))
    is_guardian = minor or row.declarer_relation == "监护人"  # a minor's register names a parent as well
    related = shapes.Related(row.declarer_name, row.declarer_relation, row.phone) if is_guardian else None
    return shapes.Sealed(
        wisher=shapes.Wisher(row.name, row.gender, row.birth_year, row.phone, row.address or None),
        declared_by=shapes.Declarer(row.by_self, row.declarer_name or None, row.declarer_relation or None),
        consent=shapes.Consent(
            process=True, publish_story=True, share_contact=False, photos=False,
            by="guardian" if is_guardian else "representative" if row.subject == "team" else "self",
            method="signed", at=clock.stamp(row.submitted_at), text_version="register",
        ),
        guardian=related,
        circumstances=shapes.Circumstances(
            difficulty=row.difficulty or None,
            monthly_income=row.monthly_income,
            household_size=row.household_size,
        ),
    )  # fmt: skip
