"""The arrows of the house (docs/adr/0001): who may import whom, and who knows Chalice, the tables or the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
KNOW_CHALICE = {"app", "chalicelib.base.web"}
UPPER = ("actions", "records", "routes", "views")
DO_IO = {"aws", "files", "outgoing", "settings", "tables"}  # of base
READ_THE_CLOCK = {"now", "today", "utcnow"}


class Module(NamedTuple):
    """A module that ships: its dotted name, its tree, and every module or name it imports, wherever the line stands."""

    name: str
    tree: ast.Module
    imports: frozenset[str]

    @property
    def room(self) -> str:
        """The room it stands in, "" for app.py."""
        return self.name.split(".")[1] if "." in self.name else ""

    @property
    def last(self) -> str:
        """Its own name within the room."""
        return self.name.rpartition(".")[2]

    @property
    def uses(self) -> Iterator[tuple[str, str]]:
        """The (room, module) pairs it imports."""
        for each in self.imports:
            parts = each.split(".")
            if parts[0] == "chalicelib" and len(parts) > 2:
                yield parts[1], parts[2]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _module(path: Path) -> Module:
    tree = ast.parse(path.read_text("utf-8"))
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return Module(name, tree, frozenset(_imported(tree)))


MODULES = [_module(path) for path in [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]]
RULES = [module for module in MODULES if module.last == "rules"]


def _wrong(*pairs: tuple[Module, object]) -> list[str]:
    return [f"{module.name} → {what}" for module, what in pairs]


def test_there_are_rooms_to_look_at() -> None:
    assert len({module.room for module in MODULES}) > 10
    assert len(RULES) > 5


def test_no_room_touches_anothers_records() -> None:
    found = [
        (module, used)
        for module in MODULES
        for used in module.uses
        if used[1].endswith("records") and used[0] != module.room
    ]

    assert not found, _wrong(*found)


def test_the_base_knows_no_room() -> None:
    found = [(module, used) for module in MODULES if module.room == "base" for used in module.uses if used[0] != "base"]

    assert not found, _wrong(*found)


def test_routes_go_through_actions_and_nobody_goes_through_routes() -> None:
    found = [
        (module, used)
        for module in MODULES
        for used in module.uses
        if (module.last.endswith("routes") and used[1].endswith("records"))
        or (used[1].endswith("routes") and not module.last.endswith("routes"))
    ]

    assert not found, _wrong(*found)


def test_only_the_root_and_the_door_know_chalice() -> None:
    knowing = {module.name for module in MODULES if any(each.split(".")[0] == "chalice" for each in module.imports)}

    assert knowing == KNOW_CHALICE


def test_nothing_that_ships_knows_the_tests_or_what_is_for_developers() -> None:
    found = [
        (module, each)
        for module in MODULES
        for each in module.imports
        if each.split(".")[0] in ("dev", "tests", "bench")
    ]

    assert not found, _wrong(*found)


@pytest.mark.parametrize("module", RULES, ids=lambda module: module.name)
def test_rules_decide_and_do_nothing(module: Module) -> None:
    wrong = [used for used in module.uses if used[1] in UPPER or (used[0] == "base" and used[1] in DO_IO)]
    wrong += [each for each in module.imports if each.split(".")[0] in ("boto3", "botocore", "os", "pynamodb", "time")]

    assert not wrong


@pytest.mark.parametrize("module", RULES, ids=lambda module: module.name)
def test_rules_read_no_clock(module: Module) -> None:
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    named = [(call, call.func.attr) for call in calls if isinstance(call.func, ast.Attribute)]

    # `clock.stamp(moment)` only writes a moment down; without one it reads the clock.
    reading = [call.lineno for call, name in named if name in READ_THE_CLOCK or (name == "stamp" and not call.args)]

    assert not reading
