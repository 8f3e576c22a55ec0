"""What is done with accounts: found or made by phone, given roles, edited."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from chalicelib.accounts import auditing, organisations, records, standing
from chalicelib.accounts.standing import standing_now as standing_now  # the names other rooms know
from chalicelib.accounts.standing import standing_of as standing_of
from chalicelib.audit import actions as audit
from chalicelib.base import clock, ids, phones, sealing, tables
from chalicelib.base.callers import EVERYWHERE, Caller
from chalicelib.base.problems import Conflict, NotFound, Stale, Unprocessable
from chalicelib.base.words import ORGANISATIONS

_ATTEMPTS = 8


class Person(msgspec.Struct, frozen=True):
    """An account's sealed fields."""

    phone: str = ""
    name: str = ""


class Grant(NamedTuple):
    """What an administrator gives an account. Subdistricts scope a liaison, committees a committee worker."""

    roles: frozenset[str] = frozenset()
    subdistricts: frozenset[str] = frozenset()
    committees: tuple[tuple[str, str], ...] = ()


def person(account: records.Account) -> Person:
    """The account's name and phone, opened."""
    if account.sealed is None:
        return Person()
    return sealing.unseal("accounts", account.pk, account.sealed, Person)


def get(account_id: str) -> records.Account:
    """The account. Raises NotFound."""
    account = records.account(account_id, strongly=True) if ids.is_id(account_id) else None
    if account is None:
        raise NotFound()
    return account


def several(account_ids: Sequence[str]) -> list[records.Account]:
    """The accounts that exist of up to 100 ids, in their order."""
    found = records.accounts(list(account_ids))
    return [found[each] for each in account_ids if each in found]


def person_of(account_id: str) -> Person:
    """Name and phone of an account, empty for an unknown one."""
    account = records.account(account_id)
    return person(account) if account else Person()


def show(account_id: str, caller: Caller) -> records.Account:
    """Somebody's account for an administrator; the view is recorded first. Raises NotFound, Unavailable."""
    account = get(account_id)
    auditing.seen(account, caller)
    return account


def members(organisation_id: str, limit: int, after: str | None, caller: Caller) -> tuple[list[records.Account], bool]:
    """Up to `limit` members of an organisation for an administrator, and whether there are more; recorded first."""
    get(organisation_id)
    found = organisations.members(organisation_id, limit + 1, after)
    auditing.listed(f"account/{organisation_id}", "viewed_members", found[:limit], caller)
    return several(found[:limit]), len(found) > limit


def add_member(organisation_id: str, member_id: str, caller: Caller) -> tuple[records.Account, bool]:
    """Let somebody act for an organisation; their account, and whether that is new. Raises as `organisations.join`."""
    is_new = organisations.join(organisation_id, member_id, caller)
    return get(member_id) if is_new else show(member_id, caller), is_new


def remove_member(organisation_id: str, member_id: str, caller: Caller) -> records.Account:
    """Somebody acts for an organisation no more; their account. Raises NotFound."""
    organisations.leave(organisation_id, member_id, caller)
    return get(member_id)


def find(phone: str) -> str | None:
    """The id of the account of a phone (in its one spelling)."""
    pointer = records.pointer(sealing.blind("phone", phone))
    return pointer.account if pointer else None


def find_or_make(phone: str, name: str = "") -> str:
    """The id of the phone's account, made as a citizen's if there is none."""
    blinded = sealing.blind("phone", phone)
    known = records.pointer(blinded)
    if known is not None:
        return known.account
    account = _fresh(phone, name)
    try:
        # Two first sign-ins of one phone at once: one pointer is written, the other caller takes that account.
        tables.commit(_birth(account, blinded))
    except tables.Refused:
        winner = records.pointer(blinded)
        if winner is None:
            raise
        return winner.account
    return account.pk


def find_several(numbers: Iterable[str]) -> dict[str, str]:
    """The accounts of those phones that have one, by phone."""
    blinded = {sealing.blind("phone", number): number for number in numbers}
    return {blinded[key]: account for key, account in records.pointers(list(blinded)).items()}


def birth_of(phone: str, name: str = "") -> tuple[str, list[tables.Part]]:
    """A new account for a phone that has none, as parts of somebody else's transaction, and its id.

    The id comes from the phone's keyed hash, so that an import resumed half-way means the same account.
    """
    blinded = sealing.blind("phone", phone)
    account = _fresh(phone, name, ids.derived_id("phone", blinded))
    return account.pk, _birth(account, blinded)


class Member(NamedTuple):
    """A line of a roster: whoever has this phone is what the roster says."""

    phone: str
    name: str
    claimant_type: str
    branch: str
    sector: str


def compare_members(members: Sequence[Member]) -> tuple[int, int, int]:
    """How many members are (new, changed, unchanged)."""
    known = find_several([member.phone for member in members])
    held = records.accounts(list(known.values()))
    new = sum(member.phone not in known for member in members)
    same = sum(_is_enrolled(held.get(known.get(member.phone, "")), member) for member in members)
    return new, len(members) - new - same, same


def enrol(members: Sequence[Member]) -> None:
    """Raise the members' basis to `roster`, making accounts where there are none. Safe to run again."""
    for member in members:
        account = get(find_or_make(member.phone, member.name))
        if not _is_enrolled(account, member):
            _set(
                account,
                {
                    "claimant_type": member.claimant_type,
                    "basis": "roster",
                    "branch": member.branch,
                    "sector": member.sector,
                },
            )
            _write(account, [])


def _is_enrolled(account: records.Account | None, member: Member) -> bool:
    return account is not None and (
        account.basis == "roster"
        and account.claimant_type == member.claimant_type
        and (account.branch or "") == member.branch
        and (account.sector or "") == member.sector
    )


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
    account = _fresh(phone, name, ids.derived_id("account", key) if key else None)
    account.fingerprint = fingerprint or None
    _apply(account, grant, profile)
    born = [*_birth(account, blinded), *_role_parts(account, frozenset())]
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
    account = get(account_id)
    if version is not None and version != account.version:
        raise Stale()
    if account.claimant_type in ORGANISATIONS and (profile.get("claimant_type") or "company") not in ORGANISATIONS:
        organisations.require_none(account)
    before, powers = frozenset(account.roles or ()), auditing.powers(account)
    if name is not None:
        sealed = msgspec.structs.replace(person(account), name=name)
        account.sealed = sealing.seal("accounts", account.pk, sealed)
    _apply(account, grant, profile)
    parts = [*_role_parts(account, before), *_another_administrator(account, before)]
    _write(account, parts, auditing.given(account, powers, by))
    return account


def edit(account_id: str, version: int | None, **profile: str | None) -> records.Account:
    """What a person may change of their own account. Raises Stale."""
    for _ in range(_ATTEMPTS):
        try:
            return _edited(get(account_id), version, dict(profile))
        except Stale:
            # Without If-Match only the fields given count: whatever else moved meanwhile stays as it is.
            if version is not None:
                raise
    raise Conflict()


def _edited(account: records.Account, version: int | None, profile: dict[str, str | None]) -> records.Account:
    if version is not None and version != account.version:
        raise Stale()
    name = profile.pop("name", None)
    if name is not None:
        sealed = msgspec.structs.replace(person(account), name=name)
        account.sealed = sealing.seal("accounts", account.pk, sealed)
    if profile.get("claimant_type") not in (None, account.claimant_type):
        account.basis = "declared"  # whatever confirmed the old type says nothing of the new one
    _set(account, profile)
    _write(account, [])
    return account


def seed_account(
    phone: str,
    *,
    name: str = "",
    roles: Iterable[str] = (),
    subdistricts: Iterable[str] = (),
    committees: Sequence[tuple[str, str]] = (),
    claimant_type: str = "citizen",
) -> str:
    """Make or complete an account from outside the API: the first administrator, the demo's people. Idempotent."""
    number = phones.normalise(phone)
    if number is None:
        raise ValueError("not a phone number")
    account_id = find_or_make(number, name)
    grant = Grant(frozenset(roles), frozenset(subdistricts), tuple(committees))
    account = get(account_id)
    if _grant_of(account) != grant or account.claimant_type != claimant_type:
        regrant(account_id, None, name or None, grant, claimant_type=claimant_type)
    return account_id


def liaisons() -> list[tuple[str, frozenset[str]]]:
    """Every liaison's account with the subdistricts they look after (EVERYWHERE for all)."""
    return [(holder.sk, frozenset(holder.subdistricts or ())) for holder in records.holders("liaison")]


def administrators() -> list[str]:
    """The accounts of all administrators."""
    return [holder.sk for holder in records.holders("administrator")]


def _grant_of(account: records.Account) -> Grant:
    held = standing_of(account)
    return Grant(held.roles, held.subdistricts, tuple(sorted(held.committees)))


def _fresh(phone: str, name: str, account_id: str | None = None) -> records.Account:
    account = records.Account(account_id or ids.new_id(), records.ITSELF, created_at=clock.stamp())
    account.sealed = sealing.seal("accounts", account.pk, Person(phone=phone, name=name))
    return account


def _birth(account: records.Account, blinded: str) -> list[tables.Part]:
    way = records.Pointer(f"phone#{blinded}", "phone", account=account.pk)
    return [
        tables.Put(way, tables.absent(records.Pointer)),
        tables.Put(account, tables.absent(records.Account)),
    ]


def _apply(account: records.Account, grant: Grant, profile: dict[str, str | None]) -> None:
    account.roles = set(grant.roles) or None  # DynamoDB knows no empty set
    account.subdistricts = set(grant.subdistricts) or None
    account.committees = [list(pair) for pair in sorted(grant.committees)] or None
    if profile.get("claimant_type"):
        account.applies_for = None  # the application is decided, whichever way
    _set(account, profile)


def _set(account: records.Account, profile: dict[str, str | None]) -> None:
    for field, value in profile.items():
        if value is not None:
            setattr(account, field, value or None)


def _write(account: records.Account, others: list[tables.Part], deed: audit.Deed | None = None) -> None:
    version = int(account.version)
    account.version = version + 1
    # Two administrators editing at once: the second finds the version moved and is told so.
    parts = [tables.Put(account, records.Account.version == version), *others]
    try:
        if deed is None:
            tables.commit(parts)
        else:
            audit.commit(parts, deed)
    except tables.Refused as error:
        if any(isinstance(part, tables.Check) for part in error.found):
            raise Conflict("last_administrator") from error
        raise Stale() from error
    finally:
        standing.forget(account.pk)


def _role_parts(account: records.Account, before: frozenset[str]) -> list[tables.Part]:
    """Keep the role's list of holders in step, in the same transaction."""
    now = frozenset(account.roles or ())
    parts: list[tables.Part] = [
        tables.Put(records.RoleHolder(f"role#{role}", account.pk, subdistricts=account.subdistricts))
        for role in sorted(now)
    ]
    return parts + [tables.Remove(records.RoleHolder(f"role#{role}", account.pk)) for role in sorted(before - now)]


def _another_administrator(account: records.Account, before: frozenset[str]) -> list[tables.Part]:
    """Removing an administrator needs another who stays: two who remove each other at once conflict, and one stays."""
    if "administrator" not in before or "administrator" in (account.roles or ()):
        return []
    others = [holder for holder in records.holders("administrator") if holder.sk != account.pk]
    if not others:
        raise Conflict("last_administrator")
    return [tables.Check(others[0], records.RoleHolder.pk.exists())]


def in_scope(subdistricts: frozenset[str], subdistrict: str) -> bool:
    """Whether a liaison of `subdistricts` looks after `subdistrict`."""
    return EVERYWHERE in subdistricts or subdistrict in subdistricts
