"""What is done with accounts: found or made by phone, edited by their holders, looked up by other rooms."""

from collections.abc import Iterable, Sequence

from chalicelib.accounts import addresses, granting, keeping, organisations, records
from chalicelib.accounts.keeping import Person as Person  # the names other rooms know
from chalicelib.accounts.keeping import get as get
from chalicelib.accounts.keeping import person as person
from chalicelib.accounts.keeping import person_of as person_of
from chalicelib.accounts.keeping import reach as reach
from chalicelib.accounts.standing import standing_now as standing_now
from chalicelib.accounts.standing import standing_of as standing_of
from chalicelib.base import ids, phones, sealing, tables
from chalicelib.base.callers import EVERYWHERE
from chalicelib.base.problems import Conflict, FieldFault, Stale, Unprocessable
from chalicelib.base.words import ORGANISATIONS

_ATTEMPTS = 8


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


def edit(account_id: str, version: int | None, **profile: str | None) -> records.Account:
    """What a person may change of their own account: name, claimant_type, organisation_name, branch, sector, language.

    An organisation's type is applied for, not taken. `email` is sent a code; `email_code` is that code. Raises Stale,
    Conflict `organisation_has_members`, Unprocessable (an organisation's name without an application, a wrong code).
    """
    email, code = profile.pop("email", None), profile.pop("email_code", None)
    if email is not None and code is not None:
        raise Unprocessable("invalid_fields", errors=[FieldFault("email_code", "field_not_here")])
    address = None if email is None else addresses.normalise(email)
    # Spent before anything is written: a code counts once, however often the writing has to be begun anew.
    confirmed = None if code is None else addresses.confirmed(_expected(get(account_id), version), code)
    for _ in range(_ATTEMPTS):
        try:
            changed = _edited(_expected(get(account_id), version), dict(profile), address, confirmed)
        except Stale:
            # Without If-Match only the fields given count: whatever else moved meanwhile stays as it is.
            if version is not None:
                raise
        else:
            if address and person(changed).email_waiting == address:
                addresses.send_code(changed, address)
            return changed
    raise Conflict()


def _expected(account: records.Account, version: int | None) -> records.Account:
    if version is not None and version != account.version:
        raise Stale()
    return account


def _edited(
    account: records.Account, profile: dict[str, str | None], address: str | None, confirmed: str | None
) -> records.Account:
    parts = _retype(account, profile.pop("claimant_type", None))
    named = profile.pop("organisation_name", None)
    if named is not None and account.applies_for is None:
        raise Unprocessable("invalid_fields", errors=[FieldFault("organisation_name", "field_not_here")])
    known = person(account)
    mail = {} if address is None else addresses.asked_for(known, address)
    mail |= {} if confirmed is None else addresses.taken(known, confirmed)
    keeping.rename(account, name=profile.pop("name", None), applies_as=named, **mail)
    keeping.set_given(account, profile)
    keeping.write(account, parts)
    return account


def _retype(account: records.Account, wanted: str | None) -> list[tables.Part]:
    """What a person says they are: a person's type counts as declared, an organisation's is an application."""
    if wanted is None or wanted == account.claimant_type:
        return []
    if wanted in ORGANISATIONS:
        return [organisations.applied(account, wanted)]
    if account.claimant_type in ORGANISATIONS:
        organisations.require_none(account)
    account.claimant_type = wanted
    account.basis = "declared"  # whatever confirmed the old type says nothing of the new one
    return []


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
