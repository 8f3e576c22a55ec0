"""Many wishes to race for, cheaply: one is brought there by its acts, the others are made as it is."""

from typing import Any

from chalicelib.base import aws, ids, sealing, settings
from chalicelib.wishes import actions as wishes
from chalicelib.wishes.records import SealedWish
from tests.people import Staff

_AT_ONCE = 25  # BatchWriteItem's limit


def published(staff: Staff, round_id: str, number: int) -> list[str]:
    """Ids of so many published wishes of the round. A hundred cost what two would cost by the API."""
    first = str(staff.published(round_id)["id"])
    copies = [ids.new_id() for _ in range(number - 1)]
    sealed = wishes.opened(wishes.get(first))
    items = [item for item in _items(first) if item["sk"]["S"] != "sealed"]
    _put([item | {"pk": {"S": copy}} for copy in copies for item in items])
    for copy in copies:
        # What is sealed is sealed for its wish, and would not open under another id.
        SealedWish(copy, "sealed", sealed=sealing.seal("wishes", copy, sealed)).save()
    return [first, *copies]


def _table() -> str:
    return f"{settings.table_prefix()}-wishes"


def _items(wish: str) -> list[dict[str, Any]]:
    """Everything that lies under a wish: itself and its history, index keys included."""
    answer = aws.client("dynamodb").query(
        TableName=_table(),
        KeyConditionExpression="pk = :wish",
        ExpressionAttributeValues={":wish": {"S": wish}},
        ConsistentRead=True,
    )
    found: list[dict[str, Any]] = answer["Items"]
    return found


def _put(items: list[dict[str, Any]]) -> None:
    for start in range(0, len(items), _AT_ONCE):
        requests = [{"PutRequest": {"Item": item}} for item in items[start : start + _AT_ONCE]]
        aws.client("dynamodb").batch_write_item(RequestItems={_table(): requests})
