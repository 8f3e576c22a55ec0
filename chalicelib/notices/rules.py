"""Pure decisions about sending: quiet hours, back-off, when to give up (product.md section 4)."""

from datetime import datetime, time, timedelta
from typing import Final, NamedTuple

from chalicelib.base.clock import SHANGHAI

QUIET_FROM: Final = time(21, 0)
QUIET_UNTIL: Final = time(8, 0)
MOST_TRIES: Final = 6
PATIENCE: Final = timedelta(hours=48)
"""How long a message waits for a provider that takes nothing for now (429): two whole days with their daily quotas."""
LEASE_SECONDS: Final = 60
FAILURES_IN_A_ROW: Final = 3
"""After so many a channel is let be for the rest of a run: its provider is down, and others' messages wait."""


class Failure(NamedTuple):
    """What a try came to. `limited`: the provider takes nothing for now, which says nothing about the message."""

    permanent: bool = False
    unsure: bool = False
    limited: bool = False
    retry_after: int | None = None


def send_after(at: datetime) -> datetime:
    """The first moment from `at` on at which pushing channels may speak; people sleep in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return at
    morning = local.replace(hour=QUIET_UNTIL.hour, minute=0, second=0, microsecond=0)
    return morning if local < morning else morning + timedelta(days=1)


def is_quiet(at: datetime) -> bool:
    """Whether pushing channels rest at `at`."""
    return send_after(at) != at


def back_off(tries: int) -> timedelta:
    """How long to wait after so many failures: 1, 4, 16 ... minutes, six hours at most."""
    return min(timedelta(minutes=4 ** max(0, tries - 1)), timedelta(hours=6))


def next_try(at: datetime, tries: int, failure: Failure, jitter: float) -> datetime:
    """When to try again after a failure at `at`: not before the provider wants to be asked, and never at night.

    `jitter`, between 0 and 1, stretches the pause by up to a fifth: what failed together is not tried together again.
    """
    pause = timedelta(seconds=failure.retry_after or 0)
    if not failure.limited:
        pause = max(pause, back_off(tries))
    return send_after(at + pause * (1 + jitter / 5))


def gives_up(tries: int, failure: Failure, waited: timedelta, *, unsure_before: bool) -> bool:
    """Whether a message is dead after this failure, `waited` after it was first to be sent.

    One that may have gone out is handed over once more at most, so that nobody gets more than one duplicate. A limit is
    no try of the message, but nobody waits for it for ever.
    """
    if failure.limited:
        return waited >= PATIENCE
    return failure.permanent or tries >= MOST_TRIES or (failure.unsure and unsure_before)
