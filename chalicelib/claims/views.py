"""What may be seen of a claim: its claimant sees their own, the wish's staff sees who it is, nobody else sees it."""

from typing import Any

import msgspec

from chalicelib.claims import finding, photos, records, rules, standing, thanking
from chalicelib.claims.photos import Photo
from chalicelib.claims.standby import Waiting
from chalicelib.wishes import rules as wish_rules
from chalicelib.wishes.actions import Wish


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as its claimant sees it."""

    id: str
    wish: str
    round: str
    title: str | None
    state: str
    stage: str | None
    claimant_type: str
    basis: str
    contributors: int | None
    message: str | None
    claimed_at: str
    expires_at: str | None
    extended: bool
    visit_at: str | None
    delivered_at: str | None
    fulfilled_at: str | None
    ended_at: str | None
    minutes: int | None
    photos: list[Photo]
    thanks: str | None
    version: int


class StaffClaim(ClaimView, frozen=True, kw_only=True):
    """A claim as the wish's staff see it: with the claimant's name and phone, and thanks that wait to be read."""

    claimant_name: str | None
    claimant_phone: str | None
    claimant_contact: str | None
    branch: str | None
    sector: str | None
    thanks_waiting: str | None


class ClaimPage(msgspec.Struct, frozen=True):
    """A page of claims: the live ones first, then the past, newest first."""

    items: list[ClaimView]
    next: str | None


class MessageView(msgspec.Struct, frozen=True):
    """A message: between claimant, liaison and wisher, who are not named."""

    id: str
    at: str
    sender: str = msgspec.field(name="from")
    reader: str = msgspec.field(name="to")
    text: str


class MessagePage(msgspec.Struct, frozen=True):
    """A page of messages, newest first."""

    items: list[MessageView]
    next: str | None


def state_of(wish: Wish, record: records.ClaimRecord) -> str:
    """The claim's state: the wish's say while it stands, its own record's afterwards."""
    standing_now = standing.stands(wish, record) and wish.state in rules.STANDING
    return rules.claim_state(wish.state) if standing_now else record.state


class StandbyView(msgspec.Struct, frozen=True, kw_only=True):
    """A place on standby; or, with `position` 0, an offer to an organisation."""

    wish: str
    round: str
    title: str
    position: int
    since: str | None
    reserved_until: str | None
    organisation: str | None


class StandbyPage(msgspec.Struct, frozen=True):
    """What somebody waits for or is offered, the longest waiting first."""

    items: list[StandbyView]
    next: str | None


def standby(place: Waiting, caller: str) -> StandbyView:
    """One's own place, or that of an organisation one acts for."""
    return StandbyView(
        wish=place.wish.pk,
        round=place.wish.round,
        title=place.wish.title,
        position=place.position,
        since=place.since,
        reserved_until=place.reserved_until,
        organisation=place.account if place.account != caller else None,
    )


def claim(wish: Wish, record: records.ClaimRecord) -> ClaimView:
    """The claimant's own view."""
    return ClaimView(**_fields(wish, record), photos=photos.links(wish.pk, record.photos))


def for_others(wish: Wish, record: records.ClaimRecord) -> ClaimView:
    """The view of those who confirm or return a delivery: photos are seen where the wish shows them."""
    return ClaimView(**_fields(wish, record), photos=[])


def for_staff(wish: Wish, record: records.ClaimRecord, claimant: finding.Claimant) -> StaffClaim:
    """The view of the wish's staff."""
    return StaffClaim(
        **_fields(wish, record) | {"title": wish.title or None},
        photos=photos.links(wish.pk, record.photos),
        claimant_name=claimant.name,
        claimant_phone=claimant.phone,
        claimant_contact=claimant.contact,
        branch=record.branch,
        sector=record.sector,
        thanks_waiting=thanking.waiting(record),
    )


def _fields(wish: Wish, record: records.ClaimRecord) -> dict[str, Any]:
    holds = standing.stands(wish, record)
    # Of a wish they hold no more a former claimant sees what everybody sees: nothing where it is hidden.
    shown = (holds and wish.state in rules.STANDING) or wish_rules.is_public(wish.state, wish.hidden)
    return {
        "id": rules.claim_id(wish.pk, int(record.sk.partition("#")[2])),
        "wish": wish.pk,
        "round": wish.round,
        "title": (wish.title or None) if shown else None,
        "state": state_of(wish, record),
        "stage": wish.stage if holds else None,
        "claimant_type": record.claimant_type,
        "basis": record.basis,
        "contributors": None if record.contributors is None else int(record.contributors),
        "message": record.message,
        "claimed_at": record.claimed_at,
        "expires_at": wish.expires_at if holds else None,
        "extended": bool(holds and wish.extended),
        "visit_at": wish.visit_at if holds else None,
        "delivered_at": wish.delivered_at if holds else None,
        "fulfilled_at": wish.fulfilled_at if holds else None,
        "ended_at": record.ended_at,
        "minutes": None if record.minutes is None else int(record.minutes),
        "thanks": record.thanks,
        "version": int(wish.version),
    }
