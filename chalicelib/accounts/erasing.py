"""Erasing an account: the person and every way to them is gone at once, and their tokens with it.

What it did stays in histories under its id, which leads nowhere any more; the phone may sign up anew as a stranger.
"""

from collections.abc import Sequence

from chalicelib.accounts import granting, keeping, organisations, records, standing
from chalicelib.audit import actions as audit
from chalicelib.base import models, sealing, tables
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, Stale
from chalicelib.base.words import ORGANISATIONS

_ATTEMPTS = 8


def erase(account_id: str, checks: Sequence[tables.Part], by: Caller, reason: str) -> None:
    """Erase the account, and with it whatever leads to it, in one transaction with its audit entry.

    Raises NotFound, Conflict `last_administrator`, `organisation_has_members`; tables.Refused where one of `checks`
    did not hold.
    """
    for _ in range(_ATTEMPTS):
        account = keeping.get(account_id)
        try:
            return _erase(account, checks, by, reason)
        except Stale:
            continue  # somebody changed the account meanwhile: look at it anew
    raise Conflict()


def _erase(account: records.Account, checks: Sequence[tables.Part], by: Caller, reason: str) -> None:
    if account.claimant_type in ORGANISATIONS:
        organisations.require_none(account)
    # An edit, a grant or a new member has moved the version on: then the account is looked at anew.
    ours = tables.Remove(account, records.Account.version == account.version)
    another = granting.another_administrator(account.pk) if "administrator" in (account.roles or ()) else []
    deed = audit.Deed(f"account/{account.pk}", by.account, audit.role_of(by), "erased", reason)
    try:
        audit.commit([ours, *_ways(account), *another, *checks], deed)
    except tables.Refused as refusal:
        if ours in refusal.found:
            raise Stale() from refusal
        if not set(another).isdisjoint(refusal.found):  # the administrator who was to stay has just gone, too
            raise Stale() from refusal
        raise
    finally:
        standing.forget(account.pk)


def _ways(account: records.Account) -> list[tables.Part]:
    phone = keeping.person(account).phone
    found: list[models.Record] = [records.Pointer(f"phone#{sealing.blind('phone', phone)}", "phone")] if phone else []
    found += [records.Pointer(f"openid#{account.openid}", "openid")] if account.openid else []
    found += [records.RoleHolder(f"role#{role}", account.pk) for role in sorted(account.roles or ())]
    found += [records.Membership(f"organisation#{each}", account.pk) for each in sorted(account.organisations or ())]
    return [*(tables.Remove(each) for each in found), *organisations.closed(account)]
