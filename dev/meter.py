"""Counts the read and write units an act costs, at the one client that all records share.

Write units are the emulator's own (ReturnConsumedCapacity). Its read units are not right whatever the size, so they are
counted here as DynamoDB bills them: the bytes of the items *read*, in steps of 4 KB, per item for GetItem and
BatchGetItem, per page for Query; half for eventually consistent reads. What a filter or a projection leaves out was
read all the same: such a page is asked for once more without them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from chalicelib.base import aws, sizes

_STEP: Final = 4096  # bytes a read unit covers
_FILTERS: Final = ("FilterExpression", "ProjectionExpression", "ReturnConsumedCapacity")
_EVENTS: Final = {"before-parameter-build.dynamodb": "_asked", "after-call.dynamodb": "_answered"}


class Call(NamedTuple):
    """One call of DynamoDB: what it was, how many items it wrote or read, and its price in units."""

    operation: str
    items: int
    read: float
    write: float


@dataclass
class Meter:
    """What was spent so far."""

    calls: list[Call] = field(default_factory=list)
    _paused: bool = False

    @property
    def read(self) -> float:
        """Read units in all."""
        return sum(call.read for call in self.calls)

    @property
    def write(self) -> float:
        """Write units in all, those of the indexes included."""
        return sum(call.write for call in self.calls)

    @property
    def writes(self) -> list[Call]:
        """The calls that wrote."""
        return [call for call in self.calls if call.write]

    def _asked(self, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        if not self._paused:
            params["ReturnConsumedCapacity"] = "TOTAL"
            context["metered"] = dict(params)

    def _answered(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        params = context.get("metered")
        if params is None or self._paused:
            return
        self._paused = True  # the second look at a filtered page must not be counted itself
        try:
            self.calls.append(_priced(model.name, params, parsed))
        finally:
            self._paused = False


@contextmanager
def metered() -> Iterator[Meter]:
    """Count whatever this process does to DynamoDB within the block."""
    meter, events = Meter(), aws.client("dynamodb").meta.events
    for event, handler in _EVENTS.items():
        events.register(event, getattr(meter, handler))
    try:
        yield meter
    finally:
        for event, handler in _EVENTS.items():
            events.unregister(event, getattr(meter, handler))


def _priced(operation: str, params: dict[str, Any], parsed: dict[str, Any]) -> Call:
    consumed = parsed.get("ConsumedCapacity") or []
    units = sum(float(each["CapacityUnits"]) for each in (consumed if isinstance(consumed, list) else [consumed]))
    match operation:
        case "GetItem":
            found = [parsed["Item"]] if "Item" in parsed else []
            return Call(operation, 1, _read([sizes.of_item(item) for item in found] or [0], params), 0)
        case "BatchGetItem":
            return _batch(params, parsed)
        case "Query" | "Scan":
            less = "FilterExpression" in params or "ProjectionExpression" in params
            found = _unfiltered(operation, params) if less else parsed.get("Items", [])
            return Call(operation, len(found), _read([sum(sizes.of_item(item) for item in found)], params), 0)
        case "TransactWriteItems":
            return Call(operation, len(params["TransactItems"]), 0, units)
    return Call(operation, 1, 0, units)


def _batch(params: dict[str, Any], parsed: dict[str, Any]) -> Call:
    read, items = 0.0, 0
    for table, asked in params["RequestItems"].items():
        found = [sizes.of_item(item) for item in parsed.get("Responses", {}).get(table, [])]
        found += [0] * (len(asked["Keys"]) - len(found))  # what is not there costs a unit too
        read, items = read + _read(found, asked), items + len(found)
    return Call("BatchGetItem", items, read, 0)


def _read(sizes: Iterable[int], params: dict[str, Any]) -> float:
    price = 1.0 if params.get("ConsistentRead") else 0.5
    return sum(price * max(1, -(-size // _STEP)) for size in sizes)


def _unfiltered(operation: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    plain = {name: value for name, value in params.items() if name not in _FILTERS}
    condition = plain.get("KeyConditionExpression", "")
    for named in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        # A name or value that no expression uses is refused.
        used = {name: value for name, value in plain.pop(named, {}).items() if name in condition}
        plain |= {named: used} if used else {}
    ask = aws.client("dynamodb").query if operation == "Query" else aws.client("dynamodb").scan
    items: list[dict[str, Any]] = ask(**plain)["Items"]
    return items
