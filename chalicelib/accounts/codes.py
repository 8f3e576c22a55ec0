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

    Guesses in parallel share the five tries: each writes once, a wrong one takes a try off, the right one takes the
    item away, and that only as long as fewer than five wrong ones were written before it.
    """
    waiting = records.sign_in_code(name)
    if waiting is None or waiting.expires <= int(clock.now().timestamp()):
        return False
    right = hmac.compare_digest(waiting.hashed, _hashed(name, code))
    # It is still this code that waits, and it has tries left. Of any number of calls with the right code one takes it.
    still = (records.SignInCode.hashed == waiting.hashed) & (records.SignInCode.tries_left > 0)
    try:
        if right:
            tables.commit([tables.Remove(waiting, still)])
        else:
            tables.change(waiting, [records.SignInCode.tries_left.add(-1)], still)
    except tables.Refused as error:
        # Used or replaced meanwhile, and so no longer right; or out of tries.
        now = records.sign_in_code(name)
        if now is not None and now.hashed == waiting.hashed:
            raise TooManyRequests("too_many_tries") from error
        return False
    return right


def _hashed(name: str, code: str) -> str:
    return sealing.blind("code", f"{name}/{code}")
