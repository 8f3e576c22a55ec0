"""How an account is read, made and written, whoever does it: its person sealed, its version moved by every write."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from chalicelib.accounts import records, standing
from chalicelib.accounts.records import Account as Account  # the name those know who touch no records
from chalicelib.audit import actions as audit
from chalicelib.base import clock, ids, sealing, tables
from chalicelib.base.problems import NotFound, Stale
from chalicelib.base.words import ORGANISATIONS


class Person(msgspec.Struct, frozen=True):
    """An account's sealed fields. `applies_as` is the name of the organisation it applies for.

    `email` is confirmed; `email_waiting` is not yet. `openid` is whom WeChat knows them by.
    """

    phone: str = ""
    name: str = ""
    applies_as: str = ""
    email: str = ""
    email_waiting: str = ""
    openid: str = ""


class Reach(NamedTuple):
    """How messages reach an account: what each channel calls it ("" for not at all), its language, what it chose."""

    phone: str = ""
    language: str = "zh-CN"
    email: str = ""
    openid: str = ""
    chosen: Mapping[str, Sequence[str]] = MappingProxyType({})


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


def people_of(account_ids: Sequence[str]) -> dict[str, Person]:
    """Names and phones of any number of accounts that exist, by id."""
    return {account_id: person(found) for account_id, found in records.accounts(list(account_ids)).items()}


def person_of(account_id: str) -> Person:
    """Name and phone of an account, empty for an unknown one."""
    account = records.account(account_id)
    return person(account) if account else Person()


def reach(account_id: str) -> Reach:
    """How messages reach an account; nowhere where it is unknown.

    An organisation without a phone of its own is reached through the first of its members.
    """
    account = records.account(account_id)
    if account is None:
        return Reach()
    known = person(account)
    if not known.phone and account.claimant_type in ORGANISATIONS:
        return next((reach(member.sk) for member in records.members(account_id, limit=1)), Reach())
    return Reach(known.phone, account.language or "zh-CN", known.email, known.openid, account.channels or {})


def fresh(phone: str, name: str, account_id: str | None = None) -> records.Account:
    """A citizen's account, not written yet."""
    account = records.Account(account_id or ids.new_id(), records.ITSELF, created_at=clock.stamp())
    account.sealed = sealing.seal("accounts", account.pk, Person(phone=phone, name=name))
    return account


def birth(account: records.Account, blinded: str) -> list[tables.Part]:
    """The parts that write a new account, refused where its phone has one."""
    way = records.Pointer(f"phone#{blinded}", "phone", account=account.pk)
    return [
        tables.Put(way, tables.absent(records.Pointer)),
        tables.Put(account, tables.absent(records.Account)),
    ]


def set_given(account: records.Account, profile: dict[str, str | None]) -> None:
    """Set the fields given; None leaves one as it is, an empty text takes it away."""
    for field, value in profile.items():
        if value is not None:
            setattr(account, field, value or None)


def rename(account: records.Account, **names: str | None) -> None:
    """Seal the person's fields given anew; None leaves one as it is."""
    given = {field: value for field, value in names.items() if value is not None}
    if given:
        account.sealed = sealing.seal("accounts", account.pk, msgspec.structs.replace(person(account), **given))


def write(account: records.Account, others: Sequence[tables.Part] = (), *deeds: audit.Deed) -> None:
    """Write the account one version on, with the parts that go with it and an audit entry for each deed.

    Raises Stale when somebody else wrote it meanwhile, tables.Refused when another part was refused.
    """
    version = int(account.version)
    account.version = version + 1
    # Two who edit at once: the second finds the version moved and is told so.
    ours = tables.Put(account, records.Account.version == version)
    try:
        audit.commit([ours, *others], *deeds)
    except tables.Refused as refusal:
        account.version = version
        if ours in refusal.found:
            raise Stale() from refusal
        raise
    finally:
        standing.forget(account.pk)
