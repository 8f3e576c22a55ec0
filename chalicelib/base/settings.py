"""What differs between stages and districts: read from the environment when used, never at import.

Chalice's test client sets config.json's variables only during a call, and Lambda may import before they
matter, so every reader asks the environment anew; it costs a dictionary look-up.
"""

import os
import time
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.base import aws, words

T = TypeVar("T")


def text(name: str, default: str = "") -> str:
    """The environment variable `name`."""
    return os.environ.get(name, default)


def number(name: str, default: int) -> int:
    """The environment variable `name` as a whole number."""
    return int(os.environ.get(name) or default)


def mapping(name: str, shape: type[T]) -> dict[str, T]:
    """The environment variable `name` as a JSON object whose values are of `shape`; empty where it is not set."""
    found = text(name)
    return msgspec.json.decode(found, type=dict[str, shape]) if found else {}  # type: ignore[valid-type]


def table_prefix() -> str:
    """The stack's name, which every table's name starts with."""
    return text("TABLE_PREFIX", "microwish-dev")


def stage() -> str:
    """dev, prod, local ..."""
    return text("STAGE", "dev")


def bucket() -> str:
    """The bucket of reports, uploads and imports."""
    return text("BUCKET", f"{table_prefix()}-files-000000000000")


def site_url() -> str:
    """Where people reach the site, without a slash at the end: "https://wish.example"; "" where nobody said."""
    return text("SITE_URL").rstrip("/")


def is_local_run() -> bool:
    """Whether this is the local run: request limits per phone and address are off there (product.md 6)."""
    return text("LOCAL_RUN") == "1"


def subdistricts() -> tuple[str, ...]:
    """The district's subdistricts by their Chinese names, in their customary order."""
    listed = text("SUBDISTRICTS")
    return tuple(listed.split(",")) if listed else words.SUBDISTRICTS


def categories() -> tuple[str, ...]:
    """The categories of wishes by their Chinese names."""
    listed = text("CATEGORIES")
    return tuple(listed.split(",")) if listed else words.CATEGORIES


class _Hidden(msgspec.Struct, frozen=True):
    """Something no log and no traceback shows."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class TencentKeys(_Hidden, frozen=True):
    """A key pair of Tencent Cloud's, allowed to send SMS."""

    secret_id: str
    secret_key: str


class SmtpLogin(_Hidden, frozen=True):
    """What the mail relay wants to see."""

    user: str
    password: str


class Secrets(_Hidden, frozen=True):
    """The SecureString parameter's content. `token_keys` maps a key id to its secret; `token_key` signs.

    The providers' credentials are there where the stage uses them: `wechat_secret` of the official account
    `WECHAT_APP_ID`, and `wecom_keys`, the key of the group robot's webhook by subdistrict.
    """

    token_keys: dict[str, str]
    token_key: str
    blind_key: str
    tencent: TencentKeys | None = None
    smtp: SmtpLogin | None = None
    wechat_secret: str = ""
    wecom_keys: dict[str, str] = {}


_KEEP_SECRETS: Final = 300.0
"""Seconds a process goes on with the secrets it has: within them it knows a new key (docs/runbook.md)."""
_ASK_AGAIN: Final = 60.0
"""Seconds between two fetches out of turn: however many unknown keys somebody makes up, SSM is not asked more often."""


class _Held(NamedTuple):
    secrets: Secrets
    fetched: float
    until: float


_held: dict[str, _Held] = {}  # parameter → what it held


def secrets() -> Secrets:
    """The stage's secrets, from SSM Parameter Store: fetched on first use, and anew every five minutes.

    While SSM does not answer, or with something unreadable, a process that has them goes on with what it has.
    """
    name, now = secrets_name(), time.monotonic()
    held = _held.get(name)
    if held is None:
        return _fetch(name, now)
    if held.until > now:
        return held.secrets
    try:
        return _fetch(name, now)
    except (BotoCoreError, ClientError, msgspec.MsgspecError):
        _held[name] = held._replace(until=now + _ASK_AGAIN)
        return held.secrets


def newer_secrets() -> Secrets:
    """The secrets for somebody who missed a key in them: fetched out of turn, at most once a minute."""
    name, now = secrets_name(), time.monotonic()
    held = _held.get(name)
    if held is not None and held.fetched + _ASK_AGAIN <= now:
        _held[name] = held._replace(until=now, fetched=now)  # whether it succeeds or not, the minute begins
    return secrets()


def _fetch(name: str, now: float) -> Secrets:
    answer: dict[str, Any] = aws.client("ssm").get_parameter(Name=name, WithDecryption=True)
    found = msgspec.json.decode(answer["Parameter"]["Value"], type=Secrets)
    _held[name] = _Held(found, now, now + _KEEP_SECRETS)
    return found


def secrets_name() -> str:
    """The name of the SecureString parameter that holds them."""
    return text("SECRETS", f"/{table_prefix()}/secrets")


def key_alias() -> str:
    """The alias of the KMS key that seals."""
    return text("KEY_ALIAS", f"alias/{table_prefix()}")


def forget_secrets() -> None:
    """Fetch the secrets anew at the next use (tests, rotation)."""
    _held.clear()
