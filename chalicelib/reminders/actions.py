"""The scheduled functions' work. Each may run twice, late or beside itself: what is written decides what it does.

    remind   gather what is due → put it into its readers' digests → tell the digests → send
    sweep    the claims' clock → closings, carry-overs and changes of dates that were cut off → send

Every part is guarded: one that fails is logged by its code, and the others run all the same.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from chalicelib.base import clock, logs, metrics, workdays
from chalicelib.base.deadline import Deadline
from chalicelib.base.problems import Conflict, Problem, Unavailable
from chalicelib.claims import timekeeping
from chalicelib.notices import actions as notices
from chalicelib.notices import digests
from chalicelib.privacy import retention
from chalicelib.reminders import gathering, holding, sharing
from chalicelib.reports import actions as reports
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import carrying, closing, rescheduling
from chalicelib.wishes import reminding

T = TypeVar("T")

ROUND_WORK: Final = (closing, carrying, rescheduling)
"""What a sweep goes on with, round by round: each knows whether it is `pending`, and how to `finish`."""
TIMEKEEPING_SECONDS: Final = 120.0
"""Of the sweep's 300 seconds; what is left over is due again in the next one, two minutes later."""


def remind(deadline: Deadline | None = None) -> dict[str, int]:
    """Tell people of the wishes that wait for them too long, one digest a day. Reads grow with what is due.

    How many wishes were due, and how many digests were told. What there is no time for, the next run takes up.
    """
    at, until = clock.stamp(), deadline or Deadline()
    nothing = gathering.Gathering(0, False)
    _guarded("calendar", lambda: _tell_of_the_calendar(at), None)
    found = _guarded("gather", lambda: gathering.gather(at, until), nothing)
    _guarded("share", lambda: sharing.share(at, until, is_whole=found.is_whole), None)
    told = _guarded("tell", lambda: digests.tell_due(at, reminding.still_unclaimed, until), 0)
    _guarded("send", lambda: notices.deliver_due(until, holding.still_so), 0)
    return {"due": found.wishes, "digests": told}


def _tell_of_the_calendar(at: str) -> None:
    """Tell the operator where the holidays of this year, or in December of the next, are not known."""
    if (year := workdays.configured().unknown(at)) is not None:
        metrics.count("holidays_unknown")
        logs.warning("holidays_unknown", reason=str(year))


def summarise() -> dict[str, int]:
    """Make today's summary of every round that has begun and is not closed; once a day however often this runs.

    And of any round, an edition with the full workbook where the newest one was made on demand without.
    """
    at, made = clock.stamp(), 0
    for found in rounds.newest_first(100):
        try:
            if found.closed_at is None and at >= found.window.declare_from:
                reports.make(found, "daily", f"daily#{clock.local_day(at)}")
                made += 1
            made += reports.complete(found)
        except Conflict:
            continue  # another run is making it
    return {"rounds": made}


def retain() -> dict[str, int]:
    """Hide and erase what has been kept long enough; remind of overdue privacy requests."""
    return retention.run()


def sweep(deadline: Deadline | None = None) -> dict[str, int]:
    """Keep the claims' time, finish what was left half-done on rounds, send what waits."""
    until = deadline or Deadline()
    looks = _guarded("timekeeping", lambda: timekeeping.run(clock.stamp(), TIMEKEEPING_SECONDS), _NO_LOOKS)
    finished = _guarded("rounds", _finish_rounds, 0)
    return {
        "finished": finished,
        **looks,
        "sent": _guarded("send", lambda: notices.deliver_due(until, holding.still_so), 0),
    }


_NO_LOOKS: Final = {"looks": 0, "failed": 1}


def _finish_rounds() -> int:
    finished = 0
    at = clock.stamp()
    for found in rounds.newest_first(100):
        finished += sum(_finish(work.finish, found.id) for work in ROUND_WORK if work.pending(found, at))
    return finished


def _finish(work: Callable[[str], None], round_id: str) -> bool:
    """Go on with something left half-done on a round; whether it could."""
    try:
        work(round_id)
    except (Conflict, Unavailable):
        return False  # somebody else is at it, or the tables are; the next sweep comes in two minutes
    return True


def _guarded(part: str, work: Callable[[], T], otherwise: T) -> T:
    """What a part of a run gives, or `otherwise` where it fails: whatever it is, it must not end the other parts."""
    try:
        return work()
    except Exception as error:
        reason = error.reason if isinstance(error, Unavailable) else error.code if isinstance(error, Problem) else ""
        metrics.count("unavailable" if isinstance(error, Unavailable) else "errors")
        logs.error("part_failed", where=part, kind=type(error).__name__, reason=reason, place=logs.place_of(error))
        return otherwise
