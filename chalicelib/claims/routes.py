"""The routes of claims: parse → who may → act → view."""

from typing import Annotated

from msgspec import Meta

from chalicelib.base import paging
from chalicelib.base.bodies import Body
from chalicelib.base.problems import NotFound
from chalicelib.base.web import REVIEWERS, SIGNED_IN, Answer, Call, Room
from chalicelib.claims import (
    actions,
    claiming,
    confirming,
    ending,
    finding,
    messages,
    shapes,
    slips,
    standby,
    standing,
    thanking,
    views,
)
from chalicelib.wishes import actions as wishes
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt

room = Room("claims")

Past = tuple[Annotated[str, Meta(pattern="^[0-9]{14}$")], paging.Id, Annotated[str, Meta(pattern="^claim#[0-9]{6}$")]]


class PageQuery(Body):
    """limit and cursor."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class ForOrganisation(Body):
    """DELETE .../standby: the caller's own place, or that of an organisation they act for."""

    for_organisation: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


def attempt_of(call: Call) -> Attempt:
    """The act this request attempts."""
    return Attempt(call.caller, call.idempotency_key, call.fingerprint, call.at)


def _shown(call: Call, found: tuple[Wish, finding.ClaimRecord], *, with_code: bool = False) -> Answer:
    """The claim as this caller may see it today: staff with name and phone, claimant and wisher without."""
    wish, record = found
    own = standing.is_claimant(call.caller, record)
    serves = call.caller.serves(wish.subdistrict, wish.committee)
    if not (own or serves or with_code or wishes.is_own(wish, call.caller)):
        raise NotFound()
    view = views.claim(wish, record) if own else views.for_others(wish, record)
    if not own and serves:
        view = views.for_staff(wish, record, finding.claimant_seen(wish, record, call.caller))
    return Answer(view, headers={"ETag": f'"{view.version}"'})


@room.route("POST", "/v1/wishes/{wish_id}/claim", who=SIGNED_IN, takes=shapes.ClaimBody,
            gives={201: views.ClaimView, 200: views.ClaimView},
            refuses=("wish_already_claimed", "wish_reserved", "claim_cap_reached", "claims_not_open",
                     "own_wish", "not_a_member"), rushed=True)  # fmt: skip
def claim_wish(call: Call, body: shapes.ClaimBody, wish_id: str) -> Answer:
    """Claim a wish, first come first served; the same claimant retrying gets their own claim again."""
    wish, record, status = claiming.claim(wish_id, body, attempt_of(call))
    return Answer(views.claim(wish, record), status, {"ETag": f'"{int(wish.version)}"'})


@room.route("POST", "/v1/wishes/{wish_id}/standby", who=SIGNED_IN, takes=shapes.StandbyBody,
            gives={201: views.StandbyView, 200: views.StandbyView},
            refuses=("wrong_state", "wish_is_free", "claim_is_yours", "claims_not_open", "standby_full",
                     "standby_limit_reached", "own_wish", "not_a_member"))  # fmt: skip
def go_on_standby(call: Call, body: shapes.StandbyBody, wish_id: str) -> Answer:
    """Wait for a wish somebody else holds: when it comes back it is kept for the first on standby for a day."""
    place, is_new = standby.join(wish_id, body.for_organisation, attempt_of(call))
    return Answer(views.standby(place, call.caller.account), 201 if is_new else 200)


@room.route("DELETE", "/v1/wishes/{wish_id}/standby", who=SIGNED_IN, query=ForOrganisation, gives={204: None},
            refuses=("not_a_member",))  # fmt: skip
def leave_standby(call: Call, query: ForOrganisation, wish_id: str) -> Answer:
    """Wait no longer; whoever the wish is kept for declines it."""
    standby.leave(wish_id, query.for_organisation, attempt_of(call))
    return Answer("", 204)


@room.route("GET", "/v1/claims/{claim_id}", who=SIGNED_IN, gives={200: views.StaffClaim | views.ClaimView})
def show_claim(call: Call, claim_id: str) -> Answer:
    """One claim, for its claimant and the wish's staff."""
    return _shown(call, standing.visible(claim_id, call.caller))


@room.route("POST", "/v1/claims/{claim_id}/introduce", who=REVIEWERS, takes=shapes.EmptyBody,
            gives={200: views.StaffClaim},
            refuses=("wrong_state", "contact_consent_required", "minor_handed_over_at_committee"))  # fmt: skip
def introduce_claimant(call: Call, body: shapes.EmptyBody, claim_id: str) -> Answer:
    """Open the wisher's name, phone and address to this claimant, where that was consented to."""
    return _shown(call, actions.introduce(claim_id, attempt_of(call)))


@room.route("POST", "/v1/claims/{claim_id}/progress", who=SIGNED_IN, takes=shapes.ProgressBody,
            gives={200: views.ClaimView}, refuses=("wrong_state", "claim_over", "stage_order"))  # fmt: skip
def report_progress(call: Call, body: shapes.ProgressBody, claim_id: str) -> Answer:
    """Report a stage: contacted, prepared, on_the_way. The last pauses expiry."""
    return _shown(call, actions.progress(claim_id, body, attempt_of(call)))


@room.route("POST", "/v1/claims/{claim_id}/extend", who=SIGNED_IN, takes=shapes.EmptyBody,
            gives={200: views.ClaimView}, refuses=("wrong_state", "already_extended", "not_expiring"))  # fmt: skip
def extend_claim(call: Call, body: shapes.EmptyBody, claim_id: str) -> Answer:
    """Ask for the one extension."""
    return _shown(call, actions.extend(claim_id, attempt_of(call)))


@room.route("POST", "/v1/claims/{claim_id}/release", who=SIGNED_IN, takes=shapes.ReleaseBody,
            gives={200: views.ClaimView}, refuses=("wrong_state", "claim_over"))  # fmt: skip
def release_claim(call: Call, body: shapes.ReleaseBody, claim_id: str) -> Answer:
    """Give the wish back; refused once delivered."""
    return _shown(call, ending.release(claim_id, body, attempt_of(call)))


@room.route("POST", "/v1/claims/{claim_id}/revoke", who=REVIEWERS, takes=shapes.RevokeBody,
            gives={200: views.StaffClaim}, refuses=("wrong_state", "claim_over"))  # fmt: skip
def revoke_claim(call: Call, body: shapes.RevokeBody, claim_id: str) -> Answer:
    """Take the wish back from its claimant, with a reason; refused once delivered."""
    return _shown(call, ending.revoke(claim_id, body, attempt_of(call)))


@room.route("POST", "/v1/claims/{claim_id}/deliver", who=SIGNED_IN, takes=shapes.DeliverBody,
            gives={200: views.ClaimView}, refuses=("wrong_state", "claim_over"))  # fmt: skip
def deliver_wish(call: Call, body: shapes.DeliverBody, claim_id: str) -> Answer:
    """Say that the wish was delivered."""
    return _shown(call, actions.deliver(claim_id, body, attempt_of(call)))


@room.route("POST", "/v1/claims/{claim_id}/return", who=SIGNED_IN, takes=shapes.ReturnBody,
            gives={200: views.StaffClaim | views.ClaimView}, refuses=("wrong_state", "claim_over"))  # fmt: skip
def return_delivery(call: Call, body: shapes.ReturnBody, claim_id: str) -> Answer:
    """Say that it did not arrive, or does not suit: the claim is live again."""
    return _shown(call, actions.send_back(claim_id, body, attempt_of(call)))


@room.route("POST", "/v1/claims/{claim_id}/confirm", who=SIGNED_IN, takes=shapes.ConfirmBody,
            gives={200: views.StaffClaim | views.ClaimView},
            refuses=("wrong_state", "claim_over", "own_claim", "wrong_code"))  # fmt: skip
def confirm_fulfilment(call: Call, body: shapes.ConfirmBody, claim_id: str) -> Answer:
    """Confirm that the wish came true: staff after a call or visit, or whoever holds the slip's code."""
    return _shown(call, confirming.confirm(claim_id, body, attempt_of(call)), with_code=body.code is not None)


@room.route("GET", "/v1/claims/{claim_id}/slip", who=SIGNED_IN, gives={200: str}, refuses=("claim_over", "own_claim"))
def show_slip(call: Call, claim_id: str) -> Answer:
    """The wisher's slip, to print on A6: with the code that confirms, for the wisher's side and the committee alone."""
    return Answer(slips.slip(claim_id, call.caller, call.origin), headers=slips.HEADERS)


@room.route("POST", "/v1/claims/{claim_id}/thanks", who=REVIEWERS, takes=shapes.ThanksBody,
            gives={200: views.StaffClaim}, refuses=("no_thanks_waiting", "text_not_clear"))  # fmt: skip
def moderate_thanks(call: Call, body: shapes.ThanksBody, claim_id: str) -> Answer:
    """Let the words of thanks out to the claimant and onto the wish, as they are or reworded, or decline them."""
    return _shown(call, thanking.moderate(claim_id, body, attempt_of(call)))


@room.route("GET", "/v1/claims/{claim_id}/messages", who=SIGNED_IN, query=PageQuery, gives={200: views.MessagePage})
def list_messages(call: Call, query: PageQuery, claim_id: str) -> Answer:
    """What claimant and liaison wrote to each other about a claim, newest first."""
    return Answer(messages.page(claim_id, call.caller, query.limit, query.cursor))


@room.route("POST", "/v1/claims/{claim_id}/messages", who=SIGNED_IN, takes=shapes.MessageBody,
            gives={201: views.MessageView},
            refuses=("claim_over", "text_not_clear", "contact_consent_required", "minor_handed_over_at_committee",
                     "wisher_not_reachable"))  # fmt: skip
def post_message(call: Call, body: shapes.MessageBody, claim_id: str) -> Answer:
    """Write to the other side; with `to: "wisher"`, where sharing the contact was consented to, by SMS without numbers.

    Refused while it carries sealed fields or leads to somebody who was not introduced.
    """
    return Answer(messages.post(claim_id, body, attempt_of(call)), 201)


@room.route("GET", "/v1/me/claims", who=SIGNED_IN, query=PageQuery, gives={200: views.ClaimPage})
def my_claims(call: Call, query: PageQuery) -> Answer:
    """The caller's claims and those of the organisations they act for, newest first."""
    name = f"claims#{call.caller.account}"
    after = paging.place(name, query.cursor, Past) if query.cursor else None
    pairs, place = finding.mine(call.caller, query.limit, after)
    items = [views.claim(wish, record) for wish, record in pairs]
    return Answer(views.ClaimPage(items, paging.cursor(name, place) if place else None))


@room.route("GET", "/v1/me/standbys", who=SIGNED_IN, query=PageQuery, gives={200: views.StandbyPage})
def my_standbys(call: Call, query: PageQuery) -> Answer:
    """What the caller and their organisations are on standby for or were offered, the longest waiting first."""
    account, name = call.caller.account, f"standbys#{call.caller.account}"
    after = paging.place(name, query.cursor, tuple[str, paging.Id, paging.Id]) if query.cursor else None
    places = [place for place in standby.mine(call.caller) if after is None or place.order > after]
    shown = places[: query.limit]
    following = paging.cursor(name, shown[-1].order) if len(places) > query.limit else None
    return Answer(views.StandbyPage([views.standby(place, account) for place in shown], following))
