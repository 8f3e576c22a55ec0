"""Signing in: a code by SMS, then tokens; refreshing them."""

from typing import Any, NamedTuple

from chalicelib.accounts import actions, codes, records, rules, tokens
from chalicelib.accounts.counting import give_back as give_back  # the names other rooms know
from chalicelib.accounts.counting import within as within
from chalicelib.base import clock, ids, phones, sealing, settings, tables
from chalicelib.base.problems import FieldFault, Unauthorized, Unavailable, Unprocessable
from chalicelib.notices import channels


class Tokens(NamedTuple):
    """A signed-in account's tokens."""

    account: str
    access: str
    refresh: str


def mobile(text: str) -> str:
    """The mobile number in its one spelling. Raises Unprocessable: only a mobile can be sent a code."""
    number = phones.normalise(text)
    if number is None or not phones.is_mobile(number):
        raise Unprocessable("invalid_fields", errors=[FieldFault("phone", "field_mobile")])
    return number


def send_code(phone: str, address: str) -> None:
    """Send a sign-in code to the phone. Known and unknown phones get the same answer and the same SMS."""
    number = mobile(phone)
    blinded = sealing.blind("phone", number)
    if not settings.is_local_run():
        within(f"codes#{blinded}", rules.CODES_PER_PHONE)
        within(f"codes#{address}", rules.CODES_PER_ADDRESS)
    code = codes.issue(blinded)
    try:
        channels.send(channels.Message(to=number, channel="sms", kind="sign_in_code", text=_sms(code), code=code))
    except channels.SendingFailed as error:
        raise Unavailable(f"sms: {error}") from error


def redeem(phone: str, code: str) -> Tokens:
    """Tokens for the account of the phone, made now if there is none.

    Raises Unauthorized `wrong_code`, TooManyRequests `too_many_tries`.
    """
    number = mobile(phone)
    if not codes.spend(sealing.blind("phone", number), code):
        raise Unauthorized("wrong_code")
    return _open_session(actions.find_or_make(number))


def refresh(token: str) -> Tokens:
    """New tokens for an unused refresh token. A used one ends the session: somebody copied it."""
    session_id, generation = _refresh_values(tokens.verify("refresh", token))
    session = records.session(session_id)
    now = int(clock.now().timestamp())
    if session is None:
        raise Unauthorized("bad_token")
    if not rules.may_refresh(generation, int(session.generation), int(session.refreshed), now):
        tables.commit([tables.Remove(session)])
        raise Unauthorized("bad_token")
    if generation == session.generation:
        # Two refreshes at once: one moves the generation on, the other finds it moved and is a retry.
        _move_on(session, now)
    return _tokens(session.account, session_id, generation + 1)


def _open_session(account_id: str) -> Tokens:
    session_id, now = ids.new_id(), int(clock.now().timestamp())
    tables.put(
        records.Session(
            f"session#{session_id}",
            "session",
            account=account_id,
            generation=1,
            refreshed=now,
            ttl=now + tokens.REFRESH_SECONDS,
        )
    )
    return _tokens(account_id, session_id, 1)


def _move_on(session: records.Session, now: int) -> None:
    try:
        tables.change(
            session,
            [
                records.Session.generation.add(1),
                records.Session.refreshed.set(now),
                records.Session.ttl.set(now + tokens.REFRESH_SECONDS),
            ],
            records.Session.generation == session.generation,
        )
    except tables.Refused:
        return


def _tokens(account_id: str, session_id: str, generation: int) -> Tokens:
    account = records.account(account_id, strongly=True)
    if account is None:
        raise Unauthorized("bad_token")
    return Tokens(
        account_id,
        tokens.sign("access", account_id, int(account.epoch), seconds=tokens.ACCESS_SECONDS),
        tokens.sign("refresh", session_id, generation, seconds=tokens.REFRESH_SECONDS),
    )


def _refresh_values(values: list[Any]) -> tuple[str, int]:
    match values:
        case [str(session_id), int(generation)]:
            return session_id, generation
    raise Unauthorized("bad_token")


def _sms(code: str) -> str:
    return f"【微心愿】验证码 {code}，5 分钟内有效。请勿告诉他人。MicroWish code {code}, valid for 5 minutes."
