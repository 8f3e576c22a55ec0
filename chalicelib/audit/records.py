"""The table `audit`: one chain of entries per subject.

    pk         sk              item
    <subject>  000000000017    the 17th entry of the subject

Entries are only ever put where none is: no code here changes or removes one, and the deployed policy does not allow it.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from pynamodb.attributes import UnicodeAttribute

from chalicelib.audit.rules import Entry, Value
from chalicelib.base import models, tables


class Link(models.Record):
    """An entry as it is stored: all texts, `detail` as JSON."""

    room = "audit"

    at = UnicodeAttribute(attr_name="at")
    actor = UnicodeAttribute(attr_name="by")
    role = UnicodeAttribute(attr_name="r")
    action = UnicodeAttribute(attr_name="ac")
    reason = UnicodeAttribute(attr_name="re")
    detail = UnicodeAttribute(attr_name="d")
    token = UnicodeAttribute(attr_name="t")
    before = UnicodeAttribute(attr_name="b")
    hash = UnicodeAttribute(attr_name="h")


def write(entry: Entry) -> Entry | None:
    """Write an entry where its place is free: None, or the entry that stands there. One write unit either way."""
    # Of any number of writers who saw the same end of the chain one finds the next place free; the others are handed
    # the entry that took it, and look for the end anew.
    there = tables.place(_link(entry))
    return _entry(there) if there is not None else None


def put(entry: Entry) -> tables.Put:
    """The write of an entry as part of a transaction, refused where its place is taken."""
    return tables.Put(_link(entry), tables.absent(Link))


def last(subject: str) -> Entry | None:
    """The end of a chain, strongly consistent; one read unit."""
    found = newest_first(subject, 1)
    return found[0] if found else None


def newest_first(subject: str, limit: int, below: int | None = None) -> list[Entry]:
    """Up to `limit` entries of a subject, newest first, below a sequence number."""
    bound = " AND sk < :below" if below is not None else ""
    values = {":subject": {"S": subject}} | ({":below": {"S": _key(below)}} if below is not None else {})
    answer = models.query(
        Link.room,
        KeyConditionExpression=f"pk = :subject{bound}",
        ExpressionAttributeValues=values,
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=limit,
    )
    return [_entry(item) for item in answer["Items"]]


def chain(subject: str) -> Iterator[Entry]:
    """Every entry of a subject, oldest first; one read unit per 4 KB, some twelve entries."""
    place: dict[str, Any] = {}
    while True:
        answer = models.query(
            Link.room,
            KeyConditionExpression="pk = :subject",
            ExpressionAttributeValues={":subject": {"S": subject}},
            ConsistentRead=True,
            **place,
        )
        yield from map(_entry, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _link(entry: Entry) -> Link:
    fields = {name: getattr(entry, name) for name in ("at", "actor", "role", "action", "reason", "token", "before")}
    detail = msgspec.json.encode(entry.detail, order="sorted").decode()
    return Link(entry.subject, _key(entry.seq), detail=detail, hash=entry.hash, **fields)


def _key(seq: int) -> str:
    return f"{seq:012d}"


def _entry(item: dict[str, Any]) -> Entry:
    """The entry of an item, whatever somebody may have done to the item: the hash tells."""

    def text(name: str) -> str:
        return str(item.get(name, {}).get("S", ""))

    return Entry(
        subject=text("pk"),
        seq=int(text("sk")) if text("sk").isdecimal() else 0,
        at=text("at"),
        actor=text("by"),
        role=text("r"),
        action=text("ac"),
        reason=text("re"),
        detail=_detail(text("d")),
        token=text("t"),
        before=text("b"),
        hash=text("h"),
    )


def _detail(text: str) -> dict[str, Value]:
    try:
        return msgspec.json.decode(text, type=dict[str, Value])
    except msgspec.MsgspecError:
        return {}
