"""What may be seen of an account: its owner's view, and the administrator's."""

from typing import Any

import msgspec

from chalicelib.accounts import keeping, records, sessions, tokens, wechat_signin
from chalicelib.accounts.standing import standing_of


class Committee(msgspec.Struct, frozen=True):
    """A committee by its subdistrict and name."""

    subdistrict: str
    committee: str


class Organisation(msgspec.Struct, frozen=True):
    """An organisation somebody acts for."""

    id: str
    name: str
    claimant_type: str


class AccountView(msgspec.Struct, frozen=True):
    """An account: who it is, and what it may."""

    id: str
    phone: str
    name: str
    roles: list[str]
    subdistricts: list[str]
    committees: list[Committee]
    claimant_type: str
    basis: str
    branch: str | None
    sector: str | None
    applies_for: str | None
    applies_as: str | None
    applied_at: str | None
    language: str | None
    organisations: list[Organisation]
    version: int


class MyAccountView(AccountView, frozen=True):
    """One's own account: with the e-mail address, the one that waits for its code, and the channels chosen by kind.

    `wechat`: a WeChat user is linked.
    """

    email: str | None
    email_waiting: str | None
    wechat: bool
    channels: dict[str, list[str]]


class AccountPage(msgspec.Struct, frozen=True):
    """A page of accounts."""

    items: list[AccountView]
    next: str | None


class TokenView(msgspec.Struct, frozen=True):
    """What signing in gives."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    account: str


class SignedInView(TokenView, frozen=True):
    """What signing in with WeChat gives, and where to go on."""

    redirect: str


class LinkView(msgspec.Struct, frozen=True):
    """No account is linked to this WeChat user yet.

    `link` is handed in together with a phone's code (`POST /v1/auth/tokens`) within `expires_in` seconds.
    """

    link: str
    expires_in: int
    redirect: str


class SignedOut(msgspec.Struct, frozen=True):
    """The answer to signing out: of this session, or everywhere."""

    signed_out: str


class CodeSent(msgspec.Struct, frozen=True):
    """The answer to asking for a code: the same for every phone."""

    expires_in: int


def signed_in(found: sessions.Tokens) -> TokenView:
    """A session's tokens."""
    return TokenView(found.access, found.refresh, "Bearer", tokens.ACCESS_SECONDS, found.account)


def wechat(finished: wechat_signin.Finished) -> SignedInView | LinkView:
    """What came of signing in with WeChat."""
    found = finished.tokens
    if found is None:
        return LinkView(finished.link, wechat_signin.LINK_SECONDS, finished.redirect)
    return SignedInView(
        found.access, found.refresh, "Bearer", tokens.ACCESS_SECONDS, found.account, redirect=finished.redirect
    )


def account(found: records.Account) -> AccountView:
    """The account, opened for an administrator."""
    return AccountView(**_fields(found, keeping.person(found)))


def mine(found: records.Account) -> MyAccountView:
    """The account, opened for its holder."""
    person = keeping.person(found)
    return MyAccountView(
        **_fields(found, person),
        email=person.email or None,
        email_waiting=person.email_waiting or None,
        wechat=found.openid is not None,
        channels=found.channels or {},
    )


def _fields(found: records.Account, person: keeping.Person) -> dict[str, Any]:
    standing = standing_of(found)
    return {
        "id": found.pk,
        "phone": person.phone,
        "name": person.name,
        "roles": sorted(standing.roles),
        "subdistricts": sorted(standing.subdistricts),
        "committees": [Committee(*pair) for pair in sorted(standing.committees)],
        "claimant_type": standing.claimant_type,
        "basis": standing.basis,
        "branch": found.branch,
        "sector": found.sector,
        "applies_for": found.applies_for,
        "applies_as": person.applies_as or None,
        "applied_at": found.applied_at,
        "language": found.language,
        "organisations": _organisations(found),
        "version": int(found.version),
    }


def _organisations(found: records.Account) -> list[Organisation]:
    """Those the account's holder acts for, by id."""
    held = keeping.several(sorted(found.organisations or ()))
    return [Organisation(each.pk, keeping.person(each).name, str(each.claimant_type)) for each in held]
