"""What the tests of the audit trail share: its chains as they lie in the table."""

from typing import Any

from chalicelib.audit import actions as audit
from chalicelib.audit import records
from chalicelib.base import aws

TABLE = "microwish-test-audit"


def trail(subject: str) -> list[audit.Entry]:
    return list(records.chain(subject))


def acted(subject: str) -> list[str]:
    return [entry.action for entry in trail(subject)]


def everything() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aws.client("dynamodb").scan(TableName=TABLE)["Items"]
    return found
