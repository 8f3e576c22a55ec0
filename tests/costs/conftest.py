"""A local AWS for measuring: its write units are DynamoDB's, the read units are metered from the bytes read."""

from collections.abc import Iterator

import pytest

from dev.emulator import Emulator
from tests.people import Api, Staff
from tests.races.local_aws import caught_outbox, joined, new_stack


@pytest.fixture(scope="module")
def anyone() -> Iterator[Api]:
    """The API with nobody signed in, on an empty stack."""
    with Emulator() as running, joined(new_stack(running, "costs")), caught_outbox() as api:
        yield api


@pytest.fixture(scope="module")
def staff(anyone: Api) -> Staff:
    """The usual people."""
    return anyone.staff()


@pytest.fixture(scope="module")
def round_id(staff: Staff) -> str:
    """A round open for claims."""
    return staff.open_round(2)
