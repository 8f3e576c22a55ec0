"""The local AWS that is right under concurrency, for the tests that need one: every resource, the secrets, the people."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dev.emulator import Emulator, local_aws
from dev.resources import bucket_name, create_all
from tests.conftest import forget_everything, put_secrets
from tests.people import Api


@contextmanager
def stack(emulator: Emulator, name: str) -> Iterator[dict[str, str]]:
    """A stack of its own on a running emulator; gives the environment that another process needs to join it."""
    environment = {
        **local_aws(emulator.endpoint),
        "STAGE": "test",
        "LOCAL_RUN": "1",
        "TABLE_PREFIX": name,
        "BUCKET": bucket_name(name),
        "KEY_ALIAS": f"alias/{name}",
        "SECRETS": "/microwish/test/secrets",
    }
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        forget_everything()
        create_all(name, emulator.endpoint)
        put_secrets()
        yield environment
    finally:
        os.environ.clear()
        os.environ.update(before)
        forget_everything()


@contextmanager
def caught_outbox() -> Iterator[Api]:
    """The API with nobody signed in, and an outbox that catches what is sent."""
    from chalicelib.notices import channels

    with pytest.MonkeyPatch.context() as patch:
        api = Api()
        patch.setitem(channels.SENDERS, "sms", api.outbox.append)
        yield api
