"""What the local run tells the application, as on AWS in environment variables: names, endpoint, secrets."""

import json
import os
import secrets
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore.exceptions import ClientError

from dev.emulator import CHECKOUT, local_aws
from dev.fakes import wechat
from dev.resources import bucket_name, queue_url

STACK: Final = "microwish-local"
SECRETS: Final = "/microwish/local/secrets"
SEEDED: Final = "/microwish/local/seeded"
"""The parameter that says which edition of the seed the data hold."""


def state_directory() -> Path:
    """Where data, log and lock live: .local in the checkout, or LOCAL_STATE."""
    return Path(os.environ.get("LOCAL_STATE") or CHECKOUT / ".local").resolve()


def enter(endpoint: str) -> None:
    """Point this process, and the application in it, at the emulator; no AWS account can be reached then."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        local_aws(endpoint),
        # a developer's own profiles must not matter
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        STAGE="local",
        LOCAL_RUN="1",
        TABLE_PREFIX=STACK,
        BUCKET=bucket_name(STACK),
        KEY_ALIAS=f"alias/{STACK}",
        SECRETS=SECRETS,
        NOTICES_QUEUE=queue_url(STACK, endpoint),
    )
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1,localhost")))


def sign_in_with(fake: wechat.FakeWechat, site: str) -> None:
    """Have the application on `site` ask this fake where it would ask WeChat."""
    os.environ.update(
        SITE_URL=site, WECHAT_APP_ID=wechat.APP, WECHAT_URL=fake.url, WECHAT_OPEN_URL=fake.url,
    )  # fmt: skip


class Parameters:
    """The emulator's parameter store; call `enter` first. What it holds is kept, and lost, with the data."""

    def __init__(self) -> None:
        self._ssm: Any = botocore.session.get_session().create_client("ssm")

    def make_secrets(self) -> None:
        """Generate the application's secrets, once for the life of the data; data of before get what came new."""
        kept = json.loads(self._get(SECRETS) or "{}")
        made = {
            "token_keys": {"k1": secrets.token_urlsafe(48)},
            "token_key": "k1",
            "blind_key": secrets.token_urlsafe(48),
            "wechat_secret": wechat.SECRET,
        } | kept
        if made != kept:
            self._ssm.put_parameter(Name=SECRETS, Type="SecureString", Value=json.dumps(made), Overwrite=True)

    def seeded(self) -> str:
        """The edition of the seed that was finished, "" for none."""
        return self._get(SEEDED) or ""

    def set_seeded(self, edition: str) -> None:
        """Remember that the seed of this edition is finished."""
        self._ssm.put_parameter(Name=SEEDED, Type="String", Value=edition, Overwrite=True)

    def _get(self, name: str) -> str | None:
        try:
            return str(self._ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return None
