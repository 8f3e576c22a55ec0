"""Words of thanks: given with the confirmation, kept sealed until a liaison has read them, then shown.

confirm {thanks} ── waiting, sealed ── approved ── the claimant reads them; the wish shows them, where it may
                                   └── declined ── gone
"""

from collections.abc import Iterable
from typing import Any

from chalicelib.base import sealing, tables
from chalicelib.base.callers import require
from chalicelib.base.problems import Conflict, FieldFault, Unprocessable
from chalicelib.claims import records, shapes, standing
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change, telling, wording
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt, Entry


def received(
    wish: Wish, record: records.ClaimRecord, thanks: str | None, attempt: Attempt
) -> tuple[dict[str, Any], list[tables.Part]]:
    """What a confirmation's thanks change of its claim, and what tells the liaisons that they wait."""
    if not thanks:
        return {}, []
    told = telling.parts(wish, "thanks_given", claimant=record.account, by=attempt.caller.account)
    return {"thanks_waiting": sealing.seal("claims", wish.pk, thanks)}, told


def waiting(record: records.ClaimRecord) -> str | None:
    """The words that wait for a liaison, for staff."""
    return sealing.unseal("claims", record.pk, record.thanks_waiting, str) if record.thanks_waiting else None


def moderate(claim_id: str, body: shapes.ThanksBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """Let the words of thanks out, as they are or as the liaison words them, or decline them.

    Raises Forbidden, Conflict `no_thanks_waiting`, `text_not_clear` with what was found.
    """
    if body.text and not body.approve:
        raise Unprocessable("invalid_fields", errors=[FieldFault("text", "field_not_here")])
    found, record = standing.find(claim_id)

    def decide(wish: Wish) -> Iterable[tables.Part]:
        nonlocal record
        require(attempt.caller.reviews(wish.subdistrict))
        record = standing.again(record)
        words = waiting(record)
        # Two liaisons at once: one moves the wish on, the other decides anew and finds nothing waiting.
        if words is None or not standing.stands(wish, record):
            raise Conflict("no_thanks_waiting")
        entry = Entry("thank", reason_code="approved" if body.approve else "declined")
        if body.approve:
            words = body.text or words
            _require_clear(wish, words, body)
        moved = change.advance(wish, attempt, entry, wish.state, thanks_waiting=None)
        told = telling.parts(wish, "thanks_approved", claimant=record.account, by=attempt.caller.account)
        kept = {"thanks": words if body.approve else None, "thanks_waiting": None}
        return [*moved, standing.note(wish, record, attempt.at, **kept), *(told if body.approve else [])]

    wish, _ = change.perform(found.pk, attempt, wishes.get, decide)
    return wish, standing.again(record)


def _require_clear(wish: Wish, words: str, body: shapes.ThanksBody) -> None:
    sealed = wishes.opened(wish)
    found = wording.sealed_fields(words, sealed, team=wish.subject == "team") if sealed else []
    known = {each["text"] for each in found}
    found += [each for each in wording.ways_to_somebody(words, body.cleared) if each["text"] not in known]
    if found:
        raise Conflict("text_not_clear", extra={"found": found})
