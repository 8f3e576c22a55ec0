"""What DynamoDB is sent and answers, without a walk through its service's model (docs/adr/0028).

botocore walks every attribute of every item by its service's model, pynamodb every attribute of its own: nine tenths
of a list's processor time, a third of a claim's. msgspec makes the very same dictionaries of a read's answer in
compiled code, through botocore's own `before-parse` event, and the very same JSON of a request; a list's rows take
from an item just what they show, a record what it has. What does not change from call to call, the endpoint and
its connection pool, is looked up once. Tests hold each to the original; the signature is botocore's own.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypedDict, TypeVar

import msgspec
from botocore.handlers import add_retry_headers
from botocore.serialize import JSONSerializer
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


_ENCODED: Final = frozenset({
    "GetItem", "Query", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems",
})  # fmt: skip
"""Requests of texts, numbers, flags and bytes alone, under the names they are given: JSON as they stand."""


def quicken(client: Any) -> None:
    """Have a DynamoDB client's requests written and its reads decoded here, its endpoint and pool looked up once.

    The client must be configured with `account_id_endpoint_mode="disabled"`: its endpoint then follows from region and
    settings alone and is the same for every call.
    """
    for operation in _DECODERS:
        client.meta.events.register(f"before-parse.dynamodb.{operation}", _decode)
    # The attempt's number and the same User-Agent once more: two headers and two looks at each request, for statistics.
    client.meta.events.unregister("request-created", add_retry_headers)
    client.meta.events.unregister(
        "request-created.dynamodb", client._user_agent_creator.rebuild_and_replace_user_agent_handler
    )
    client._serializer = _Serializer()
    client._ruleset_resolver = _Endpoint(client._ruleset_resolver)
    sender = client._endpoint.http_session
    sender._manager.connection_from_url = cache(sender._manager.connection_from_url)


class _Serializer(JSONSerializer):  # type: ignore[misc]
    """botocore's, but the body is encoded as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self._frames: dict[str, dict[str, Any]] = {}

    def serialize_to_request(self, parameters: Mapping[str, Any], operation_model: Any) -> dict[str, Any]:
        """The request: method, path, headers, body. Bytes become base64, as botocore has it."""
        name = operation_model.name
        if name not in _ENCODED:
            whole: dict[str, Any] = super().serialize_to_request(parameters, operation_model)
            return whole
        frame = self._frames.get(name)
        if frame is None:
            frame = self._frames[name] = super().serialize_to_request({}, operation_model)
        return frame | {"headers": dict(frame["headers"]), "body": msgspec.json.encode(parameters)}


class _Endpoint:
    """A client's endpoint rules, asked once; for all else the original."""

    def __init__(self, rules: Any) -> None:
        self._rules = rules
        self._found: Any = None

    def construct_endpoint(self, **call: Any) -> Any:
        """Where the call goes."""
        if self._found is None:
            self._found = self._rules.construct_endpoint(**call)
        return self._found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rules, name)


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


def writer(model: type[Model]) -> Callable[[Mapping[str, Any]], dict[str, dict[str, Any]] | None]:
    """What makes an item, as the wire takes it, of a record's attribute values.

    As pynamodb does, but over what the record has instead of over all that it might have. None where something is
    missing or not of the model: what is wrong with it pynamodb itself must say.
    """
    attributes = model.get_attributes()
    needed = frozenset(name for name, each in attributes.items() if not each.null)
    known = {
        name: (each.attr_name, each.attr_type, None if type(each) is UnicodeAttribute else each.serialize)
        for name, each in attributes.items()
    }

    def write(values: Mapping[str, Any]) -> dict[str, dict[str, Any]] | None:
        found = {}
        missing = len(needed)
        for name, value in values.items():
            if value is None:
                continue
            if name not in known:
                return None
            written, letter, serialize = known[name]
            content = value if serialize is None else serialize(value)
            if content is not None:
                found[written] = {letter: content}
                missing -= name in needed
        return None if missing else found

    return write


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
