"""Sessions: opened by signing in, kept by refreshing, ended by signing out or by a stolen token showing itself.

refresh token (generation g)  →  the session's generation moves from g to g + 1
g again within a minute       →  the same g + 1: the first answer was lost
g again later, or an older    →  somebody has a copy: the session ends for both
"""

from typing import Any, NamedTuple

from chalicelib.accounts import records, rules, standing, tokens
from chalicelib.base import clock, ids, tables
from chalicelib.base.problems import Conflict, NotFound, Unauthorized

_ATTEMPTS = 20


class Tokens(NamedTuple):
    """A signed-in account's tokens."""

    account: str
    access: str
    refresh: str


def begin(account_id: str) -> Tokens:
    """A new session of the account. Raises Unauthorized where there is no such account."""
    account = records.account(account_id, strongly=True)
    if account is None:
        raise Unauthorized("bad_token")
    session_id, now = ids.new_id(), int(clock.now().timestamp())
    tables.put(
        records.Session(
            f"session#{session_id}",
            "session",
            account=account_id,
            epoch=account.epoch,
            generation=1,
            refreshed=now,
            ttl=now + tokens.REFRESH_SECONDS,
        )
    )
    return _tokens(account_id, int(account.epoch), session_id, 1)


def refresh(token: str) -> Tokens:
    """New tokens for an unused refresh token. A used one ends the session: somebody copied it.

    Raises Unauthorized `bad_token`, too, for a session of before the account signed out everywhere.
    """
    session_id, generation = _values(token)
    for _ in range(_ATTEMPTS):
        session = records.session(session_id)
        now = int(clock.now().timestamp())
        if session is None:
            raise Unauthorized("bad_token")
        account = records.account(session.account, strongly=True)
        may = rules.may_refresh(generation, int(session.generation), int(session.refreshed), now)
        if not may or account is None or account.epoch != session.epoch:
            tables.commit([tables.Remove(session)])
            raise Unauthorized("bad_token")
        # Refreshed or ended by somebody else between the look and the write: look again and judge anew.
        if generation != session.generation or _moved_on(session, now):
            return _tokens(session.account, int(account.epoch), session_id, generation + 1)
    raise Conflict()


def end(token: str) -> None:
    """Sign this session out, by any refresh token of it. Raises Unauthorized for what is no refresh token.

    An access token given before lives on for its half hour at most: it knows no session (docs/adr/0008).
    """
    session_id, _ = _values(token)
    tables.commit([tables.Remove(records.Session(f"session#{session_id}", "session"))])


def end_all(account_id: str) -> None:
    """Sign the account out everywhere: every access token and every session of it is void from now on."""
    account = records.Account
    try:
        # Twice at once, or a retry: the epoch rises twice, which voids the same tokens.
        tables.change(
            records.Account(account_id, records.ITSELF),
            [account.epoch.add(1), account.version.add(1)],
            account.pk.exists(),
        )
    except tables.Refused as error:
        raise NotFound() from error
    finally:
        standing.forget(account_id)


def _moved_on(session: records.Session, now: int) -> bool:
    try:
        # Two refreshes of one token at once: one moves the generation on, the other finds it moved and is a retry.
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
        return False
    return True


def _tokens(account_id: str, epoch: int, session_id: str, generation: int) -> Tokens:
    return Tokens(
        account_id,
        tokens.sign("access", account_id, epoch, seconds=tokens.ACCESS_SECONDS),
        tokens.sign("refresh", session_id, generation, seconds=tokens.REFRESH_SECONDS),
    )


def _values(token: str) -> tuple[str, int]:
    values: list[Any] = tokens.verify("refresh", token)
    match values:
        case [str(session_id), int(generation)]:
            return session_id, generation
    raise Unauthorized("bad_token")
