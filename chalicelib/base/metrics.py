"""Numbers of an invocation that become CloudWatch metrics: they ride on its last log line (embedded metric format).

No call, no agent, no library: CloudWatch reads the line. Each metric is billed by name and dimension, so there is one
dimension, the stack, and for runs of scheduled functions and workers the function as well.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Literal

from chalicelib.base import settings

NAMESPACE: Final = "MicroWish"
Metric = Literal[
    "claims_won",
    "claims_lost",
    "errors",  # answers of 500: a bug of ours
    "unavailable",  # answers of 503: something we stand on did not answer
    "messages_sent",
    "messages_failed",  # to be tried again
    "messages_dead",  # given up
    "holidays_unknown",  # runs without this year's holidays: only weekends count
    "reconciliation_differences",  # summaries whose parts do not add up
]

_counted: ContextVar[dict[str, int] | None] = ContextVar("counted", default=None)


def count(metric: Metric, number: int = 1) -> None:
    """Add to a number of this invocation; outside of any it is nobody's and forgotten."""
    counted = _counted.get()
    if counted is not None:
        counted[metric] = counted.get(metric, 0) + number


@contextmanager
def gathered() -> Iterator[dict[str, int]]:
    """The numbers counted within the block."""
    counted: dict[str, int] = {}
    token = _counted.set(counted)
    try:
        yield counted
    finally:
        _counted.reset(token)


def embedded(counted: dict[str, int], *, run_ms: int | None = None, failed: bool = False) -> dict[str, Any]:
    """The counts, and a run's duration in milliseconds, in embedded metric format; empty where there are none.

    The line's own `function` is the second dimension of a run.
    """
    directives = []
    values: dict[str, Any] = dict(counted)
    if counted:
        directives.append(_directive(["stack"], [(name, "Count") for name in sorted(counted)]))
    if run_ms is not None:
        directives.append(_directive(["stack", "function"], [("run_ms", "Milliseconds"), ("runs_failed", "Count")]))
        values |= {"run_ms": run_ms, "runs_failed": int(failed)}
    if not directives:
        return {}
    moment = int(time.time() * 1000)
    return values | {"stack": settings.table_prefix(), "_aws": {"Timestamp": moment, "CloudWatchMetrics": directives}}


def _directive(dimensions: list[str], metrics: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "Namespace": NAMESPACE,
        "Dimensions": [dimensions],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in metrics],
    }
