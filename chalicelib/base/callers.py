"""Who is calling: an account with its roles and their scope, or nobody. A value; `accounts` fills it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from chalicelib.base.problems import Forbidden
from chalicelib.base.words import Basis, ClaimantType

EVERYWHERE = "*"
"""In a list of subdistricts: all of them, those to come included."""


@dataclass(frozen=True)
class Standing:
    """What an account is and may, as of now. `subdistricts` scopes a liaison, `committees` a committee worker.

    `organisations` holds the ids of the organisations' accounts this person acts for.
    """

    roles: frozenset[str] = frozenset()
    subdistricts: frozenset[str] = frozenset()
    committees: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    claimant_type: ClaimantType = "citizen"
    basis: Basis = "declared"
    branch: str = ""
    sector: str = ""
    organisations: frozenset[str] = frozenset()


class Caller:
    """The caller of one request. The standing is read on first use: a lost claim never needs it."""

    def __init__(self, account: str = "", load: Callable[[], Standing] = Standing) -> None:
        self.account = account
        self._load = load

    @cached_property
    def standing(self) -> Standing:
        """Roles and scope, read from the account's item once per request."""
        return self._load()

    def prove(self) -> None:
        """Read the standing now. Raises Unauthorized where the account is gone, or signed out everywhere since."""
        _ = self.standing

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return not self.account

    def speaks_for(self, account: str | None) -> bool:
        """Whether `account` is the caller's own, or an organisation's they are a member of (product.md section 1).

        The standing is read only where it is not their own.
        """
        if not account or self.is_anonymous:
            return False
        return account == self.account or account in self.standing.organisations

    @property
    def is_administrator(self) -> bool:
        """Whether the caller administers the platform."""
        return "administrator" in self.standing.roles

    @property
    def is_staff(self) -> bool:
        """Whether the caller holds any role at all, the observer's included."""
        return bool(self.standing.roles)

    def has(self, roles: frozenset[str]) -> bool:
        """Whether the caller holds one of the roles."""
        return not roles.isdisjoint(self.standing.roles)

    def liaises(self, subdistrict: str) -> bool:
        """Whether the caller is a liaison of the subdistrict."""
        mine = self.standing.subdistricts
        return "liaison" in self.standing.roles and (subdistrict in mine or EVERYWHERE in mine)

    def works_for(self, subdistrict: str, committee: str) -> bool:
        """Whether the caller is a committee worker of the committee."""
        return "committee_worker" in self.standing.roles and (subdistrict, committee) in self.standing.committees

    def reviews(self, subdistrict: str) -> bool:
        """Whether the caller may review there: its liaison, or an administrator (product.md section 2)."""
        return self.is_administrator or self.liaises(subdistrict)

    def serves(self, subdistrict: str, committee: str) -> bool:
        """Whether the caller sees wishes of the committee in full (product.md section 3)."""
        return self.reviews(subdistrict) or self.works_for(subdistrict, committee)

    def role_towards(self, subdistrict: str, committee: str) -> str:
        """The word the history uses for the caller there."""
        if self.liaises(subdistrict):
            return "liaison"
        if self.works_for(subdistrict, committee):
            return "committee_worker"
        return "administrator" if self.is_administrator else "person"


def require(allowed: bool, code: str = "forbidden") -> None:
    """Raise Forbidden unless allowed."""
    if not allowed:
        raise Forbidden(code)


NOBODY = Caller()
SYSTEM = "system"
"""The account named in the history where the clock acted."""
