"""Who a claim or a place on standby is for: the caller, an organisation they act for, or an offline citizen."""

from typing import NamedTuple

from chalicelib.accounts import actions as accounts
from chalicelib.base import phones
from chalicelib.base.callers import Caller
from chalicelib.base.problems import FieldFault, Forbidden, Unprocessable
from chalicelib.base.words import ORGANISATIONS
from chalicelib.claims import limits, shapes


class Claimant(NamedTuple):
    """The account, and how it counts."""

    account: str
    claimant_type: str
    basis: str
    branch: str = ""
    sector: str = ""

    @property
    def cap(self) -> int:
        """How many live claims this claimant may hold in a round."""
        return limits.cap(self.claimant_type)

    @property
    def standbys(self) -> int:
        """How many wishes this claimant may be on standby for."""
        return limits.standbys(self.claimant_type)


def of(organisation: str | None, caller: Caller) -> Claimant:
    """The caller, or the organisation they say they act for. Raises Forbidden `not_a_member`."""
    if organisation is None:
        own = caller.standing
        return Claimant(caller.account, own.claimant_type, own.basis, own.branch, own.sector)
    # An organisation claims as what it is, not as what the member is who says so.
    theirs = accounts.standing_now(organisation) if caller.speaks_for(organisation) else None
    if theirs is None or theirs.claimant_type not in ORGANISATIONS:
        raise Forbidden("not_a_member")
    return Claimant(organisation, theirs.claimant_type, theirs.basis, theirs.branch, theirs.sector)


def offline(behalf: shapes.OnBehalfOf) -> Claimant:
    """A citizen without a smartphone; their account is made if there is none. Raises Unprocessable."""
    number = phones.normalise(behalf.phone)
    if number is None or not phones.is_mobile(number):
        raise Unprocessable("invalid_fields", errors=[FieldFault("on_behalf_of.phone", "field_mobile")])
    return Claimant(accounts.find_or_make(number, behalf.name), behalf.claimant_type, "declared")
