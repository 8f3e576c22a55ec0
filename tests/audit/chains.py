"""What the tests of the audit trail share: its chains as they lie in the table, and a claim."""

from typing import Any

from chalicelib.audit import actions as audit
from chalicelib.audit import records
from chalicelib.base import aws, settings
from tests.people import Staff


def trail(subject: str) -> list[audit.Entry]:
    """A subject's entries, oldest first."""
    return list(records.chain(subject))


def acted(subject: str) -> list[str]:
    """What was done to a subject, oldest first."""
    return [entry.action for entry in trail(subject)]


def table() -> str:
    """The audit table's name on the stack of the handler tests."""
    return f"{settings.table_prefix()}-audit"


def everything() -> list[dict[str, Any]]:
    """Every item of the table."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table())
    return [item for page in pages for item in page["Items"]]


def claimed(staff: Staff, round_id: str, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A wish and the company's claim for it; the company may hold fifty."""
    made = staff.published(round_id, **changes)
    return made, staff.company.must("POST", f"/v1/wishes/{made['id']}/claim", {})
