"""Which wishes are stuck, and why (product.md section 5: "stuck wishes with the reason").

A wish is stuck for one reason only, the one that stands in its way now. Limits follow the reminders of
product.md section 4 where that sets one: two days for a review, three for a confirmation, seven for a claim.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from chalicelib.base.clock import stamp
from chalicelib.reports.shapes import Stuck, StuckWish
from chalicelib.wishes.narrow import Narrow

DAY: Final = 86_400
LISTED: Final = 200
"""How many stuck wishes a summary lists; it always counts all of them."""

REASONS: Final[dict[str, int]] = {
    "waiting_for_review": 2,
    "returned_not_resubmitted": 7,
    "verified_not_published": 7,
    "hidden": 7,
    "unclaimed": 7,
    "no_delivery": 7,
    "unconfirmed": 3,
    "never_published": 0,
    "never_claimed": 0,
}
"""Each reason with the whole days after which it counts; 0: at once, for the round is over."""


class _Wait(NamedTuple):
    reason: str
    since: int


def stuck(lines: Iterable[Narrow], now: int) -> Stuck:
    """The stuck wishes among `lines` at `now` (epoch seconds), longest-waiting first."""
    found = [(wait.since, line.id, wait.reason, line) for line in lines if (wait := _overdue(line, now))]
    found.sort(key=lambda entry: entry[:2])
    by_reason = dict.fromkeys(REASONS, 0)
    for _, _, reason, _ in found:
        by_reason[reason] += 1
    longest = [_entry(line, reason, since, now) for since, _, reason, line in found[:LISTED]]
    return Stuck(total=len(found), by_reason=by_reason, longest=longest)


def public_title(line: Narrow) -> str | None:
    """The title where the public may read it, else None.

    A text nobody has reviewed yet may hold a name, and a hidden one was taken back on purpose: neither goes
    into a file that observers download (product.md section 3).
    """
    return line.title if line.published_at and not line.hidden else None


def _overdue(line: Narrow, now: int) -> _Wait | None:
    wait = _wait(line)
    if wait is None or now - wait.since <= REASONS[wait.reason] * DAY:
        return None
    return wait


def _wait(line: Narrow) -> _Wait | None:
    """What the wish waits for and since when; for the review since the last submission."""
    match line.state:
        case "submitted":
            return _Wait("waiting_for_review", line.queued_at or line.declared_at)
        case "returned":
            return _Wait("returned_not_resubmitted", line.queued_at or line.declared_at)
        case "verified":
            return _Wait("verified_not_published", line.queued_at or line.declared_at)
        case "published":
            return _Wait("hidden" if line.hidden else "unclaimed", line.republished_at)
        case "claimed":
            return _Wait("no_delivery", line.claimed_at)
        case "delivered":
            return _Wait("unconfirmed", line.delivered_at or line.claimed_at)
        case "closed" if line.published_at:
            return _Wait("never_claimed", line.republished_at)
        case "closed":
            return _Wait("never_published", line.declared_at)
        case _:
            return None


def _entry(line: Narrow, reason: str, since: int, now: int) -> StuckWish:
    return StuckWish(
        id=line.id,
        number=line.source,
        title=public_title(line),
        subdistrict=line.subdistrict,
        category=line.category,
        state=line.state,
        reason=reason,
        since=stamp(datetime.fromtimestamp(since, UTC)),
        days=(now - since) // DAY,
    )
