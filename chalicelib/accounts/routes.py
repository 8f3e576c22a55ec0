"""The routes of accounts: signing in, one's own account, and the administrator's hand on others'."""

from typing import Any

from chalicelib.accounts import (
    actions,
    applications,
    editing,
    granting,
    keeping,
    rules,
    sessions,
    shapes,
    signin,
    views,
    wechat_signin,
)
from chalicelib.base import paging, settings
from chalicelib.base.callers import EVERYWHERE
from chalicelib.base.problems import BadRequest, FieldFault, Unprocessable
from chalicelib.base.web import ADMINISTRATORS, ANYONE, SIGNED_IN, Answer, Call, Room

room = Room("accounts")


def _tokens(found: sessions.Tokens) -> Answer:
    return Answer(views.signed_in(found))


def _tagged(found: keeping.Account, status: int = 200) -> Answer:
    return _with_tag(views.account(found), status)


def _mine(found: keeping.Account) -> Answer:
    return _with_tag(views.mine(found))


def _with_tag(view: views.AccountView, status: int = 200) -> Answer:
    return Answer(view, status, {"ETag": f'"{view.version}"'})


def _after(name: str, cursor: str | None, shape: Any) -> str | None:
    """The place a cursor of the list `name` goes on from."""
    return paging.place(name, cursor, tuple[shape])[0] if cursor else None


def _page(found: list[keeping.Account], place: str | None, name: str) -> Answer:
    items = [views.account(each) for each in found]
    return Answer(views.AccountPage(items, paging.cursor(name, (place,)) if place else None))


def _member(body: shapes.MemberBody) -> str:
    """The account of the person meant."""
    if (body.account is None) is (body.phone is None):
        raise Unprocessable("invalid_fields", errors=[FieldFault("account", "field_one_of_account_phone")])
    return body.account or actions.find_or_make(signin.mobile(body.phone or ""))


def _grant(body: shapes.GrantBody) -> granting.Grant:
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
    return granting.Grant(frozenset(body.roles), frozenset(body.subdistricts), tuple(committees))


@room.route("POST", "/v1/auth/codes", who=ANYONE, takes=shapes.CodeBody, gives={202: views.CodeSent})
def send_code(call: Call, body: shapes.CodeBody) -> Answer:
    """Send a sign-in code by SMS; the answer is the same for known and unknown phones."""
    signin.send_code(body.phone, call.address)
    return Answer(views.CodeSent(rules.CODE_SECONDS), 202)


@room.route("POST", "/v1/auth/tokens", who=ANYONE, takes=shapes.TokenBody, gives={200: views.TokenView},
            refuses=("wrong_code", "too_many_tries", "bad_link", "wechat_linked_elsewhere",
                     "account_has_wechat"))  # fmt: skip
def redeem_code(call: Call, body: shapes.TokenBody) -> Answer:
    """Trade a code for tokens; a phone without an account gets one."""
    return _tokens(sessions.begin(signin.redeem(body.phone, body.code, body.link)))


@room.route("POST", "/v1/auth/refresh", who=ANYONE, takes=shapes.RefreshBody, gives={200: views.TokenView},
            refuses=("bad_token",))  # fmt: skip
def refresh_tokens(call: Call, body: shapes.RefreshBody) -> Answer:
    """Trade a refresh token for new tokens; each works once."""
    return _tokens(sessions.refresh(body.refresh_token))


@room.route("GET", "/v1/auth/wechat", who=ANYONE, query=shapes.WechatQuery, gives={302: None},
            refuses=("wechat_not_configured",))  # fmt: skip
def start_wechat(call: Call, query: shapes.WechatQuery) -> Answer:
    """Begin signing in with WeChat: on to its page, which comes back to the callback."""
    started = wechat_signin.start(query.redirect, call.address)
    return Answer("", 302, {"Location": started.location, "Set-Cookie": started.cookie})


@room.route("GET", "/v1/auth/wechat/callback", who=ANYONE, query=shapes.CallbackQuery,
            gives={200: views.SignedInView, 202: views.LinkView},
            refuses=("wechat_not_configured", "wechat_state", "wechat_declined", "wechat_code"))  # fmt: skip
def finish_wechat(call: Call, query: shapes.CallbackQuery) -> Answer:
    """The way back from WeChat: tokens, or a link token (202) where no phone is linked yet."""
    finished = wechat_signin.finish(query.code, query.state, call.headers.get("cookie") or "")
    headers = {"Set-Cookie": wechat_signin.forgotten(), "Referrer-Policy": "no-referrer"}
    return Answer(views.wechat(finished), 200 if finished.tokens else 202, headers)


@room.route("DELETE", "/v1/me/wechat", who=SIGNED_IN, gives={200: views.MyAccountView})
def unlink_wechat(call: Call) -> Answer:
    """Part one's account from its WeChat user."""
    return _mine(wechat_signin.unlink(call.caller.account))


@room.route("POST", "/v1/auth/sign-out", who=ANYONE, takes=shapes.RefreshBody, gives={200: views.SignedOut},
            refuses=("bad_token",))  # fmt: skip
def sign_out(call: Call, body: shapes.RefreshBody) -> Answer:
    """End this session: its refresh tokens are void. The access token should be forgotten; it ends by itself."""
    sessions.end(body.refresh_token)
    return Answer(views.SignedOut("this_session"))


@room.route("POST", "/v1/me/sign-out-everywhere", who=SIGNED_IN, takes=shapes.EmptyBody, gives={200: views.SignedOut})
def sign_out_everywhere(call: Call, body: shapes.EmptyBody) -> Answer:
    """End every session of one's own, this one included: all access and refresh tokens are void at once."""
    sessions.end_all(call.caller.account)
    return Answer(views.SignedOut("everywhere"))


@room.route("GET", "/v1/me", who=SIGNED_IN, gives={200: views.MyAccountView})
def show_me(call: Call) -> Answer:
    """The caller's own account."""
    return _mine(keeping.get(call.caller.account))


@room.route("PATCH", "/v1/me", who=SIGNED_IN, takes=shapes.ProfileBody, gives={200: views.MyAccountView},
            refuses=("stale", "organisation_has_members", "too_many_tries"))  # fmt: skip
def edit_me(call: Call, body: shapes.ProfileBody) -> Answer:
    """Change one's own name, claimant type, branch, sector, language, channels or e-mail address (sent a code)."""
    profile = editing.Profile(
        name=body.name,
        claimant_type=body.claimant_type,
        organisation_name=body.organisation_name,
        branch=body.branch,
        sector=body.sector,
        language=body.language,
        email=body.email,
        email_code=body.email_code,
        channels=body.channels,
    )
    return _mine(editing.edit(call.caller.account, call.if_match, profile))


@room.route("POST", "/v1/accounts", who=ADMINISTRATORS, takes=shapes.MakeBody, gives={201: views.AccountView},
            refuses=("account_exists",))  # fmt: skip
def make_account(call: Call, body: shapes.MakeBody) -> Answer:
    """Make an account with roles, scope and claimant type."""
    number = signin.mobile(body.phone)
    made = granting.make(
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


@room.route("GET", "/v1/accounts", who=ADMINISTRATORS, query=shapes.AccountsQuery, gives={200: views.AccountPage})
def list_accounts(call: Call, query: shapes.AccountsQuery) -> Answer:
    """Who applies for an organisation (`applies_for`), the longest waiting first, or who holds a role (`role`)."""
    name = f"accounts#{query.applies_for}#{query.role}"
    if query.applies_for is not None and query.role is None:
        wanted = None if query.applies_for == "any" else query.applies_for
        found, place = applications.waiting(wanted, query.limit, _after(name, query.cursor, shapes.Waiting))
    elif query.role is not None and query.applies_for is None:
        found, place = granting.in_role(query.role, query.limit, _after(name, query.cursor, paging.Id))
    else:
        fault = FieldFault("applies_for", "field_one_of_applies_for_role")
        raise BadRequest("bad_parameter", errors=[fault], name="applies_for")
    return _page(granting.listed(found, call.caller), place, name)


@room.route("POST", "/v1/accounts/{account_id}/application", who=ADMINISTRATORS, takes=shapes.DecisionBody,
            gives={200: views.AccountView},
            refuses=("no_application", "not_an_organisation", "too_many_organisations"))  # fmt: skip
def decide_application(call: Call, body: shapes.DecisionBody, account_id: str) -> Answer:
    """Grant or refuse an organisation's application; a grant makes the applicant its member."""
    ruling = applications.Ruling(body.decision, body.organisation, body.name, body.basis, body.reason)
    return _tagged(applications.decide(account_id, ruling, call.caller, call.idempotency_key, call.fingerprint))


@room.route("GET", "/v1/accounts/{account_id}", who=ADMINISTRATORS, gives={200: views.AccountView})
def show_account(call: Call, account_id: str) -> Answer:
    """One account, for administrators."""
    return _tagged(granting.show(account_id, call.caller))


@room.route("PUT", "/v1/accounts/{account_id}", who=ADMINISTRATORS, takes=shapes.GrantBody,
            gives={200: views.AccountView}, refuses=("stale", "last_administrator", "organisation_has_members"),
            edits=True)  # fmt: skip
def grant_account(call: Call, body: shapes.GrantBody, account_id: str) -> Answer:
    """Replace an account's roles, scope and claimant type."""
    changed = granting.regrant(
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


@room.route("GET", "/v1/accounts/{account_id}/members", who=ADMINISTRATORS, query=shapes.MembersQuery,
            gives={200: views.AccountPage})  # fmt: skip
def show_members(call: Call, query: shapes.MembersQuery, account_id: str) -> Answer:
    """Who acts for an organisation."""
    name = f"members#{account_id}"
    after = _after(name, query.cursor, paging.Id)
    return _page(*granting.members(account_id, query.limit, after, call.caller), name=name)


@room.route("POST", "/v1/accounts/{account_id}/members", who=ADMINISTRATORS, takes=shapes.MemberBody,
            gives={201: views.AccountView, 200: views.AccountView},
            refuses=("not_an_organisation", "too_many_organisations"))  # fmt: skip
def add_member(call: Call, body: shapes.MemberBody, account_id: str) -> Answer:
    """Let a person act for an organisation; 200 where they may already."""
    member, is_new = granting.add_member(account_id, _member(body), call.caller)
    return _tagged(member, 201 if is_new else 200)


@room.route("DELETE", "/v1/accounts/{account_id}/members/{member_id}", who=ADMINISTRATORS,
            gives={200: views.AccountView})  # fmt: skip
def remove_member(call: Call, account_id: str, member_id: str) -> Answer:
    """Take from a person the right to act for an organisation; what was claimed for it stays its own."""
    return _tagged(granting.remove_member(account_id, member_id, call.caller))
