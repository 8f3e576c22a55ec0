"""Who a token's caller is, and what an account is and may as of now.

What is read is kept for two seconds per process: the bound on how long a taken role, a membership or a sign-out
everywhere is not yet heard of by a warm process other than the one that did it (docs/adr/0008).
"""

import time
from typing import Final, cast

from chalicelib.accounts import records, tokens
from chalicelib.base.callers import Caller, Standing
from chalicelib.base.problems import Unauthorized
from chalicelib.base.words import Basis, ClaimantType

_REMEMBER_SECONDS: Final = 2.0
_MOST_REMEMBERED: Final = 10_000
_remembered: dict[str, tuple[float, int, Standing]] = {}  # account → until, epoch, standing


def caller(token: str) -> Caller:
    """Who a bearer token speaks for. The account itself is read only when its standing is asked for."""
    match tokens.verify("access", token):
        case [str(account_id), int(epoch)]:
            return Caller(account_id, lambda: _under(account_id, epoch))
    raise Unauthorized("bad_token")


def standing_now(account_id: str) -> Standing | None:
    """What the account is and may now, None for an unknown one."""
    held = _held(account_id)
    return held[1] if held else None


def standing_of(account: records.Account) -> Standing:
    """The roles, scope, claimant type and organisations on the account's item."""
    return Standing(
        roles=frozenset(account.roles or ()),
        subdistricts=frozenset(account.subdistricts or ()),
        committees=frozenset((pair[0], pair[1]) for pair in account.committees or ()),
        claimant_type=cast(ClaimantType, account.claimant_type),
        basis=cast(Basis, account.basis),
        branch=account.branch or "",
        sector=account.sector or "",
        organisations=frozenset(account.organisations or ()),
    )


def forget(account_id: str) -> None:
    """Read the account anew at the next look: this process has just changed it."""
    _remembered.pop(account_id, None)


def _under(account_id: str, epoch: int) -> Standing:
    held = _held(account_id)
    if held is None or held[0] < epoch:
        # The replica, or this process, has not heard yet of an account made just now, or of the sign-out that this
        # token came after: ask for the truth. An epoch only rises, so a higher one needs no second look.
        held = _read(account_id, strongly=True)
    if held is None or held[0] != epoch:  # gone, or signed out everywhere since the token was made
        raise Unauthorized("bad_token", headers={"WWW-Authenticate": "Bearer"})
    return held[1]


def _held(account_id: str) -> tuple[int, Standing] | None:
    held = _remembered.get(account_id)
    if held is None or held[0] < time.monotonic():
        return _read(account_id)
    return held[1:]


def _read(account_id: str, *, strongly: bool = False) -> tuple[int, Standing] | None:
    account = records.account(account_id, strongly=strongly)
    if account is None:
        return None
    held = (time.monotonic() + _REMEMBER_SECONDS, int(account.epoch), standing_of(account))
    if len(_remembered) > _MOST_REMEMBERED:
        _remembered.clear()
    _remembered[account_id] = held
    return held[1:]
