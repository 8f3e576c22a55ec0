"""Six digits that show that somebody reads what goes to a phone or an address: good for minutes, tries and one use."""

import hmac
import secrets

from chalicelib.accounts import records, rules
from chalicelib.base import clock, sealing, tables
from chalicelib.base.problems import TooManyRequests


def issue(name: str) -> str:
    """A new code for `name` (a blind index of the phone or address); the one before no longer counts."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    now = int(clock.now().timestamp())
    tables.put(
        records.SignInCode(
            f"code#{name}",
            "code",
            hashed=_hashed(name, code),
            tries_left=rules.CODE_TRIES,
            expires=now + rules.CODE_SECONDS,
            ttl=now + 2 * rules.CODE_SECONDS,
        )
    )
    return code


def spend(name: str, code: str) -> bool:
    """Use up the code of `name`; whether it was the right one. Raises TooManyRequests `too_many_tries`.

    Every try is taken off by a conditional write before the code is looked at, so parallel guesses share the five.
    """
    waiting = records.sign_in_code(name)
    if waiting is None or waiting.expires <= int(clock.now().timestamp()):
        return False
    if not _take_a_try(waiting):
        raise TooManyRequests("too_many_tries")
    if not hmac.compare_digest(waiting.hashed, _hashed(name, code)):
        return False
    # Used once: of two calls with the right code, one deletes it.
    try:
        tables.commit([tables.Remove(waiting, records.SignInCode.hashed == waiting.hashed)])
    except tables.Refused:
        return False
    return True


def _hashed(name: str, code: str) -> str:
    return sealing.blind("code", f"{name}/{code}")


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
