"""How many bytes an item takes, as DynamoDB counts them: what it bills by, and what a wish's item is kept small for."""

from collections.abc import Mapping
from typing import Any

from chalicelib.base.models import Record


def of_record(record: Record) -> int:
    """The item's size in bytes, within a byte or two per number."""
    return of_item(record.to_dynamodb_dict())


def of_item(item: Mapping[str, dict[str, Any]]) -> int:
    """The same of an item as the wire gives it."""
    return sum(len(name) + _of_value(value) for name, value in item.items())


def _of_value(value: dict[str, Any]) -> int:
    kind, inner = next(iter(value.items()))
    match kind:
        case "S":
            return len(inner.encode())
        case "N":
            return len(inner) // 2 + 2
        case "B":
            return len(inner)
        case "M":
            return 3 + sum(len(name) + 1 + _of_value(each) for name, each in inner.items())
        case "L":
            return 3 + sum(1 + _of_value(each) for each in inner)
        case "SS":
            return 3 + sum(1 + len(each.encode()) for each in inner)
    return 1
