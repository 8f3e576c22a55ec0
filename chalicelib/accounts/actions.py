"""What is done with accounts: found or made by phone, looked up by other rooms."""

from collections.abc import Iterable, Sequence

from chalicelib.accounts import granting, keeping, records
from chalicelib.accounts.keeping import Person as Person  # the names other rooms know
from chalicelib.accounts.keeping import get as get
from chalicelib.accounts.keeping import people_of as people_of
from chalicelib.accounts.keeping import person as person
from chalicelib.accounts.keeping import person_of as person_of
from chalicelib.accounts.keeping import reach as reach
from chalicelib.accounts.standing import standing_now as standing_now
from chalicelib.accounts.standing import standing_of as standing_of
from chalicelib.base import ids, phones, sealing, tables
from chalicelib.base.callers import EVERYWHERE


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
    account = keeping.fresh(phone, name)
    try:
        # Two first sign-ins of one phone at once: one pointer is written, the other caller takes that account.
        tables.commit(keeping.birth(account, blinded))
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
    account = keeping.fresh(phone, name, ids.derived_id("phone", blinded))
    return account.pk, keeping.birth(account, blinded)


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
    grant = granting.Grant(frozenset(roles), frozenset(subdistricts), tuple(committees))
    account = get(account_id)
    if granting.grant_of(account) != grant or account.claimant_type != claimant_type:
        granting.regrant(account_id, None, name or None, grant, claimant_type=claimant_type)
    return account_id


def liaisons() -> list[tuple[str, frozenset[str]]]:
    """Every liaison's account with the subdistricts they look after (EVERYWHERE for all)."""
    return [(holder.sk, frozenset(holder.subdistricts or ())) for holder in records.holders("liaison")]


def administrators() -> list[str]:
    """The accounts of all administrators."""
    return [holder.sk for holder in records.holders("administrator")]


def in_scope(subdistricts: frozenset[str], subdistrict: str) -> bool:
    """Whether a liaison of `subdistricts` looks after `subdistrict`."""
    return EVERYWHERE in subdistricts or subdistrict in subdistricts
