"""What people change of their own accounts."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.accounts import addresses, keeping, organisations, preferences, records
from chalicelib.base import tables
from chalicelib.base.problems import Conflict, FieldFault, Stale, Unprocessable
from chalicelib.base.words import ORGANISATIONS

_ATTEMPTS = 8


class Profile(NamedTuple):
    """The fields that were given; None leaves one as it is, an empty text takes it away.

    An organisation's claimant type is applied for, not taken. `email` is sent a code; `email_code` is that code.
    """

    name: str | None = None
    claimant_type: str | None = None
    organisation_name: str | None = None
    branch: str | None = None
    sector: str | None = None
    language: str | None = None
    email: str | None = None
    email_code: str | None = None
    channels: Mapping[str, Sequence[str]] | None = None


def edit(account_id: str, version: int | None, given: Profile) -> records.Account:
    """Change one's own account; a new e-mail address is sent a code.

    Raises Stale, Conflict `organisation_has_members`, TooManyRequests, Unavailable, and Unprocessable for an
    organisation's name without an application, an address or a code that is none, channels that are not to be chosen.
    """
    preferences.require_possible(given.channels or {})
    address = _address(given)
    # Spent before anything is written: a code counts once, however often the writing has to be begun anew.
    code = given.email_code
    confirmed = None if code is None else addresses.confirmed(_expected(account_id, version), code)
    for _ in range(_ATTEMPTS):
        try:
            changed = _edited(_expected(account_id, version), given, address, confirmed)
        except Stale:
            # Without If-Match only the fields given count: whatever else moved meanwhile stays as it is.
            if version is not None:
                raise
        else:
            if address and keeping.person(changed).email_waiting == address:
                addresses.send_code(changed, address)
            return changed
    raise Conflict()


def _address(given: Profile) -> str | None:
    if given.email is None:
        return None
    if given.email_code is not None:
        raise Unprocessable("invalid_fields", errors=[FieldFault("email_code", "field_not_here")])
    return addresses.normalise(given.email)


def _expected(account_id: str, version: int | None) -> records.Account:
    account = keeping.get(account_id)
    if version is not None and version != account.version:
        raise Stale()
    return account


def _edited(account: records.Account, given: Profile, address: str | None, confirmed: str | None) -> records.Account:
    parts = _retype(account, given.claimant_type)
    if given.organisation_name is not None and account.applies_for is None:
        raise Unprocessable("invalid_fields", errors=[FieldFault("organisation_name", "field_not_here")])
    known = keeping.person(account)
    mail = {} if address is None else addresses.asked_for(known, address)
    mail |= {} if confirmed is None else addresses.taken(known, confirmed)
    keeping.rename(account, name=given.name, applies_as=given.organisation_name, **mail)
    keeping.set_given(account, {"branch": given.branch, "sector": given.sector, "language": given.language})
    if given.channels is not None:
        account.channels = dict(given.channels) or None
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
