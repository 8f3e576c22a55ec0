"""Fixtures shared by all tests: an in-process AWS (moto, one thread), and people who call the API."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dev.resources import bucket_name
from tests.people import Api
from tests.world import World

CANARIES = ("秦明华", "17000091234", "浦东某路1号")
"""The wisher of every test's wish (people.wish): none of it may ever reach a log."""

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


@pytest.fixture(autouse=True)
def no_canary_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does, what it logs names nobody."""
    caplog.set_level(logging.INFO)
    yield
    for when in ("setup", "call"):
        for record in caplog.get_records(when):  # type: ignore[arg-type]
            assert not any(canary in record.getMessage() for canary in CANARIES), record.pathname


@pytest.fixture
def aws_in_process() -> Iterator[None]:
    """Every resource of the template, in moto, empty; nothing remembered from the test before."""
    with in_process_aws():
        yield


@contextmanager
def in_process_aws() -> Iterator[None]:
    """Moto with every resource and the stage's secrets."""
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


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A world that a module's tests share: the usual people and a round open for claims.

    Setting one up costs a second; tests that share it make their own wishes and look only at those.
    """
    from chalicelib.notices import channels

    with in_process_aws(), pytest.MonkeyPatch.context() as patch:
        anyone = Api(strict=True)
        patch.setitem(channels.SENDERS, "sms", anyone.outbox.append)
        staff = anyone.staff()
        yield World(staff, anyone, staff.open_round())


@pytest.fixture
def api(aws_in_process: None, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API with nobody signed in, and an outbox that catches what is sent."""
    from chalicelib.notices import channels

    api = Api(strict=True)
    monkeypatch.setitem(channels.SENDERS, "sms", api.outbox.append)
    return api


@pytest.fixture
def staff(api: Api) -> Any:
    """The usual people: administrator, liaison of everywhere, liaison of one place, observer, committee worker."""
    return api.staff()
