"""Declaring a wish: everything that is checked, and everything that is written at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, ids, phones, sealing, settings, tables
from chalicelib.base.problems import Conflict, FieldFault, Unprocessable
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Round
from chalicelib.wishes import change, listing, masks, records, rules, shapes

CONSENT_TEXT = "2026-11"
"""The version of the consent text that is read back to people (docs/consent.md)."""
RECEIPT_LENGTH = 8
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Draft:
    """A wish about to be written: what is public of it, what is sealed, and who will find it."""

    wish: records.Wish
    sealed: shapes.Sealed
    story: str
    id_number: str | None
    accounts: tuple[str, ...]


def declare(body: shapes.DeclareBody, attempt: change.Attempt) -> records.Wish:
    """Write a new wish, its sealed fields, its receipt and its first history entry in one transaction.

    Raises Unprocessable for wrong fields, Conflict `declaring_not_open`, NotFound for an unknown round. With an
    Idempotency-Key the id is derived from it: a retry finds the wish the first call made.
    """
    found = rounds.get(body.round)
    _check(body, int(attempt.at[:4]))
    wish_id = ids.derived_id("wish", attempt.key) if attempt.key else ids.new_id()
    if attempt.key:
        made = _made_before(wish_id, attempt)
        if made is not None:
            return made
    if found.closed_at or not found.window_for(body.subdistrict).declaring(attempt.at):
        raise Conflict("declaring_not_open")
    draft = _draft(wish_id, found, body, attempt)
    for _ in range(5):
        draft.wish.receipt = ids.short_code(RECEIPT_LENGTH)
        try:
            tables.commit(parts(draft, attempt, "declare"))
        except tables.Refused as error:
            made = _made_before(wish_id, attempt)
            if made is not None:  # the same request, run twice at once
                return made
            if not any(isinstance(part.record, records.Receipt) for part in error.found):
                raise
            continue  # another wish has this receipt: draw again
        finally:
            listing.forget(found.id)
        return draft.wish
    raise Conflict()


def parts(draft: Draft, attempt: change.Attempt, act: str) -> list[tables.Part]:
    """All writes that bring the drafted wish into being; each is refused if it is there already."""
    wish, sealed = draft.wish, draft.sealed
    beside = change.place_story(wish, draft.story)
    entry = change.entry_of(wish, attempt, change.Entry(act, status=201), None)
    found: list[tables.Part] = [
        tables.Put(wish, tables.absent(records.Wish)),
        tables.Put(records.SealedWish(wish.pk, "sealed", sealed=sealing.seal("wishes", wish.pk, sealed))),
        tables.Put(entry, tables.absent(records.HistoryEntry)),
        tables.Put(
            records.Receipt(
                f"receipt#{wish.receipt}",
                "receipt",
                wish=wish.pk,
                last4=last4_hash(wish.receipt, sealed.phone),
            ),
            tables.absent(records.Receipt),
        ),
    ]
    found += [] if beside is None else [beside]
    found += [
        tables.Put(records.MyWish(f"account#{account}", f"{wish.declared_at}#{wish.pk}", wish=wish.pk))
        for account in draft.accounts
    ]
    found += [
        tables.Put(records.SamePerson(f"person#{wish.round}#{each}", wish.pk))
        for each in person_hashes(sealed, draft.id_number, wish.subdistrict)
    ]
    return found


def receipt_of(wish_id: str) -> str:
    """The receipt of an imported wish: keyed and always the same, so that an import resumed gives no second one."""
    return ids.code_from(sealing.blind("receipt", wish_id), RECEIPT_LENGTH)


def last4_hash(receipt: str, phone: str) -> str | None:
    """The keyed hash a tracker must match: the last four digits of the contact phone, bound to the receipt."""
    return sealing.blind("last4", f"{receipt}/{phones.last4(phone)}") if phone else None


def person_hashes(sealed: shapes.Sealed, id_number: str | None, subdistrict: str) -> list[str]:
    """Keyed hashes that two wishes of one person share: the ID number, name with phone, name with year and place."""
    wisher = sealed.wisher
    marks = [f"id/{id_number}"] if id_number else []
    if wisher.phone:
        marks.append(f"phone/{wisher.name}/{wisher.phone}")
    if wisher.birth_year:
        marks.append(f"year/{wisher.name}/{wisher.birth_year}/{subdistrict}")
    return [sealing.blind("person", mark) for mark in marks]


def apply_person(wish: records.Wish, wisher: shapes.Wisher, subject: str, year: int) -> None:
    """Set what is public of the wisher: masked name and age band of adults, neither of a minor (section 3).

    Whose age is unknown might be a minor, so nothing is shown of them either.
    """
    wish.wisher_name = wish.age_band = wish.minor = None
    if subject == "team":
        wish.wisher_name = masks.mask_team(wisher.name, wish.subdistrict)
    elif wisher.birth_year is not None and not masks.is_minor(wisher.birth_year, year):
        wish.wisher_name = masks.mask_name(wisher.name)
        wish.age_band = masks.age_band(wisher.birth_year, year)
    elif wisher.birth_year is not None:
        wish.minor = True


def consent_letters(consent: shapes.Consent) -> str:
    """What was consented to, as letters on the wish: p(rocess), s(tory), c(ontact), f(otos)."""
    given = zip("pscf", (consent.process, consent.publish_story, consent.share_contact, consent.photos), strict=True)
    return "".join(letter for letter, agreed in given if agreed)


def sealed_wisher(wisher: shapes.WisherIn) -> shapes.Wisher:
    """The wisher as sealed: phone in its one spelling, birth year from the ID number where it was not said."""
    id_number = (wisher.id_number or "").upper()
    return shapes.Wisher(
        name=wisher.name,
        gender=wisher.gender,
        birth_year=wisher.birth_year or (int(id_number[6:10]) if id_number else None),
        phone=phones.normalise(wisher.phone) if wisher.phone else None,
        address=wisher.address,
    )


def sealed_related(person: shapes.RelatedIn | None) -> shapes.Related | None:
    """A contact or guardian as sealed."""
    if person is None:
        return None
    return shapes.Related(person.name, person.relation, phones.normalise(person.phone) or person.phone)


def check_people(
    subject: str,
    wisher: shapes.WisherIn,
    contact: shapes.RelatedIn | None,
    guardian: shapes.RelatedIn | None,
    year: int,
) -> Iterable[FieldFault]:
    """Faults in the people of a wish: phones, the ID number, a reachable contact, a minor's guardian."""
    if wisher.phone and phones.normalise(wisher.phone) is None:
        yield FieldFault("wisher.phone", "field_phone")
    for name, person in (("contact", contact), ("guardian", guardian)):
        if person is not None and phones.normalise(person.phone) is None:
            yield FieldFault(f"{name}.phone", "field_phone")
    if wisher.id_number and not valid_id_number(wisher.id_number.upper()):
        yield FieldFault("wisher.id_number", "id_number_invalid")
        return
    if wisher.birth_year is not None and wisher.birth_year > year:
        yield FieldFault("wisher.birth_year", "field_range", {"least": 1900, "most": year})
    if not wisher.phone and contact is None and guardian is None:
        yield FieldFault("contact", "contact_required")
    born = sealed_wisher(wisher).birth_year
    if subject == "individual" and born is not None and masks.is_minor(born, year) and guardian is None:
        yield FieldFault("guardian", "guardian_required")


def valid_id_number(number: str) -> bool:
    """Whether an 18-digit resident ID number has a right check digit (GB 11643-1999)."""
    if not re.fullmatch(r"[1-9][0-9]{5}(19|20)[0-9]{9}[0-9X]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def _check(body: shapes.DeclareBody, year: int) -> None:
    faults = [*_check_lists(body.subdistrict, body.category), *_check_consent(body)]
    faults += check_people(body.subject, body.wisher, body.contact, body.guardian, year)
    if body.subject == "team" and body.team_size is None:
        faults.append(FieldFault("team_size", "team_size_required"))
    if body.subject == "individual" and body.team_size is not None:
        faults.append(FieldFault("team_size", "field_not_here"))
    by = body.declared_by
    if by.by_self and (by.name or by.relation):
        faults.append(FieldFault("declared_by", "field_not_here"))
    if not by.by_self:
        faults += [
            FieldFault(f"declared_by.{name}", "field_missing")
            for name in ("name", "relation")
            if getattr(by, name) is None
        ]
    if faults:
        raise Unprocessable(_code_of(faults), errors=faults)


def _check_lists(subdistrict: str | None, category: str | None) -> Iterable[FieldFault]:
    if subdistrict is not None and subdistrict not in settings.subdistricts():
        yield FieldFault("subdistrict", "field_value")
    if category is not None and category not in settings.categories():
        yield FieldFault("category", "field_choice", {"choices": "、".join(settings.categories())})


def check_category(category: str | None) -> Iterable[FieldFault]:
    """Whether the category is one of the configured ones."""
    return _check_lists(None, category)


def _check_consent(body: shapes.DeclareBody) -> Iterable[FieldFault]:
    consent = body.consent
    if not consent.process:
        yield FieldFault("consent.process", "process_consent_required")
    if consent.method == "spoken" and not consent.witness:
        yield FieldFault("consent.witness", "witness_required")
    if consent.by == "guardian" and body.guardian is None:
        yield FieldFault("guardian", "guardian_required")
    born = sealed_wisher(body.wisher).birth_year if _readable(body.wisher) else None
    is_minor = born is not None and masks.is_minor(born, clock.now().year)
    if body.subject == "individual" and is_minor and consent.by != "guardian":
        yield FieldFault("consent.by", "guardian_required")


def _readable(wisher: shapes.WisherIn) -> bool:
    return not wisher.id_number or valid_id_number(wisher.id_number.upper())


def _code_of(faults: list[FieldFault]) -> str:
    """The refusal's own code where a rule has one: the guardian's and the consent's come first."""
    for code in ("guardian_required", "process_consent_required"):
        if any(fault.code == code for fault in faults):
            return code
    return "invalid_fields"


def _draft(wish_id: str, found: Round, body: shapes.DeclareBody, attempt: change.Attempt) -> Draft:
    sealed = _sealed(body, attempt.at)
    contact = accounts.find_or_make(sealed.phone) if phones.is_mobile(sealed.phone) else None
    wish = records.Wish(
        wish_id,
        records.ITSELF,
        version=1,
        state="submitted",
        round=found.id,
        shard=rules.shard_of(wish_id, found.shards),
        kind=body.kind,
        category=body.category,
        subject=body.subject,
        team_size=body.team_size,
        title=body.title,
        subdistrict=body.subdistrict,
        committee=body.committee,
        consents=consent_letters(sealed.consent),
        declarer=attempt.caller.account,
        by_self=body.declared_by.by_self or None,
        contact=contact,
        declared_at=attempt.at,
    )
    apply_person(wish, sealed.wisher, body.subject, int(attempt.at[:4]))
    owners = tuple(dict.fromkeys(account for account in (attempt.caller.account, contact) if account))
    id_number = body.wisher.id_number.upper() if body.wisher.id_number else None
    return Draft(wish, sealed, body.story, id_number, owners)


def _sealed(body: shapes.DeclareBody, at: str) -> shapes.Sealed:
    consent, by = body.consent, body.declared_by
    return shapes.Sealed(
        wisher=sealed_wisher(body.wisher),
        declared_by=shapes.Declarer(by.by_self, by.name, by.relation),
        consent=shapes.Consent(
            consent.process, consent.publish_story, consent.share_contact, consent.photos,
            consent.by, consent.method, at, CONSENT_TEXT, consent.witness,
        ),
        contact=sealed_related(body.contact),
        guardian=sealed_related(body.guardian),
        circumstances=body.circumstances,
        particulars=body.particulars,
    )  # fmt: skip


def _made_before(wish_id: str, attempt: change.Attempt) -> records.Wish | None:
    """The wish an earlier call with this key made. Raises Unprocessable when that was another request."""
    wish = records.get(wish_id, strongly=True) if attempt.key else None
    if wish is not None:
        change.earlier_entry(wish_id, attempt)
    return wish
