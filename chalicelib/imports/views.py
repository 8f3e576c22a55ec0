"""What is shown of an import and of an export: counts and faults, never a cell's content."""

from typing import Any

import msgspec

from chalicelib.imports import records


class Job(msgspec.Struct, frozen=True):
    """An import: `state` is queued, applying, done or failed (`code` says why); `done` of its `rows` are in."""

    id: str
    kind: str
    round: str | None
    state: str
    dry_run: bool
    started_at: str
    rows: int
    done: int
    accepted: int | None
    created: int | None
    updated: int | None
    unchanged: int | None
    errors: list[dict[str, Any]]
    code: str | None
    detail: str | None


class Export(msgspec.Struct, frozen=True):
    """A register as a file; `url` works for five minutes."""

    kind: str
    format: str
    name: str
    rows: int
    bytes: int
    url: str


def job(found: records.Job) -> Job:
    """The job as whoever sent it may see it."""
    outcome: dict[str, Any] = found.outcome or {}
    return Job(
        id=found.pk,
        kind=found.kind,
        round=found.round,
        state=found.state,
        dry_run=bool(found.dry_run),
        started_at=found.started_at,
        rows=int(found.rows),
        done=int(found.done),
        accepted=outcome.get("accepted"),
        created=outcome.get("created"),
        updated=outcome.get("updated"),
        unchanged=outcome.get("unchanged"),
        errors=outcome.get("errors", []),
        code=outcome.get("code"),
        detail=outcome.get("detail"),
    )
