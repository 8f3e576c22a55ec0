"""What the routes of accounts take."""

from typing import Annotated, Literal

from msgspec import Meta

from chalicelib.base import paging
from chalicelib.base.bodies import Body
from chalicelib.base.words import Basis, ClaimantType, Role

Phone = Annotated[str, Meta(min_length=5, max_length=30)]
Name = Annotated[str, Meta(max_length=60)]
Kind = Annotated[str, Meta(min_length=1, max_length=40)]
Channels = Annotated[list[Literal["wechat", "sms", "email"]], Meta(max_length=3)]
Waiting = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z#[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
"""Where an application stands in the queue; it becomes part of a key."""


class CodeBody(Body):
    """POST /v1/auth/codes."""

    phone: Phone


class TokenBody(Body):
    """POST /v1/auth/tokens. `link` is the token WeChat's way back gave, to link that user with this phone."""

    phone: Phone
    code: Annotated[str, Meta(min_length=1, max_length=20)]
    link: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class WechatQuery(Body):
    """Where the person goes on afterwards: a path of this site."""

    redirect: Annotated[str, Meta(max_length=500)] = "/"


class CallbackQuery(Body):
    """What WeChat sends back; no code where the person declined."""

    state: Annotated[str, Meta(min_length=1, max_length=128)]
    code: Annotated[str, Meta(max_length=512)] | None = None


class RefreshBody(Body):
    """POST /v1/auth/refresh."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=1000)]


class EmptyBody(Body):
    """An act that needs no words."""


class ProfileBody(Body):
    """PATCH /v1/me. Declaring oneself an organisation is an application; an administrator grants it.

    `organisation_name` is the applying organisation's; `name` is the person's own. A new `email` counts once the code
    that was sent there comes back as `email_code`. `channels` maps a kind of message, or `*` for every other, to the
    channels it is wanted on, the best first; none at all: in the inbox only.
    """

    name: Name | None = None
    claimant_type: ClaimantType | None = None
    organisation_name: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    branch: Name | None = None
    sector: Name | None = None
    language: Annotated[str, Meta(pattern="^(zh-CN|en)$")] | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    channels: Annotated[dict[Kind, Channels], Meta(max_length=100)] | None = None
    email_code: Annotated[str, Meta(min_length=1, max_length=20)] | None = None


class CommitteeIn(Body):
    """A committee by its subdistrict and name."""

    subdistrict: Annotated[str, Meta(min_length=1, max_length=60)]
    committee: Annotated[str, Meta(min_length=1, max_length=40)]


class GrantBody(Body):
    """PUT /v1/accounts/{id}: roles and scope are replaced; `*` among the subdistricts means all of them."""

    roles: list[Role] = []
    subdistricts: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=200)] = []
    committees: Annotated[list[CommitteeIn], Meta(max_length=200)] = []
    name: Name | None = None
    claimant_type: ClaimantType | None = None
    basis: Basis | None = None
    branch: Name | None = None
    sector: Name | None = None


class MemberBody(Body):
    """POST /v1/accounts/{id}/members: whom, by their account or by their phone (an account is made for a new one)."""

    account: paging.Id | None = None
    phone: Phone | None = None


class MembersQuery(Body):
    """limit and cursor."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class AccountsQuery(MembersQuery, kw_only=True):
    """Whose accounts: who applies for an organisation's type (or any), or who holds a role; one of the two."""

    applies_for: Literal["any", "party_organisation", "company", "social_organisation"] | None = None
    role: Role | None = None


class DecisionBody(Body):
    """POST /v1/accounts/{id}/application.

    A grant names an existing `organisation`, or makes one called `name` (else as the applicant named it); a refusal
    needs its `reason`, which the applicant is told.
    """

    decision: Literal["grant", "refuse"]
    organisation: paging.Id | None = None
    name: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    basis: Basis | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


class MakeBody(GrantBody, kw_only=True):
    """POST /v1/accounts."""

    phone: Phone
