"""Fixtures shared by all tests: an in-process AWS (moto, one thread), and people who call the API."""

import json
import logging
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from dev.emulator import Emulator
from dev.resources import bucket_name
from tests.people import Api
from tests.world import World

CANARIES = ("秦明华", "17000091234", "浦东某路1号")
"""The wisher of every test's wish (people.wish): none of it may ever reach a log."""

_round_numbers = count(1_000)

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
    import app  # its logger keeps to itself: Chalice has it so

    caplog.set_level(logging.INFO)
    app.app.log.addHandler(caplog.handler)
    yield
    app.app.log.removeHandler(caplog.handler)
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
    from chalicelib.accounts import standing
    from chalicelib.base import aws, sealing, settings
    from chalicelib.rounds import actions as rounds

    aws.forget_clients()
    sealing.forget_keys()
    settings.forget_secrets()
    standing._remembered.clear()
    rounds._remembered.clear()
    forget_lists()


def forget_lists() -> None:
    """Drop the lines and figures a process holds for a moment."""
    from chalicelib.rounds import numbers
    from chalicelib.wishes import listing

    numbers._held.clear()
    for memory in (listing._snapshots, listing._moved, listing._stories):
        memory.clear()


@pytest.fixture(scope="session")
def handlers_emulator() -> Iterator[Emulator]:
    """A local AWS for the handler tests: a call costs it a fifth of what moto takes, however much it holds."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def handlers_aws(handlers_emulator: Emulator) -> dict[str, str]:
    """The stack that handler tests share."""
    from tests.races.local_aws import new_stack

    return new_stack(handlers_emulator, "microwish-handlers")


@pytest.fixture(scope="module")
def own_stack(handlers_emulator: Emulator) -> Iterator[Api]:
    """A stack of the module's own."""
    from tests.races.local_aws import new_stack

    variables = new_stack(handlers_emulator, f"microwish-own-{next(_round_numbers)}")
    anyone = Api(strict=True)
    with on_that_aws(variables, anyone):
        yield anyone


@pytest.fixture
def fresh_api(own_stack: Api) -> Iterator[Api]:
    """The API on tables that are empty, with nobody signed in: for tests of what runs over everything there is."""
    own_stack.outbox.clear()
    yield own_stack
    empty_tables()


def empty_tables(keep: Collection[str] = ()) -> None:
    """Delete every item of the stack this process is on but in the rooms to `keep`; forget what it held in memory."""
    from chalicelib.accounts import standing
    from chalicelib.base import aws, settings
    from chalicelib.rounds import actions as rounds

    dynamodb = aws.client("dynamodb")
    # Page by page: a session makes more tables than one answer lists.
    pages = dynamodb.get_paginator("list_tables").paginate()
    kept = {f"{settings.table_prefix()}-{room}" for room in keep}
    for name in [name for page in pages for name in page["TableNames"]]:
        if name.startswith(f"{settings.table_prefix()}-") and name not in kept:
            found = dynamodb.get_paginator("scan").paginate(TableName=name)
            items = [item for page in found for item in page["Items"]]
            gone = [{"DeleteRequest": {"Key": {part: item[part] for part in ("pk", "sk")}}} for item in items]
            for start in range(0, len(gone), 25):
                dynamodb.batch_write_item(RequestItems={name: gone[start : start + 25]})
    standing._remembered.clear()
    rounds._remembered.clear()
    forget_lists()


@pytest.fixture(scope="session")
def usual_people(handlers_aws: dict[str, str]) -> World:
    """Everybody of `Api.staff`, made and signed in once for all handler tests."""
    anyone = Api(strict=True)
    with on_that_aws(handlers_aws, anyone):
        return World(anyone.staff(), anyone, "")


@contextmanager
def on_that_aws(variables: dict[str, str], anyone: Api) -> Iterator[None]:
    """This process on the stack of the handler tests, what is sent caught in the outbox; left again at the end."""
    from chalicelib.notices import channels
    from tests.races.local_aws import joined

    with joined(variables), pytest.MonkeyPatch.context() as patch:
        for channel in channels.CHANNELS:
            patch.setitem(channels.SENDERS, channel, anyone.outbox.append)
        yield


@pytest.fixture(scope="module")
def standing_world(handlers_aws: dict[str, str], usual_people: World) -> Iterator[World]:
    """The usual people and a round that a module's tests share."""
    with on_that_aws(handlers_aws, usual_people.anyone):
        yield usual_people.with_round(next(_round_numbers))


@pytest.fixture
def world(standing_world: World) -> World:
    """The usual people and a round of the test's own, open for claims and empty. Accounts and inboxes are shared."""
    return standing_world.with_round(next(_round_numbers))


@pytest.fixture
def api(aws_in_process: None, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API with nobody signed in, and an outbox that catches what is sent."""
    from chalicelib.notices import channels

    api = Api(strict=True)
    for channel in channels.CHANNELS:
        monkeypatch.setitem(channels.SENDERS, channel, api.outbox.append)
    return api


@pytest.fixture
def staff(api: Api) -> Any:
    """The usual people: administrator, liaison of everywhere, liaison of one place, observer, committee worker."""
    return api.staff()
