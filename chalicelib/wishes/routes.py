"""The routes of wishes: parse → who may → act → view."""

from typing import Annotated

from msgspec import Meta

from chalicelib.base import settings, words
from chalicelib.base.bodies import Body
from chalicelib.base.problems import BadRequest, FieldFault
from chalicelib.base.web import ANYONE, REVIEWERS, SIGNED_IN, STAFF, Answer, Call, Room
from chalicelib.base.words import Kind, Subject, WishState
from chalicelib.claims import ending, offering
from chalicelib.claims.shapes import OfferBody
from chalicelib.wishes import actions, declaring, editing, listing, reading, sayings, shapes, staff_views, views
from chalicelib.wishes.change import Attempt

room = Room("wishes")

Limit = Annotated[int, Meta(ge=1, le=100)]
Cursor = Annotated[str, Meta(min_length=1, max_length=2000)]


class ListQuery(Body):
    """GET /v1/wishes. Without `state`: every public state; without `round`: the current one."""

    round: Annotated[str, Meta(min_length=1, max_length=40)] = "current"
    subdistrict: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    kind: Kind | None = None
    subject: Subject | None = None
    category: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    state: WishState | None = None
    q: Annotated[str, Meta(max_length=100)] | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class PageQuery(Body):
    """limit and cursor."""

    limit: Limit = 50
    cursor: Cursor | None = None


class LookUpQuery(Body):
    """GET /v1/wishes/lookup."""

    receipt: Annotated[str, Meta(min_length=1, max_length=40)]
    phone_last4: Annotated[str, Meta(min_length=4, max_length=4, pattern="^[0-9]{4}$")]


def attempt_of(call: Call) -> Attempt:
    """The act this request attempts."""
    return Attempt(call.caller, call.idempotency_key, call.fingerprint, call.at)


def _tagged(view: views.WishRow, status: int = 200) -> Answer:
    return Answer(view, status, {"ETag": f'"{view.version}"'})


def _acted(call: Call, wish: actions.Wish) -> Answer:
    """The wish after an act; a replayed act answers under today's permissions, so it is looked at once more."""
    reading.require_visible(wish, call.caller)
    return _tagged(views.row(wish, actions.story(wish)))


@room.route("GET", "/v1/wishes", who=ANYONE, query=ListQuery, gives={200: views.WishPage}, refuses=("bad_cursor",))
def list_wishes(call: Call, query: ListQuery) -> Answer:
    """Browse the wishes of a round, longest waiting first.

    Liaisons may list any state within their subdistricts, administrators and observers everywhere; everybody else
    only the public states.
    """
    wanted = listing.Filter(
        states=(query.state,) if query.state else words.PUBLIC_STATES,
        subdistrict=_listed("subdistrict", query.subdistrict, settings.subdistricts()),
        kind=query.kind or "",
        subject=query.subject or "",
        category=_listed("category", query.category, settings.categories()),
        q=query.q or "",
    )
    page = reading.several(call.caller, query.round, wanted, query.state is not None, query.limit, query.cursor)
    return Answer(page)


def _listed(name: str, value: str | None, known: tuple[str, ...]) -> str:
    if value is not None and value not in known:
        raise BadRequest("bad_parameter", errors=[FieldFault(name, "field_value")], name=name)
    return value or ""


@room.route("POST", "/v1/wishes", who=SIGNED_IN, takes=shapes.DeclareBody, gives={201: views.DeclaredWish},
            refuses=("guardian_required", "process_consent_required", "declaring_not_open"))  # fmt: skip
def declare_wish(call: Call, body: shapes.DeclareBody) -> Answer:
    """Declare a wish, for oneself or on somebody's behalf."""
    wish = declaring.declare(body, attempt_of(call))
    return _tagged(views.declared(wish, actions.story(wish)), 201)


@room.route("GET", "/v1/wishes/lookup", who=ANYONE, query=LookUpQuery, gives={200: views.Tracked})
def look_up_wish(call: Call, query: LookUpQuery) -> Answer:
    """Track a wish by its receipt and the last four digits of the contact phone, without an account."""
    wish = actions.look_up(query.receipt, query.phone_last4, call.address)
    saying = sayings.say(
        wish.state, wish.subdistrict, call.language,
        stage=wish.stage, visit_at=wish.visit_at, hidden=bool(wish.hidden),
    )  # fmt: skip
    return Answer(views.tracked(wish, actions.story(wish), saying))


@room.route("GET", "/v1/wishes/{wish_id}", who=ANYONE,
            gives={200: staff_views.FullWish | views.OwnWish | views.ClaimantWish | views.ObservedWish
                   | views.ShownWish})  # fmt: skip
def show_wish(call: Call, wish_id: str) -> Answer:
    """One wish, as this reader may see it."""
    return _tagged(reading.one(wish_id, call.caller))


@room.route("PATCH", "/v1/wishes/{wish_id}", who=SIGNED_IN, takes=shapes.EditBody, gives={200: views.WishRow},
            refuses=("wrong_state", "stale", "text_not_clear", "guardian_required", "declarer_may_not_review"),
            edits=True)  # fmt: skip
def edit_wish(call: Call, body: shapes.EditBody, wish_id: str) -> Answer:
    """Edit a wish before it is claimed; a returned one goes back to review by it."""
    return _acted(call, editing.edit(wish_id, call.if_match or 0, body, attempt_of(call)))


@room.route("POST", "/v1/wishes/{wish_id}/verify", who=REVIEWERS, takes=shapes.VerifyBody,
            gives={200: views.WishRow}, refuses=("wrong_state", "declarer_may_not_review"))  # fmt: skip
def verify_wish(call: Call, body: shapes.VerifyBody, wish_id: str) -> Answer:
    """Record that a wish was checked, how, and by whom."""
    return _acted(call, actions.verify(wish_id, body, attempt_of(call)))


@room.route("POST", "/v1/wishes/{wish_id}/return", who=REVIEWERS, takes=shapes.ReasonBody,
            gives={200: views.WishRow}, refuses=("wrong_state", "declarer_may_not_review"))  # fmt: skip
def return_wish(call: Call, body: shapes.ReasonBody, wish_id: str) -> Answer:
    """Return a wish to its declarer, with the reason."""
    return _acted(call, actions.send_back(wish_id, "return", body, attempt_of(call)))


@room.route("POST", "/v1/wishes/{wish_id}/reject", who=REVIEWERS, takes=shapes.ReasonBody,
            gives={200: views.WishRow}, refuses=("wrong_state", "declarer_may_not_review"))  # fmt: skip
def reject_wish(call: Call, body: shapes.ReasonBody, wish_id: str) -> Answer:
    """Reject a wish, with the reason; `money` comes with a referral."""
    return _acted(call, actions.send_back(wish_id, "reject", body, attempt_of(call)))


@room.route("POST", "/v1/wishes/{wish_id}/publish", who=REVIEWERS, takes=shapes.PublishBody,
            gives={200: views.WishRow},
            refuses=("wrong_state", "declarer_may_not_review", "publish_consent_required", "text_not_clear",
                     "round_closed"))  # fmt: skip
def publish_wish(call: Call, body: shapes.PublishBody, wish_id: str) -> Answer:
    """Publish the reviewed words of a verified wish."""
    return _acted(call, actions.publish(wish_id, body, attempt_of(call)))


@room.route("POST", "/v1/wishes/{wish_id}/offer", who=REVIEWERS, takes=OfferBody,
            gives={200: views.WishRow},
            refuses=("wrong_state", "wish_reserved", "claims_not_open"))  # fmt: skip
def offer_wish(call: Call, body: OfferBody, wish_id: str) -> Answer:
    """Offer a wish to a named organisation: kept for it until it answers or the offer lapses (72 hours)."""
    return _acted(call, offering.offer(wish_id, body, attempt_of(call)))


@room.route("DELETE", "/v1/wishes/{wish_id}/offer", who=SIGNED_IN, gives={204: None}, refuses=("no_offer",))
def decline_offer(call: Call, wish_id: str) -> Answer:
    """The organisation declines the offer, or the liaison takes it back."""
    offering.answer_no(wish_id, attempt_of(call))
    return Answer("", 204)


@room.route("POST", "/v1/wishes/{wish_id}/hide", who=REVIEWERS, takes=shapes.HideBody,
            gives={200: views.WishRow}, refuses=("wrong_state", "publish_consent_required"))  # fmt: skip
def hide_wish(call: Call, body: shapes.HideBody, wish_id: str) -> Answer:
    """Take a public wish out of every public output at once, or show it again."""
    return _acted(call, actions.hide(wish_id, body, attempt_of(call)))


@room.route("POST", "/v1/wishes/{wish_id}/withdraw", who=SIGNED_IN, takes=shapes.ReasonBody,
            gives={200: views.WishRow}, refuses=("wrong_state",))  # fmt: skip
def withdraw_wish(call: Call, body: shapes.ReasonBody, wish_id: str) -> Answer:
    """Withdraw a wish: its wisher before a claim, a liaison until it is delivered."""
    return _acted(call, ending.withdraw(wish_id, body, attempt_of(call)))


@room.route("GET", "/v1/wishes/{wish_id}/history", who=STAFF, query=PageQuery, gives={200: staff_views.HistoryPage})
def show_history(call: Call, query: PageQuery, wish_id: str) -> Answer:
    """What happened to a wish, newest first, for staff in scope."""
    return Answer(reading.history(wish_id, call.caller, query.limit, query.cursor))


@room.route("GET", "/v1/me/wishes", who=SIGNED_IN, query=PageQuery, gives={200: views.OwnWishPage})
def my_wishes(call: Call, query: PageQuery) -> Answer:
    """The wishes the caller declared or is the contact of, newest first."""
    return Answer(reading.mine(call.caller.account, query.limit, query.cursor))
