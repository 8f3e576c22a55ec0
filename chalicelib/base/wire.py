"""What DynamoDB answers to reads, decoded straight from the bytes (docs/adr/0028).

botocore walks every attribute of every item by its service's model, pynamodb every attribute of its own: nine tenths
of a list's processor time. msgspec makes the very same dictionaries of a read's answer in compiled code, through
botocore's own `before-parse` event; a list's rows take from them just what they show, a record what its item has.
Tests hold all three to the originals.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict, TypeVar

import msgspec
from pynamodb.attributes import Attribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

RowT = TypeVar("RowT", bound=msgspec.Struct)


class Value(TypedDict, total=False):
    """One attribute's value, under the letter of its type."""

    S: str
    N: str
    B: bytes
    SS: list[str]
    NS: list[str]
    BS: list[bytes]
    M: "dict[str, Value]"
    L: "list[Value]"
    NULL: bool
    BOOL: bool


Item = dict[str, Value]


class _Got(TypedDict, total=False):
    Item: Item
    ConsumedCapacity: dict[str, Any]


class _Queried(TypedDict, total=False):
    Items: list[Item]
    Count: int
    ScannedCount: int
    LastEvaluatedKey: Item
    ConsumedCapacity: dict[str, Any]


_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "GetItem": msgspec.json.Decoder(_Got),
    "Query": msgspec.json.Decoder(_Queried),
}


def quicken(client: Any) -> None:
    """Have a DynamoDB client's reads decoded here."""
    for operation in _DECODERS:
        client.meta.events.register(f"before-parse.dynamodb.{operation}", _decode)


def _decode(
    operation_model: Any, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    if response_dict["status_code"] != 200:
        return  # botocore makes the error of it
    try:
        customized_response_dict.update(_DECODERS[operation_model.name].decode(response_dict["body"]))
    except msgspec.DecodeError:
        return  # botocore says what is wrong with it
    response_dict["body"] = b"{}"  # nothing is left for botocore but the headers


def _number(text: str) -> float:
    """As pynamodb reads it: whole where it is written whole."""
    number: float = int(text) if text.isdecimal() else json.loads(text)
    return number


_LETTERS: Final[Mapping[type[Attribute[Any]], tuple[str, Callable[[Any], Any]]]] = {
    UnicodeAttribute: ("S", str),
    NumberAttribute: ("N", _number),
    BooleanAttribute: ("BOOL", bool),
}


def reader(model: type[Model], row: type[RowT]) -> Callable[[Mapping[str, Any]], RowT]:
    """What makes a `row` of an item as the wire gives it: each field from the model's attribute of that name.

    Raises KeyError for a field the model lacks, and for an attribute that is no text, number or boolean.
    """
    attributes = model.get_attributes()
    fields = [
        (attribute.attr_name, *_LETTERS[type(attribute)], attribute.default)
        for attribute in (attributes[field] for field in row.__struct_fields__)
    ]

    def read(item: Mapping[str, Any]) -> RowT:
        return row(*[convert(item[name][letter]) if name in item else default
                     for name, letter, convert, default in fields])  # fmt: skip

    return read


def values(model: type[Model]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What makes a record's attribute values of an item as the wire gives it.

    As pynamodb does, but over what the item has instead of over all that it might have: of a wish's 45 attributes half
    are there. Raises pynamodb's AttributeDeserializationError for a value of another type.
    """
    attributes = model.get_attributes()
    defaults = [(name, each.default) for name, each in attributes.items() if each.default is not None]
    known = {
        each.attr_name: (name, *_LETTERS.get(type(each), (each.attr_type, each.deserialize)), each)
        for name, each in attributes.items()
    }

    def read(item: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: default() if callable(default) else default for name, default in defaults}
        for written, value in item.items():
            if written not in known:
                continue
            name, letter, convert, attribute = known[written]
            if letter in value:
                found[name] = convert(value[letter])
            elif value and "NULL" not in value:
                attribute.get_value(value)  # it is pynamodb that says what is wrong
        return found

    return read
