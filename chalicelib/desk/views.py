"""What the desk shows: rows without any sealed field, for staff in scope alone."""

import msgspec

from chalicelib.base import clock
from chalicelib.desk.rules import DAY, Queue, Waiting


class DeskRow(msgspec.Struct, frozen=True):
    """A wish that waits: `since` when, and what for (`reason_code`); `stage` and `expires_at` are its live claim's.

    Reasons: waiting_for_review, returned_not_resubmitted, verified_not_published, unclaimed, no_contact (24 hours
    after the claim), expiring (within two days), stalled (nothing delivered for two weeks), unconfirmed,
    thanks_to_moderate, hidden.
    """

    id: str
    title: str
    subdistrict: str
    kind: str
    category: str
    subject: str
    state: str
    since: str
    waiting_days: int
    reason_code: str
    stage: str | None
    expires_at: str | None


class QueueView(msgspec.Struct, frozen=True):
    """A queue: how many wait, how many for more than so many days ("review": working days), and the longest waiting."""

    count: int
    over: dict[str, int]
    items: list[DeskRow]


class DeskView(msgspec.Struct, frozen=True):
    """The desk of one round. `counts`: the wishes in scope by state. `round` is null where there is none yet."""

    round: str | None
    subdistrict: str | None
    as_of: str
    counts: dict[str, int]
    queues: dict[str, QueueView]


class ForgottenPage(msgspec.Struct, frozen=True):
    """A page of forgotten wishes, oldest first."""

    items: list[DeskRow]
    next: str | None


def row(waiting: Waiting, now: int) -> DeskRow:
    """One row as of `now` (epoch seconds)."""
    line = waiting.line
    return DeskRow(
        id=line.id,
        title=line.title,
        subdistrict=line.subdistrict,
        kind=line.kind,
        category=line.category,
        subject=line.subject,
        state=line.state,
        since=clock.stamp_of(waiting.since),
        waiting_days=max(0, (now - waiting.since) // DAY),
        reason_code=waiting.reason,
        stage=line.stage or None,
        expires_at=clock.stamp_of(line.expires_at) if line.expires_at else None,
    )


def queue(found: Queue, shown: int, now: int) -> QueueView:
    """A queue with its first `shown` rows."""
    return QueueView(len(found.waiting), found.over, [row(each, now) for each in found.waiting[:shown]])
