"""Fixtures shared by all tests: an in-process AWS (moto, one thread), and people who call the API."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from dev.resources import bucket_name
from tests.people import Api

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="ap-southeast-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    STAGE="test",
    LOCAL_RUN="1",
    TABLE_PREFIX="microwish-test",
    BUCKET=bucket_name("microwish-test"),
    KEY_ALIAS="alias/microwish-test",
    SECRETS="/microwish/test/secrets",
)


@pytest.fixture
def aws_in_process() -> Iterator[None]:
    """Every resource of the template, in moto, empty; nothing remembered from the test before."""
    from moto import mock_aws

    from dev.resources import create_all

    with mock_aws():
        forget_everything()
        create_all("microwish-test", None)
        put_secrets()
        yield
    forget_everything()


def put_secrets() -> None:
    """The stage's secrets, as an operator would put them."""
    from chalicelib.base import aws

    made = {"token_keys": {"k1": "a" * 48}, "token_key": "k1", "blind_key": "b" * 48}
    aws.client("ssm").put_parameter(
        Name="/microwish/test/secrets", Type="SecureString", Value=json.dumps(made), Overwrite=True
    )


def forget_everything() -> None:
    """Drop what a process remembers between requests, as a fresh Lambda would have it."""
    from chalicelib.accounts import actions as accounts
    from chalicelib.base import aws, sealing, settings
    from chalicelib.rounds import actions as rounds
    from chalicelib.rounds import numbers
    from chalicelib.wishes import listing

    aws.forget_clients()
    sealing.forget_keys()
    settings.forget_secrets()
    accounts._remembered.clear()
    rounds._remembered.clear()
    numbers._held.clear()
    for memory in (listing._snapshots, listing._moved, listing._stories):
        memory.clear()


@pytest.fixture
def api(aws_in_process: None, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API with nobody signed in, and an outbox that catches what is sent."""
    from chalicelib.notices import channels

    api = Api()
    monkeypatch.setitem(channels.SENDERS, "sms", api.outbox.append)
    return api


@pytest.fixture
def staff(api: Api) -> Any:
    """The usual people: administrator, liaison of everywhere, liaison of one place, observer, committee worker."""
    return api.staff()
