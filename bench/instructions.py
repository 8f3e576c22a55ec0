"""Instructions of a cold start: what no busy neighbour disturbs. By valgrind's cachegrind, once a variant.

The processor's own counter (`perf stat`) is cheaper, but virtual machines rarely have one; valgrind has none of the
kernel's instructions. Where neither is installed the rows say so.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench import Found, Say, measuring, row, trees

_MOST: Final = {"stock": 0.40, "floor": 0.95, "powertools": 1.0, "fastapi": 1.0, "flask": 1.0}
_NAMES: Final = {"stock": "stock `chalice package`"} | trees.FLOORS | trees.FRAMEWORKS
_PERF: Final = re.compile(r"^(\d+),.*instructions", re.MULTILINE)
_GRIND: Final = re.compile(r"^summary: (\d+)", re.MULTILINE)


def run(say: Say) -> Found:
    """Rows of our instructions over theirs, from the start of the interpreter to the first answer."""
    by = "perf" if _perf_counts() else "valgrind" if shutil.which("valgrind") else None
    if by is None:
        rows = [row(f"instructions of a cold start, against {label}", "not measurable here", "", _MOST.get(name))
                for name, label in _NAMES.items()]  # fmt: skip
        return {"rows": rows, "by": None}
    counted = _counted(trees.laid_down(say), by, say)
    rows = [
        row(f"instructions of a cold start, against {label}", counted["ours"] / counted[name], "x", _MOST.get(name))
        for name, label in _NAMES.items()
    ]
    rows += [row(f"instructions of a cold start, {name}", number / 1e6, "M") for name, number in counted.items()]
    return {"rows": rows, "by": by, "instructions": counted}


def _perf_counts() -> bool:
    """Whether this machine lets its counter be read."""
    if shutil.which("perf") is None:
        return False
    made = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True)
    return bool(_PERF.search(made.stderr))


def _counted(laid: Mapping[str, Path], by: str, say: Say) -> dict[str, int]:
    plan, counted = measuring.plan(laid), {}
    with measuring.dynamodb(plan) as endpoint, tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "counted"
        tool = {
            "perf": ["perf", "stat", "-x,", "-e", "instructions:u", "-o", str(report)],
            "valgrind": ["valgrind", "-q", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={report}"],
        }[by]
        for name, tree in laid.items():
            # One order of sets and dictionaries: the same number every time.
            run = [*tool, *measuring.command("once", tree, plan, "show")]
            said = measuring.said(name, run, endpoint, PYTHONHASHSEED="0")
            if said["status"] != 200:
                raise measuring.NotTheSame(f"{name}: {said['status']} {said['body']}")
            found = (_PERF if by == "perf" else _GRIND).search(report.read_text(encoding="utf-8"))
            if found is None:
                raise measuring.NotTheSame(f"{name}: {by} counted nothing")
            counted[name] = int(found[1])
            say(f"{name}: {counted[name] / 1e6:,.0f} million")
    return counted
