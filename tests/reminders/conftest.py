"""An AWS with nothing in it but the usual people and a round, as it is on a Monday morning."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from chalicelib.base import clock
from tests.people import Api, Staff
from tests.reminders.days import MORNING
from tests.world import World


@pytest.fixture
def now() -> Iterator[datetime]:
    """The clock stands still at that morning."""
    with clock.pinned(MORNING):
        yield MORNING


@pytest.fixture
def world(now: datetime, fresh_api: Api) -> World:
    """The usual people and a round that is open for thirty days."""
    staff: Staff = fresh_api.staff()
    return World(staff, fresh_api, staff.open_round())
