"""What the tests of the audit trail share: its chains as they lie in the table, and a claim."""

from typing import Any

from chalicelib.audit import actions as audit
from chalicelib.audit import records
from chalicelib.base import aws
from tests.people import Staff

TABLE = "microwish-test-audit"


def trail(subject: str) -> list[audit.Entry]:
    return list(records.chain(subject))


def acted(subject: str) -> list[str]:
    return [entry.action for entry in trail(subject)]


def everything() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aws.client("dynamodb").scan(TableName=TABLE)["Items"]
    return found


def claimed(staff: Staff, round_id: str, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A wish and the company's claim for it; the company may hold fifty."""
    made = staff.published(round_id, **changes)
    return made, staff.company.must("POST", f"/v1/wishes/{made['id']}/claim", {})
