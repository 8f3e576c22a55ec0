"""Signing in with WeChat, and linking a WeChat user to the account of a phone.

    start    a state nobody can guess, in WeChat's address and, signed, in a cookie of this browser
    finish   the state of both is the same, and used for the first time  →  the code is traded for an openid
    linked   →  a session;  not linked  →  a link token, to be handed in with the code of a phone

So nobody is signed in to somebody else's WeChat: a forged way back has no cookie, a copied one is used up.
"""

import base64
import binascii
import hmac
import re
import secrets
from typing import Any, Final, NamedTuple

from chalicelib.accounts import counting, keeping, records, rules, sessions, tokens, wechat
from chalicelib.base import clock, ids, sealing, settings, tables
from chalicelib.base.problems import BadRequest, Conflict, FieldFault, Stale, Unauthorized

CALLBACK: Final = "/v1/auth/wechat/callback"
START_SECONDS: Final = 10 * 60
LINK_SECONDS: Final = 10 * 60
_ATTEMPTS: Final = 8
_LINK: Final = "wechat-link"
# A path of this site, and nothing a browser could take for another one: no second slash, no backslash, no blank.
_OWN_PATH: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,499}")


class Started(NamedTuple):
    """Where to send the browser, and the cookie it must bring back."""

    location: str
    cookie: str


class Finished(NamedTuple):
    """What came of it: a session, or a token to link the WeChat user with a phone. `redirect` is where to go on."""

    redirect: str
    tokens: sessions.Tokens | None = None
    link: str = ""


def start(redirect: str, address: str) -> Started:
    """Begin signing in; afterwards the person goes on at `redirect`, a path of this site.

    Raises NotFound where the stage has no official account, BadRequest for any other redirect, TooManyRequests.
    """
    wechat.require_configured()
    if not _OWN_PATH.fullmatch(redirect):
        raise BadRequest("bad_parameter", errors=[FieldFault("redirect", "field_own_path")], name="redirect")
    counting.within_for("wechat", address, rules.WECHAT_PER_ADDRESS)
    state = secrets.token_hex(16)  # WeChat takes letters and digits, and no more than 128
    signed = tokens.sign("wechat", state, redirect, seconds=START_SECONDS)
    return Started(wechat.agreement(CALLBACK, state), _cookie(signed, START_SECONDS))


def finish(code: str | None, state: str, cookies: str) -> Finished:
    """The way back from WeChat. Raises Unauthorized `wechat_state`, `wechat_declined`, and as `wechat.openid` does."""
    wechat.require_configured()
    expected, redirect = _started(_given(cookies))
    if not hmac.compare_digest(expected.encode(), state.encode()):
        raise Unauthorized("wechat_state")
    _use_up(state)
    if not code:  # the person said no
        raise Unauthorized("wechat_declined")
    openid = wechat.openid(code)
    known = records.openid_pointer(_blind(openid))
    if known is not None:
        return Finished(redirect, tokens=sessions.begin(known.account))
    # Sealed: the token passes through the browser, and what it says is nobody's business there.
    sealed = base64.urlsafe_b64encode(sealing.seal("accounts", _LINK, openid)).decode()
    return Finished(redirect, link=tokens.sign(_LINK, sealed, seconds=LINK_SECONDS))


def forgotten() -> str:
    """The cookie that takes the started one away."""
    return _cookie("", 0)


def linkable(link: str) -> str:
    """The openid of a link token. Raises Unauthorized `bad_link`."""
    try:
        match tokens.verify(_LINK, link):
            case [str(sealed)]:
                return sealing.unseal("accounts", _LINK, base64.urlsafe_b64decode(sealed), str)
    except (Unauthorized, binascii.Error) as error:
        raise Unauthorized("bad_link") from error
    raise Unauthorized("bad_link")


def link(account_id: str, openid: str) -> None:
    """Link a WeChat user and an account, each with one only; again is as good as once.

    Raises Conflict `wechat_linked_elsewhere`, or `account_has_wechat` for another user's.
    """
    blinded = _blind(openid)
    for _ in range(_ATTEMPTS):
        account = keeping.get(account_id)
        if account.openid == blinded:
            return
        if account.openid is not None:
            raise Conflict("account_has_wechat")
        account.openid = blinded
        keeping.rename(account, openid=openid)
        # One user linked with two accounts at once: one pointer is written, the other transaction is refused.
        way = tables.Put(_pointer(blinded, account_id), tables.absent(records.Pointer))
        try:
            keeping.write(account, [way])
        except Stale:  # two users linked with one account at once, or an edit: look again
            continue
        except tables.Refused as error:
            raise Conflict("wechat_linked_elsewhere") from error
        return
    raise Conflict()


def unlink(account_id: str) -> records.Account:
    """Part an account from its WeChat user, if it has one; the account."""
    for _ in range(_ATTEMPTS):
        account = keeping.get(account_id)
        if account.openid is None:
            return account
        gone = tables.Remove(_pointer(account.openid, account_id), records.Pointer.account == account_id)
        account.openid = None
        keeping.rename(account, openid="")
        try:
            keeping.write(account, [gone])
        except (Stale, tables.Refused):  # unlinked or edited meanwhile: look again
            continue
        return account
    raise Conflict()


def _started(signed: str) -> tuple[str, str]:
    """State and redirect of this browser's start. Raises Unauthorized `wechat_state`."""
    try:
        values: list[Any] = tokens.verify("wechat", signed)
    except Unauthorized as error:
        raise Unauthorized("wechat_state") from error
    match values:
        case [str(state), str(redirect)]:
            return state, redirect
    raise Unauthorized("wechat_state")


def _use_up(state: str) -> None:
    now = int(clock.now().timestamp())
    mine = records.UsedState(f"wechat#{state}", "state", token=ids.new_id(), ttl=now + 2 * START_SECONDS)
    # The same way back twice at once: one writes the item. Our own token tells when the SDK has sent it again.
    there = tables.place(mine)
    if there is not None and there["tk"]["S"] != mine.token:
        raise Unauthorized("wechat_state")


def _blind(openid: str) -> str:
    """An openid means something within its app only."""
    return sealing.blind("openid", f"{settings.text('WECHAT_APP_ID')}/{openid}")


def _pointer(blinded: str, account_id: str) -> records.Pointer:
    return records.Pointer(f"openid#{blinded}", "openid", account=account_id)


def _cookie_name() -> str:
    """With `__Host-` no other host, not even a subdomain, can have put it there; browsers want https for that."""
    return "wechat_start" if settings.is_local_run() else "__Host-wechat_start"


def _cookie(value: str, seconds: int) -> str:
    # Lax: it has to come along when WeChat's page sends the browser back here.
    secure = "" if settings.is_local_run() else "; Secure"
    return f"{_cookie_name()}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def _given(cookies: str) -> str:
    for each in cookies.split(";"):
        name, _, value = each.strip().partition("=")
        if name == _cookie_name():
            return value
    return ""
