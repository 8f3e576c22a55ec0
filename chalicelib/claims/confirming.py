"""Confirming: the wish came true. The claimant's own word does not count; the wisher's code or the staff's does.

    staff                    after a call or a visit (`phone`, `visit`), in their own name
    the wisher's side        with the code, which their own account shows them
    whoever has the slip     with the code; the claimant and everybody who acts for them excepted

The code belongs to one claim and comes from no clock: a claim that is over takes it along, a confirmation uses it up.
"""

import hmac
from collections.abc import Iterable
from typing import Final

from chalicelib.accounts import counting
from chalicelib.base import ids, sealing, tables
from chalicelib.base.callers import require
from chalicelib.base.problems import FieldFault, NotFound, Unprocessable
from chalicelib.claims import records, reserving, rules, shapes, standing, thanking
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt, Entry

CODE_TRIES: Final = (5, 24 * 3600)
"""Wrong codes of one account on one claim in a day. Not of all accounts together: a claim's id can be told from what is
public, and a stranger's five wrong codes would keep the wisher out. A thousand accounts find one of 8 signs no more."""
CODE_LENGTH: Final = 8
_LONGEST: Final = 40  # characters, blanks and strokes included


def confirm(claim_id: str, body: shapes.ConfirmBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """The wish came true: staff say so after a call or a visit, or somebody has the slip's code.

    Raises Forbidden `own_claim` for the claimant's own account, Unprocessable `wrong_code`, TooManyRequests after
    five wrong codes of one account.
    """
    checked: list[bool] = []

    def has_code() -> bool:
        # Once for all turns: one request is one try. Asked only after the Idempotency-Key, so that a retry costs none.
        if not checked:
            checked.append(body.code is not None and _matches(claim_id, body.code, attempt.caller.account))
        return checked[0]

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        caller = attempt.caller
        require(not standing.is_claimant(caller, record), "own_claim")
        return caller.serves(wish.subdistrict, wish.committee) or wishes.is_wisher(wish, caller) or has_code()

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        vouches = body.method != "slip" and attempt.caller.serves(wish.subdistrict, wish.committee)
        if body.code is None and not vouches:
            raise Unprocessable("invalid_fields", errors=[FieldFault("code", "field_needed_here")])
        if body.code is not None:  # staff who were read the code may be wrong about it, too
            has_code()
        entry = Entry("confirm", reason_code=body.method)
        fields = {"fulfilled_at": attempt.at, "introduced_at": None, "thanks_waiting": bool(body.thanks) or None}
        moved = change.advance(wish, attempt, entry, "fulfilled", **fields)
        ended = {"state": "fulfilled", "ended_at": attempt.at, "shown_to": record.account}
        thanked, told = thanking.received(wish, record, body.thanks, attempt)
        noted = standing.note(wish, record, attempt.at, **ended, **thanked)
        return [*moved, noted, *told, *reserving.over(wish, attempt.at)]

    return standing.act(claim_id, "confirm", attempt, may, decide)


def slip_code(claim_id: str) -> str:
    """The code on the wisher's slip: keyed, so it can't be computed from the id, and bound to this claim."""
    return ids.code_from(sealing.blind("slip", claim_id), CODE_LENGTH)


def pointer_part(wish: Wish, record: records.ClaimRecord) -> tables.Put:
    """The way from the code alone to its claim, for the delivery's transaction: only then can it be used."""
    claim_id = rules.claim_id(wish.pk, records.version_of(record.sk))
    return tables.Put(slip_of(claim_id))


def slip_of(claim_id: str) -> records.Slip:
    """The way from a claim's code to it, as an item."""
    return records.slip(_pointer(slip_code(claim_id)), claim_id)


def claim_of(code: str) -> str:
    """The id of the claim a code belongs to, once that was delivered. Raises NotFound; the asker counts the tries."""
    found = records.claim_of_slip(_pointer(_plain(code))) if len(code) <= _LONGEST else None
    if found is None:
        raise NotFound()
    return found


def _pointer(code: str) -> str:
    return sealing.blind("slip-pointer", code)


def _plain(code: str) -> str:
    return code.upper().replace("-", "").replace(" ", "")


def _matches(claim_id: str, code: str, account: str) -> bool:
    # Every try is counted before the code is looked at, so that parallel guesses share the tries; after the last one
    # even the right code waits for the next day.
    tries = f"slip#{claim_id}#{account}"
    counting.within(tries, CODE_TRIES)
    if not hmac.compare_digest(_plain(code).encode(), slip_code(claim_id).encode()):
        raise Unprocessable("wrong_code", errors=[FieldFault("code", "wrong_code")])
    counting.give_back(tries, CODE_TRIES)
    return True
