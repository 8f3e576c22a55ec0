"""The routes of privacy: parse → who may → act → view."""

from chalicelib.base.web import SIGNED_IN, Answer, Call, Room
from chalicelib.privacy import consents, views
from chalicelib.wishes.change import Attempt
from chalicelib.wishes.shapes import ConsentsBody

room = Room("privacy")


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
