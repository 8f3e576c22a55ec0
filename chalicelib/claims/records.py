"""The table `claims`: claim records beside each other under their wish, quotas under their claimant.

pk                  sk              item
<wish>              claim#000004    the claim made at version 4; at the same time that version's history entry
<wish>              msg#000004#<id>  a message about that claim, sealed
<wish>              mkey#<key>      the message an Idempotency-Key wrote
<wish>              skey#<key>      the place on standby an Idempotency-Key took
<wish>              queue           who is on standby for the wish, in order; due while it is kept for somebody
slip#<keyed hash>   slip            the way from the code on a slip to its claim
claimant#<account>  quota#<round>   the wishes of the claimant's live claims in the round, as a set
claimant#<account>  standbys        the wishes the account is on standby for or was offered, as a set
"""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.expressions.condition import Condition

from chalicelib.base import models, tables

CLAIMANT = "claimant"
DUE = "due"
DUE_BUCKETS = 4
QUEUE = "queue"


class ClaimRecord(models.Record):
    """A claim as it was made, and how it ended. While it is live, its moving parts are on the wish."""

    room = "claims"

    account = UnicodeAttribute(attr_name="ac", null=True)  # absent where history was imported
    by = UnicodeAttribute(attr_name="by")  # who made the claim: the claimant, or a liaison on their behalf
    role = UnicodeAttribute(attr_name="r", null=True)
    round = UnicodeAttribute(attr_name="rd")
    claimant_type = UnicodeAttribute(attr_name="cy")
    basis = UnicodeAttribute(attr_name="bs")
    branch = UnicodeAttribute(attr_name="br", null=True)
    sector = UnicodeAttribute(attr_name="se", null=True)
    contributors = NumberAttribute(attr_name="co", null=True)
    message = UnicodeAttribute(attr_name="me", null=True)
    claimed_at = UnicodeAttribute(attr_name="cd")
    order = UnicodeAttribute(attr_name="or", null=True)  # epoch milliseconds: two claims of one second keep their order
    state = UnicodeAttribute(attr_name="st", default="live")
    ended_at = UnicodeAttribute(attr_name="ea", null=True)
    minutes = NumberAttribute(attr_name="mn", null=True)  # spent on a spiritual wish, as the last delivery said
    photos: Any = ListAttribute(attr_name="ph", null=True)  # ids of the last delivery's photos
    thanks = UnicodeAttribute(attr_name="th", null=True)  # as a liaison let them out
    thanks_waiting = BinaryAttribute(attr_name="tw", legacy_encoding=False, null=True)  # as they were given, sealed
    imported = BooleanAttribute(attr_name="im", null=True)
    sealed = BinaryAttribute(attr_name="sl", legacy_encoding=False, null=True)  # an imported claimant's name
    key = UnicodeAttribute(attr_name="ik", null=True)
    fingerprint = UnicodeAttribute(attr_name="if", null=True)
    # Set once the claim is no longer live: live ones are found through the quota, and a won claim saves a write.
    shown_to = UnicodeAttribute(attr_name="cb", null=True)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


class Quota(models.Record):
    """The live claims of one claimant in one round. A set makes adding and taking away idempotent."""

    room = "claims"

    open = UnicodeSetAttribute(attr_name="op", null=True)


class Slip(models.Record):
    """pk: "slip#<keyed hash of the code>". The way from a slip's code to its claim, written with the delivery."""

    room = "claims"

    claim = UnicodeAttribute(attr_name="ci")


class StandbyKey(models.Record):
    """Where an Idempotency-Key put somebody in line, and for which request: its retry is told the same."""

    room = "claims"

    account = UnicodeAttribute(attr_name="ac")
    position = NumberAttribute(attr_name="ps")
    at = UnicodeAttribute(attr_name="at")
    fingerprint = UnicodeAttribute(attr_name="if")


class Queue(models.Record):
    """Who is on standby for a wish, in the order they came; there while anybody waits or the wish is kept for somebody.

    While the wish is kept for one of them, that is the first of the queue; an organisation it was offered to is not
    in the queue. Two lists side by side, because an element's place is what DynamoDB appends, tests and cuts by.
    """

    room = "claims"

    accounts: Any = ListAttribute(attr_name="ac", of=UnicodeAttribute, default=list)
    since: Any = ListAttribute(attr_name="si", of=UnicodeAttribute, default=list)
    offered_by = UnicodeAttribute(attr_name="ob", null=True)  # the liaison whose offer is open
    offered_to = UnicodeAttribute(attr_name="ot", null=True)  # and the organisation it was made to
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)

    def unmoved(self) -> Condition:
        """The condition that the queue is as it was read. Take it before changing anything.

        It settles the race of two who promote at once, and of one who promotes with one who joins or leaves.
        """
        if not self.accounts and not self.due_at:
            return tables.absent(Queue)
        due = Queue.due_at == self.due_at if self.due_at else Queue.due_at.does_not_exist()
        unmoved: Condition = (Queue.accounts == list(self.accounts)) & (Queue.since == list(self.since)) & due
        return unmoved


class Standbys(models.Record):
    """The wishes an account is on standby for, and those kept for it. A set, capped where it grows."""

    room = "claims"

    wishes = UnicodeSetAttribute(attr_name="ws", null=True)


def due_key(wish_id: str) -> str:
    """The bucket of the due index that everything of the wish lies in."""
    return f"claim#{ord(wish_id[-1]) % DUE_BUCKETS}"


def sort_key(version: int) -> str:
    """The sort key of the claim made at a version of its wish."""
    return f"claim#{version:06d}"


def version_of(key: str) -> int:
    """The version that a claim's sort key names."""
    return int(key.partition("#")[2])


def get(wish_id: str, version: int) -> ClaimRecord | None:
    """The claim made at that version, strongly consistent."""
    return ClaimRecord.find(wish_id, sort_key(version), strongly=True)


def of_wish(wish_id: str) -> list[ClaimRecord]:
    """Every claim ever made for the wish, oldest first."""
    return list(ClaimRecord.query(wish_id, ClaimRecord.sk.startswith("claim#"), consistent_read=True))


def quota(account: str, round_id: str) -> Quota:
    """The item of a claimant's live claims in a round, for an update (it need not exist)."""
    return Quota(f"claimant#{account}", f"quota#{round_id}")


def live(account: str) -> list[str]:
    """Ids of the wishes of all live claims of a claimant, in every round."""
    found = Quota.query(f"claimant#{account}", Quota.sk.startswith("quota#"), consistent_read=True)
    return [wish for item in found for wish in item.open or ()]


def beside(wish_id: str) -> list[tuple[str, str]]:
    """The keys of everything that lies beside the claim records of a wish: messages, marks, who is on standby."""
    found: list[tuple[str, str]] = []
    place: dict[str, Any] = {}
    while True:
        answer = models.query(
            ClaimRecord.room,
            KeyConditionExpression="pk = :wish",
            ExpressionAttributeValues={":wish": {"S": wish_id}},
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
            **place,
        )
        keys = [(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]
        found += [key for key in keys if not key[1].startswith("claim#")]
        if "LastEvaluatedKey" not in answer:
            return found
        place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def several(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], ClaimRecord]:
    """The claim records of (wish, sort key) pairs."""
    return {(item.pk, item.sk): item for item in ClaimRecord.batch_get(keys)} if keys else {}


def slip(pointer: str, claim_id: str) -> Slip:
    """The way from a code to its claim, to be written."""
    return Slip(f"slip#{pointer}", "slip", claim=claim_id)


def claim_of_slip(pointer: str) -> str | None:
    """The claim a code's keyed hash leads to."""
    found = Slip.find(f"slip#{pointer}", "slip", strongly=False)
    return found.claim if found else None


def standby_key(wish_id: str, key: str) -> StandbyKey | None:
    """What an Idempotency-Key left, strongly consistent."""
    return StandbyKey.find(wish_id, standby_mark(key), strongly=True)


def standby_mark(key: str) -> str:
    """The sort key of what an Idempotency-Key left of a place on standby."""
    return f"skey#{key}"


def queue(wish_id: str) -> Queue:
    """The wish's queue, strongly consistent; an empty one where nobody waits."""
    return Queue.find(wish_id, QUEUE, strongly=True) or Queue(wish_id, QUEUE)


def queues(wish_ids: Sequence[str]) -> dict[str, Queue]:
    """The queues of up to 100 wishes that have one."""
    return {item.pk: item for item in Queue.batch_get([(each, QUEUE) for each in wish_ids])} if wish_ids else {}


def standbys(account: str) -> Standbys:
    """The item of an account's standbys, for an update (it need not exist)."""
    return Standbys(f"claimant#{account}", "standbys")


def on_standby(account: str) -> list[str]:
    """The wishes the account is noted to wait for, strongly consistent."""
    found = Standbys.find(f"claimant#{account}", "standbys", strongly=True)
    return sorted(found.wishes or ()) if found else []


Place = tuple[str, str, str]
"""Where a claim stands in its claimant's list: (order, wish, sort key); the list runs from the highest down."""


def past(account: str, limit: int, until: str | None) -> list[Place]:
    """Up to `limit` places of claims no longer live, newest first, from the order `until` down."""
    bound = " AND #o <= :until" if until else ""
    answer = models.query(
        ClaimRecord.room,
        IndexName=CLAIMANT,
        KeyConditionExpression="cb = :account" + bound,
        ExpressionAttributeValues={":account": {"S": account}} | ({":until": {"S": until}} if until else {}),
        ScanIndexForward=False,
        Limit=limit,
        **({"ExpressionAttributeNames": {"#o": "or"}} if until else {}),
    )
    return [(item["or"]["S"], item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]


DuePlace = dict[str, Any] | None


def every_past(account: str) -> list[Place]:
    """The places of all claims of an account that are no longer live."""
    found: list[Place] = []
    while True:
        page = past(account, 100, found[-1][0] if found else None)
        new = [place for place in page if place not in found]
        if not new:
            return found
        found += new


def due(bucket: int, until: str, limit: int, after: DuePlace) -> tuple[list[tuple[str, str]], DuePlace]:
    """Up to `limit` keys of a bucket's items that are due by `until`, the longest due first, and where to go on."""
    answer = models.query(
        ClaimRecord.room,
        IndexName=DUE,
        KeyConditionExpression="due = :due AND du <= :until",
        ExpressionAttributeValues={":due": {"S": f"claim#{bucket}"}, ":until": {"S": until}},
        Limit=limit,
        **({"ExclusiveStartKey": after} if after else {}),
    )
    return [(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]], answer.get("LastEvaluatedKey")
