"""The routes of accounts: signing in, one's own account, and the administrator's hand on others'."""

from typing import Annotated, Any

from msgspec import Meta

from chalicelib.accounts import actions, rules, signin, tokens, views
from chalicelib.base import paging, settings
from chalicelib.base.bodies import Body
from chalicelib.base.callers import EVERYWHERE
from chalicelib.base.problems import FieldFault, Unprocessable
from chalicelib.base.web import ADMINISTRATORS, ANYONE, SIGNED_IN, Answer, Call, Room
from chalicelib.base.words import ORGANISATIONS, Basis, ClaimantType, Role

room = Room("accounts")

Phone = Annotated[str, Meta(min_length=5, max_length=30)]
Name = Annotated[str, Meta(max_length=60)]


class CodeBody(Body):
    """POST /v1/auth/codes."""

    phone: Phone


class TokenBody(Body):
    """POST /v1/auth/tokens."""

    phone: Phone
    code: Annotated[str, Meta(min_length=1, max_length=20)]


class RefreshBody(Body):
    """POST /v1/auth/refresh."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=1000)]


class ProfileBody(Body):
    """PATCH /v1/me. Declaring oneself an organisation is an application; an administrator grants it."""

    name: Name | None = None
    claimant_type: ClaimantType | None = None
    branch: Name | None = None
    sector: Name | None = None
    language: Annotated[str, Meta(pattern="^(zh-CN|en)$")] | None = None


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


class MakeBody(GrantBody, kw_only=True):
    """POST /v1/accounts."""

    phone: Phone


def _tokens(found: signin.Tokens) -> Answer:
    view = views.TokenView(found.access, found.refresh, "Bearer", tokens.ACCESS_SECONDS, found.account)
    return Answer(view)


def _tagged(found: Any, status: int = 200) -> Answer:
    view = views.account(found)
    return Answer(view, status, {"ETag": f'"{view.version}"'})


def _member(body: MemberBody) -> str:
    """The account of the person meant."""
    if (body.account is None) is (body.phone is None):
        raise Unprocessable("invalid_fields", errors=[FieldFault("account", "field_one_of_account_phone")])
    return body.account or actions.find_or_make(signin.mobile(body.phone or ""))


def _grant(body: GrantBody) -> actions.Grant:
    known = {*settings.subdistricts(), EVERYWHERE}
    faults = [
        FieldFault(f"subdistricts[{place}]", "field_value")
        for place, name in enumerate(body.subdistricts)
        if name not in known
    ]
    faults += [
        FieldFault(f"committees[{place}].subdistrict", "field_value")
        for place, committee in enumerate(body.committees)
        if committee.subdistrict not in settings.subdistricts()
    ]
    if faults:
        raise Unprocessable("invalid_fields", errors=faults)
    committees = sorted({(each.subdistrict, each.committee) for each in body.committees})
    return actions.Grant(frozenset(body.roles), frozenset(body.subdistricts), tuple(committees))


@room.route("POST", "/v1/auth/codes", who=ANYONE, takes=CodeBody, gives={202: views.CodeSent})
def send_code(call: Call, body: CodeBody) -> Answer:
    """Send a sign-in code by SMS; the answer is the same for known and unknown phones."""
    signin.send_code(body.phone, call.address)
    return Answer(views.CodeSent(rules.CODE_SECONDS), 202)


@room.route("POST", "/v1/auth/tokens", who=ANYONE, takes=TokenBody, gives={200: views.TokenView},
            refuses=("wrong_code", "too_many_tries"))  # fmt: skip
def redeem_code(call: Call, body: TokenBody) -> Answer:
    """Trade a code for tokens; a phone without an account gets one."""
    return _tokens(signin.redeem(body.phone, body.code))


@room.route("POST", "/v1/auth/refresh", who=ANYONE, takes=RefreshBody, gives={200: views.TokenView},
            refuses=("bad_token",))  # fmt: skip
def refresh_tokens(call: Call, body: RefreshBody) -> Answer:
    """Trade a refresh token for new tokens; each works once."""
    return _tokens(signin.refresh(body.refresh_token))


@room.route("GET", "/v1/me", who=SIGNED_IN, gives={200: views.AccountView})
def show_me(call: Call) -> Answer:
    """The caller's own account."""
    return _tagged(actions.get(call.caller.account))


@room.route("PATCH", "/v1/me", who=SIGNED_IN, takes=ProfileBody, gives={200: views.AccountView}, refuses=("stale",))
def edit_me(call: Call, body: ProfileBody) -> Answer:
    """Change one's own name, claimant type, branch, sector or language."""
    applies = body.claimant_type in ORGANISATIONS
    changed = actions.edit(
        call.caller.account,
        call.if_match,
        name=body.name,
        claimant_type=None if applies else body.claimant_type,
        applies_for=body.claimant_type if applies else None,
        branch=body.branch,
        sector=body.sector,
        language=body.language,
    )
    return _tagged(changed)


@room.route("POST", "/v1/accounts", who=ADMINISTRATORS, takes=MakeBody, gives={201: views.AccountView},
            refuses=("account_exists",))  # fmt: skip
def make_account(call: Call, body: MakeBody) -> Answer:
    """Make an account with roles, scope and claimant type."""
    number = signin.mobile(body.phone)
    made = actions.make(
        number,
        body.name or "",
        _grant(body),
        call.idempotency_key,
        call.fingerprint,
        by=call.caller,
        claimant_type=body.claimant_type,
        basis=body.basis,
        branch=body.branch,
        sector=body.sector,
    )
    return _tagged(made, 201)


@room.route("GET", "/v1/accounts/{account_id}", who=ADMINISTRATORS, gives={200: views.AccountView})
def show_account(call: Call, account_id: str) -> Answer:
    """One account, for administrators."""
    return _tagged(actions.show(account_id, call.caller))


@room.route("PUT", "/v1/accounts/{account_id}", who=ADMINISTRATORS, takes=GrantBody, gives={200: views.AccountView},
            refuses=("stale", "last_administrator", "organisation_has_members"), edits=True)  # fmt: skip
def grant_account(call: Call, body: GrantBody, account_id: str) -> Answer:
    """Replace an account's roles, scope and claimant type."""
    changed = actions.regrant(
        account_id,
        call.if_match,
        body.name,
        _grant(body),
        by=call.caller,
        claimant_type=body.claimant_type,
        basis=body.basis,
        branch=body.branch,
        sector=body.sector,
    )
    return _tagged(changed)


@room.route("GET", "/v1/accounts/{account_id}/members", who=ADMINISTRATORS, query=MembersQuery,
            gives={200: views.AccountPage})  # fmt: skip
def show_members(call: Call, query: MembersQuery, account_id: str) -> Answer:
    """Who acts for an organisation."""
    name = f"members#{account_id}"
    after = paging.place(name, query.cursor, tuple[paging.Id])[0] if query.cursor else None
    found, more = actions.members(account_id, query.limit, after, call.caller)
    place = paging.cursor(name, (found[-1].pk,)) if more else None
    return Answer(views.AccountPage([views.account(each) for each in found], place))


@room.route("POST", "/v1/accounts/{account_id}/members", who=ADMINISTRATORS, takes=MemberBody,
            gives={201: views.AccountView, 200: views.AccountView},
            refuses=("not_an_organisation", "too_many_organisations"))  # fmt: skip
def add_member(call: Call, body: MemberBody, account_id: str) -> Answer:
    """Let a person act for an organisation; 200 where they may already."""
    member, is_new = actions.add_member(account_id, _member(body), call.caller)
    return _tagged(member, 201 if is_new else 200)


@room.route("DELETE", "/v1/accounts/{account_id}/members/{member_id}", who=ADMINISTRATORS,
            gives={200: views.AccountView})  # fmt: skip
def remove_member(call: Call, account_id: str, member_id: str) -> Answer:
    """Take from a person the right to act for an organisation; what was claimed for it stays its own."""
    return _tagged(actions.remove_member(account_id, member_id, call.caller))
