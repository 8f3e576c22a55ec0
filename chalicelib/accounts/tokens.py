"""Bearer tokens: signed, short-lived, with a key id so that keys can be rotated.

itsdangerous signs (HMAC-SHA-256); nothing in a token chooses an algorithm, so there is none to downgrade to. A
token carries ids only. Access tokens live 30 minutes (product.md section 6), refresh tokens 30 days.
"""

from functools import lru_cache
from typing import Any, Final

import itsdangerous

from chalicelib.base import clock, settings
from chalicelib.base.problems import Unauthorized

ACCESS_SECONDS: Final = 30 * 60
REFRESH_SECONDS: Final = 30 * 24 * 3600
_LONGEST: Final = 1000


@lru_cache(maxsize=16)
def _signer(secret: str, purpose: str) -> itsdangerous.URLSafeSerializer:
    import hashlib

    return itsdangerous.URLSafeSerializer(
        secret, salt=purpose, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )


def sign(purpose: str, *values: str | int, seconds: int) -> str:
    """A token for `purpose` ("access", "refresh") that carries the values for `seconds` from now."""
    secrets = settings.secrets()
    until = int(clock.now().timestamp()) + seconds
    signed = _signer(secrets.token_keys[secrets.token_key], purpose).dumps([until, *values])
    return f"{secrets.token_key}.{signed if isinstance(signed, str) else signed.decode()}"


def verify(purpose: str, token: str) -> list[Any]:
    """The values in the token. Raises Unauthorized `bad_token` for a forged, foreign, old or unreadable one."""
    key_id, _, signed = token.partition(".")
    secret = _key(key_id) if len(token) <= _LONGEST else None
    if secret is None:
        raise Unauthorized("bad_token", headers={"WWW-Authenticate": "Bearer"})
    try:
        until, *values = list[Any](_signer(secret, purpose).loads(signed))
    except (itsdangerous.BadData, ValueError, TypeError) as error:
        raise Unauthorized("bad_token", headers={"WWW-Authenticate": "Bearer"}) from error
    if until <= clock.now().timestamp():
        raise Unauthorized("bad_token", headers={"WWW-Authenticate": "Bearer"})
    return list(values)


def _key(key_id: str) -> str | None:
    """The secret of a key id, None for none of ours. One this process has not heard of yet may be new."""
    known = settings.secrets().token_keys.get(key_id)
    return known if known is not None else settings.newer_secrets().token_keys.get(key_id)
