"""One local AWS and one set of contenders for all races; every test gets a round of its own."""

from collections.abc import Generator, Iterator
from itertools import count
from typing import Any

import pytest

from dev.emulator import Emulator, local_aws
from tests.people import Api, Staff
from tests.races.contenders import Contenders
from tests.races.faults import no_retries
from tests.races.local_aws import caught_outbox, joined, new_stack
from tests.races.often import RACES

_numbers = count(2)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """A ministack of our own, empty at the start, gone at the end."""
    with Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def sixteen(emulator: Emulator) -> Iterator[Contenders]:
    """The contenders, before they have joined a stack."""
    variables = local_aws(emulator.endpoint)
    with joined(variables):  # the server they are forked from looks at the environment once, when it starts
        processes = Contenders(variables)
    with processes:
        yield processes


@pytest.fixture(scope="module")
def stack(emulator: Emulator, request: pytest.FixtureRequest) -> dict[str, str]:
    """Tables of the module's own, so that looking through them stays quick: the environment to join them with."""
    return new_stack(emulator, request.module.__name__.rpartition(".")[2].replace("_", "-"))


@pytest.fixture(scope="module")
def contenders(sixteen: Contenders, stack: dict[str, str]) -> Contenders:
    """Sixteen processes on that stack."""
    sixteen.join(stack)
    return sixteen


@pytest.fixture(autouse=True)
def as_often_as_the_table_says(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whoever stands in the table of races has run as many rounds with as many contenders as it says."""
    race = next((each for each in RACES.values() if each.test == request.node.name), None)
    if race is None:
        yield
        return
    runs: list[int] = request.getfixturevalue("sixteen").run
    runs.clear()
    yield
    failed = getattr(request.node, "failed_in_call", False)
    assert failed or runs == [race.contenders] * race.rounds


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A race that was lost is not to be counted, too."""
    report = yield
    if call.when == "call":
        item.failed_in_call = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="module")
def on_stack(stack: dict[str, str]) -> Iterator[None]:
    """This process on the stack, for the module."""
    with joined(stack):
        yield


@pytest.fixture(scope="module")
def anyone(on_stack: None) -> Iterator[Api]:
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


@pytest.fixture
def sdk_without_retries(on_stack: None) -> Iterator[None]:
    """Clients that give up at once."""
    with no_retries():
        yield
