"""What administrators do with accounts: look at them, give and take roles, let people act for an organisation.

Every look and every grant is in the audit trail; the last administrator stays.
"""

from typing import NamedTuple

from chalicelib.accounts import auditing, keeping, organisations, records, standing
from chalicelib.audit import actions as audit
from chalicelib.base import ids, sealing, tables
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, Stale, Unprocessable
from chalicelib.base.words import ORGANISATIONS

_ATTEMPTS = 8


class Grant(NamedTuple):
    """What an administrator gives an account. Subdistricts scope a liaison, committees a committee worker."""

    roles: frozenset[str] = frozenset()
    subdistricts: frozenset[str] = frozenset()
    committees: tuple[tuple[str, str], ...] = ()


def grant_of(account: records.Account) -> Grant:
    """What the account holds now."""
    held = standing.standing_of(account)
    return Grant(held.roles, held.subdistricts, tuple(sorted(held.committees)))


def show(account_id: str, caller: Caller) -> records.Account:
    """Somebody's account for an administrator; the view is recorded first. Raises NotFound, Unavailable."""
    account = keeping.get(account_id)
    auditing.seen(account, caller)
    return account


def in_role(role: str, limit: int, after: str | None) -> tuple[list[str], str | None]:
    """Accounts of up to `limit` holders of a role, after one of them, and the place to go on from."""
    found = [holder.sk for holder in records.holders(role, limit + 1, after)]
    return found[:limit], found[limit - 1] if len(found) > limit else None


def listed(account_ids: list[str], caller: Caller) -> list[records.Account]:
    """A page of accounts for an administrator; the view is recorded first, once for all of them."""
    auditing.listed("accounts", "listed", account_ids, caller)
    return keeping.several(account_ids)


def members(
    organisation_id: str, limit: int, after: str | None, caller: Caller
) -> tuple[list[records.Account], str | None]:
    """Up to `limit` members of an organisation for an administrator, and where to go on; recorded first."""
    keeping.get(organisation_id)
    found = organisations.members(organisation_id, limit + 1, after)
    auditing.listed(f"account/{organisation_id}", "viewed_members", found[:limit], caller)
    return keeping.several(found[:limit]), found[limit - 1] if len(found) > limit else None


def add_member(organisation_id: str, member_id: str, caller: Caller) -> tuple[records.Account, bool]:
    """Let somebody act for an organisation; their account, and whether that is new. Raises as `organisations.join`."""
    is_new = organisations.join(organisation_id, member_id, caller)
    return keeping.get(member_id) if is_new else show(member_id, caller), is_new


def remove_member(organisation_id: str, member_id: str, caller: Caller) -> records.Account:
    """Somebody acts for an organisation no more; their account. Raises NotFound."""
    organisations.leave(organisation_id, member_id, caller)
    return keeping.get(member_id)


def make(
    phone: str,
    name: str,
    grant: Grant,
    key: str,
    fingerprint: str,
    *,
    by: Caller | None = None,
    **profile: str | None,
) -> records.Account:
    """A new account with roles, by an administrator. Raises Conflict `account_exists`.

    With an idempotency key the id is derived from it, so that a retry finds its own account.
    """
    blinded = sealing.blind("phone", phone)
    account = keeping.fresh(phone, name, ids.derived_id("account", key) if key else None)
    account.fingerprint = fingerprint or None
    _apply(account, grant, profile)
    born = [*keeping.birth(account, blinded), *_role_parts(account, frozenset())]
    try:
        audit.commit(born, auditing.given(account, auditing.Powers(), by))
    except tables.Refused as error:
        made = records.account(account.pk, strongly=True) if key else None
        if made is not None and made.fingerprint != fingerprint:
            raise Unprocessable("idempotency_key_reused") from error
        if made is not None:
            return show(made.pk, by) if by else made
        known = records.pointer(blinded)
        raise Conflict("account_exists", extra={"account": known.account if known else None}) from error
    return account


def regrant(
    account_id: str,
    version: int | None,
    name: str | None,
    grant: Grant,
    *,
    by: Caller | None = None,
    **profile: str | None,
) -> records.Account:
    """Replace an account's roles, scope and claimant type.

    Raises Stale, NotFound, Conflict `last_administrator` or `organisation_has_members`.
    """
    for _ in range(_ATTEMPTS):
        account = keeping.get(account_id)
        if version is not None and version != account.version:
            raise Stale()
        if _stops_being_one(account, profile.get("claimant_type")):
            organisations.require_none(account)
        before, powers = frozenset(account.roles or ()), auditing.powers(account)
        keeping.rename(account, name=name)
        _apply(account, grant, profile)
        decided = organisations.closed(account) if profile.get("claimant_type") else []  # whichever way it was decided
        steps_down = "administrator" in before and "administrator" not in (account.roles or ())
        another = another_administrator(account.pk) if steps_down else []
        parts = [*_role_parts(account, before), *another, *decided]
        try:
            keeping.write(account, parts, auditing.given(account, powers, by))
        except tables.Refused:  # the administrator who was to stay has just gone: is there another?
            continue
        return account
    raise Conflict("last_administrator")


def _stops_being_one(account: records.Account, wanted: str | None) -> bool:
    return account.claimant_type in ORGANISATIONS and wanted is not None and wanted not in ORGANISATIONS


def _apply(account: records.Account, grant: Grant, profile: dict[str, str | None]) -> None:
    account.roles = set(grant.roles) or None  # DynamoDB knows no empty set
    account.subdistricts = set(grant.subdistricts) or None
    account.committees = [list(pair) for pair in sorted(grant.committees)] or None
    keeping.set_given(account, profile)


def _role_parts(account: records.Account, before: frozenset[str]) -> list[tables.Part]:
    """Keep the role's list of holders in step, in the same transaction."""
    now = frozenset(account.roles or ())
    parts: list[tables.Part] = [
        tables.Put(records.RoleHolder(f"role#{role}", account.pk, subdistricts=account.subdistricts))
        for role in sorted(now)
    ]
    return parts + [tables.Remove(records.RoleHolder(f"role#{role}", account.pk)) for role in sorted(before - now)]


def another_administrator(account_id: str) -> list[tables.Part]:
    """Removing an administrator needs another who stays: two who remove each other at once conflict, and one stays.

    Raises Conflict `last_administrator`.
    """
    others = [holder for holder in records.holders("administrator", strongly=True) if holder.sk != account_id]
    if not others:
        raise Conflict("last_administrator")
    return [tables.Check(others[0], records.RoleHolder.pk.exists())]
