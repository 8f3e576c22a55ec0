"""A later consent, or its withdrawal, and what follows from it at once on the wish: one act, one transaction.

publish_story withdrawn   hidden from every public output, and not to be published
share_contact withdrawn   an introduction is closed
photos withdrawn          photos are the staff's alone (readers ask the wish's letters)
process withdrawn         nothing further is done with it: withdrawn where it may be, hidden where it is public
"""

import msgspec

from chalicelib.audit import actions as audit
from chalicelib.base import tables, words
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, Forbidden, NotFound, Unprocessable
from chalicelib.wishes import actions, auditing, change, consents, records, rules, shapes
from chalicelib.wishes.change import Attempt, Entry


def records_of(wish: records.Wish, caller: Caller) -> list[shapes.Consent]:
    """Every consent record of a wish, newest first, for its own side and staff in scope; recorded for the latter.

    Raises NotFound, Forbidden.
    """
    _may_see(wish, caller)
    sealed = actions.opened(wish)
    if sealed is not None and caller.serves(wish.subdistrict, wish.committee):
        auditing.seen(wish, caller, "viewed_consents", count=len(sealed.consents_before) + 1)
    return [sealed.consent, *reversed(sealed.consents_before)] if sealed else []


def parts(wish: records.Wish, body: shapes.ConsentsBody, attempt: Attempt) -> list[tables.Part]:
    """The parts of a consent recorded; none where it says nothing new. `wish` is moved on in memory.

    Raises Forbidden for who may not, Unprocessable for wrong fields (`guardian_required`), Conflict
    `process_consent_withdrawn` where everything was taken back before, or `wrong_state` once erased.
    """
    _may_record(wish, body, attempt.caller)
    sealed = actions.opened(wish)
    if sealed is None:
        raise actions.wrong_state(wish)
    if not sealed.consent.process:
        raise Conflict("process_consent_withdrawn")
    own = not attempt.caller.serves(wish.subdistrict, wish.committee)
    faults = list(consents.faults(body, sealed, minor=bool(wish.minor), own=own))
    if faults:
        guarded = any(fault.code == "guardian_required" for fault in faults)
        raise Unprocessable("guardian_required" if guarded else "invalid_fields", errors=faults)
    before = consents.standing(sealed.consent, minor=bool(wish.minor))
    agreed = consents.agreed(before, body, attempt.at)
    if consents.is_repeated(sealed.consent, agreed):
        return []
    return _recorded(wish, sealed, before, agreed, attempt)


def _recorded(
    wish: records.Wish, sealed: shapes.Sealed, before: shapes.Consent, agreed: shapes.Consent, attempt: Attempt
) -> list[tables.Part]:
    given, gone = consents.given(before, agreed), consents.withdrawn(before, agreed)
    said: dict[str, str | list[str]] = {
        "given": given, "withdrawn": gone, "by": agreed.by, "method": agreed.method, "text": agreed.text_version,
    }  # fmt: skip
    deed = auditing.deed(wish, attempt.caller, "consented", **said)
    ends = not agreed.process and rules.possible("withdraw", wish.state)
    fields: dict[str, object] = {"consents": consents.letters(agreed)}
    if not agreed.publish_story and wish.state in words.PUBLIC_STATES and not ends:
        fields["hidden"] = True
    if not agreed.share_contact:
        fields["introduced_at"] = None
    if ends:
        fields |= {"reserved_for": None, "reserved_until": None}
    entry = Entry("consent", reason_code="consent_withdrawn" if gone else "consent_given", status=201)
    moved = change.advance(wish, attempt, entry, "withdrawn" if ends else wish.state, **fields)
    kept = msgspec.structs.replace(sealed, consent=agreed, consents_before=[*sealed.consents_before, sealed.consent])
    return [*moved, change.resealed(wish, kept), audit.part(deed)]


def _may_record(wish: records.Wish, body: shapes.ConsentsBody, caller: Caller) -> None:
    """Staff in scope record either; the wisher's own side takes back what is theirs, and gives nothing by a click."""
    _may_see(wish, caller)
    if not caller.serves(wish.subdistrict, wish.committee) and any(consents.changes(body).values()):
        raise Forbidden()


def _may_see(wish: records.Wish, caller: Caller) -> None:
    if not caller.serves(wish.subdistrict, wish.committee) and not actions.is_wishers_side(wish, caller):
        raise Forbidden() if actions.may_see(wish, caller) else NotFound()
