"""The table `notices`: every account's inbox, and the ledger that lets each message be written once.

    pk         sk                               item
    <account>  m#<moment>#<kind>#<digest>       one message, by the millisecond
    <account>  z#<due>#<kind>#<digest>          (recipient, subject, kind, due date) of what the clock sends
    token#<provider>/<app>  token               a provider's access token, shared by all processes

What an act tells needs no ledger: it is written in the act's own transaction, which happens once.
"""

from typing import Any

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
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
    push = UnicodeAttribute(attr_name="pu", null=True)
    tries = NumberAttribute(attr_name="tr", default=0)
    sent_at = UnicodeAttribute(attr_name="se", null=True)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


class Ledger(tables.Record):
    """That a message of the clock's was written, and which wishes it covers."""

    room = "notices"

    covers: Any = JSONAttribute(attr_name="cv")


class ProviderToken(tables.Record):
    """pk: "token#wechat/<app id>". Sealed. `generation` counts renewals; whoever renews it holds it until `busy_until`.

    Both times are epoch seconds.
    """

    room = "notices"

    sealed = BinaryAttribute(attr_name="sl", legacy_encoding=False, null=True)
    expires = NumberAttribute(attr_name="x", default=0)
    generation = NumberAttribute(attr_name="g")
    busy_until = NumberAttribute(attr_name="bu", default=0)


def provider_token(name: str) -> ProviderToken | None:
    """A provider's access token, strongly consistent: it was perhaps renewed just now."""
    try:
        return ProviderToken.get(f"token#{name}", "token", consistent_read=True)
    except DoesNotExist:
        return None


def ledger(account: str, key: str) -> Ledger | None:
    """The ledger's entry of a key, strongly consistent."""
    try:
        return Ledger.get(account, f"z#{key}", consistent_read=True)
    except DoesNotExist:
        return None


def get(account: str, key: str) -> Notice | None:
    """The message of a ledger key."""
    try:
        return Notice.get(account, key, consistent_read=True)
    except DoesNotExist:
        return None


def inbox(account: str, limit: int, before: str | None) -> list[Notice]:
    """Up to `limit` messages of an account, newest first."""
    bound = Notice.sk.between("m#", before) if before else Notice.sk.startswith("m#")
    found = Notice.query(account, bound, scan_index_forward=False, limit=limit + 1, consistent_read=True)
    return [notice for notice in found if notice.sk != before][:limit]


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
