"""Reminder runs: what one costs with ten wishes due, and one over very many that takes several invocations.

Ten due among 1,000 stored and among 100,000: the same read units (metered from the bytes of the items read). And a
morning on which everything is due: invocations of a few seconds each, two at the same moment, until nothing is left;
then every wish was moved on once and counted once.
"""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from bench import Found, Row, Say, row, stack
from chalicelib.base import clock
from chalicelib.base.deadline import Deadline
from chalicelib.reminders import actions as reminders
from chalicelib.reminders import gathering, records, rules, sharing
from chalicelib.rounds import actions as rounds
from chalicelib.wishes.records import Wish
from dev.meter import metered
from tests.conftest import forget_everything
from tests.costs import many_wishes
from tests.people import Api

STORED: Final = tuple(int(each) for each in os.environ.get("REMINDERS_STORED", "1000,100000").split(","))
ALL_DUE: Final = int(os.environ.get("REMINDERS_DUE", "100000"))
DUE: Final = 10
_INVOCATION_SECONDS: Final = float(os.environ.get("REMINDERS_SECONDS", "20"))
_AT_THE_SAME_TIME: Final = 2
_PAGE: Final = 5_000


class Run(NamedTuple):
    """One run: what was stored, what was due, and what it read and wrote in DynamoDB's units."""

    stored: int
    due: int
    digests: int
    read_units: float
    write_units: float


def run(say: Say) -> Found:
    """Both; the second in a stack of its own."""
    with stack.fresh("reminders") as (anyone, _):
        runs = _ten_due(anyone, STORED, say)
    with stack.fresh("reminders-all") as (anyone, _):
        everything = _all_due(anyone, ALL_DUE, say)
    return found_of(runs, everything)


def found_of(runs: Sequence[Run], everything: dict[str, Any]) -> Found:
    """The rows of what was measured."""
    few, many, due = runs[0], runs[-1], everything["due"]
    rows: list[Row] = [
        row(f"a run with {DUE} due among {few.stored:,}, read units", few.read_units, "RU"),
        stack.exactly(f"a run with {DUE} due among {many.stored:,}, read units", many.read_units, "RU", few.read_units),
        stack.exactly(f"{due:,} due: wishes counted", everything["counted"], "", due),
        stack.exactly(f"{due:,} due: wishes left due", everything["left"], "", 0),
        stack.exactly(f"{due:,} due: wishes looked at twice", everything["twice"], "", 0),
        row(f"{due:,} due: invocations, {_AT_THE_SAME_TIME} at a time", everything["invocations"], ""),
        row(f"{due:,} due: read units each", everything["read_units"] / due, "RU"),
        row(f"{due:,} due: write units each", everything["write_units"] / due, "WU"),
    ]
    return {"rows": rows, "runs": [each._asdict() for each in runs], "all_due": everything}


def _ten_due(anyone: Api, sizes: Sequence[int], say: Say) -> list[Run]:
    """A run with ten due for each size, each a day after the other, in a process that remembers nothing."""
    long_ago = clock.later(clock.stamp(), days=-60)
    found = anyone.staff().open_round(2, expected_wishes=max(sizes), declare_from=long_ago, claim_from=long_ago)
    shards, now, stored, runs = rounds.get(found).shards, clock.stamp(), 0, list[Run]()
    for number, size in enumerate(sizes):
        say(f"{size:,} stored, {DUE} due")
        _store(found, range(stored, size), shards, now)  # published just now: due a day from now
        stored = size
        morning = f"{clock.later(now, days=number - 10)[:10]}T02:00:00Z"  # by day, so that the digests go out, too
        due = range(10_000_000 + 414 * number, 10_000_000 + 414 * number + DUE)
        _store(found, due, shards, clock.later(morning, days=-1), all_open=True)
        forget_everything()
        with clock.pinned(clock.moment(morning)), metered() as meter:
            told = reminders.remind()
        runs.append(Run(size, told["due"], told["digests"], meter.read, meter.write))
    return runs


def _all_due(anyone: Api, many: int, say: Say) -> dict[str, Any]:
    """Invocations with little time, side by side, until a run has seen all that is due; what became of the wishes."""
    long_ago = clock.later(clock.stamp(), days=-60)
    found = anyone.staff().open_round(2, expected_wishes=many, declare_from=long_ago, claim_from=long_ago)
    say(f"{many:,} due wishes being written")
    morning = f"{clock.later(clock.stamp(), days=-10)[:10]}T02:00:00Z"
    _store(found, range(many), rounds.get(found).shards, clock.later(morning, days=-1), all_open=True)
    invocations, counted, is_whole = 0, 0, False
    started = time.monotonic()
    # Two invocations in one process, as threads: what must hold between them holds in the table alone.
    with metered() as meter, ThreadPoolExecutor(_AT_THE_SAME_TIME) as pool:
        while not is_whole:
            gathered = list(pool.map(lambda _: _gather(morning), range(_AT_THE_SAME_TIME)))
            invocations += len(gathered)
            counted += sum(each.wishes for each in gathered)
            is_whole = any(each.is_whole for each in gathered)
            say(f"{invocations} invocations: {counted:,} counted")
    seconds = time.monotonic() - started
    pages = [rules.unpacked(page.tallies) for page in records.gathered()]
    told = sum(tally.count for tally in rules.merged(pages).values())
    with clock.pinned(clock.moment(morning)):
        sharing.share(morning, Deadline(), is_whole=True)
    reminded = [int(wish.reminded) for wish in Wish.scan(Wish.sk == "wish", attributes_to_get=["rm"])]
    return {
        "due": many,
        "invocations": invocations,
        "counted": told,
        "counted_by_the_runs": counted,
        "left": sum(times == 0 for times in reminded),
        "twice": sum(times > 1 for times in reminded),
        "seconds": round(seconds, 1),
        "read_units": meter.read,
        "write_units": meter.write,
        "gathered_left": len(records.gathered()),
    }


def _gather(morning: str) -> gathering.Gathering:
    return gathering.gather(morning, Deadline(_INVOCATION_SECONDS))


def _store(round_id: str, numbers: range, shards: int, published_at: str, *, all_open: bool = False) -> None:
    for start in range(numbers.start, numbers.stop, _PAGE):
        some = range(start, min(start + _PAGE, numbers.stop))
        many_wishes.store(round_id, some, shards, published_at, all_open=all_open)
