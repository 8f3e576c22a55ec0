"""The table `reminders`: what runs have found due and have not yet told anybody.

pk        sk       item
gathered  <ulid>   the wishes of one page, counted; written in the transaction that moves them on
batch     batch    what is being told now: the pages it is made of, and how far it has come
"""

from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.base import ids, models, tables

GATHERED = "gathered"
BATCH = "batch"


class Gathered(models.Record):
    """A page of wishes that were due, counted by place and category, with some of their titles."""

    room = "reminders"

    at = UnicodeAttribute(attr_name="at")
    tallies: Any = JSONAttribute(attr_name="ta")


class Batch(models.Record):
    """What is being told: one at a time. `done` is the last reader it was shared with, in their order."""

    room = "reminders"

    name = UnicodeAttribute(attr_name="na")
    day = UnicodeAttribute(attr_name="dy")
    pages: Any = JSONAttribute(attr_name="pg")
    tallies: Any = JSONAttribute(attr_name="ta")
    done = UnicodeAttribute(attr_name="dn", null=True)


def page(at: str, tallies: object) -> tables.Put:
    """The write of a page; no other has its key."""
    return tables.Put(Gathered(GATHERED, ids.new_id(), at=at, tallies=tallies))


def gathered() -> list[Gathered]:
    """All pages that are waiting, strongly consistent."""
    return list(Gathered.query(GATHERED, consistent_read=True))


def batch() -> Batch | None:
    """What is being told now."""
    return Batch.find(BATCH, BATCH, strongly=True)


def new_batch(pages: list[str], tallies: object, day: str) -> Batch:
    """A batch of those pages, made on that day in Asia/Shanghai; not written yet."""
    return Batch(BATCH, BATCH, name=ids.new_id(), day=day, pages=pages, tallies=tallies)
