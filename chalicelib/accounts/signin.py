"""Signing in: a code by SMS, then tokens; refreshing them; every try counted by a conditional write."""

import hmac
import secrets
from contextlib import suppress
from typing import Any, NamedTuple

from chalicelib.accounts import actions, records, rules, tokens
from chalicelib.base import clock, ids, phones, sealing, settings, tables
from chalicelib.base.problems import FieldFault, TooManyRequests, Unauthorized, Unavailable, Unprocessable
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
    code = f"{secrets.randbelow(1_000_000):06d}"
    now = int(clock.now().timestamp())
    tables.put(
        records.SignInCode(
            f"code#{blinded}",
            "code",
            hashed=sealing.blind("code", f"{number}/{code}"),
            tries_left=rules.CODE_TRIES,
            expires=now + rules.CODE_SECONDS,
            ttl=now + 2 * rules.CODE_SECONDS,
        )
    )
    try:
        channels.send(channels.Message(to=number, channel="sms", kind="sign_in_code", text=_sms(code), code=code))
    except channels.SendingFailed as error:
        raise Unavailable(f"sms: {error}") from error


def redeem(phone: str, code: str) -> Tokens:
    """Tokens for the account of the phone, made now if there is none. Raises Unauthorized `wrong_code`.

    Every try is taken off by a conditional write before the code is looked at, so parallel guesses share the five.
    """
    number = mobile(phone)
    blinded = sealing.blind("phone", number)
    waiting = records.sign_in_code(blinded)
    now = int(clock.now().timestamp())
    if waiting is None or waiting.expires <= now:
        raise Unauthorized("wrong_code")
    if not _take_a_try(waiting):
        raise TooManyRequests("too_many_tries")
    if not hmac.compare_digest(waiting.hashed, sealing.blind("code", f"{number}/{code}")):
        raise Unauthorized("wrong_code")
    # Used once: of two calls with the right code, one deletes it.
    try:
        tables.commit([tables.Remove(waiting, records.SignInCode.hashed == waiting.hashed)])
    except tables.Refused as error:
        raise Unauthorized("wrong_code") from error
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


def within(what: str, limit: tuple[int, int]) -> None:
    """Count one more of `what` in its window. Raises TooManyRequests beyond (most, seconds)."""
    most, seconds = limit
    now = int(clock.now().timestamp())
    tally = records.Tally(f"tally#{what}#{rules.window(now, seconds)}", "tally")
    try:
        # Exact under any number of callers: the count and its limit are one conditional update.
        tables.change(
            tally,
            [records.Tally.counted.add(1), records.Tally.ttl.set(now + 2 * seconds)],
            records.Tally.counted.does_not_exist() | (records.Tally.counted < most),
        )
    except tables.Refused as error:
        raise TooManyRequests(headers={"Retry-After": str(seconds - now % seconds)}) from error


def give_back(what: str, limit: tuple[int, int]) -> None:
    """Take back a count of `within`: the try was a right one."""
    window = rules.window(int(clock.now().timestamp()), limit[1])
    with suppress(tables.Refused):  # the window turned meanwhile: there is nothing to take back
        tables.change(
            records.Tally(f"tally#{what}#{window}", "tally"),
            [records.Tally.counted.add(-1)],
            records.Tally.counted > 0,
        )


def _take_a_try(waiting: records.SignInCode) -> bool:
    try:
        tables.change(
            waiting,
            [records.SignInCode.tries_left.add(-1)],
            (records.SignInCode.hashed == waiting.hashed) & (records.SignInCode.tries_left > 0),
        )
    except tables.Refused:
        return False
    return True


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
