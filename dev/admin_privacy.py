"""Sealing personal fields anew: under a data key of today, and so under the stage's KMS key of today.

KMS rotates its key by itself, and what was sealed before goes on opening; this is for a key that was replaced, or is to
be retired. It may be cut off and run again: what is sealed anew already is passed by.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from dev.stages import Refused

ROOMS: Final = ("wishes", "claims", "accounts", "privacy")
"""The rooms whose items hold something sealed for good. What a provider's token is sealed with is soon renewed."""
_ATTRIBUTE: Final = "sl"


class Counts(NamedTuple):
    """Of one table: items sealed anew, those that somebody changed meanwhile, and those that do not open."""

    resealed: int
    moved: int
    broken: int


def add(commands: Any, everywhere: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    reseal_ = commands.add_parser(
        "reseal", parents=[everywhere], help="seal anew what was sealed before a day, under today's keys"
    )
    reseal_.add_argument("--before", required=True, metavar="YYYY-MM-DD", help="the day (UTC) on which the key changed")
    reseal_.set_defaults(run=reseal)


def reseal(given: argparse.Namespace) -> Iterator[str]:
    """Seal anew, table by table. Raises Refused for no day, Unavailable where AWS does not answer."""
    try:
        before = int(datetime.strptime(given.before, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise Refused("--before takes a day: 2026-11-25") from error
    for room in ROOMS:
        counts = reseal_room(room, before)
        yield f"{room}: {counts.resealed} sealed anew, {counts.moved} changed meanwhile, {counts.broken} do not open"


def reseal_room(room: str, before: int) -> Counts:
    """Seal anew whatever of a room was sealed under a data key older than the epoch second `before`."""
    from chalicelib.base import aws, sealing, settings
    from chalicelib.base.problems import Unavailable

    dynamodb, table = aws.client("dynamodb"), f"{settings.table_prefix()}-{room}"
    resealed = moved = broken = 0
    for item in _sealed_items(dynamodb, table):
        pk, sk, held = item["pk"]["S"], item["sk"]["S"], bytes(item[_ATTRIBUTE]["B"])
        try:
            if sealing.epoch_of(held) >= before:
                continue
            anew = sealing.reseal(room, _bound_to(room, pk, sk), held)
        except Unavailable as error:
            if not error.reason.startswith("seal:"):
                raise  # KMS does not answer: that says nothing of the item
            broken += 1
            continue
        if _write(dynamodb, table, item, anew):
            resealed += 1
        else:
            moved += 1
    return Counts(resealed, moved, broken)


def _sealed_items(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="attribute_exists(#sealed)",
        ProjectionExpression="pk, sk, #sealed",
        ExpressionAttributeNames={"#sealed": _ATTRIBUTE},
    )
    for page in pages:
        yield from page["Items"]


def _bound_to(room: str, pk: str, sk: str) -> str:
    """What the ciphertext is bound to: the item's partition; a message, to itself."""
    return f"{pk}/{sk}" if room == "claims" and not sk.startswith("claim#") else pk


def _write(dynamodb: Any, table: str, item: dict[str, Any], anew: bytes) -> bool:
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET #sealed = :anew",
            # Whoever edited or erased it since it was read wins: what they wrote is sealed with today's key already,
            # and what is gone stays gone.
            ConditionExpression="#sealed = :held",
            ExpressionAttributeNames={"#sealed": _ATTRIBUTE},
            ExpressionAttributeValues={":anew": {"B": anew}, ":held": item[_ATTRIBUTE]},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True
