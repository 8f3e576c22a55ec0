"""Cold starts: a fresh process from the import of the handler to its first answer, as Lambda's runtime client does it.

The variants take turns within a round, so that whatever else the machine does meets all of them alike. CPU is what
the process used in all its life; wall time runs from before the import. Peak memory is the process's.
"""

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench import Found, Row, Say, measuring, row, trees

_ROUNDS: Final = 7
_MOST: Final = {"stock": 0.40, "floor": 0.95, "powertools": 1.0, "fastapi": 1.0, "flask": 1.0}
_NAMES: Final = {"stock": "the same app as stock `chalice package` makes it"} | trees.FLOORS | trees.FRAMEWORKS
_PEAK: Final = 1.1

Starts = dict[str, list[float]]


def run(say: Say) -> Found:
    """Rows of CPU, wall time and memory against stock, the floor and every framework."""
    laid = trees.laid_down(say)
    starts = _starts(laid, say)
    cpu, wall, peak = ({name: each[what] for name, each in starts.items()} for what in ("cpu_ms", "wall_ms", "peak_mb"))
    rows = [
        *_compared("cold start, CPU", cpu),
        *_compared("cold start, wall", wall),
        row("peak memory against bare botocore", measuring.ratio(peak["ours"], peak["floor"]), "x", _PEAK),
        *(row(f"peak memory, {name}", statistics.median(each), "MB") for name, each in peak.items()),
        *(row(f"cold start, CPU, {name}", statistics.median(each), "ms") for name, each in cpu.items()),
    ]
    medians = {
        name: {what: round(statistics.median(values), 1) for what, values in each.items()}
        for name, each in starts.items()
    }
    return {"rows": rows, "rounds": _ROUNDS, "medians": medians}


def _compared(what: str, taken: Mapping[str, list[float]]) -> list[Row]:
    return [
        row(f"{what}, against {label}", measuring.ratio(taken["ours"], taken[name]), "x", _MOST.get(name))
        for name, label in _NAMES.items()
    ]


def _starts(laid: Mapping[str, Path], say: Say) -> dict[str, Starts]:
    plan = measuring.plan(laid)
    starts: dict[str, Starts] = {name: {"cpu_ms": [], "wall_ms": [], "peak_mb": []} for name in laid}
    with measuring.dynamodb(plan) as endpoint:
        for number in range(_ROUNDS + 1):
            found = {
                name: measuring.said(name, measuring.command("once", tree, plan, "show"), endpoint)
                for name, tree in laid.items()
            }
            for name, said in found.items():
                measuring.require_same(name, "show", said, found["ours"])
                if number:  # the first round only brings the files into the machine's memory
                    for what, values in starts[name].items():
                        values.append(said[what])
            say(f"round {number} of {_ROUNDS}: ours {found['ours']['cpu_ms']:.0f} ms CPU")
    return starts
