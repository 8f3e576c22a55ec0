"""What the three list indexes of the table `wishes` are asked: the wall, the narrow lines, what is due.

They hold copies of what `change.advance` writes into the wish, a moment later; whoever acts reads the wish itself.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from chalicelib.base import models, wire
from chalicelib.wishes.records import ITSELF, Wish

WALL = "wall"
NARROW = "narrow"
DUE = "due"


class WallRow(msgspec.Struct):
    """What the wall shows of a wish: fields of `Wish`, by their names there."""

    pk: str
    version: float
    state: str
    round: str
    kind: str
    category: str
    subject: str
    title: str
    story: str | None
    story_beside: bool | None
    subdistrict: str
    wisher_name: str | None
    age_band: str | None
    published_at: str
    reserved_until: str | None


wall_row = wire.reader(Wish, WallRow)


def on_the_wall(round_id: str, shard: int, limit: int, after: tuple[str, str] | None) -> list[WallRow]:
    """Up to `limit` published wishes of one shard, longest published first, after (published_at, id)."""
    key = f"{round_id}#{shard}"
    place = {}
    if after is not None:
        last = {"wall": key, "pa": after[0], "pk": after[1], "sk": ITSELF}
        place = {"ExclusiveStartKey": {name: {"S": value} for name, value in last.items()}}
    answer = models.query(
        Wish.room,
        IndexName=WALL,
        KeyConditionExpression="wall = :wall",
        ExpressionAttributeValues={":wall": {"S": key}},
        Limit=limit,
        **place,
    )
    return [wall_row(item) for item in answer["Items"]]


def lines(round_id: str, shard: int) -> Iterator[tuple[str, str]]:
    """(id, narrow line) of every wish of one shard; 391 read units for a round of 20,000."""
    place: dict[str, Any] = {}
    while True:
        answer = models.query(
            Wish.room,
            IndexName=NARROW,
            KeyConditionExpression="nk = :key",
            ExpressionAttributeValues={":key": {"S": f"{round_id}#{shard}"}},
            ProjectionExpression="pk, n",  # the keys come with it otherwise: the SDK's parser takes twice as long
            **place,
        )
        for item in answer["Items"]:
            yield item["pk"]["S"], item["n"]["S"]
        if "LastEvaluatedKey" not in answer:
            return
        place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def ids_of_shard(round_id: str, shard: int, after: str | None, limit: int) -> list[str]:
    """Up to `limit` ids of one shard's wishes after one of them, in the order of their ids."""
    answer = models.query(
        Wish.room,
        IndexName=NARROW,
        KeyConditionExpression="nk = :key" + (" AND pk > :after" if after else ""),
        ExpressionAttributeValues={":key": {"S": f"{round_id}#{shard}"}} | ({":after": {"S": after}} if after else {}),
        Limit=limit,
    )
    return [item["pk"]["S"] for item in answer["Items"]]


DuePlace = dict[str, Any] | None


def due(bucket: int, until: str, limit: int, after: DuePlace) -> tuple[list[str], DuePlace]:
    """Up to `limit` ids of a bucket's wishes that are due by `until`, the longest due first, and where to go on."""
    answer = models.query(
        Wish.room,
        IndexName=DUE,
        KeyConditionExpression="due = :due AND du <= :until",
        ExpressionAttributeValues={":due": {"S": f"wish#{bucket}"}, ":until": {"S": until}},
        Limit=limit,
        **({"ExclusiveStartKey": after} if after else {}),
    )
    return [item["pk"]["S"] for item in answer["Items"]], answer.get("LastEvaluatedKey")
