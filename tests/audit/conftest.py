"""A round for every test of the audit trail that wants one."""

import pytest

from tests.people import Staff


@pytest.fixture
def round_id(staff: Staff) -> str:
    """A round open for claims."""
    return staff.open_round()
