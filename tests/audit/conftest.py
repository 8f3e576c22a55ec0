"""The tests of the audit trail share a world per module: each makes its own wishes and looks only at their chains."""

import pytest

from tests.people import Api, Staff
from tests.world import World


@pytest.fixture(scope="module")
def staff(standing_world: World) -> Staff:
    """The usual people."""
    return standing_world.staff


@pytest.fixture(scope="module")
def api(standing_world: World) -> Api:
    """The API with nobody signed in."""
    return standing_world.anyone


@pytest.fixture(scope="module")
def round_id(standing_world: World) -> str:
    """A round open for claims."""
    return standing_world.round_id
