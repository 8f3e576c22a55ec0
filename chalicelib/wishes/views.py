"""What each kind of reader may see of a wish (product.md section 3). Allow-lists: what is not named never goes out."""

from typing import Any

import msgspec

from chalicelib.claims import rules as claim_rules
from chalicelib.claims.outcome import Outcome
from chalicelib.claims.photos import Photo
from chalicelib.wishes import records, sayings, shapes


class WishRow(msgspec.Struct, frozen=True):
    """The public view: what anybody may see of a published wish. Nothing in it needs a sealed field."""

    id: str
    round: str
    title: str | None
    story: str | None
    kind: str
    category: str
    subject: str
    subdistrict: str
    wisher_name: str | None
    age_band: str | None
    state: str
    published_at: str | None
    reserved_until: str | None
    version: int


class ShownWish(WishRow, frozen=True, kw_only=True):
    """One wish as anybody may see it: with the photos consented to and the words of thanks."""

    photos: list[Photo]
    thanks: str | None


class ObservedWish(ShownWish, frozen=True, kw_only=True):
    """The observer's view: of the claimant the type, and nothing else (section 3)."""

    claimant_type: str | None


class WishPage(msgspec.Struct, frozen=True):
    """A page of wishes."""

    items: list[WishRow]
    next: str | None


class DeclaredWish(WishRow, frozen=True, kw_only=True):
    """What the declarer gets back: the receipt tracks the wish together with the contact phone's last four digits."""

    receipt: str
    declared_at: str


class OwnWish(ShownWish, frozen=True, kw_only=True):
    """The declarer's and the contact's view: their own words, where the wish stands, and why.

    `claim` and `confirmation_code` are the wisher's side's alone: with both they confirm.
    """

    receipt: str
    declared_at: str
    carried_from: str | None
    carried_to: str | None
    committee: str
    team_size: int | None
    reason: str | None
    claim: str | None
    confirmation_code: str | None


class OwnWishPage(msgspec.Struct, frozen=True):
    """A page of one's own wishes."""

    items: list[DeclaredWish]
    next: str | None


class Handover(msgspec.Struct, frozen=True):
    """Where goods are handed over unless the claimant was introduced: the committee, a minor's beside a worker."""

    subdistrict: str
    committee: str
    beside_worker: bool


class IntroducedContact(msgspec.Struct, frozen=True):
    """Open to the claimant between introduction and fulfilment only."""

    name: str
    phone: str | None
    address: str | None


class ClaimantWish(ShownWish, frozen=True, kw_only=True):
    """The standing claimant's view: particulars always, the contact once introduced."""

    particulars: str | None
    hand_over: Handover
    contact: IntroducedContact | None


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


class Tracked(msgspec.Struct, frozen=True):
    """What a receipt shows without an account: the public view's fields, and in plain words where the wish stands.

    `expected`: what the wisher's side is asked for now; `ask`: whom to ask.
    """

    id: str
    round: str
    title: str
    story: str
    kind: str
    category: str
    subject: str
    subdistrict: str
    wisher_name: str | None
    age_band: str | None
    state: str
    says: str
    expected: str | None
    ask: str


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


def _public(wish: records.Wish, story: str) -> dict[str, Any]:
    return {
        "id": wish.pk,
        "round": wish.round,
        "title": wish.title or None,
        "story": story,
        "kind": wish.kind,
        "category": wish.category,
        "subject": wish.subject,
        "subdistrict": wish.subdistrict,
        "wisher_name": wish.wisher_name,
        "age_band": wish.age_band,
        "state": wish.state,
        "published_at": wish.published_at,
        "reserved_until": wish.reserved_until,
        "version": int(wish.version),
    }


def row(wish: records.Wish, story: str | None) -> WishRow:
    """The public view; `story` where it lies beside the wish."""
    return WishRow(**_public(wish, wish.story or story or ""))


def shown(wish: records.Wish, story: str, outcome: Outcome) -> ShownWish:
    """The public view of one wish."""
    return ShownWish(**_public(wish, story), **outcome._asdict())


def masked(wish: records.Wish, story: str | None) -> WishRow:
    """The observer's view in a list: words that no reviewer has let out yet stay shut."""
    return row(wish, story) if wish.published_at else WishRow(**_masked(wish))


def observed(wish: records.Wish, story: str, outcome: Outcome) -> ObservedWish:
    """The observer's view of one wish, public or not."""
    told = _public(wish, story) if wish.published_at else _masked(wish)
    claimant_type = wish.claimant_type if wish.state in claim_rules.STANDING else None
    return ObservedWish(**told, **outcome._asdict(), claimant_type=claimant_type)


def declared(wish: records.Wish, story: str) -> DeclaredWish:
    """The answer to declaring, and a line of "my wishes"."""
    return DeclaredWish(**_public(wish, story), receipt=wish.receipt, declared_at=wish.declared_at)


def own(
    wish: records.Wish, story: str, outcome: Outcome, reason: str | None, claim: str | None, code: str | None
) -> OwnWish:
    """The declarer's or contact's view."""
    return OwnWish(
        **_public(wish, story),
        **outcome._asdict(),
        receipt=wish.receipt,
        declared_at=wish.declared_at,
        carried_from=wish.carried_from,
        carried_to=wish.carried_to,
        committee=wish.committee,
        team_size=_whole(wish.team_size),
        reason=reason,
        claim=claim,
        confirmation_code=code,
    )


def for_claimant(wish: records.Wish, story: str, outcome: Outcome, sealed: shapes.Sealed | None) -> ClaimantWish:
    """The standing claimant's view. Names and addresses only while introduced and not yet fulfilled."""
    consented = "c" in wish.consents and not wish.minor
    introduced = consented and wish.introduced_at and wish.state in ("claimed", "delivered") and sealed is not None
    return ClaimantWish(
        **_public(wish, story),
        **outcome._asdict(),
        particulars=sealed.particulars if sealed else None,
        hand_over=Handover(wish.subdistrict, wish.committee, bool(wish.minor)),
        contact=_introduction(sealed) if introduced and sealed else None,
    )


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
        **_public(wish, story),
        **outcome._asdict(),
        receipt=wish.receipt,
        source=wish.source,
        declared_at=wish.declared_at,
        carried_from=wish.carried_from,
        carried_to=wish.carried_to,
        committee=wish.committee,
        team_size=_whole(wish.team_size),
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


def tracked(wish: records.Wish, story: str, saying: sayings.Saying) -> Tracked:
    """The tracker's view: the public one's fields, in every state, and where the wish stands."""
    return Tracked(
        id=wish.pk,
        round=wish.round,
        title=wish.title,
        story=story,
        kind=wish.kind,
        category=wish.category,
        subject=wish.subject,
        subdistrict=wish.subdistrict,
        wisher_name=wish.wisher_name,
        age_band=wish.age_band,
        state=wish.state,
        says=saying.says,
        expected=saying.expected,
        ask=saying.ask,
    )


def _masked(wish: records.Wish) -> dict[str, Any]:
    return _public(wish, "") | {"title": None, "story": None}


def _introduction(sealed: shapes.Sealed) -> IntroducedContact:
    """The wisher's own name, phone and address; a contact's phone where they have none, a guardian's never."""
    phone = sealed.wisher.phone or (sealed.contact.phone if sealed.contact else None)
    return IntroducedContact(sealed.wisher.name, phone, sealed.wisher.address)


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


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
