"""The table `notices`: the ledger of every message, which is at the same time every account's inbox.

pk: the account, sk: "<due>#<kind>#<subject's digest>". The key is the ledger's (recipient, subject, kind, due date):
a second message of one key cannot be written, so nothing is told twice.
"""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.base import tables

DUE = "due"
BUCKETS = 4


class Notice(tables.Record):
    """One message to one account. `push` says how its sending stands: queued, sent, dead; absent for inbox only."""

    room = "notices"

    kind = UnicodeAttribute(attr_name="kd")
    at = UnicodeAttribute(attr_name="at")
    values: Any = JSONAttribute(attr_name="va")  # what the sentence of the kind needs
    subject = UnicodeAttribute(attr_name="su", null=True)
    covers: Any = JSONAttribute(attr_name="cv", null=True)  # ids of the wishes a digest speaks of
    push = UnicodeAttribute(attr_name="pu", null=True)
    tries = NumberAttribute(attr_name="tr", default=0)
    sent_at = UnicodeAttribute(attr_name="se", null=True)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


def get(account: str, key: str) -> Notice | None:
    """The message of a ledger key."""
    try:
        return Notice.get(account, key, consistent_read=True)
    except DoesNotExist:
        return None


def inbox(account: str, limit: int, before: str | None) -> list[Notice]:
    """Up to `limit` messages of an account, newest first."""
    bound = Notice.sk < before if before else None
    return list(Notice.query(account, bound, scan_index_forward=False, limit=limit, consistent_read=True))


def due(bucket: int, until: str, limit: int) -> list[tuple[str, str]]:
    """Keys of the messages of a bucket to be sent by `until`."""
    answer = tables.query(
        Notice.room,
        IndexName=DUE,
        KeyConditionExpression="due = :due AND du <= :until",
        ExpressionAttributeValues={":due": {"S": f"notice#{bucket}"}, ":until": {"S": until}},
        Limit=limit,
    )
    return [(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]
