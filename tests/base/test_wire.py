"""What is decoded straight from the wire is what botocore and pynamodb make of it."""

import base64
import importlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from pynamodb.attributes import AttributeContainer, JSONAttribute, ListAttribute
from pynamodb.exceptions import AttributeDeserializationError, AttributeNullError

from chalicelib.base import aws, models, wire
from chalicelib.wishes import index_records, records

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBERS = st.one_of(st.integers().map(str), st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str))
BYTES = st.binary(max_size=20).map(lambda content: base64.b64encode(content).decode())
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"S": TEXTS}),
        st.fixed_dictionaries({"N": NUMBERS}),
        st.fixed_dictionaries({"B": BYTES}),
        st.fixed_dictionaries({"BOOL": st.booleans()}),
        st.fixed_dictionaries({"NULL": st.just(True)}),
        st.fixed_dictionaries({"SS": st.lists(TEXTS, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"NS": st.lists(NUMBERS, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"BS": st.lists(BYTES, min_size=1, max_size=3)}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(TEXTS, inner, max_size=3)}),
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(st.text("abcdefg", min_size=1, max_size=3), VALUES, max_size=6)

ModelT = TypeVar("ModelT", bound=models.Record)
Ask = Callable[[str, int, bytes], Any]


class Body:
    """A raw answer's body."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.content


def made(*, quickened: bool) -> Any:
    """A client as `aws` configures it."""
    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        account_id_endpoint_mode="disabled",
    )
    client = botocore.session.get_session().create_client("dynamodb", region_name="cn-north-1", config=config)
    if quickened:
        wire.quicken(client)
    return client


def asking(*, quickened: bool) -> Ask:
    """A client whose table gives a status and bytes instead of being asked; what it makes of them."""
    client = made(quickened=quickened)

    def ask(operation: str, status: int, content: bytes) -> Any:
        client.meta.events.register(
            "before-send.dynamodb",
            lambda **_: AWSResponse("https://table", status, {"x-amzn-requestid": "r"}, Body(content)),
            unique_id="the answer",
        )
        try:
            given = {"TableName": "t"} | ({"Key": {"pk": {"S": "k"}}} if operation == "GetItem" else {})
            return client._make_api_call(operation, given)
        finally:
            client.meta.events.unregister("before-send.dynamodb", unique_id="the answer")

    return ask


@pytest.fixture(scope="module")
def clients() -> tuple[Ask, Ask]:
    """Ours, and botocore's own."""
    return asking(quickened=True), asking(quickened=False)


@settings(max_examples=60, deadline=None)
@given(items=st.lists(ITEMS, max_size=3), last=st.none() | ITEMS)
def test_lists_are_what_botocore_makes_of_them(clients: tuple[Ask, Ask], items: list[Any], last: Any) -> None:
    answer = {"Items": items, "Count": len(items), "ScannedCount": 7, "NotKnownYet": {"a": 1}}
    answer |= {"LastEvaluatedKey": last} if last is not None else {}
    ours, whole = (ask("Query", 200, json.dumps(answer).encode()) for ask in clients)

    assert ours == whole
    assert [item.keys() for item in ours["Items"]] == [item.keys() for item in items]


@settings(max_examples=60, deadline=None)
@given(item=st.none() | ITEMS)
def test_an_item_is_what_botocore_makes_of_it(clients: tuple[Ask, Ask], item: Any) -> None:
    answer = {"Item": item} if item is not None else {}
    capacity = {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5}}
    ours, whole = (ask("GetItem", 200, json.dumps(answer | capacity).encode()) for ask in clients)

    assert ours == whole
    assert ("Item" in ours) == (item is not None)


RAW: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"S": TEXTS}),
        st.fixed_dictionaries({"N": NUMBERS}),
        st.fixed_dictionaries({"B": st.binary(max_size=20)}),
        st.fixed_dictionaries({"BOOL": st.booleans()}),
        st.fixed_dictionaries({"SS": st.lists(TEXTS, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"BS": st.lists(st.binary(max_size=9), min_size=1, max_size=3)}),
    ),
    lambda inner: st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
    max_leaves=4,
)
RAW_ITEMS = st.dictionaries(st.text("abcdefg", min_size=1, max_size=3), RAW, max_size=4)


def requests_of(item: Any) -> dict[str, dict[str, Any]]:
    """A request of every operation that is written here, with an item somewhere in it."""
    table, condition = {"TableName": "t"}, {"ConditionExpression": "#v = :v", "ExpressionAttributeNames": {"#v": "v"}}
    change = {"UpdateExpression": "SET #v = :v", "ExpressionAttributeValues": {":v": {"B": b"\x00\xff"}}, **condition}
    key = {"Key": {"pk": {"S": "微心愿"}, "sk": {"S": "wish"}}}
    return {
        "GetItem": {**table, **key, "ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL"},
        "Query": {**table, "IndexName": "wall", "Limit": 51, "ScanIndexForward": False, "ExclusiveStartKey": item},
        "BatchGetItem": {"RequestItems": {"t": {"Keys": [key["Key"], item], "ConsistentRead": False}}},
        "PutItem": {**table, "Item": item, **condition},
        "UpdateItem": {**table, **key, **change},
        "DeleteItem": {**table, **key, **condition, "ReturnValues": "ALL_OLD"},
        "TransactWriteItems": {
            "ClientRequestToken": "once",
            "TransactItems": [{"Put": {**table, "Item": item, **condition}}, {"Update": {**table, **key, **change}}],
        },
    }


def sent(client: Any, operation: str, parameters: dict[str, Any]) -> tuple[str, str, dict[str, str], Any]:
    """Method, address, headers and body of a request as it would go out. Signatures differ with the second."""
    kept: list[Any] = []

    def keep(request: Any, **_: object) -> AWSResponse:
        kept.append(request)
        return AWSResponse("https://table", 200, {}, Body(b"{}"))

    client.meta.events.register("before-send.dynamodb", keep, unique_id="keep")
    try:
        client._make_api_call(operation, parameters)
    finally:
        client.meta.events.unregister("before-send.dynamodb", unique_id="keep")
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in kept[0].headers.items()}
    headers["Authorization"] = headers["Authorization"].rpartition("Signature=")[0]
    for name in ("X-Amz-Date", "amz-sdk-invocation-id", "amz-sdk-request", "Content-Length", "User-Agent"):
        headers.pop(name, None)
    return kept[0].method, kept[0].url, headers, json.loads(kept[0].body)


@pytest.fixture(scope="module")
def senders() -> Iterator[tuple[Any, Any]]:
    """Clients with keys to sign with: ours, and botocore's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield made(quickened=True), made(quickened=False)


@settings(max_examples=40, deadline=None)
@given(item=RAW_ITEMS)
def test_a_request_is_what_botocore_makes_of_it(senders: tuple[Any, Any], item: Any) -> None:
    requests = requests_of(item)
    assert requests.keys() == wire._ENCODED
    for operation, parameters in requests.items():
        ours, whole = (sent(client, operation, parameters) for client in senders)
        assert ours == whole


def test_what_is_not_written_here_is_left_to_botocore(senders: tuple[Any, Any]) -> None:
    parameters = {"SourceTableName": "a", "TargetTableName": "b", "RestoreDateTime": datetime(2026, 3, 1, tzinfo=UTC)}
    ours, whole = (sent(client, "RestoreTableToPointInTime", parameters) for client in senders)

    assert ours == whole
    assert ours[3]["RestoreDateTime"] == 1772323200


def test_endpoint_and_pool_are_looked_up_once(senders: tuple[Any, Any]) -> None:
    ours, whole = senders
    rules = whole._ruleset_resolver
    for operation, parameters in requests_of({}).items():
        call = {
            "operation_model": whole.meta.service_model.operation_model(operation),
            "call_args": parameters,
            "request_context": {},
        }
        assert ours._ruleset_resolver.construct_endpoint(**call) == rules.construct_endpoint(**call)
        assert ours._ruleset_resolver.construct_endpoint(**call) is ours._ruleset_resolver.construct_endpoint()
    manager = ours._endpoint.http_session._manager
    assert manager.connection_from_url("https://table/") is manager.connection_from_url("https://table/")
    assert manager.connection_from_url("https://table/") is not manager.connection_from_url("https://other/")


def test_the_shared_client_is_quickened_and_its_endpoint_cannot_move() -> None:
    client = aws.client("dynamodb")

    assert isinstance(client._serializer, wire._Serializer)
    assert client.meta.config.account_id_endpoint_mode == "disabled"


class Marker:
    """A decoder that leaves a mark."""

    def decode(self, content: bytes) -> dict[str, Any]:
        return {"Item": {"decoded": {"S": "here"}}}


def test_only_a_quickened_client_decodes_here(clients: tuple[Ask, Ask], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wire._DECODERS, "GetItem", Marker())

    ours, whole = (ask("GetItem", 200, b'{"Item": {"a": {"S": "b"}}}') for ask in clients)

    assert ours["Item"] == {"decoded": {"S": "here"}}
    assert whole["Item"] == {"a": {"S": "b"}}


@pytest.mark.parametrize("content", [b'{"Item": null}', b'{"Item": {"a": {"S": 7}}}', b"{}"])
def test_what_is_not_as_expected_is_left_to_botocore(clients: tuple[Ask, Ask], content: bytes) -> None:
    ours, whole = (ask("GetItem", 200, content) for ask in clients)

    assert ours == whole


def test_a_refusal_is_the_error_botocore_makes_of_it(clients: tuple[Ask, Ask]) -> None:
    said = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "no table"})
    told = []
    for ask in clients:
        with pytest.raises(Exception, match="no table") as raised:
            ask("Query", 400, said.encode())
        told.append((type(raised.value).__name__, raised.value.response["Error"]))  # type: ignore[attr-defined]

    assert told[0] == told[1]


def pynamodbs_own(model: type[ModelT], item: dict[str, Any]) -> ModelT:
    """The record as pynamodb makes it of the item, whatever the house does instead."""
    made: ModelT = AttributeContainer._instantiate.__func__(model, item)  # type: ignore[attr-defined]
    return made


WIRE_FIELDS = {
    name: attribute
    for name, attribute in records.Wish.get_attributes().items()
    if name in index_records.WallRow.__struct_fields__
}
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "S": st.fixed_dictionaries({"S": TEXTS}),
    "N": st.fixed_dictionaries({"N": NUMBERS}),
    "BOOL": st.fixed_dictionaries({"BOOL": st.booleans()}),
}
ROWS = st.fixed_dictionaries(
    {"pk": KINDS["S"], "sk": KINDS["S"]},
    optional={each.attr_name: KINDS[each.attr_type] for name, each in WIRE_FIELDS.items() if name != "pk"},
)


def test_the_wall_shows_attributes_of_the_wish() -> None:
    assert set(WIRE_FIELDS) == set(index_records.WallRow.__struct_fields__)


@settings(max_examples=200, deadline=None)
@given(item=ROWS)
def test_a_row_of_the_wall_is_what_pynamodb_makes_of_the_item(item: dict[str, Any]) -> None:
    row, wish = index_records.wall_row(item), pynamodbs_own(records.Wish, item)

    assert {name: getattr(row, name) for name in WIRE_FIELDS} == {name: getattr(wish, name) for name in WIRE_FIELDS}
    assert {name: type(getattr(row, name)) for name in WIRE_FIELDS} == {
        name: type(getattr(wish, name)) for name in WIRE_FIELDS
    }


def every_model() -> list[type[models.Record]]:
    """Every model of every room."""
    rooms = Path(wire.__file__).parents[1]
    for file in sorted(rooms.glob("*/*records.py")):
        importlib.import_module(f"chalicelib.{file.parent.name}.{file.stem}")
    found, waiting = [], [models.Record]
    while waiting:
        model = waiting.pop()
        found += [model] if model.room else []
        waiting += model.__subclasses__()
    return sorted(found, key=lambda model: (model.__module__, model.__name__))


def values_of(attribute: Any) -> st.SearchStrategy[Any]:
    """What an item may hold under an attribute: a value of its type, or NULL."""
    kinds = KINDS | {
        "B": st.fixed_dictionaries({"B": st.binary(max_size=9)}),
        "SS": st.fixed_dictionaries({"SS": st.lists(TEXTS, min_size=1, max_size=3)}),
        "L": st.fixed_dictionaries({"L": st.lists(KINDS["S"], max_size=3)}),
    }
    if isinstance(attribute, JSONAttribute):
        texts = st.recursive(TEXTS | st.booleans(), lambda inner: st.lists(inner, max_size=2)).map(json.dumps)
        kinds["S"] = st.fixed_dictionaries({"S": texts})
    if isinstance(attribute, ListAttribute) and attribute.element_type is None:
        kinds["L"] = st.fixed_dictionaries({"L": st.lists(KINDS["S"] | KINDS["N"], max_size=3)})
    return kinds[attribute.attr_type] | st.just({"NULL": True})


@pytest.mark.parametrize("model", every_model(), ids=lambda model: f"{model.room}.{model.__name__}")
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_record_is_what_pynamodb_makes_of_the_item(model: type[models.Record], data: st.DataObject) -> None:
    attributes = {each.attr_name: values_of(each) for each in model.get_attributes().values()}
    item = data.draw(st.fixed_dictionaries({}, optional=attributes | {"not known yet": KINDS["S"]}))

    ours, whole = model.from_raw_data(item), pynamodbs_own(model, item)

    assert type(ours) is model
    assert ours.attribute_values == whole.attribute_values
    assert repr(sorted(ours.attribute_values.items())) == repr(sorted(whole.attribute_values.items()))
    assert vars(ours).keys() == vars(whole).keys()


def written_or_missing(write: Callable[[], Any]) -> Any:
    """The item, or what pynamodb says is missing."""
    try:
        return write()
    except AttributeNullError as missing:
        return str(missing)


@pytest.mark.parametrize("model", every_model(), ids=lambda model: f"{model.room}.{model.__name__}")
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_an_item_is_what_pynamodb_makes_of_the_record(model: type[models.Record], data: st.DataObject) -> None:
    attributes = {each.attr_name: values_of(each) for each in model.get_attributes().values()}
    record = model.from_raw_data(data.draw(st.fixed_dictionaries({}, optional=attributes)))
    for name in data.draw(st.sets(st.sampled_from(sorted(attributes)), max_size=2)):
        record.attribute_values[model._dynamo_to_python_attr(name)] = None

    assert written_or_missing(record.serialize) == written_or_missing(record._container_serialize)
    assert record.serialize(null_check=False) == record._container_serialize(null_check=False)


def test_a_value_of_another_type_is_refused_as_pynamodb_refuses_it() -> None:
    for make in (records.Wish.from_raw_data, lambda item: pynamodbs_own(records.Wish, item)):
        with pytest.raises(AttributeDeserializationError):
            make({"pk": {"N": "7"}})


def test_records_share_no_default() -> None:
    from chalicelib.claims.records import Queue

    one, other = Queue.from_raw_data({}), Queue.from_raw_data({})
    one.accounts.append("somebody")

    assert other.accounts == []
