"""The official account's access token, one for all processes: an item of the table `notices`, sealed.

fresh ── everybody uses it
stale ── one takes the lease (a conditional write) ── asks WeChat ── writes the next generation
         the others wait a moment and read that one
"""

import time
from typing import Final, NamedTuple

import msgspec

from chalicelib.base import sealing, settings, tables
from chalicelib.notices import records
from chalicelib.notices.asking import ask
from chalicelib.notices.channels import RateLimited, SendingFailed

URL: Final = "https://api.weixin.qq.com"
_MARGIN: Final = 300  # seconds before its end at which WeChat begins to give out the next one
_LEASE: Final = 10  # seconds a renewal may take before another process tries
_PATIENCE: Final = 6.0  # seconds to wait for somebody else's renewal
_GLANCE: Final = 0.1  # seconds between two looks
_LIMITED: Final = {45009: 3600, 45011: 60}  # code → seconds

_held: dict[str, tuple[float, "Token"]] = {}  # app id → until, token: spares a read per message


class Token(NamedTuple):
    """An access token, and which in the row it is."""

    value: str
    generation: int


class _Answer(msgspec.Struct):
    access_token: str = ""
    expires_in: int = 0
    errcode: int = 0


def current() -> Token:
    """The token to use now. Raises SendingFailed, Unavailable."""
    app = _app()
    until, held = _held.get(app, (0.0, None))
    if held is not None and time.time() < until:
        return held
    return _after(app, 0, "")


def renewed(refused: Token) -> Token:
    """The token after one that WeChat refused. Of all processes whose token was refused, one asks for it."""
    return _after(_app(), refused.generation, refused.value)


def forget() -> None:
    """Drop what the process holds (tests)."""
    _held.clear()


def _app() -> str:
    app = settings.text("WECHAT_APP_ID")
    if not app or not settings.secrets().wechat_secret:
        raise SendingFailed("wechat: no credentials")
    return app


def _after(app: str, generation: int, refused: str) -> Token:
    until = time.monotonic() + _PATIENCE
    while True:
        found = records.provider_token(f"wechat/{app}")
        if found is not None and found.generation > generation and found.expires - _MARGIN > time.time():
            return _hold(app, found)
        lease = _lease(app, found)
        if lease is not None and (mine := _renew(app, lease, refused)) is not None:
            return mine
        if time.monotonic() > until:
            raise SendingFailed("wechat: token is being renewed", retry_after=_LEASE)
        time.sleep(_GLANCE)


def _lease(app: str, found: records.ProviderToken | None) -> records.ProviderToken | None:
    now = int(time.time())
    token = records.ProviderToken(
        f"token#wechat/{app}",
        "token",
        generation=found.generation if found else 0,
        busy_until=now + _LEASE,
    )
    # Every process finds the token stale at once: one write moves `busy_until` on, the others fail on it and wait. If
    # its holder dies the lease runs out. A reader of yesterday's generation is refused as well, and reads anew.
    free = records.ProviderToken.generation.does_not_exist() | (
        (records.ProviderToken.generation == token.generation) & (records.ProviderToken.busy_until < now)
    )
    try:
        tables.change(
            token,
            [
                records.ProviderToken.busy_until.set(token.busy_until),
                records.ProviderToken.generation.set(token.generation),
            ],
            free,
        )
    except tables.Refused:
        return None
    return token


def _renew(app: str, lease: records.ProviderToken, refused: str) -> Token | None:
    """Ask WeChat and write the next generation; None where the lease was lost meanwhile."""
    try:
        answer = _asked(app, force=False)
        if answer.access_token == refused:
            # WeChat thinks it good and yet refused it. Forcing ends it for everybody, so only now.
            answer = _asked(app, force=True)
    except SendingFailed:
        _give_up(lease)
        raise
    held, generation = lease.busy_until, int(lease.generation)
    lease.generation, lease.busy_until = generation + 1, 0
    lease.sealed = sealing.seal("notices", lease.pk, answer.access_token)
    lease.expires = int(time.time()) + answer.expires_in
    # Slower than its lease: whoever took it over has written, or will write, the next generation.
    mine = (records.ProviderToken.generation == generation) & (records.ProviderToken.busy_until == held)
    return _hold(app, lease) if tables.put(lease, mine) else None


def _give_up(lease: records.ProviderToken) -> None:
    """Let the next one try at once, unless the lease is somebody else's by now."""
    try:
        tables.change(
            lease,
            [records.ProviderToken.busy_until.set(0)],
            records.ProviderToken.busy_until == lease.busy_until,
        )
    except tables.Refused:
        return


def _hold(app: str, found: records.ProviderToken) -> Token:
    token = Token(sealing.unseal("notices", found.pk, found.sealed, str), int(found.generation))
    _held[app] = (float(found.expires - _MARGIN), token)
    return token


def _asked(app: str, *, force: bool) -> _Answer:
    """WeChat's stable token: asked twice in its time, it answers the same one, and ends no other."""
    content = msgspec.json.encode(
        {
            "grant_type": "client_credential",
            "appid": app,
            "secret": settings.secrets().wechat_secret,
            "force_refresh": force,
        }
    )
    answer = ask("wechat", f"{settings.text('WECHAT_URL', URL)}/cgi-bin/stable_token", content, _Answer)
    if answer.errcode in _LIMITED:
        raise RateLimited(f"wechat: token {answer.errcode}", _LIMITED[answer.errcode])
    if answer.errcode or not answer.access_token:
        raise SendingFailed(f"wechat: token {answer.errcode}")
    return answer
