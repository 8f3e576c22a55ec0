"""Confirming: the wish came true. The claimant's own word does not count; the wisher's code or the staff's does."""

from collections.abc import Iterable

from chalicelib.accounts import counting
from chalicelib.base import ids, sealing, tables
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import FieldFault, Unprocessable
from chalicelib.claims import records, reserving, shapes, standing
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt, Entry

CODE_TRIES = (5, 24 * 3600)  # wrong codes per claim and day


def confirm(claim_id: str, body: shapes.ConfirmBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """The wish came true: staff say so after a call or a visit, or somebody has the slip's code.

    Raises Forbidden `own_claim` for the claimant's own account, Unprocessable `wrong_code`, TooManyRequests after
    five wrong codes.
    """
    _, found = standing.find(claim_id)
    require(not standing.is_claimant(attempt.caller, found), "own_claim")
    has_code = body.code is not None and _matches(claim_id, body.code)

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        caller = attempt.caller
        return caller.serves(wish.subdistrict, wish.committee) or wishes.is_wisher(wish, caller) or has_code

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        _require_proof(wish, body, attempt.caller, has_code)
        record.state, record.ended_at, record.shown_to = "fulfilled", attempt.at, record.account
        record.thanks = body.thanks or record.thanks
        standing.watch(record, None)
        entry = Entry("confirm", reason_code=body.method)
        moved = change.advance(wish, attempt, entry, "fulfilled", fulfilled_at=attempt.at, introduced_at=None)
        return [*moved, tables.Put(record), *reserving.over(wish, attempt.at)]

    return standing.act(claim_id, "confirm", attempt, may, decide)


def slip_code(claim_id: str) -> str:
    """The code on the wisher's slip: keyed, so it can't be computed from the id, and bound to this claim."""
    return ids.code_from(sealing.blind("slip", claim_id), 8)


def _matches(claim_id: str, code: str) -> bool:
    # Every try is counted before the code is looked at, so that parallel guesses share the tries; after the last one
    # even the right code waits for the next day.
    counting.within(f"slip#{claim_id}", CODE_TRIES)
    if code.upper().replace("-", "").replace(" ", "") != slip_code(claim_id):
        raise Unprocessable("wrong_code", errors=[FieldFault("code", "wrong_code")])
    counting.give_back(f"slip#{claim_id}", CODE_TRIES)
    return True


def _require_proof(wish: Wish, body: shapes.ConfirmBody, caller: Caller, has_code: bool) -> None:
    """Staff vouch for a call or a visit; everybody else, and the slip, needs the code."""
    vouches = body.method != "slip" and caller.serves(wish.subdistrict, wish.committee)
    if not vouches and not has_code:
        raise Unprocessable("invalid_fields", errors=[FieldFault("code", "field_needed_here")])
