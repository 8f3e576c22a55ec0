"""The template is the one source of truth for names: models, queries, policies and stages are held against it."""

import ast
import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.base.models import Record
from chalicelib.wishes import index_records as wish_indexes
from chalicelib.wishes import records as wish_records
from chalicelib.wishes import views
from dev.resources import _resolved

ROOT = Path(__file__).parents[2]
CONFIG = json.loads((ROOT / ".chalice/config.json").read_text(encoding="utf-8"))
STACK = "trial"
TABLES = {
    properties["TableName"].removeprefix(f"{STACK}-"): properties
    for kind, properties in _resolved(STACK).values()
    if kind == "AWS::DynamoDB::Table"
}
RECORDS = [f"chalicelib.{path.parent.name}.{path.stem}" for path in sorted((ROOT / "chalicelib").glob("*/*records.py"))]
MODELS = [
    model
    for module in RECORDS
    for _, model in inspect.getmembers(importlib.import_module(module), inspect.isclass)
    if issubclass(model, Record) and model is not Record and model.__module__ == module
]
INDEXES = [(room, index) for room, table in TABLES.items() for index in table.get("GlobalSecondaryIndexes", [])]


def wire_names(room: str) -> set[str]:
    """Every attribute any model of the room writes, by its name in the table."""
    return {
        attribute.attr_name for model in MODELS if model.room == room for attribute in model.get_attributes().values()
    }


def test_there_are_models_and_tables_to_compare() -> None:
    assert len(MODELS) > 10
    assert len(TABLES) >= 7


def test_every_room_that_keeps_records_has_its_table_and_no_table_is_without_a_room() -> None:
    assert {model.room for model in MODELS} == set(TABLES)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_models_keys_are_its_tables(model: type[Record]) -> None:
    wanted = [(key["AttributeName"], key["KeyType"]) for key in TABLES[model.room]["KeySchema"]]

    assert wanted == [("pk", "HASH"), ("sk", "RANGE")]
    assert (model.pk.attr_name, model.sk.attr_name) == ("pk", "sk")


@pytest.mark.parametrize("room", sorted(TABLES))
def test_exactly_the_key_attributes_are_defined_and_all_are_texts(room: str) -> None:
    table = TABLES[room]
    schemas = [table["KeySchema"], *(index["KeySchema"] for index in table.get("GlobalSecondaryIndexes", []))]

    keys = {key["AttributeName"] for schema in schemas for key in schema}

    assert {each["AttributeName"] for each in table["AttributeDefinitions"]} == keys
    assert {each["AttributeType"] for each in table["AttributeDefinitions"]} == {"S"}


@pytest.mark.parametrize(
    ("room", "index"), INDEXES, ids=lambda each: each if isinstance(each, str) else each["IndexName"]
)
def test_everything_an_index_needs_is_written_by_a_model(room: str, index: dict[str, Any]) -> None:
    named = {key["AttributeName"] for key in index["KeySchema"]}
    named |= set(index["Projection"].get("NonKeyAttributes", []))

    assert named <= wire_names(room)


def indexes_asked(room: str) -> set[str]:
    """The index names that the room's records ask for, constants resolved."""
    module = importlib.import_module(f"chalicelib.{room}.records")
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.keyword) and node.arg == "IndexName":
            found.add(
                str(node.value.value) if isinstance(node.value, ast.Constant) else str(getattr(module, node.value.id))  # type: ignore[attr-defined]
            )
    return found


@pytest.mark.parametrize("room", sorted(TABLES))
def test_every_index_asked_for_is_there(room: str) -> None:
    there = {index["IndexName"] for index in TABLES[room].get("GlobalSecondaryIndexes", [])}

    assert indexes_asked(room) <= there


def test_every_attribute_a_key_condition_names_is_a_key_of_its_index() -> None:
    for room in TABLES:
        source = inspect.getsource(importlib.import_module(f"chalicelib.{room}.records"))
        queried = [TABLES[room], *TABLES[room].get("GlobalSecondaryIndexes", [])]
        keys = {key["AttributeName"] for each in queried for key in each["KeySchema"]}
        for condition in re.findall(r'KeyConditionExpression="([^"]+)"', source):
            assert set(re.findall(r"(\w+) (?:=|<=)", condition)) <= keys


def test_the_wall_carries_everything_its_rows_show() -> None:
    index = next(index for room, index in INDEXES if room == "wishes" and index["IndexName"] == wish_indexes.WALL)
    projected = {"pk", "sk", *index["Projection"]["NonKeyAttributes"]}
    projected |= {key["AttributeName"] for key in index["KeySchema"]}
    attributes = wish_records.Wish.get_attributes()
    read = set(re.findall(r"wish\.(\w+)", inspect.getsource(views.public_fields) + inspect.getsource(views.row)))

    assert read
    assert {attributes[name].attr_name for name in read} <= projected
    assert wish_records.Wish.story_beside.attr_name in projected  # or a long story would be missing from the wall


def test_the_narrow_index_carries_the_line_and_nothing_else() -> None:
    index = next(index for room, index in INDEXES if room == "wishes" and index["IndexName"] == wish_indexes.NARROW)

    assert index["Projection"]["NonKeyAttributes"] == [wish_records.Wish.line.attr_name]


@pytest.mark.parametrize("room", sorted(TABLES))
def test_every_table_survives_its_stack_and_can_be_restored(room: str) -> None:
    text = (ROOT / ".chalice/resources.yaml").read_text(encoding="utf-8")
    section = text[text.index(f"'${{AWS::StackName}}-{room}'") - 400 :][:900]

    assert "DeletionPolicy: Retain" in section
    assert "PointInTimeRecoveryEnabled: true" in section
    assert TABLES[room]["BillingMode"] == "PAY_PER_REQUEST"


def stages() -> list[tuple[str, dict[str, Any]]]:
    return list(CONFIG["stages"].items())


@pytest.mark.parametrize(("name", "stage"), stages())
def test_a_stage_names_its_own_stack_key_and_secrets(name: str, stage: dict[str, Any]) -> None:
    given = stage["environment_variables"]

    assert given["STAGE"] == name
    assert given["TABLE_PREFIX"] == f"microwish-{name}"
    assert given["KEY_ALIAS"] == f"alias/{given['TABLE_PREFIX']}"
    assert given["SECRETS"] == f"/{given['TABLE_PREFIX']}/secrets"
    assert "LOCAL_RUN" not in given


def test_there_are_a_stage_to_try_and_a_stage_to_use() -> None:
    assert {"dev", "prod"} <= set(CONFIG["stages"])
    assert CONFIG["autogen_policy"] is False


def policies() -> list[str]:
    return sorted(
        {
            part["iam_policy_file"]
            for _, stage in stages()
            for part in (stage, *stage.get("lambda_functions", {}).values())
            if "iam_policy_file" in part
        }
    )


@pytest.mark.parametrize("file", policies())
def test_a_policy_is_there_and_allows_named_actions_on_named_resources(file: str) -> None:
    statements = json.loads((ROOT / ".chalice" / file).read_text(encoding="utf-8"))["Statement"]

    assert statements
    for statement in statements:
        actions, resources = listed(statement["Action"]), listed(statement.get("Resource", []))
        assert not [action for action in actions if action.endswith("*")]
        if not resources or "*" in resources:
            # A phone number is no resource that could be named; tracing knows none.
            assert set(actions) <= {"sns:Publish", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}, statement


def test_whatever_function_may_send_an_sms_may_send_a_letter() -> None:
    for file in policies():
        statements = json.loads((ROOT / ".chalice" / file).read_text(encoding="utf-8"))["Statement"]
        actions = {action for statement in statements for action in listed(statement["Action"])}
        assert ("sns:Publish" in actions) == ("ses:SendEmail" in actions), file


def listed(part: Any) -> list[Any]:
    """A statement's action or resource, which may stand alone, as a list."""
    return part if isinstance(part, list) else [part]


def test_every_function_of_the_app_has_a_policy_of_its_own() -> None:
    import app

    functions = {function.name for function in app.app.pure_lambda_functions} | {
        source.name for source in app.app.event_sources if hasattr(source, "name")
    }
    for _, stage in stages():
        assert functions <= set(stage.get("lambda_functions", {}))
