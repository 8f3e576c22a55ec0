"""What each kind of reader may see of a wish (product.md section 3). Allow-lists: what is not named never goes out."""

from typing import Any

import msgspec

from chalicelib.claims import rules as claim_rules
from chalicelib.claims.outcome import Outcome
from chalicelib.claims.photos import Photo
from chalicelib.wishes import index_records, records, sayings, shapes


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


class Tracked(msgspec.Struct, frozen=True):
    """What a receipt shows without an account: the public view's fields, and in plain words where the wish stands.

    Of a hidden wish only where it stands: its words and whose it is are out of every public output until it is cleared.
    `expected`: what the wisher's side is asked for now; `ask`: whom to ask.
    """

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
    says: str
    expected: str | None
    ask: str


def public_fields(wish: records.Wish | index_records.WallRow, story: str) -> dict[str, Any]:
    """The fields of `WishRow`: the allow-list every view of a wish begins with."""
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


def row(wish: records.Wish | index_records.WallRow, story: str | None) -> WishRow:
    """The public view; `story` where it lies beside the wish."""
    return WishRow(**public_fields(wish, wish.story or story or ""))


def shown(wish: records.Wish, story: str, outcome: Outcome) -> ShownWish:
    """The public view of one wish."""
    return ShownWish(**public_fields(wish, story), **outcome._asdict())


def masked(wish: records.Wish, story: str | None) -> WishRow:
    """The observer's view in a list: words that no reviewer has let out yet stay shut."""
    return row(wish, story) if wish.published_at else WishRow(**_masked(wish))


def observed(wish: records.Wish, story: str, outcome: Outcome) -> ObservedWish:
    """The observer's view of one wish, public or not."""
    told = public_fields(wish, story) if wish.published_at else _masked(wish)
    claimant_type = wish.claimant_type if wish.state in claim_rules.STANDING else None
    return ObservedWish(**told, **outcome._asdict(), claimant_type=claimant_type)


def declared(wish: records.Wish, story: str) -> DeclaredWish:
    """The answer to declaring, and a line of "my wishes"."""
    return DeclaredWish(**public_fields(wish, story), receipt=wish.receipt, declared_at=wish.declared_at)


def own(
    wish: records.Wish, story: str, outcome: Outcome, reason: str | None, claim: str | None, code: str | None
) -> OwnWish:
    """The declarer's or contact's view."""
    return OwnWish(
        **public_fields(wish, story),
        **outcome._asdict(),
        receipt=wish.receipt,
        declared_at=wish.declared_at,
        carried_from=wish.carried_from,
        carried_to=wish.carried_to,
        committee=wish.committee,
        team_size=whole(wish.team_size),
        reason=reason,
        claim=claim,
        confirmation_code=code,
    )


def for_claimant(wish: records.Wish, story: str, outcome: Outcome, sealed: shapes.Sealed | None) -> ClaimantWish:
    """The standing claimant's view. Names and addresses only while introduced and not yet fulfilled."""
    consented = "c" in wish.consents and not wish.minor
    introduced = consented and wish.introduced_at and wish.state in ("claimed", "delivered") and sealed is not None
    return ClaimantWish(
        **public_fields(wish, story),
        **outcome._asdict(),
        particulars=sealed.particulars if sealed else None,
        hand_over=Handover(wish.subdistrict, wish.committee, bool(wish.minor)),
        contact=_introduction(sealed) if introduced and sealed else None,
    )


def tracked(wish: records.Wish, story: str, saying: sayings.Saying) -> Tracked:
    """The tracker's view: the public one's fields, in every state, and where the wish stands."""
    hidden = bool(wish.hidden)
    return Tracked(
        id=wish.pk,
        round=wish.round,
        title=None if hidden else wish.title,
        story=None if hidden else story,
        kind=wish.kind,
        category=wish.category,
        subject=wish.subject,
        subdistrict=wish.subdistrict,
        wisher_name=None if hidden else wish.wisher_name,
        age_band=None if hidden else wish.age_band,
        state=wish.state,
        says=saying.says,
        expected=saying.expected,
        ask=saying.ask,
    )


def _masked(wish: records.Wish) -> dict[str, Any]:
    return public_fields(wish, "") | {"title": None, "story": None}


def _introduction(sealed: shapes.Sealed) -> IntroducedContact:
    """The wisher's own name, phone and address; a contact's phone where they have none, a guardian's never."""
    phone = sealed.wisher.phone or (sealed.contact.phone if sealed.contact else None)
    return IntroducedContact(sealed.wisher.name, phone, sealed.wisher.address)


def whole(number: float | None) -> int | None:
    """A number of the table as the whole number it is."""
    return None if number is None else int(number)
