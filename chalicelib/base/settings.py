"""What differs between stages and districts: read from the environment when used, never at import.

Chalice's test client sets config.json's variables only during a call, and Lambda may import before they
matter, so every reader asks the environment anew; it costs a dictionary look-up.
"""

import os
from functools import cache
from typing import Any, TypeVar

import msgspec

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


@cache
def _secrets(name: str) -> Secrets:
    answer: dict[str, Any] = aws.client("ssm").get_parameter(Name=name, WithDecryption=True)
    return msgspec.json.decode(answer["Parameter"]["Value"], type=Secrets)


def secrets() -> Secrets:
    """The stage's secrets, from SSM Parameter Store; fetched once per process, on first use."""
    return _secrets(secrets_name())


def secrets_name() -> str:
    """The name of the SecureString parameter that holds them."""
    return text("SECRETS", f"/{table_prefix()}/secrets")


def key_alias() -> str:
    """The alias of the KMS key that seals."""
    return text("KEY_ALIAS", f"alias/{table_prefix()}")


def forget_secrets() -> None:
    """Fetch the secrets anew at the next use (tests, rotation)."""
    _secrets.cache_clear()
