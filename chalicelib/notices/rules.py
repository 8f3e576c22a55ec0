"""Pure decisions about sending: quiet hours, back-off, when to give up (product.md section 4)."""

from datetime import datetime, time, timedelta
from typing import Final

from chalicelib.base.clock import SHANGHAI

QUIET_FROM: Final = time(21, 0)
QUIET_UNTIL: Final = time(8, 0)
MOST_TRIES: Final = 6
LEASE_SECONDS: Final = 60


def send_after(at: datetime) -> datetime:
    """The first moment from `at` on at which pushing channels may speak; people sleep in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return at
    morning = local.replace(hour=QUIET_UNTIL.hour, minute=0, second=0, microsecond=0)
    return morning if local < morning else morning + timedelta(days=1)


def back_off(tries: int) -> timedelta:
    """How long to wait after so many failures: 1, 4, 16 ... minutes, six hours at most."""
    return min(timedelta(minutes=4 ** max(0, tries - 1)), timedelta(hours=6))
