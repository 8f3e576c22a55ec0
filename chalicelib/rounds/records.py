"""The table `rounds`: every campaign in one small partition, each one's cached figures, each one's lock."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.base import models

ALL = "rounds"


class Round(models.Record):
    """pk: "rounds", sk: the number with leading zeros, so that one query lists them in order."""

    room = "rounds"

    version = NumberAttribute(attr_name="v", default=1)
    number = NumberAttribute(attr_name="no")
    name = UnicodeAttribute(attr_name="na")
    declare_from = UnicodeAttribute(attr_name="df")
    claim_from = UnicodeAttribute(attr_name="cf")
    claim_until = UnicodeAttribute(attr_name="cu")
    deliver_until = UnicodeAttribute(attr_name="dl")
    overrides: JSONAttribute = JSONAttribute(attr_name="ov", null=True)  # subdistrict → some of the four dates
    shards = NumberAttribute(attr_name="sh", default=1)
    closed_at = UnicodeAttribute(attr_name="ca", null=True)
    settled_at = UnicodeAttribute(attr_name="se", null=True)  # the close has reached every wish
    looked_at = UnicodeAttribute(attr_name="la", null=True)  # and a second look found nothing more
    late_at = UnicodeAttribute(attr_name="lt", null=True)  # when such a look last found an open wish
    carried_to = UnicodeAttribute(attr_name="ct", null=True)  # the round its closed wishes are carried into
    carried_at = UnicodeAttribute(attr_name="cw", null=True)  # all that could be are there
    moved_at = UnicodeAttribute(attr_name="mo", null=True)  # its dates changed, and due times have not all followed yet
    created_at = UnicodeAttribute(attr_name="cr")
    key = UnicodeAttribute(attr_name="ik", null=True)  # the Idempotency-Key that made it
    fingerprint = UnicodeAttribute(attr_name="if", null=True)


class CachedFigures(models.Record):
    """pk: "figures#<round>". The live numbers, their age, and who is recomputing them until when."""

    room = "rounds"

    body: Any = JSONAttribute(attr_name="b", null=True)
    as_of = UnicodeAttribute(attr_name="ao", null=True)
    busy_until = NumberAttribute(attr_name="bu", default=0)  # epoch seconds


class Lock(models.Record):
    """pk: "lock#<round>". Held by one bulk operation (an import, a close) at a time; it expires with its holder."""

    room = "rounds"

    holder = UnicodeAttribute(attr_name="h")
    until = NumberAttribute(attr_name="u")  # epoch seconds


def sort_key(number: int) -> str:
    """The sort key of a round's number."""
    return f"{number:06d}"


def get(number: int) -> Round | None:
    """The round by its number, strongly consistent."""
    return Round.find(ALL, sort_key(number), strongly=True)


def newest_first(limit: int, below: int | None = None) -> list[Round]:
    """Up to `limit` rounds, highest number first, below the given number."""
    bound = Round.sk < sort_key(below) if below is not None else None
    return list(Round.query(ALL, bound, scan_index_forward=False, limit=limit, consistent_read=True))


def figures(round_id: str) -> CachedFigures | None:
    """The round's cached numbers."""
    return CachedFigures.find(f"figures#{round_id}", "figures", strongly=False)
