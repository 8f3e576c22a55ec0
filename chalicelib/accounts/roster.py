"""Rosters: an organisation's list of members, by phone; whoever is on it counts as what it says."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from chalicelib.accounts import actions, keeping, records
from chalicelib.base.problems import NotFound, Stale, Unavailable

_ATTEMPTS: Final = 8


class Member(NamedTuple):
    """A line of a roster: whoever has this phone is what the roster says."""

    phone: str
    name: str
    claimant_type: str
    branch: str
    sector: str


def compare(members: Sequence[Member]) -> tuple[int, int, int]:
    """How many members are (new, changed, unchanged)."""
    known = actions.find_several([member.phone for member in members])
    held = records.accounts(list(known.values()))
    new = sum(member.phone not in known for member in members)
    same = sum(_is_enrolled(held.get(known.get(member.phone, "")), member) for member in members)
    return new, len(members) - new - same, same


def enrol(members: Sequence[Member]) -> None:
    """Raise the members' basis to `roster`, making accounts where there are none. Safe to run again.

    Raises Unavailable where an account stays contended.
    """
    for member in members:
        _enrol(member)


def _enrol(member: Member) -> None:
    said: dict[str, str | None] = {
        "claimant_type": member.claimant_type,
        "basis": "roster",
        "branch": member.branch,
        "sector": member.sector,
    }
    for _ in range(_ATTEMPTS):
        # Whoever edits or erases their account at this moment must not stop the other lines: it is read anew.
        with suppress(Stale, NotFound):
            account = keeping.get(actions.find_or_make(member.phone, member.name))
            if not _is_enrolled(account, member):
                keeping.set_given(account, said)
                keeping.write(account)
            return
    raise Unavailable("accounts: a line of the roster stayed contended")


def _is_enrolled(account: records.Account | None, member: Member) -> bool:
    return account is not None and (
        account.basis == "roster"
        and account.claimant_type == member.claimant_type
        and (account.branch or "") == member.branch
        and (account.sector or "") == member.sector
    )
