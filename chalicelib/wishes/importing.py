"""Wishes from a register: compared with what is there by their fingerprints, written many to a transaction.

A row's wish has its id from the round and the register's own number, so the same row always means the same wish.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, ids, phones, sealing, tables
from chalicelib.imports.rows import WishRow
from chalicelib.rounds.rules import Round
from chalicelib.wishes import change, consents, declaring, listing, masks, persons, records, rules, shapes
from chalicelib.wishes.change import Attempt, Entry

UPDATABLE: Final = ("submitted", "returned")
_MOST_AT_ONCE: Final = 100  # BatchGetItem's limit


@dataclass(frozen=True)
class Incoming:
    """A judged row with its fingerprint."""

    row: WishRow
    mark: str


@dataclass
class Compared:
    """Rows sorted by what they mean: new wishes, changed ones, those that moved on and can't be changed by a file."""

    new: list[Incoming] = field(default_factory=list)
    changed: list[tuple[Incoming, records.Wish]] = field(default_factory=list)
    frozen: list[WishRow] = field(default_factory=list)
    unchanged: int = 0


def wish_id(round_id: str, source: str) -> str:
    """The id of the wish with that number in that round's register."""
    return ids.derived_id("register", round_id, source)


def compare(incoming: Sequence[Incoming], found: Round) -> Compared:
    """Sort the rows by comparing them with the table: 0.5 read units a row."""
    known = known_wishes([wish_id(found.id, each.row.source) for each in incoming])
    compared = Compared()
    for each in incoming:
        wish = known.get(wish_id(found.id, each.row.source))
        if wish is None:
            compared.new.append(each)
        elif wish.fingerprint == each.mark:
            compared.unchanged += 1
        elif wish.state in UPDATABLE:
            compared.changed.append((each, wish))
        else:
            compared.frozen.append(each.row)
    return compared


def known_wishes(wish_ids: Sequence[str]) -> dict[str, records.Wish]:
    """Those of any number of wishes that exist, by id."""
    return {
        wish.pk: wish
        for start in range(0, len(wish_ids), _MOST_AT_ONCE)
        for wish in records.several(wish_ids[start : start + _MOST_AT_ONCE])
    }


def write(compared: Compared, found: Round, attempt: Attempt) -> None:
    """Write what is new and what has changed, many rows to a transaction."""
    importer = Attempt(attempt.caller, at=attempt.at, imported=True)
    known = accounts.find_several([each.row.phone for each in compared.new if phones.is_mobile(each.row.phone)])
    batch = tables.Batch()
    for each in compared.new:
        batch.add(_new_parts(each, found, importer, known))
    for each, wish in compared.changed:
        batch.add(_changed_parts(each, wish, importer))
    batch.flush()
    listing.forget(found.id)


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


def _changed_parts(each: Incoming, wish: records.Wish, attempt: Attempt) -> list[tables.Part]:
    held = records.sealed(wish.pk)
    before = sealing.unseal("wishes", wish.pk, held.sealed, shapes.Sealed) if held else None
    sealed = _replaced(before, _sealed(each.row))
    marks = persons.marks(before, wish.subdistrict) if before else []
    wish.subject, wish.subdistrict = each.row.subject, each.row.subdistrict
    persons.apply(wish, sealed, _year(each.row))
    parts = change.advance(
        wish,
        attempt,
        Entry("edit"),
        "submitted",
        fingerprint=each.mark,
        consents=consents.letters(sealed.consent),
        **_words(each.row),
    )
    beside = change.place_story(wish, each.row.story)
    parts += [*([beside] if beside else []), change.resealed(wish, sealed)]
    return parts + persons.repointed(wish, marks, persons.marks(sealed, wish.subdistrict))


def _replaced(before: shapes.Sealed | None, row: shapes.Sealed) -> shapes.Sealed:
    """What a changed row makes of the sealed fields: a file knows nothing of what was recorded here since.

    Only where a wish turns out to be a minor's is the row's consent, the guardian's, the one that counts.
    """
    if before is None:
        return row
    consent, earlier = before.consent, before.consents_before
    if row.consent.by == "guardian" != consent.by:
        consent, earlier = row.consent, [*earlier, consent]
    return msgspec.structs.replace(
        row,
        consent=consent,
        consents_before=earlier,
        contact=before.contact,
        particulars=before.particulars,
        id_mark=before.id_mark,
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
