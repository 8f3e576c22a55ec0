"""The public numbers of a round of 20,000 wishes: what one recount costs, and what a thousand readers a second cost.

The index holds what it holds in service (a line a wish, titles and places of the first register). Reads are metered
from the bytes of the items read, as the field notes say; CPU is this process's own, the SDK's work included.
"""

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from typing import Final

from bench import Found, Say, row, stack
from chalicelib.base import clock
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import numbers
from chalicelib.rounds.figures import Figures
from chalicelib.rounds.rules import Round
from dev.meter import metered
from tests.conftest import forget_lists
from tests.costs import many_wishes

WISHES: Final = int(os.environ.get("FIGURES_WISHES", "20000"))
READERS: Final = 1_000
_TIMES: Final = 5
_PAGE: Final = 5_000


def run(say: Say) -> Found:
    """One round, counted a few times by a process that remembers nothing; then by a thousand readers."""
    with stack.fresh("figures") as (anyone, _):
        say(f"{WISHES:,} wishes being written")
        before = clock.later(clock.stamp(), days=-30)
        round_id = anyone.staff().open_round(2, expected_wishes=WISHES, declare_from=before, claim_from=before)
        found = rounds.get(round_id)
        for start in range(0, WISHES, _PAGE):
            numbered = range(start, min(start + _PAGE, WISHES))
            many_wishes.store(round_id, numbered, found.shards, clock.stamp(), only_lines=True)
        say("counted")
        seconds = [_cpu_of(partial(_recount, found, later=minute)) for minute in range(1, _TIMES + 1)]
        with metered() as one:
            counted = _recount(found, later=10).collected
        _recount(found, later=20)
        with metered() as many:
            stale = clock.now() + timedelta(minutes=30)
            for _ in range(READERS):  # each in a process that has read nothing yet, all in the same second
                _shown(found, stale)
    assert counted == WISHES
    rows = [
        row(f"figures of {WISHES:,} wishes, CPU, median of {_TIMES}", median(seconds), "s", 0.5),
        row(f"figures of {WISHES:,} wishes, read units", one.read, "RU", 450),
        stack.exactly("writes of a thousand readers that find them stale", len(many.writes), "", len(one.writes)),
        row(
            "read units of a thousand readers in new processes, of the lines",
            sum(call.read for call in many.calls if call.operation == "Query"),
            "RU",
            sum(call.read for call in one.calls if call.operation == "Query"),
        ),
        row("the same, of the kept numbers, each", (many.read - one.read) / READERS, "RU"),
    ]
    return {"rows": rows, "wishes": WISHES, "cpu_seconds": [round(each, 3) for each in seconds], "shards": found.shards}


def _recount(found: Round, *, later: int) -> Figures:
    """The numbers so many minutes from now, when those counted before are stale."""
    return _shown(found, clock.now() + timedelta(minutes=later))


def _shown(found: Round, at: datetime) -> Figures:
    """The numbers as a process shows them that has read nothing yet."""
    forget_lists()
    with clock.pinned(at):
        return numbers.live(found)


def _cpu_of(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
