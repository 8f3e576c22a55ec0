"""Recording a later consent or its withdrawal: the wish's part, its claim's part and the request to erase, at once."""

from collections.abc import Iterable

from chalicelib.base import tables
from chalicelib.claims import ending
from chalicelib.privacy import requests
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change, consenting
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt
from chalicelib.wishes.shapes import Consent, ConsentsBody


def record(wish_id: str, body: ConsentsBody, attempt: Attempt) -> Wish:
    """Record a consent (product.md section 1); what follows from a withdrawal lands in the same transaction.

    Withdrawn processing ends a live claim and queues the wish for erasure. Raises NotFound, Forbidden,
    Unprocessable, Conflict `process_consent_withdrawn`.
    """

    def decide(wish: Wish) -> Iterable[tables.Part]:
        held = ending.held_by(wish)
        parts = consenting.parts(wish, body, attempt)
        if not parts or "p" in wish.consents:
            return parts
        ended = ending.ended_with(wish, held, attempt) if wish.state == "withdrawn" else ending.unwatched(held)
        return [*parts, *ended, requests.queued_erasure(wish.pk, attempt)]

    return change.perform(wish_id, attempt, wishes.get, decide)[0]


def records_of(wish_id: str, attempt: Attempt) -> tuple[Wish, list[Consent]]:
    """The wish and its consent records, newest first, for its own side and staff in scope.

    Raises NotFound, Forbidden.
    """
    wish = wishes.get(wish_id)
    return wish, consenting.records_of(wish, attempt.caller)
