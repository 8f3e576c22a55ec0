"""The scheduled functions' work. Each may run twice, late or beside itself: what is written decides what it does.

    due wishes → who looks after them → one digest per liaison and day (written if absent, with the wishes it covers)
              → each covered wish's next due time

A run killed anywhere is finished by the next one: a digest that is there is not written again, and only the wishes it
covers are moved on. What became due after the day's digest waits for the next day's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock
from chalicelib.base.problems import Conflict, Unavailable
from chalicelib.claims import timekeeping
from chalicelib.notices import actions as notices
from chalicelib.privacy import retention
from chalicelib.reports import actions as reports
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import carrying, closing
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import reminding

KIND: Final = "unclaimed"
MOST_COVERED: Final = 500
TITLES_SHOWN: Final = 5
ROUND_WORK: Final = (closing, carrying)
"""What a sweep goes on with, round by round: each knows whether it is `pending`, and how to `finish`."""
TIMEKEEPING_SECONDS: Final = 120.0
"""Of the sweep's 300 seconds; what is left over is due again in the next one, two minutes later."""


def remind() -> dict[str, int]:
    """Remind liaisons of the wishes nobody has claimed. Reads grow with what is due."""
    at = clock.stamp()
    due = reminding.due(at)
    readers = _readers()
    covered: dict[str, list[bool]] = defaultdict(list)
    digests = 0
    for account, theirs in _by_reader(due, readers).items():
        told, is_new = _digest(account, theirs, clock.local_day(at))
        digests += is_new
        for wish in theirs:
            covered[wish.pk].append(wish.pk in told)
    moved = [wish for wish in due if all(covered[wish.pk])]
    for wish in moved:
        reminding.move_on(wish, at)
    notices.deliver_due()
    return {"due": len(due), "digests": digests}


def summarise() -> dict[str, int]:
    """Make today's summary of every round that has begun and is not closed; once a day however often this runs."""
    at, made = clock.stamp(), 0
    for found in rounds.newest_first(100):
        if found.closed_at is not None or at < found.window.declare_from:
            continue
        try:
            reports.make(found, "daily", f"daily#{clock.local_day(at)}")
            made += 1
        except Conflict:
            continue  # another run is making it
    return {"rounds": made}


def retain() -> dict[str, int]:
    """Hide and erase what has been kept long enough; remind of overdue privacy requests."""
    return retention.run()


def sweep() -> dict[str, int]:
    """Finish closings that were left half-done; send what waits."""
    finished = 0
    at = clock.stamp()
    for found in rounds.newest_first(100):
        finished += sum(_finish(work.finish, found.id) for work in ROUND_WORK if work.pending(found, at))
    return {"finished": finished, **_keep_time(), "sent": notices.deliver_due()}


def _finish(work: Callable[[str], None], round_id: str) -> bool:
    """Go on with something left half-done on a round; whether it could."""
    try:
        work(round_id)
    except (Conflict, Unavailable):
        return False  # somebody else is at it, or the tables are; the next sweep comes in two minutes
    return True


def _keep_time() -> dict[str, int]:
    """The claims' clock. Where even reading what is due fails, the rest of the sweep still runs."""
    try:
        return timekeeping.run(clock.stamp(), TIMEKEEPING_SECONDS)
    except Unavailable:
        return {"looks": 0, "failed": 1}


def _readers() -> list[tuple[str, frozenset[str]]]:
    return accounts.liaisons()


def _by_reader(due: Iterable[wishes.Wish], readers: list[tuple[str, frozenset[str]]]) -> dict[str, list[wishes.Wish]]:
    """Whose wishes are whose: the subdistrict's liaisons, or the administrators where it has none."""
    found: dict[str, list[wishes.Wish]] = defaultdict(list)
    administrators: list[str] | None = None
    for wish in due:
        theirs = [account for account, scope in readers if accounts.in_scope(scope, wish.subdistrict)]
        if not theirs:
            administrators = accounts.administrators() if administrators is None else administrators
            theirs = administrators
        for account in theirs:
            found[account].append(wish)
    return found


def _digest(account: str, theirs: list[wishes.Wish], day: str) -> tuple[set[str], bool]:
    """The day's digest for a reader, written unless it is there: the wishes it covers, and whether it is new."""
    shown = theirs[:MOST_COVERED]
    values = {
        "count": len(shown),
        "titles": "；".join(wish.title for wish in shown[:TITLES_SHOWN]) + ("……" if len(shown) > TITLES_SHOWN else ""),
    }
    covers = [wish.pk for wish in shown]
    if notices.once(account, KIND, account, day, values, covers):
        return set(covers), True
    return notices.covered(account, KIND, account, day), False
