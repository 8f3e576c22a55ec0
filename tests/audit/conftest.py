"""The tests of the audit trail share a world per module: each makes its own wishes and looks only at their chains."""

import pytest

from tests.people import Api, Staff
from tests.world import World


@pytest.fixture(scope="module")
def staff(world: World) -> Staff:
    """The usual people."""
    return world.staff


@pytest.fixture(scope="module")
def api(world: World) -> Api:
    """The API with nobody signed in."""
    return world.anyone


@pytest.fixture(scope="module")
def round_id(world: World) -> str:
    """A round open for claims."""
    return world.round_id
