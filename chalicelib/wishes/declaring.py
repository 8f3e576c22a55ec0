"""Declaring a wish: everything that is checked, and everything that is written at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.accounts import actions as accounts
from chalicelib.base import ids, phones, sealing, settings, tables
from chalicelib.base.problems import Conflict, FieldFault, Unprocessable
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Round
from chalicelib.wishes import change, consents, listing, persons, records, rules, shapes, waiting

RECEIPT_LENGTH = 8


@dataclass(frozen=True)
class Draft:
    """A wish about to be written: what is public of it, what is sealed, and who will find it."""

    wish: records.Wish
    sealed: shapes.Sealed
    story: str
    accounts: tuple[str, ...]


def declare(body: shapes.DeclareBody, attempt: change.Attempt) -> records.Wish:
    """Write a new wish, its sealed fields, its receipt and its first history entry in one transaction.

    Raises Unprocessable for wrong fields, Conflict `declaring_not_open`, NotFound for an unknown round. With an
    Idempotency-Key the id is derived from it: a retry finds the wish the first call made.
    """
    found = rounds.get(body.round)
    _check(body, persons.year_of(attempt.at))
    wish_id = ids.derived_id("wish", attempt.key) if attempt.key else ids.new_id()
    if attempt.key:
        made = _made_before(wish_id, attempt)
        if made is not None:
            return made
    if found.closed_at or not found.window_for(body.subdistrict).declaring(attempt.at):
        raise Conflict("declaring_not_open")
    draft, open_still = _draft(wish_id, found, body, attempt), rounds.still_open(found.id)
    for _ in range(5):
        draft.wish.receipt = ids.short_code(RECEIPT_LENGTH)
        try:
            tables.commit([*parts(draft, attempt, "declare"), open_still])
        except tables.Refused as error:
            made = _made_before(wish_id, attempt)
            if made is not None:  # the same request, run twice at once
                return made
            if open_still in error.found:  # the round was closed meanwhile
                rounds.forget(found.id)
                raise Conflict("declaring_not_open") from error
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
    wish.due_at = waiting.first_due(wish, str(wish.state), attempt.at)
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
    return found + persons.repointed(wish, (), persons.marks(sealed, wish.subdistrict))


def receipt_of(wish_id: str) -> str:
    """The receipt of an imported wish: keyed and always the same, so that an import resumed gives no second one."""
    return ids.code_from(sealing.blind("receipt", wish_id), RECEIPT_LENGTH)


def last4_hash(receipt: str, phone: str) -> str | None:
    """The keyed hash a tracker must match: the last four digits of the contact phone, bound to the receipt."""
    return sealing.blind("last4", f"{receipt}/{phones.last4(phone)}") if phone else None


def _check(body: shapes.DeclareBody, year: int) -> None:
    faults = [*_check_lists(body.subdistrict, body.category), *check_consent(body.consent)]
    faults += persons.faults(body.subject, body.wisher, body.contact, body.guardian, body.consent, year)
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
        raise Unprocessable(code_of(faults), errors=faults)


def _check_lists(subdistrict: str | None, category: str | None) -> Iterable[FieldFault]:
    if subdistrict is not None and subdistrict not in settings.subdistricts():
        yield FieldFault("subdistrict", "field_value")
    if category is not None and category not in settings.categories():
        yield FieldFault("category", "field_choice", {"choices": "、".join(settings.categories())})


def check_category(category: str | None) -> Iterable[FieldFault]:
    """Whether the category is one of the configured ones."""
    return _check_lists(None, category)


def check_consent(consent: shapes.ConsentIn) -> Iterable[FieldFault]:
    """Whether a declaration's consent stands: processing is agreed to, and what was spoken had a witness."""
    if not consent.process:
        yield FieldFault("consent.process", "process_consent_required")
    if consent.method == "spoken" and not consent.witness:
        yield FieldFault("consent.witness", "witness_required")


def code_of(faults: list[FieldFault]) -> str:
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
        consents=consents.letters(sealed.consent),
        declarer=attempt.caller.account,
        by_self=body.declared_by.by_self or None,
        contact=contact,
        declared_at=attempt.at,
    )
    persons.apply(wish, sealed, persons.year_of(attempt.at))
    owners = tuple(dict.fromkeys(account for account in (attempt.caller.account, contact) if account))
    return Draft(wish, sealed, body.story, owners)


def _sealed(body: shapes.DeclareBody, at: str) -> shapes.Sealed:
    by = body.declared_by
    return shapes.Sealed(
        wisher=persons.sealed_wisher(body.wisher),
        declared_by=shapes.Declarer(by.by_self, by.name, by.relation),
        consent=consents.declared(body.consent, at),
        contact=persons.sealed_related(body.contact),
        guardian=persons.sealed_related(body.guardian),
        circumstances=body.circumstances,
        particulars=body.particulars,
        id_mark=persons.id_mark(body.wisher.id_number),
        id_check=persons.id_check(body.wisher.id_number),
    )


def _made_before(wish_id: str, attempt: change.Attempt) -> records.Wish | None:
    """The wish an earlier call with this key made. Raises Unprocessable when that was another request."""
    wish = records.get(wish_id, strongly=True) if attempt.key else None
    if wish is not None:
        change.earlier_entry(wish_id, attempt)
    return wish
