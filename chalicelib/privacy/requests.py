"""What people ask about their data: recorded with a due date, answered once."""

from chalicelib.base import ids, settings, tables
from chalicelib.base.callers import SYSTEM
from chalicelib.privacy import records, rules
from chalicelib.wishes.change import Attempt


def queued_erasure(wish_id: str, attempt: Attempt) -> tables.Put:
    """The request that follows from a withdrawn consent to processing, as part of that act's transaction."""
    request_id = ids.derived_id("process-withdrawn", wish_id)
    request = drafted(request_id, "erase", "consent", attempt)
    request.wish = wish_id
    # Processing is withdrawn once in a wish's life: a second request of this id could only be the same one again.
    return tables.Put(request, tables.absent(records.Request))


def drafted(request_id: str, kind: rules.Kind, source: str, attempt: Attempt) -> records.Request:
    """An open request as of now, not yet written."""
    return records.Request(
        request_id,
        records.ITSELF,
        kind=kind,
        state="open",
        order=rules.order_of(attempt.at, request_id),
        source=source,
        filed_by=attempt.caller.account or SYSTEM,
        filed_at=attempt.at,
        due_at=rules.due_at(attempt.at, settings.number("PRIVACY_DAYS", rules.DUE_DAYS)),
    )
