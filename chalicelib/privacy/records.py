"""The table `privacy`: what people ask about their data, by request and by whoever asked.

pk                 sk        item
<request>          request   one request, and its answer once there is one
account#<account>  <order>   the way from whoever asked to their request, in the order they came
    retention#<round>  <pass>    how far a pass over a closed round came
"""

from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.base import models, tables

ITSELF = "request"
STATE = "state"


class Request(models.Record):
    """A request. Whatever words came with it or answered it are sealed; the rest are ids, codes and times."""

    room = "privacy"

    kind = UnicodeAttribute(attr_name="ki")
    state = UnicodeAttribute(attr_name="st")  # open, done, refused
    order = UnicodeAttribute(attr_name="or")  # by the millisecond, then by id
    wish = UnicodeAttribute(attr_name="w", null=True)
    account = UnicodeAttribute(attr_name="ac", null=True)
    source = UnicodeAttribute(attr_name="so")  # administrator, own, consent: how it came
    filed_by = UnicodeAttribute(attr_name="fb")
    filed_at = UnicodeAttribute(attr_name="fa")
    due_at = UnicodeAttribute(attr_name="du")
    answered_by = UnicodeAttribute(attr_name="ab", null=True)
    answered_at = UnicodeAttribute(attr_name="aa", null=True)
    sealed = BinaryAttribute(attr_name="sl", legacy_encoding=False, null=True)
    fingerprint = UnicodeAttribute(attr_name="if", null=True)
    answer_key = UnicodeAttribute(attr_name="ak", null=True)
    answer_fingerprint = UnicodeAttribute(attr_name="af", null=True)


class MyRequest(models.Record):
    """The way from a person to what they asked."""

    room = "privacy"

    request = UnicodeAttribute(attr_name="rq")


class Progress(models.Record):
    """A pass over a closed round: the last wish it did, and who holds it until when."""

    room = "privacy"

    place = UnicodeAttribute(attr_name="pl", null=True)
    failed = NumberAttribute(attr_name="fl", default=0)  # wishes of this pass that could not be done
    busy_until = NumberAttribute(attr_name="bu", default=0)  # epoch seconds
    done_at = UnicodeAttribute(attr_name="da", null=True)


def get(request_id: str) -> Request | None:
    """The request by its id, strongly consistent."""
    return Request.find(request_id, ITSELF, strongly=True)


def in_state(state: str, limit: int, *, below: str | None = None, oldest_first: bool = False) -> list[tuple[str, str]]:
    """(order, id) of up to `limit` requests of a state, newest first below a place, or oldest first."""
    bound = " AND #order < :below" if below else ""
    values = {":state": {"S": state}} | ({":below": {"S": below}} if below else {})
    answer = models.query(
        Request.room,
        IndexName=STATE,
        KeyConditionExpression=f"st = :state{bound}",
        ExpressionAttributeValues=values,
        ScanIndexForward=oldest_first,
        Limit=limit,
        **({"ExpressionAttributeNames": {"#order": "or"}} if below else {}),
    )
    return [(item["or"]["S"], item["pk"]["S"]) for item in answer["Items"]]


def several(request_ids: list[str]) -> list[Request]:
    """The requests that exist of up to 100 ids, in their order."""
    found: dict[str, Any] = {}
    if request_ids:
        found = {item.pk: item for item in Request.batch_get([(each, ITSELF) for each in request_ids])}
    return [found[each] for each in request_ids if each in found]


def mine(account: str, limit: int, below: str | None) -> list[MyRequest]:
    """Up to `limit` ways to an account's requests, newest first, below a place."""
    bound = MyRequest.sk < below if below else None
    return list(
        MyRequest.query(f"account#{account}", bound, scan_index_forward=False, limit=limit, consistent_read=True)
    )


def progress(round_id: str, name: str) -> Progress:
    """How far a pass came; a fresh one where none has begun."""
    where = f"retention#{round_id}", name
    return Progress.find(*where, strongly=True) or Progress(*where)


def take(held: Progress, now: int, seconds: int) -> bool:
    """Hold a pass for so many seconds; False while somebody else does."""
    before, held.busy_until = int(held.busy_until), now + seconds
    # Two runs at once: one takes the pass, the other finds it taken, or that its holder wrote since it looked.
    return before <= now and _write(held, before)


def note(held: Progress, now: int, seconds: int) -> bool:
    """Write how far a pass came, and hold it on for so many seconds (0: let go). False where it was lost meanwhile."""
    before, held.busy_until = int(held.busy_until), now + seconds if seconds else 0
    return _write(held, before)


def _write(held: Progress, before: int) -> bool:
    unmoved = Progress.busy_until == before
    return tables.put(held, unmoved if before else unmoved | Progress.busy_until.does_not_exist())
