"""Pure decisions of the desk: which wish waits in which queue, since when, and what has been forgotten.

Everything is read from the narrow lines of a round. The limits are the reminders' (product.md section 4) where that
sets one: two working days for a review, 1, 3 and 7 days unclaimed, 24 hours without contact, 2 days before a claim
expires, three days for a confirmation.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from chalicelib.base import clock, workdays
from chalicelib.base.workdays import WEEKENDS_ALONE, Calendar
from chalicelib.wishes.narrow import Narrow

HOUR: Final = 3_600
DAY: Final = 24 * HOUR
REVIEW_DAYS: Final = (2, 4)
"""Working days after which a review is late for the liaison, and for the administrator."""
UNCLAIMED_DAYS: Final = (1, 3, 7)
CONTACT_HOURS: Final = 24
EXPIRING_DAYS: Final = 2
UNFINISHED_DAYS: Final = 14
"""A claim whose expiry is paused, or was never set, counts as stalled so long after it was made."""
UNCONFIRMED_DAYS: Final = 3
FORGOTTEN_DAYS: Final = 7
"""So long unclaimed is too long for the board, unless the setting of that name says otherwise."""


class Waiting(NamedTuple):
    """A wish that waits: since when (epoch seconds), and what for."""

    line: Narrow
    since: int
    reason: str


class Queue(NamedTuple):
    """One queue of the desk: all who wait in it, the longest first, and how many of them for longer than what."""

    waiting: list[Waiting]
    over: dict[str, int]


def since(line: Narrow) -> int:
    """Since when the wish waits where it stands. For the wisher the wait for a claimant begins with the first
    publication and does not start over when one gives up; for the review with the last submission, not the first."""
    match line.state:
        case "published":
            return line.published_at
        case "claimed":
            return line.claimed_at
        case "delivered":
            return line.delivered_at or line.claimed_at
        case "fulfilled":
            return line.fulfilled_at
        case _:
            return line.queued_at or line.published_at or line.declared_at


def stall(line: Narrow, now: int) -> str:
    """Why a live claim does not get on: `no_contact`, `expiring` or `stalled`; "" where it does."""
    if line.state != "claimed" or line.visit_at > now:
        return ""
    if not line.expires_at:
        return "stalled" if now - line.claimed_at > UNFINISHED_DAYS * DAY else ""
    if not line.stage and now - line.claimed_at > CONTACT_HOURS * HOUR:
        return "no_contact"
    return "expiring" if line.expires_at - now <= EXPIRING_DAYS * DAY else ""


def queues(lines: Iterable[Narrow], now: int, calendar: Calendar = WEEKENDS_ALONE) -> dict[str, Queue]:
    """The desk's queues of those lines at `now`, by name, each in the order in which it should be worked off."""
    sorted_out: dict[str, list[Waiting]] = {name: [] for name in QUEUES}
    for line in lines:
        name, reason = _queue_of(line, now)
        if name:
            sorted_out[name].append(Waiting(line, since(line), reason))
    return {name: Queue(longest_first(found), QUEUES[name](found, now, calendar)) for name, found in sorted_out.items()}


def forgotten(lines: Iterable[Narrow], now: int, days: int = FORGOTTEN_DAYS) -> list[Waiting]:
    """The forgotten wishes among the lines, oldest first: unclaimed for more than `days`, stalled, or delivered and
    unconfirmed for too long. Hidden ones are left out: somebody took them off the wall on purpose."""
    found = [Waiting(line, since(line), why) for line in lines if (why := _forgotten_for(line, now, days))]
    return longest_first(found)


def longest_first(found: Iterable[Waiting]) -> list[Waiting]:
    """Those who have waited longest first; of two as long, the smaller id."""
    return sorted(found, key=place)


def place(waiting: Waiting) -> tuple[int, str]:
    """Where a wish stands in a list of those waiting."""
    return waiting.since, waiting.line.id


def _forgotten_for(line: Narrow, now: int, days: int) -> str:
    if line.hidden:
        return ""
    match line.state:
        case "published":
            return "unclaimed" if now - since(line) > days * DAY else ""
        case "claimed":
            return stall(line, now)
        case "delivered":
            return "unconfirmed" if now - since(line) > UNCONFIRMED_DAYS * DAY else ""
        case _:
            return ""


def _queue_of(line: Narrow, now: int) -> tuple[str, str]:
    """The queue the wish waits in and the reason; ("", "") where it waits for nothing the desk could do."""
    if line.thanks_waiting:  # of a hidden wish, too: its claimant may read them
        return "thanks", "thanks_to_moderate"
    if line.hidden:
        return "hidden", "hidden"
    match line.state:
        case "submitted":
            return "review", "waiting_for_review"
        case "returned":
            return "returned", "returned_not_resubmitted"
        case "verified":
            return "publication", "verified_not_published"
        case "published":
            return "unclaimed", "unclaimed"
        case "claimed":
            why = stall(line, now)
            return ("stalled", why) if why else ("", "")
        case "delivered":
            return "confirmation", "unconfirmed"
        case _:
            return "", ""


Late = Callable[[list[Waiting], int, Calendar], dict[str, int]]
"""How many wait at a time for more than so many days, by the days."""


def _over_days(*days: int) -> Late:
    """How many wait for more than so many days."""

    def count(found: list[Waiting], now: int, _: Calendar) -> dict[str, int]:
        return {str(each): sum(now - waiting.since > each * DAY for waiting in found) for each in days}

    return count


def _over_working_days(found: list[Waiting], now: int, calendar: Calendar) -> dict[str, int]:
    """How many wait for more than so many working days."""
    begun = {days: clock.seconds(workdays.before(clock.stamp_of(now), days, calendar)) for days in REVIEW_DAYS}
    return {str(days): sum(waiting.since < latest for waiting in found) for days, latest in begun.items()}


QUEUES: Final[Mapping[str, Late]] = {
    "review": _over_working_days,
    "returned": _over_days(UNCLAIMED_DAYS[-1]),
    "publication": _over_days(UNCLAIMED_DAYS[-1]),
    "unclaimed": _over_days(*UNCLAIMED_DAYS),
    "stalled": _over_days(UNCLAIMED_DAYS[-1]),
    "confirmation": _over_days(UNCONFIRMED_DAYS),
    "thanks": _over_days(UNCONFIRMED_DAYS),
    "hidden": _over_days(UNCLAIMED_DAYS[-1]),
}
"""The queues in the order a wish goes through them, and how the late ones of each are counted."""
