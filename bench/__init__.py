"""What MicroWish costs, against its targets and against what would have been built instead: `make bench`.

A section is a module `bench/<section>.py`, named in `bench.__main__.SECTIONS`, with

    def run(say: Callable[[str], None]) -> dict[str, Any]

It measures, tells `say` what it is doing, and returns {"rows": [...], ...details}. A row is one line of the table:

    {"what": "warm GET one wish, CPU, against plain Chalice", "measured": 0.55, "unit": "x",
     "target": "<= 0.65", "met": True}

`measured` is a number or a word, `target` is a text ("" where nothing must be reached), and `met` is None there and
where this machine can't measure it, which the row then says. `bench.__main__` prints the rows and merges what the
section returned into bench/results.json under its name; what other sections found stays. See docs/benchmarks.md.
"""

from collections.abc import Callable
from typing import Any, TypedDict

Say = Callable[[str], None]


class Row(TypedDict):
    """One line of the table."""

    what: str
    measured: float | str
    unit: str
    target: str
    met: bool | None


def row(what: str, measured: float | str, unit: str, most: float | None = None) -> Row:
    """A row that is met by at most `most`; without that it is only shown."""
    target = "" if most is None else f"<= {most:g}"
    if isinstance(measured, str):
        return Row(what=what, measured=measured, unit=unit, target=target, met=None)
    met = None if most is None else measured <= most
    return Row(what=what, measured=round(measured, 4), unit=unit, target=target, met=met)


Found = dict[str, Any]
"""What a section returns."""
