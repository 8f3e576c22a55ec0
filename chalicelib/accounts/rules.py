"""Pure decisions about accounts: limits of signing in, and what a person may say of themselves."""

from typing import Final

CODE_SECONDS: Final = 5 * 60
CODE_TRIES: Final = 5
CODES_PER_PHONE: Final = (5, 3600)  # at most so many in so many seconds
CODES_PER_ADDRESS: Final = (30, 3600)
WECHAT_PER_ADDRESS: Final = (60, 600)
LOOKUPS_PER_ADDRESS: Final = (30, 600)
LOOKUPS_PER_RECEIPT: Final = (10, 3600)
REFRESH_GRACE_SECONDS: Final = 60
"""A refresh may land and its answer be lost: the same token, again, within this time is a retry, not a theft."""


def window(now: int, seconds: int) -> int:
    """The number of the fixed window of `seconds` that the epoch second `now` lies in."""
    return now // seconds


def may_refresh(generation: int, current: int, refreshed: int, now: int) -> bool:
    """Whether a refresh token of `generation` is today's, or a retry of the one just used."""
    return generation == current or (generation == current - 1 and now - refreshed <= REFRESH_GRACE_SECONDS)
