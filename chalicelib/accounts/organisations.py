"""Organisations with several members: who may act for one, and who they are.

    the organisation's version    moved on by every change: its type cannot change under a new member
    the member's set              what `Standing.organisations` is read from; capped, so that it stays a short read
    the membership                by which an organisation finds its members

Three items and an audit entry for each of the two accounts, one transaction.
"""

from collections.abc import Iterable
from typing import Final

from pynamodb.expressions.condition import size

from chalicelib.accounts import auditing, records, standing
from chalicelib.audit import actions as audit
from chalicelib.base import clock, ids, tables
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, NotFound, Unprocessable
from chalicelib.base.words import ORGANISATIONS

MOST_OF_A_PERSON: Final = 20
"""Organisations one person acts for: their own list of claims reads each of them."""


def join(organisation: str, member: str, by: Caller) -> bool:
    """Let `member` act for an organisation; False where they may already.

    Raises Unprocessable `not_an_organisation`, Conflict `too_many_organisations`, NotFound for a member unknown.
    """
    _require_ids(organisation, member)
    if organisation == member:
        raise Unprocessable("not_an_organisation")
    account = records.Account
    # Two administrators adding the same person: one set takes the organisation in, the other write is refused.
    room = account.organisations.does_not_exist() | (size(account.organisations) < MOST_OF_A_PERSON)  # type: ignore[no-untyped-call]
    new = account.pk.exists() & ~account.organisations.contains(organisation)
    ours = tables.Change(_item(member), [account.organisations.add({organisation}), account.version.add(1)], new & room)
    parts: list[tables.Part] = [still_one(organisation), ours, tables.Put(membership(organisation, member))]
    return _settle(organisation, member, parts, auditing.joined(organisation, member, by), wanted=True)


def leave(organisation: str, member: str, by: Caller) -> None:
    """Take from `member` the right to act for an organisation. Raises NotFound where they have none."""
    _require_ids(organisation, member)
    if organisation == member:  # nobody acts for themselves as a member; a transaction takes no item twice
        raise NotFound()
    account = records.Account
    # Removed twice at once: the second finds the organisation gone from the set.
    ours = tables.Change(
        _item(member),
        [account.organisations.delete({organisation}), account.version.add(1)],
        account.organisations.contains(organisation),
    )
    theirs = tables.Change(_item(organisation), [account.version.add(1)], account.pk.exists())
    gone = tables.Remove(membership(organisation, member))
    if not _settle(organisation, member, [theirs, ours, gone], auditing.left(organisation, member, by), wanted=False):
        raise NotFound()


def still_one(organisation: str) -> tables.Change:
    """Holds an account to being an organisation's while somebody joins it.

    Its type is looked at in the same write and its version moved on: whoever makes it a person's account meanwhile is
    told that it moved, looks again and finds the member (actions.regrant).
    """
    kind = records.Account.claimant_type
    return tables.Change(_item(organisation), [records.Account.version.add(1)], kind.is_in(*sorted(ORGANISATIONS)))


def applied(account: records.Account, applies_for: str) -> tables.Put:
    """Note on the account that it applies, and the part that puts it into the queue; it keeps its place there."""
    account.applies_for, account.applied_at = applies_for, account.applied_at or clock.stamp()
    return tables.Put(_application(account, applies_for))


def closed(account: records.Account) -> list[tables.Part]:
    """Note on the account that its application is decided, and the part that takes it from the queue."""
    if account.applied_at is None:
        return []
    gone = tables.Remove(_application(account))
    account.applies_for, account.applied_at = None, None
    return [gone]


def require_none(organisation: records.Account) -> None:
    """Raises Conflict `organisation_has_members` where somebody acts for the account.

    Ask after reading the account and write on its version: whoever joins in between moves that on.
    """
    if records.members(organisation.pk, limit=1):
        raise Conflict("organisation_has_members")


def members(organisation: str, limit: int, after: str | None = None) -> list[str]:
    """Accounts of up to `limit` members, after one of them, by id."""
    return [found.sk for found in records.members(organisation, limit, after)]


def _settle(
    organisation: str, member: str, parts: list[tables.Part], deeds: Iterable[audit.Deed], *, wanted: bool
) -> bool:
    """Write the change; False where it was made before. Raises what stands in its way."""
    try:
        audit.commit(parts, *deeds)
    except tables.Refused as refusal:
        held = records.account(member, strongly=True)
        if held is None:
            raise NotFound() from refusal
        if (organisation in (held.organisations or ())) is wanted:
            return False
        if parts[0] in refusal.found:
            raise (Unprocessable("not_an_organisation") if refusal.found[parts[0]] else NotFound()) from refusal
        if wanted:
            raise Conflict("too_many_organisations", most=MOST_OF_A_PERSON) from refusal
        raise Conflict() from refusal
    finally:
        standing.forget(member)
        standing.forget(organisation)
    return True


def _require_ids(*accounts: str) -> None:
    if not all(map(ids.is_id, accounts)):
        raise NotFound()


def _item(account: str) -> records.Account:
    return records.Account(account, records.ITSELF)


def membership(organisation: str, member: str) -> records.Membership:
    """By which an organisation finds the member."""
    return records.Membership(f"organisation#{organisation}", member, since=clock.stamp())


def _application(account: records.Account, applies_for: str | None = None) -> records.Application:
    return records.Application("applications", f"{account.applied_at}#{account.pk}", applies_for=applies_for)
