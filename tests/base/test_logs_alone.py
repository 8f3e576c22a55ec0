"""Nobody writes a log but base/logs.py: what gets in there are codes, ids and numbers (quality.md "Privacy")."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import chalicelib

ROOMS = Path(chalicelib.__file__).parent
MODULES = {
    str(file.relative_to(ROOMS)): file.read_text(encoding="utf-8")
    for file in sorted(ROOMS.rglob("*.py"))
    if file != ROOMS / "base" / "logs.py"
}
WRITERS = ("logging", "warnings", "traceback", "pprint")
"""Modules that write what they are given; of `logging` the names of levels are nobody's business."""
LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}


def written_beside(source: str) -> list[str]:
    """The places of a module that write a log, or could, by themselves."""
    return [f"line {node.lineno}: {ast.unparse(node)}" for node in _writing(ast.parse(source))]


def _writing(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    levels = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in LEVELS and isinstance(node.value, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in WRITERS:
                yield node
            case ast.Import(names=names) if any(each.name.partition(".")[0] in WRITERS[1:] for each in names):
                yield node
            case ast.Import(names=names) if any(each.name.startswith("logging") and each.asname for each in names):
                yield node
            case ast.Name(id="logging") if id(node) not in levels:
                yield node
            case ast.Name(id="print" | "breakpoint"):
                yield node
            case ast.Attribute(attr=attribute) if attribute in STREAMS or attribute == "log":
                yield node
            case ast.ImportFrom(names=names) if any(each.name in STREAMS for each in names):
                yield node


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_logs_through_base_logs_or_not_at_all(module: str) -> None:
    assert written_beside(MODULES[module]) == []


@pytest.mark.parametrize(
    "source",
    [
        "print(phone)",
        "import logging\nlogging.getLogger().info(phone)",
        "import logging\nlogging.info(phone)",
        "import logging as quiet",
        "from logging import getLogger",
        "import sys\nsys.stderr.write(phone)",
        "from sys import stdout",
        "app.log.info(phone)",
        "import traceback\ntraceback.print_exc()",
        "import warnings",
    ],
)
def test_every_way_around_it_is_found(source: str) -> None:
    assert written_beside(source)


def test_a_level_may_be_named() -> None:
    assert written_beside("import logging\nlevel = logging.ERROR") == []
