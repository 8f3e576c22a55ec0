"""Organisations apply: a person declares one, an administrator grants it or refuses; the applicant acts for it then.

    PATCH /v1/me {claimant_type: "company"}  →  applies_for on the account, and a place in the queue of applications
    grant     a new organisation's account (or an existing one), the applicant its member
    refuse    told why; nothing else changes

The queue is a partition of its own: listing it costs what is open, never what accounts there are.
"""

from typing import Literal, NamedTuple

from chalicelib.accounts import auditing, granting, keeping, organisations, records, standing
from chalicelib.audit import actions as audit
from chalicelib.base import clock, ids, sealing, tables
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, FieldFault, NotFound, Unprocessable
from chalicelib.base.words import Basis
from chalicelib.notices import actions as notices

_ATTEMPTS = 8


class Ruling(NamedTuple):
    """What an administrator decides. A grant names an existing `organisation`, or founds one called `name`."""

    decision: Literal["grant", "refuse"]
    organisation: str | None = None
    name: str | None = None
    basis: Basis | None = None
    reason: str | None = None


def waiting(applies_for: str | None, limit: int, after: str | None) -> tuple[list[str], str | None]:
    """Accounts of up to `limit` open applications, the longest waiting first, and the place to go on from."""
    found = records.applications(applies_for, limit + 1, after)
    shown = found[:limit]
    return [each.sk.partition("#")[2] for each in shown], shown[-1].sk if len(found) > limit else None


def decide(account_id: str, ruling: Ruling, by: Caller, key: str, fingerprint: str) -> records.Account:
    """Settle an account's application and tell the applicant.

    Raises Conflict `no_application` where none is open, `too_many_organisations`; Unprocessable `not_an_organisation`,
    or where a new organisation has no name; NotFound.
    """
    for _ in range(_ATTEMPTS):
        # The account first, then the look for the key: a decision that lands in between moves the version on.
        account = keeping.get(account_id)
        if _made_before(account, key, fingerprint):
            return granting.show(account_id, by)
        if account.applies_for is None:
            raise Conflict("no_application")
        parts, deeds = _granted(account, ruling, by) if ruling.decision == "grant" else _refused(account, ruling, by)
        try:
            audit.commit([*parts, *_settled(account, ruling, by, key, fingerprint)], *deeds)
        except tables.Refused as refusal:
            _require_organisation(ruling, refusal)
            continue
        finally:
            standing.forget(account_id)
        return account
    raise Conflict()


def _made_before(account: records.Account, key: str, fingerprint: str) -> bool:
    found = records.decision(account.pk, key) if key else None
    if found is not None and found.fingerprint != fingerprint:
        raise Unprocessable("idempotency_key_reused")
    return found is not None


def _granted(
    account: records.Account, ruling: Ruling, by: Caller
) -> tuple[list[tables.Part], tuple[audit.Deed, audit.Deed]]:
    organisation = ruling.organisation or ids.derived_id("organisation", account.pk, str(account.version))
    theirs: tables.Part = organisations.still_one(organisation)
    founded = None
    if ruling.organisation is None:
        founded = _founded(account, organisation, ruling)
        theirs = tables.Put(founded, tables.absent(records.Account))
    held = {*(account.organisations or ()), organisation}
    if len(held) > organisations.MOST_OF_A_PERSON:
        raise Conflict("too_many_organisations", most=organisations.MOST_OF_A_PERSON)
    account.organisations = held
    joined = auditing.joined(organisation, account.pk, by)
    # A new organisation's trail begins with what it was made; that the applicant joined is in the applicant's own.
    deeds = (joined[0], auditing.given(founded, auditing.Powers(), by) if founded else joined[1])
    return [theirs, tables.Put(organisations.membership(organisation, account.pk))], deeds


def _founded(account: records.Account, organisation: str, ruling: Ruling) -> records.Account:
    """The new organisation's account. It has no phone of its own: its members sign in with theirs."""
    name = ruling.name or keeping.person(account).applies_as
    if not name:
        raise Unprocessable("invalid_fields", errors=[FieldFault("name", "field_needed_here")])
    return records.Account(
        organisation,
        records.ITSELF,
        claimant_type=account.applies_for,
        basis=ruling.basis or "declared",
        branch=account.branch,
        sector=account.sector,
        sealed=sealing.seal("accounts", organisation, keeping.Person(name=name)),
        created_at=clock.stamp(),
    )


def _refused(account: records.Account, ruling: Ruling, by: Caller) -> tuple[list[tables.Part], tuple[audit.Deed, ...]]:
    if not ruling.reason:
        raise Unprocessable("invalid_fields", errors=[FieldFault("reason", "field_needed_here")])
    return [], (auditing.refused(account.pk, by),)


def _settled(account: records.Account, ruling: Ruling, by: Caller, key: str, fingerprint: str) -> list[tables.Part]:
    """The application closed, the decision kept, the applicant told."""
    version = int(account.version)
    place = f"{account.applied_at}#{version:06d}"
    closed = organisations.closed(account)
    keeping.rename(account, applies_as="")
    account.version = version + 1
    kept = records.Decision(
        f"application#{account.pk}", place, decision=ruling.decision, by=by.account, at=clock.stamp(),
        key=key or None, fingerprint=fingerprint or None,
    )  # fmt: skip
    kind, values = "application_granted", {}
    if ruling.decision == "refuse":
        kind, values = "application_refused", {"reason": ruling.reason}
    return [
        # Two administrators deciding at once: the second finds the version moved, looks again, and nothing is open.
        tables.Put(account, records.Account.version == version),
        *closed,
        tables.Put(kept, tables.absent(records.Decision)),
        notices.message(account.pk, kind, f"application/{account.pk}/{place}", values),
    ]


def _require_organisation(ruling: Ruling, refusal: tables.Refused) -> None:
    """Raises where it was the named organisation that stood in the way: it is none, or there is no such account."""
    for part, found in refusal.found.items():
        if ruling.organisation is not None and part.record.pk == ruling.organisation:
            raise (Unprocessable("not_an_organisation") if found else NotFound()) from refusal
