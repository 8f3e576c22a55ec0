"""Counting tries in windows of time: exact under any number of callers, gone by themselves."""

import ipaddress
from contextlib import suppress

from chalicelib.accounts import records, rules
from chalicelib.base import clock, sealing, settings, tables
from chalicelib.base.problems import TooManyRequests


def within(what: str, limit: tuple[int, int]) -> None:
    """Count one more of `what` in its window. Raises TooManyRequests beyond (most, seconds)."""
    most, seconds = limit
    now = int(clock.now().timestamp())
    tally = records.Tally(f"tally#{what}#{rules.window(now, seconds)}", "tally")
    try:
        # Exact under any number of callers: the count and its limit are one conditional update.
        tables.change(
            tally,
            [records.Tally.counted.add(1), records.Tally.ttl.set(now + 2 * seconds)],
            records.Tally.counted.does_not_exist() | (records.Tally.counted < most),
        )
    except tables.Refused as error:
        raise TooManyRequests(headers={"Retry-After": str(seconds - now % seconds)}) from error


def give_back(what: str, limit: tuple[int, int]) -> None:
    """Take back a count of `within`: the try was a right one."""
    window = rules.window(int(clock.now().timestamp()), limit[1])
    with suppress(tables.Refused):  # the window turned meanwhile: there is nothing to take back
        tables.change(
            records.Tally(f"tally#{what}#{window}", "tally"),
            [records.Tally.counted.add(-1)],
            records.Tally.counted > 0,
        )


def within_for(what: str, address: str, limit: tuple[int, int]) -> None:
    """Count one more of `what` by a client's address; a local run has no such limit (product.md section 6).

    Raises TooManyRequests. Addresses are personal data: the table holds their keyed hash.
    """
    if not settings.is_local_run():
        within(f"{what}#{sealing.blind('address', _network(address))}", limit)


def _network(address: str) -> str:
    """The address without a port; of IPv6 the first half: a household, or an attacker, has 2^64 of the other."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        bare = address.rpartition(":")[0]  # CloudFront-Viewer-Address carries the port, too
        return _network(bare) if bare else address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
