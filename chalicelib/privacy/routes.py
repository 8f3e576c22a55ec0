"""The routes of privacy: parse → who may → act → view."""

from typing import Annotated

from msgspec import Meta

from chalicelib.base import paging
from chalicelib.base.web import ADMINISTRATORS, SIGNED_IN, Answer, Call, Room
from chalicelib.privacy import answering, consents, requests, shapes, views
from chalicelib.wishes.change import Attempt
from chalicelib.wishes.shapes import ConsentsBody

room = Room("privacy")

Order = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z#[0-7][0-9A-HJKMNP-TV-Z]{25}$")]


def attempt_of(call: Call) -> Attempt:
    """The act this request attempts."""
    return Attempt(call.caller, call.idempotency_key, call.fingerprint, call.at)


@room.route("GET", "/v1/wishes/{wish_id}/consents", who=SIGNED_IN, gives={200: views.WishConsents})
def show_consents(call: Call, wish_id: str) -> Answer:
    """Every consent recorded for a wish, newest first, for its own side and staff in scope."""
    return Answer(views.consents(*consents.records_of(wish_id, attempt_of(call))))


@room.route("POST", "/v1/wishes/{wish_id}/consents", who=SIGNED_IN, takes=ConsentsBody,
            gives={201: views.WishConsents},
            refuses=("guardian_required", "process_consent_withdrawn", "wrong_state"))  # fmt: skip
def record_consent(call: Call, body: ConsentsBody, wish_id: str) -> Answer:
    """Record a later consent or its withdrawal, by staff in scope; the wisher's own side may withdraw.

    Withdrawn publishing hides the wish at once, withdrawn contact closes an introduction, withdrawn photos are for
    staff alone again, withdrawn processing ends everything and queues the wish for erasure.
    """
    attempt = attempt_of(call)
    wish = consents.record(wish_id, body, attempt)
    return Answer(views.consents(*consents.records_of(wish.pk, attempt)), 201)


@room.route("GET", "/v1/privacy-requests", who=ADMINISTRATORS, query=shapes.ListQuery,
            gives={200: views.RequestPage}, refuses=("bad_cursor",))  # fmt: skip
def list_requests(call: Call, query: shapes.ListQuery) -> Answer:
    """What people asked about their data, newest first, of one state or all."""
    name = f"privacy#{query.state or ''}"
    below = paging.place(name, query.cursor, tuple[Order])[0] if query.cursor else None
    found, place = requests.page(query.state, query.limit, below, call.caller)
    return Answer(views.RequestPage([views.request(each) for each in found], _cursor(name, place)))


@room.route("POST", "/v1/privacy-requests", who=ADMINISTRATORS, takes=shapes.RequestBody,
            gives={201: views.RequestView})  # fmt: skip
def file_request(call: Call, body: shapes.RequestBody) -> Answer:
    """Record what somebody asked: see, copy, correct, erase, withdraw_consent, complain; about a wish or an account."""
    return Answer(views.request(requests.file(body, attempt_of(call))), 201)


@room.route("GET", "/v1/privacy-requests/{request_id}", who=ADMINISTRATORS, gives={200: views.RequestView})
def show_request(call: Call, request_id: str) -> Answer:
    """One request."""
    return Answer(views.request(requests.show(request_id, call.caller)))


@room.route("POST", "/v1/privacy-requests/{request_id}/answer", who=ADMINISTRATORS, takes=shapes.AnswerBody,
            gives={200: views.AnsweredRequest},
            refuses=("already_answered", "open_claims", "last_administrator",
                     "organisation_has_members"))  # fmt: skip
def answer_request(call: Call, body: shapes.AnswerBody, request_id: str) -> Answer:
    """Answer a request, or refuse it with a reason.

    `see` and `copy` give everything held, with who viewed it; `erase` erases first and states what was erased.
    """
    return Answer(views.answered(answering.answer(request_id, body, attempt_of(call))))


@room.route("GET", "/v1/me/privacy-requests", who=SIGNED_IN, query=shapes.PageQuery,
            gives={200: views.OwnRequestPage}, refuses=("bad_cursor",))  # fmt: skip
def my_requests(call: Call, query: shapes.PageQuery) -> Answer:
    """What the caller asked, newest first, and how it was answered."""
    name = f"privacy#{call.caller.account}"
    below = paging.place(name, query.cursor, tuple[Order])[0] if query.cursor else None
    found, place = requests.mine(call.caller.account, query.limit, below)
    return Answer(views.OwnRequestPage([views.own_request(each) for each in found], _cursor(name, place)))


@room.route("POST", "/v1/me/privacy-requests", who=SIGNED_IN, takes=shapes.OwnRequestBody,
            gives={201: views.OwnRequest})  # fmt: skip
def file_own_request(call: Call, body: shapes.OwnRequestBody) -> Answer:
    """Ask something about one's own account, or about a wish of one's own."""
    return Answer(views.own_request(requests.file_own(body, attempt_of(call))), 201)


def _cursor(name: str, place: str | None) -> str | None:
    return paging.cursor(name, (place,)) if place else None
