"""`make bench [ONLY=cold,warm]`: runs the sections, prints one table, merges bench/results.json and the document.

`ONLY=table` measures nothing: it prints what is kept and writes docs/benchmarks.md from it.
"""

import importlib
import json
import logging
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import Found, Row
from dev.steps import say

RESULTS: Final = Path(__file__).with_name("results.json")
DOCUMENT: Final = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
TABLE: Final = "table"
_MARK: Final = "<!-- the table: written by make bench, not for editing -->\n"
SECTIONS: Final[Sequence[str]] = (
    "cold", "warm", "instructions", "size", "capacity", "figures", "workbook", "reminders", "rush", "server",
)  # fmt: skip
"""Modules of `bench`, in the order they are run and printed."""
_WIDTHS: Final = (72, 12, 6, 12)


def main(arguments: list[str]) -> int:
    """Measure what was asked for (everything by default); status 0 even where a target is missed: the table says so."""
    wanted = [name for argument in arguments for name in argument.split(",") if name] or list(SECTIONS)
    if wanted == [TABLE]:
        return _told(_kept(), SECTIONS)
    unknown = sorted(set(wanted) - set(SECTIONS))
    if unknown:
        say(f"No section {', '.join(unknown)}. There are: {', '.join(SECTIONS)}.")
        return 1
    logging.disable(logging.INFO)  # the application's own lines about each request
    found = _kept()
    for name in (name for name in SECTIONS if name in wanted):
        say(f"\n{name}")
        started = time.monotonic()
        made: Found = importlib.import_module(f"bench.{name}").run(lambda text: say(f"  {text}"))
        found[name] = made | {"on": datetime.now(UTC).strftime("%Y-%m-%d"), "python": sys.version.split()[0]}
        _keep(found)  # after each one, so that a section that fails costs the others nothing
        say(f"  done in {time.monotonic() - started:.0f} s")
    return _told(found, wanted)


def _told(found: dict[str, Found], wanted: Sequence[str]) -> int:
    say("\n" + "\n".join(table(found, wanted)))
    before, mark, _ = DOCUMENT.read_text(encoding="utf-8").partition(_MARK)
    DOCUMENT.write_text(before + mark + markdown(found), encoding="utf-8")
    return 0


def markdown(found: dict[str, Found]) -> str:
    """Every section kept, as the document shows them."""
    parts = []
    for name in (name for name in SECTIONS if name in found):
        rows: list[Row] = found[name]["rows"]
        lines = [
            f"| {row['what']} | {shown(row['measured'])} {row['unit']} | {row['target']} | {verdict(row['met'])} |"
            for row in rows
        ]
        head = [f"\n### {name}, {found[name]['on']}, Python {found[name]['python']}\n"]
        parts += [*head, "| what | measured | target | |", "|---|---:|---:|---|", *lines]
    return "\n".join(parts) + "\n"


def table(found: dict[str, Found], wanted: Iterable[str]) -> list[str]:
    """The rows of the sections wanted, as lines of text."""
    lines = [_line("", "measured", "", "target", "met")]
    for name in (name for name in SECTIONS if name in wanted and name in found):
        lines += ["", name]
        rows: list[Row] = found[name]["rows"]
        lines += [
            _line(row["what"], shown(row["measured"]), row["unit"], row["target"], verdict(row["met"])) for row in rows
        ]
    return lines


def shown(measured: float | str) -> str:
    """A number with three digits that say something; a word as it is."""
    if isinstance(measured, str):
        return measured
    if measured == int(measured):
        return f"{int(measured):,}"
    return f"{measured:,.0f}" if abs(measured) >= 1000 else f"{measured:.3g}"


def verdict(met: bool | None) -> str:
    """Whether a target is reached, in a word."""
    return "" if met is None else "met" if met else "MISSED"


def _line(*cells: str) -> str:
    what, measured, unit, target, met = cells
    return f"  {what:<{_WIDTHS[0]}}{measured:>{_WIDTHS[1]}} {unit:<{_WIDTHS[2]}}{target:>{_WIDTHS[3]}}  {met}".rstrip()


def _kept() -> dict[str, Found]:
    found: dict[str, Found] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    return found


def _keep(found: dict[str, Found]) -> None:
    ordered = {name: found[name] for name in sorted(found)}
    RESULTS.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
