"""Messages about a claim, in the table `claims` beside the claim's record.

pk        sk               item
<wish>    msg#000004#<id>  a message about the claim made at version 4, sealed
<wish>    mkey#<key>       the message an Idempotency-Key wrote
"""

from collections.abc import Iterator

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.base import models
from chalicelib.claims.records import ClaimRecord, version_of


class Message(models.Record):
    """One message about a claim; `sender` and `reader` are claimant, liaison or wisher."""

    room = "claims"

    at = UnicodeAttribute(attr_name="at")
    by = UnicodeAttribute(attr_name="by")  # the account that wrote it
    sender = UnicodeAttribute(attr_name="f")
    reader = UnicodeAttribute(attr_name="to")
    sealed = BinaryAttribute(attr_name="sl", legacy_encoding=False)

    @property
    def id(self) -> str:
        """The message's own id, which sorts by time."""
        return self.sk.rpartition("#")[2]


class MessageKey(models.Record):
    """Which message an Idempotency-Key wrote, and for which request."""

    room = "claims"

    message = UnicodeAttribute(attr_name="me")  # its sort key
    fingerprint = UnicodeAttribute(attr_name="if")


def sort_key(record: ClaimRecord, message: str) -> str:
    """The sort key of a message about that claim."""
    return f"msg#{version_of(record.sk):06d}#{message}"


def mark(key: str) -> str:
    """The sort key of what an Idempotency-Key left."""
    return f"mkey#{key}"


def of_claim(record: ClaimRecord, limit: int, before: str | None) -> list[Message]:
    """Up to `limit` messages about a claim, newest first, older than the one with the id `before`."""
    first = sort_key(record, "")
    bound = Message.sk.between(first, sort_key(record, before)) if before else Message.sk.startswith(first)
    found = Message.query(record.pk, bound, scan_index_forward=False, limit=limit + 1, consistent_read=True)
    return [message for message in found if message.id != before][:limit]


def every_of_claim(record: ClaimRecord) -> Iterator[Message]:
    """All messages about a claim, oldest first."""
    yield from Message.query(record.pk, Message.sk.startswith(sort_key(record, "")), consistent_read=True)


def get(wish_id: str, key: str) -> Message | None:
    """The message with that sort key, strongly consistent."""
    return Message.find(wish_id, key, strongly=True)


def marked(wish_id: str, key: str) -> MessageKey | None:
    """What an Idempotency-Key left, strongly consistent."""
    return MessageKey.find(wish_id, mark(key), strongly=True)
