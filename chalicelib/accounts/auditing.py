"""What the audit trail is told of an account: who looked at it, and what it was given or lost."""

from typing import NamedTuple

from chalicelib.accounts import records
from chalicelib.audit import actions as audit
from chalicelib.base import ids
from chalicelib.base.callers import SYSTEM, Caller


class Powers(NamedTuple):
    """What an account may, by roles, scope, and how it counts as a claimant."""

    roles: tuple[str, ...] = ()
    subdistricts: tuple[str, ...] = ()
    committees: tuple[str, ...] = ()
    claimant: tuple[str, str] = ("citizen", "declared")


def powers(account: records.Account) -> Powers:
    """The account's powers as it stands in memory. Committees, keyed in by people, appear as fingerprints."""
    return Powers(
        tuple(sorted(account.roles or ())),
        tuple(sorted(account.subdistricts or ())),
        tuple(sorted(ids.digest(pair[0], pair[1]) for pair in account.committees or ())),
        (str(account.claimant_type), str(account.basis)),
    )


def seen(account: records.Account, caller: Caller) -> None:
    """Record that an administrator sees the account, before it goes out. Raises Unavailable."""
    audit.record(
        audit.Deed(f"account/{account.pk}", caller.account, audit.role_of(caller), "viewed_full", "administration")
    )


def listed(subject: str, action: str, accounts: list[str], caller: Caller) -> None:
    """Record that an administrator sees a page of accounts: one entry, with their ids. Raises Unavailable."""
    audit.record(
        audit.Deed(subject, caller.account, audit.role_of(caller), action, "administration", {"accounts": accounts})
    )


def given(account: records.Account, before: Powers, by: Caller | None) -> audit.Deed:
    """The deed that turns `before` into the account's powers of now; without a caller it came from a command.

    `granted` where a role came, `removed` where roles only went, `changed` for scope and claimant type alone.
    """
    now = powers(account)
    gained, lost = set(now.roles) - set(before.roles), set(before.roles) - set(now.roles)
    detail: dict[str, str | int | list[str]] = {"roles_before": list(before.roles), "roles_after": list(now.roles)}
    if now.subdistricts != before.subdistricts:
        detail |= {"subdistricts_before": list(before.subdistricts), "subdistricts_after": list(now.subdistricts)}
    if now.committees != before.committees:
        detail |= {"committees_before": _mark(before), "committees_after": _mark(now)}
    if now.claimant != before.claimant:
        detail |= {"claimant_before": list(before.claimant), "claimant_after": list(now.claimant)}
    return audit.Deed(
        f"account/{account.pk}",
        by.account if by else SYSTEM,
        audit.role_of(by) if by else SYSTEM,
        "granted" if gained else "removed" if lost else "changed",
        "administration" if by else "command",
        detail,
    )


def joined(organisation: str, member: str, by: Caller) -> tuple[audit.Deed, audit.Deed]:
    """Somebody may act for an organisation from now on: one deed for each of the two accounts."""
    return (
        _membership(member, by, "granted", organisation=organisation),
        _membership(organisation, by, "member_added", member=member),
    )


def left(organisation: str, member: str, by: Caller) -> tuple[audit.Deed, audit.Deed]:
    """Somebody may no longer act for an organisation: one deed for each of the two accounts."""
    return (
        _membership(member, by, "removed", organisation=organisation),
        _membership(organisation, by, "member_removed", member=member),
    )


def refused(account: str, by: Caller) -> audit.Deed:
    """An application was refused; the answer shows the account."""
    return _membership(account, by, "changed", application="refused")


def _membership(account: str, by: Caller, action: str, **other: str) -> audit.Deed:
    return audit.Deed(f"account/{account}", by.account, audit.role_of(by), action, "administration", other)


def _mark(held: Powers) -> str:
    """One fingerprint for any number of committees: enough to see that they changed, and into what."""
    return ids.digest(*held.committees) if held.committees else ""
