"""What staff in scope see of a wish: everything, and its history (product.md section 3). Allow-lists, as all views."""

from typing import Any

import msgspec

from chalicelib.claims import rules as claim_rules
from chalicelib.claims.outcome import Outcome
from chalicelib.wishes import records, shapes
from chalicelib.wishes.views import ShownWish, public_fields, whole


class StandingClaim(msgspec.Struct, frozen=True):
    """The claim that holds the wish, as staff see it."""

    id: str
    state: str
    claimant_type: str | None
    basis: str | None
    stage: str | None
    claimed_at: str | None
    expires_at: str | None


class Reservation(msgspec.Struct, frozen=True):
    """For whom a wish is kept, as staff see it: the next on standby, or an organisation it was offered to."""

    account: str
    name: str | None
    until: str | None
    offered: bool


class FullWish(ShownWish, frozen=True, kw_only=True):
    """The view of staff in scope: everything, opened for them alone."""

    receipt: str
    source: str | None
    declared_at: str
    carried_from: str | None
    carried_to: str | None
    committee: str
    team_size: int | None
    hidden: bool
    minor: bool
    erased_at: str | None
    claim: StandingClaim | None
    reservation: Reservation | None
    wisher: shapes.Wisher | None
    contact: shapes.Related | None
    guardian: shapes.Related | None
    declared_by: dict[str, Any] | None
    circumstances: shapes.Circumstances | None
    consent: shapes.Consent | None
    particulars: str | None
    id_number_check: str | None
    verification: dict[str, Any] | None
    duplicates: list[str]
    confirmation_code: str | None


class HistoryLine(msgspec.Struct, frozen=True):
    """One act, for staff in scope."""

    version: int
    at: str
    act: str
    by: str
    role: str | None
    name: str | None
    from_state: str | None = msgspec.field(name="from")
    to_state: str = msgspec.field(name="to")
    reason: str | None
    reason_code: str | None
    claim: str | None
    imported: bool
    note: str | None = None


class HistoryPage(msgspec.Struct, frozen=True):
    """A page of history, newest first."""

    items: list[HistoryLine]
    next: str | None


def full(
    wish: records.Wish,
    story: str,
    outcome: Outcome,
    sealed: shapes.Sealed | None,
    verification: dict[str, Any] | None,
    duplicates: list[str],
    code: str | None,
    reservation: Reservation | None,
) -> FullWish:
    """The view of staff in scope; the sealed part is None once it was erased."""
    by = sealed.declared_by if sealed else None
    return FullWish(
        **public_fields(wish, story),
        **outcome._asdict(),
        receipt=wish.receipt,
        source=wish.source,
        declared_at=wish.declared_at,
        carried_from=wish.carried_from,
        carried_to=wish.carried_to,
        committee=wish.committee,
        team_size=whole(wish.team_size),
        hidden=bool(wish.hidden),
        minor=bool(wish.minor),
        erased_at=wish.erased_at,
        claim=_standing(wish),
        reservation=reservation,
        wisher=sealed.wisher if sealed else None,
        contact=sealed.contact if sealed else None,
        guardian=sealed.guardian if sealed else None,
        declared_by={"self": by.by_self, "name": by.name, "relation": by.relation} if by else None,
        circumstances=sealed.circumstances if sealed else None,
        consent=sealed.consent if sealed else None,
        particulars=sealed.particulars if sealed else None,
        id_number_check=sealed.id_check if sealed else None,
        verification=verification,
        duplicates=duplicates,
        confirmation_code=code,
    )


def _standing(wish: records.Wish) -> StandingClaim | None:
    if wish.claim is None or wish.state not in claim_rules.STANDING:
        return None
    return StandingClaim(
        claim_rules.claim_id(wish.pk, int(wish.claim)),
        claim_rules.claim_state(wish.state),
        wish.claimant_type,
        wish.basis,
        wish.stage,
        wish.claimed_at,
        wish.expires_at,
    )
