"""One local AWS and one set of contenders for all races; every module gets a round of its own."""

from collections.abc import Iterator
from itertools import count

import pytest

from dev.emulator import Emulator
from tests.people import Api, Staff
from tests.races.contenders import Contenders
from tests.races.local_aws import caught_outbox, stack

_numbers = count(2)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """A ministack of our own, empty at the start, gone at the end."""
    with Emulator() as running:
        yield running


@pytest.fixture(scope="module")
def environment(emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """A stack of the module's own, and the process's environment pointing at it."""
    name = request.module.__name__.rpartition(".")[2].removeprefix("test_").replace("_", "-")
    with stack(emulator, f"race-{name}") as variables:
        yield variables


@pytest.fixture(scope="module")
def contenders(environment: dict[str, str]) -> Iterator[Contenders]:
    """Sixteen processes on that stack."""
    with Contenders(environment) as processes:
        yield processes


@pytest.fixture(scope="module")
def anyone(environment: dict[str, str]) -> Iterator[Api]:
    """The API with nobody signed in."""
    with caught_outbox() as api:
        yield api


@pytest.fixture(scope="module")
def staff(anyone: Api) -> Staff:
    """The usual people."""
    return anyone.staff()


@pytest.fixture
def round_id(staff: Staff) -> str:
    """A round of the test's own, open for claims."""
    return staff.open_round(next(_numbers))
