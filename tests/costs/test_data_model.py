"""docs/data-model.md names every item kind, every wire attribute and every index there is, and none that is not."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.base import models, tables
from dev import resources

DOCUMENT = (Path(__file__).resolve().parent.parent.parent / "docs" / "data-model.md").read_text()
ROOMS = ("wishes", "claims", "rounds", "reports", "notices", "accounts", "imports", "audit", "privacy")


def _records(room: str) -> dict[str, type[models.Record]]:
    files = sorted(Path(tables.__file__).parents[1].joinpath(room).glob("*records.py"))
    modules = [importlib.import_module(f"chalicelib.{room}.{file.stem}") for file in files]
    return {
        name: found
        for module in modules
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, models.Record) and found.__module__ == module.__name__
    }


def _section(room: str) -> str:
    found = re.search(rf"^### Table `{room}`$(.*?)(?=^#|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no section for {room}"
    return found[1]


def _documented(room: str) -> dict[str, set[tuple[str, str]]]:
    kinds = re.findall(r"^- \*\*(\w+)\*\* .*(?:\n  (.*))?", _section(room), re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)` (\w+)", attributes)) for name, attributes in kinds}


@pytest.mark.parametrize("room", ROOMS)
def test_every_attribute_of_every_item_kind_is_spelled_out(room: str) -> None:
    models = {
        name: {
            (attribute.attr_name, python)
            for python, attribute in model.get_attributes().items()
            if python not in ("pk", "sk")
        }
        for name, model in _records(room).items()
    }

    assert _documented(room) == models


def _indexes() -> dict[tuple[str, str], tuple[list[str], str]]:
    tables_of = [found for kind, found in resources._resolved("x").values() if kind == "AWS::DynamoDB::Table"]
    return {
        (table["TableName"].removeprefix("x-"), index["IndexName"]): _told(index)
        for table in tables_of
        for index in table.get("GlobalSecondaryIndexes", ())
    }


def _told(index: dict[str, Any]) -> tuple[list[str], str]:
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    projected = index["Projection"].get("NonKeyAttributes")
    return keys, " ".join(f"`{name}`" for name in projected) if projected else "keys only"


def test_every_index_is_listed_with_its_keys_and_what_it_projects() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.*?) \| .*? \| (.*?) \|$", DOCUMENT, re.MULTILINE)

    assert {(table, name): (re.findall(r"`(\w+)`", keys), told) for table, name, keys, told in rows} == _indexes()
