"""What people ask about their data: recorded with a due date, found again by whoever asked and by administrators."""

import heapq
from typing import Final

from chalicelib.audit import actions as audit
from chalicelib.base import clock, ids, sealing, settings, tables
from chalicelib.base.callers import SYSTEM, Caller
from chalicelib.base.problems import FieldFault, NotFound, Unprocessable
from chalicelib.privacy import gathering, records, rules, shapes
from chalicelib.wishes import actions as wishes
from chalicelib.wishes.change import Attempt

_ROOM: Final = "privacy"


def file(body: shapes.RequestBody, attempt: Attempt) -> records.Request:
    """Record what somebody asked of an administrator. With an Idempotency-Key a retry finds the first.

    Raises Unprocessable for a subject that is missing, unknown or two.
    """
    faults = []
    if body.wish and body.account:
        faults.append(FieldFault("account", "field_not_here"))
    elif not (body.wish or body.account) and body.kind != "complain":
        faults.append(FieldFault("wish", "field_needed_here"))
    elif not gathering.exists(body.wish, body.account):
        faults.append(FieldFault("wish" if body.wish else "account", "field_value"))
    if faults:
        raise Unprocessable("invalid_fields", errors=faults)
    return _filed(body.kind, "administrator", body.wish, body.account, body.note, attempt)


def file_own(body: shapes.OwnRequestBody, attempt: Attempt) -> records.Request:
    """Record what somebody asks about their own account, or a wish of theirs. Raises NotFound for anybody else's."""
    if body.wish is None:
        return _filed(body.kind, "own", None, attempt.caller.account, body.note, attempt)
    wish = wishes.get(body.wish)
    if not wishes.is_wishers_side(wish, attempt.caller):
        raise NotFound()
    return _filed(body.kind, "own", wish.pk, None, body.note, attempt)


def queued_erasure(wish_id: str, attempt: Attempt) -> tables.Put:
    """The request that follows from a withdrawn consent to processing, as part of that act's transaction."""
    request = _drafted(ids.derived_id("process-withdrawn", wish_id), "erase", "consent", attempt)
    request.wish = wish_id
    # Processing is withdrawn once in a wish's life: a second request of this id could only be the same one again.
    return tables.Put(request, tables.absent(records.Request))


def get(request_id: str) -> records.Request:
    """The request. Raises NotFound."""
    found = records.get(request_id) if ids.is_id(request_id) else None
    if found is None:
        raise NotFound()
    return found


def show(request_id: str, caller: Caller) -> records.Request:
    """A request for an administrator: its words are sealed, so the view is recorded first."""
    found = get(request_id)
    audit.record(deed(found, caller, "viewed_full"))
    return found


def page(state: str | None, limit: int, below: str | None, caller: Caller) -> tuple[list[records.Request], str | None]:
    """Up to `limit` requests of one state or of all, newest first, and the place to go on from; recorded first."""
    states = (state,) if state else rules.STATES
    queues = (records.in_state(each, limit + 1, below=below) for each in states)
    places = list(heapq.merge(*queues, reverse=True))[: limit + 1]
    shown = records.several([request_id for _, request_id in places[:limit]])
    if shown:
        viewed = {"requests": [each.pk for each in shown]}
        audit.record(audit.Deed("privacy", caller.account, audit.role_of(caller), "listed", "requests", viewed))
    return shown, places[limit - 1][0] if len(places) > limit else None


def mine(account: str, limit: int, below: str | None) -> tuple[list[records.Request], str | None]:
    """Up to `limit` requests an account filed, newest first, and the place to go on from."""
    ways = records.mine(account, limit + 1, below)
    shown = records.several([way.request for way in ways[:limit]])
    return shown, ways[limit - 1].sk if len(ways) > limit else None


def overdue(at: str, most: int = 100) -> list[str]:
    """Ids of open requests whose due date has passed, the oldest first."""
    oldest = records.several([each for _, each in records.in_state("open", most, oldest_first=True)])
    return [request.pk for request in oldest if request.due_at <= at]


def words(request: records.Request) -> shapes.Words:
    """The words of a request and its answer, opened."""
    return sealing.unseal(_ROOM, request.pk, request.sealed, shapes.Words) if request.sealed else shapes.Words()


def sealed(request_id: str, said: shapes.Words) -> bytes | None:
    """The words of a request, sealed; None where there are none."""
    return sealing.seal(_ROOM, request_id, said) if said != shapes.Words() else None


def deed(request: records.Request, caller: Caller, action: str) -> audit.Deed:
    """What the audit trail is told of a request."""
    detail = {name: value for name, value in (("wish", request.wish), ("account", request.account)) if value}
    actor = caller.account or SYSTEM
    return audit.Deed(f"privacy/{request.pk}", actor, audit.role_of(caller), action, request.kind, detail)


def _filed(
    kind: rules.Kind, source: str, wish: str | None, account: str | None, note: str | None, attempt: Attempt
) -> records.Request:
    request_id = ids.derived_id("privacy", attempt.key) if attempt.key else ids.new_id()
    request = _drafted(request_id, kind, source, attempt)
    request.wish, request.account = wish, account
    request.sealed = sealed(request_id, shapes.Words(note=note))
    request.fingerprint = attempt.fingerprint or None
    way = records.MyRequest(f"account#{attempt.caller.account}", request.order, request=request_id)
    parts = [tables.Put(request, tables.absent(records.Request)), *([tables.Put(way)] if source == "own" else [])]
    try:
        # The same request twice at once: one is written, the other finds it.
        audit.commit(parts, deed(request, attempt.caller, "filed"))
    except tables.Refused:
        made = get(request_id)
        if made.fingerprint != attempt.fingerprint:
            raise Unprocessable("idempotency_key_reused") from None
        return made
    return request


def _drafted(request_id: str, kind: rules.Kind, source: str, attempt: Attempt) -> records.Request:
    """An open request as of now, not yet written."""
    return records.Request(
        request_id,
        records.ITSELF,
        kind=kind,
        state="open",
        order=rules.order_of(clock.now(), request_id),
        source=source,
        filed_by=attempt.caller.account or SYSTEM,
        filed_at=attempt.at,
        due_at=rules.due_at(attempt.at, settings.number("PRIVACY_DAYS", rules.DUE_DAYS)),
    )
