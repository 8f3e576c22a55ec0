"""The local AWS that is right under concurrency, for the tests that need one: resources, secrets, an outbox."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dev.emulator import Emulator, local_aws
from dev.resources import bucket_name, create_all
from tests.conftest import forget_everything, put_secrets
from tests.people import Api


def new_stack(emulator: Emulator, name: str) -> dict[str, str]:
    """Make a stack on a running emulator; the environment with which a process joins it."""
    variables = {
        **local_aws(emulator.endpoint),
        "STAGE": "test",
        "LOCAL_RUN": "1",
        "TABLE_PREFIX": name,
        "BUCKET": bucket_name(name),
        "KEY_ALIAS": f"alias/{name}",
        "SECRETS": "/microwish/test/secrets",
    }
    create_all(name, emulator.endpoint)
    with joined(variables):
        put_secrets()
    return variables


@contextmanager
def joined(variables: dict[str, str]) -> Iterator[None]:
    """This process on that stack. Left again at the end: other tests have an AWS of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        forget_everything()
        yield
    forget_everything()


@contextmanager
def caught_outbox() -> Iterator[Api]:
    """The API with nobody signed in, and an outbox that catches what is sent."""
    from chalicelib.notices import channels

    with pytest.MonkeyPatch.context() as patch:
        api = Api()
        for channel in channels.CHANNELS:
            patch.setitem(channels.SENDERS, channel, api.outbox.append)
        yield api
