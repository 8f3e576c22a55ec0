"""Messages about a claim: between its claimant and the liaison and, by SMS and with consent, to the wisher's side.

No act: the wish's version and history stay as they are. A message is written while the claim stands, and with it what
tells the other side; the thread of a claim that is over can be read, and nothing is added.
"""

from typing import Any, Final

from chalicelib.accounts import counting
from chalicelib.base import ids, paging, phones, sealing, tables
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import Conflict, FieldFault, Forbidden, NotFound, Unprocessable
from chalicelib.claims import message_records, records, rules, shapes, standing, views
from chalicelib.notices import actions as notices
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import telling, wording
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt

MESSAGES_PER_DAY: Final = (200, 24 * 3600)
"""Tries of one account on one claim: nobody is flooded, and no text is varied until it passes."""
RELAYS_PER_DAY: Final = (10, 24 * 3600)
"""SMS to the wisher's side about one claim: it is their phone that rings."""
_ATTEMPTS: Final = 12
_TO: Final = {"claimant": "liaison", "liaison": "claimant", "wisher": "claimant"}


def post(claim_id: str, body: shapes.MessageBody, attempt: Attempt) -> views.MessageView:
    """Write a message. The same Idempotency-Key writes it once.

    Raises Conflict `claim_over`, `text_not_clear` with what was found, and for the wisher's side
    `contact_consent_required`, `minor_handed_over_at_committee`, `wisher_not_reachable`; Forbidden, NotFound,
    TooManyRequests.
    """
    for turn in range(_ATTEMPTS):
        wish, record = standing.find(claim_id)
        sender = _sender(wish, record, body, attempt.caller)
        earlier = _earlier(wish, attempt)
        if earlier is not None:
            return _shown(earlier)
        if turn == 0:
            counting.within(f"messages#{claim_id}#{attempt.caller.account}", MESSAGES_PER_DAY)
        parts, message = _parts(wish, record, sender, body, attempt)
        if turn == 0 and message.reader == "wisher":
            counting.within(f"relays#{claim_id}", RELAYS_PER_DAY)
        try:
            tables.commit(parts)
        except tables.Refused:
            continue  # the claim ended, a consent was withdrawn, or the same request was faster: decided anew
        return _shown(message)
    raise Conflict()


def page(claim_id: str, caller: Caller, limit: int, cursor: str | None) -> views.MessagePage:
    """The claim's messages, newest first. Raises NotFound, Forbidden."""
    wish, record = standing.find(claim_id)
    _require_party(wish, record, caller)
    name = f"messages#{claim_id}"
    before = paging.place(name, cursor, tuple[paging.Id])[0] if cursor else None
    found = message_records.of_claim(record, limit + 1, before)
    shown, more = found[:limit], len(found) > limit
    return views.MessagePage([_shown(each) for each in shown], paging.cursor(name, (shown[-1].id,)) if more else None)


def _require_party(wish: Wish, record: records.ClaimRecord, caller: Caller) -> None:
    """Messages are the claimant's and the liaison's (product.md section 6); whoever sees neither hears of no claim."""
    if standing.is_claimant(caller, record) or caller.reviews(wish.subdistrict):
        return
    raise Forbidden() if caller.serves(wish.subdistrict, wish.committee) else NotFound()


def _sender(wish: Wish, record: records.ClaimRecord, body: shapes.MessageBody, caller: Caller) -> str:
    """Who speaks: the claimant, the liaison, or the wisher's side through the liaison who has it from them."""
    _require_party(wish, record, caller)
    if standing.is_claimant(caller, record):
        require(body.sender is None)
        if body.cleared:
            raise Unprocessable("invalid_fields", errors=[FieldFault("cleared", "field_not_here")])
        return "claimant"
    if body.sender and body.to:
        raise Unprocessable("invalid_fields", errors=[FieldFault("to", "field_not_here")])
    return body.sender or "liaison"


def _earlier(wish: Wish, attempt: Attempt) -> message_records.Message | None:
    marked = message_records.marked(wish.pk, attempt.key) if attempt.key else None
    if marked is None:
        return None
    if marked.fingerprint != attempt.fingerprint:
        raise Unprocessable("idempotency_key_reused")
    return message_records.get(wish.pk, marked.message)


def _parts(
    wish: Wish, record: records.ClaimRecord, sender: str, body: shapes.MessageBody, attempt: Attempt
) -> tuple[list[tables.Part], message_records.Message]:
    if not standing.stands(wish, record) or wish.state not in rules.OPEN:
        raise Conflict("claim_over", extra={"state": views.state_of(wish, record)})
    reader = body.to or _TO[sender]
    _require_clear(wish, sender, reader, body)
    message = message_records.Message(
        wish.pk,
        message_records.sort_key(record, ids.new_id()),
        at=attempt.at,
        by=attempt.caller.account,
        sender=sender,
        reader=reader,
    )
    message.sealed = sealing.seal("claims", f"{wish.pk}/{message.sk}", body.text)
    parts: list[tables.Part] = [
        _while_open(wish),
        tables.Put(message, tables.absent(message_records.Message)),
        *_told(wish, record, reader, body.text, attempt),
    ]
    if attempt.key:
        mark = message_records.MessageKey(
            wish.pk, message_records.mark(attempt.key), message=message.sk, fingerprint=attempt.fingerprint
        )
        # The same request twice at once: one mark is written, the other finds it and answers with its message.
        parts.append(tables.Put(mark, tables.absent(message_records.MessageKey)))
    return parts, message


def _while_open(wish: Wish) -> tables.Check:
    """The race with what ends a claim or withdraws a consent: nothing is said on a claim that is over by then."""
    model = type(wish)
    same = (model.claim == wish.claim) & model.state.is_in(*rules.OPEN) & (model.consents == wish.consents)
    return tables.Check(wish, same)


def _require_clear(wish: Wish, sender: str, reader: str, body: shapes.MessageBody) -> None:
    sealed = wishes.opened(wish)
    if reader == "wisher":
        _require_reachable(wish, sealed.phone if sealed else "")
    found: list[dict[str, Any]] = []
    # A claimant who was not introduced knows none of it, and must not find out by trying.
    if sealed is not None and (sender != "claimant" or wish.introduced_at):
        found += wording.sealed_fields(body.text, sealed, team=wish.subject == "team")
    # What a claimant tells the liaison of themselves is theirs to tell; all else that leads to somebody waits for the
    # introduction, or for a liaison who answers for it (the committee's own phone, say).
    if not (sender == "claimant" and reader == "liaison"):
        known = {each["text"] for each in found}
        found += [each for each in wording.ways_to_somebody(body.text, body.cleared) if each["text"] not in known]
    if found:
        raise Conflict("text_not_clear", extra={"found": found})


def _require_reachable(wish: Wish, phone: str) -> None:
    """An SMS goes to the wisher's side only where sharing the contact was consented to, and never to a child."""
    if wish.minor:
        raise Conflict("minor_handed_over_at_committee")
    if "c" not in wish.consents:
        raise Conflict("contact_consent_required")
    if not wish.contact or not phones.is_mobile(phone):
        raise Conflict("wisher_not_reachable")


def _told(wish: Wish, record: records.ClaimRecord, reader: str, text: str, attempt: Attempt) -> list[tables.Part]:
    """What tells the other side: the wish's title, and the text itself only where it is an SMS to the wisher."""
    if reader == "wisher":
        return notices.tell(wish.contact, "message_to_wisher", wish, text=text)
    act = f"message_to_{reader}"
    return telling.parts(wish, act, claimant=record.account, by=attempt.caller.account)


def _shown(message: message_records.Message) -> views.MessageView:
    text = sealing.unseal("claims", f"{message.pk}/{message.sk}", message.sealed, str)
    return views.MessageView(message.id, message.at, message.sender, message.reader, text)
