"""Answering what somebody asked about their data, once: from the record, or with a reason why not.

see, copy    everything held about them, with who viewed it; a copy behind a link that expires
erase        erased first, then answered: an answer cut off half-way is finished by the next
the others   what was done about it was done by its own act; the answer says so
"""

from typing import Any, Final, NamedTuple

import msgspec

from chalicelib.audit import actions as audit
from chalicelib.base import files, ids, tables
from chalicelib.base.problems import Conflict, FieldFault, Unprocessable
from chalicelib.notices import actions as notices
from chalicelib.privacy import erasing, gathering, records, requests, shapes
from chalicelib.wishes import actions as wishes
from chalicelib.wishes.change import Attempt

_GONE_OF_A_WISH: Final = (
    "personal_fields", "consents", "title", "story", "receipt", "reasons_and_notes", "messages", "thanks", "photos",
    "notices", "links_to_accounts",
)  # fmt: skip
_GONE_OF_AN_ACCOUNT: Final = (
    "name", "phone", "profile", "roles", "sessions", "messages", "notices", "links_to_organisations",
)  # fmt: skip
_KEPT: Final = ("statistics", "acts_and_times", "audit_trail")


class Statement(msgspec.Struct, frozen=True):
    """What was erased and what is kept (numbers and ids). `wishes`: those an account's holder still has here."""

    erased: list[str]
    kept: list[str]
    wishes: list[str]


class Answered(NamedTuple):
    """A request with what its answer brings: the data, a link to a copy of it, what was erased, who viewed it."""

    request: records.Request
    data: dict[str, Any] | None = None
    url: str | None = None
    statement: Statement | None = None
    viewers: list[gathering.Viewer] | None = None


def answer(request_id: str, body: shapes.AnswerBody, attempt: Attempt) -> Answered:
    """Answer a request. The same Idempotency-Key gets the answer again.

    Raises Conflict `already_answered`, and what stands in an erasure's way (`open_claims`, `last_administrator`,
    `organisation_has_members`); Unprocessable for a missing reason.
    """
    request = requests.get(request_id)
    if request.state != "open":
        if not attempt.key or request.answer_key != attempt.key:
            raise Conflict("already_answered", extra={"state": request.state})
        if request.answer_fingerprint != attempt.fingerprint:
            raise Unprocessable("idempotency_key_reused")
        return _answered(request, attempt)
    if not body.reason and (body.outcome == "refused" or request.kind == "complain"):
        raise Unprocessable("invalid_fields", errors=[FieldFault("reason", "field_needed_here")])
    if body.outcome == "done" and request.kind == "erase":
        _erase(request, attempt)
    found = _settled(request, body, attempt)
    return _answered(found, attempt)


def _erase(request: records.Request, attempt: Attempt) -> None:
    if request.wish:
        erasing.wish(request.wish, attempt, "requested")
    elif request.account:
        erasing.account(request.account, attempt, "requested")


def _settled(request: records.Request, body: shapes.AnswerBody, attempt: Attempt) -> records.Request:
    said = requests.words(request)
    # What somebody wrote when they asked to be erased goes with the rest; the answer's own words stay.
    erased = request.kind == "erase" and body.outcome == "done"
    said = msgspec.structs.replace(said, reason=body.reason, note=None if erased else said.note)
    request.state, request.answered_at, request.answered_by = body.outcome, attempt.at, attempt.caller.account
    request.sealed = requests.sealed(request.pk, said)
    request.answer_key, request.answer_fingerprint = attempt.key or None, attempt.fingerprint or None
    told = []
    if request.source == "own" and not (erased and request.account == request.filed_by):
        told = [notices.message(request.filed_by, "privacy_answered", f"privacy/{request.pk}", {})]
    try:
        # Two administrators at once: one answers, the other finds it answered.
        parts = [tables.Put(request, records.Request.state == "open"), *told]
        audit.commit(parts, requests.deed(request, attempt.caller, "answered"))
    except tables.Refused:
        there = requests.get(request.pk)
        if attempt.key and there.answer_key == attempt.key:
            return there
        raise Conflict("already_answered", extra={"state": there.state}) from None
    return request


def _answered(request: records.Request, attempt: Attempt) -> Answered:
    if request.state == "refused" or request.kind not in ("see", "copy", "erase"):
        return Answered(request)
    viewers = _viewers(request)
    if request.kind == "erase":
        own = wishes.ids_of(request.account) if request.account else []
        gone = _GONE_OF_A_WISH if request.wish else _GONE_OF_AN_ACCOUNT
        return Answered(request, statement=Statement(list(gone), list(_KEPT), own), viewers=viewers)
    data = _data(request, attempt)
    url = _copy(data, viewers) if request.kind == "copy" else None
    return Answered(request, data, url, viewers=viewers)


def _data(request: records.Request, attempt: Attempt) -> dict[str, Any]:
    if request.wish:
        return gathering.of_wish(request.wish, attempt.caller)
    return gathering.of_account(str(request.account), attempt.caller)


def _viewers(request: records.Request) -> list[gathering.Viewer]:
    if request.wish:
        return gathering.viewers_of_wish(request.wish)
    return gathering.viewers_of_account(str(request.account))


def _copy(data: dict[str, Any], viewers: list[gathering.Viewer]) -> str:
    """A link to the data as a file; both are gone soon (exports expire within a day)."""
    content = msgspec.json.format(msgspec.json.encode({"data": data, "viewers": viewers}), indent=2)
    name = f"exports/copy-{ids.new_id()}.json"
    files.put(name, content, "application/json")
    return files.link(name)
