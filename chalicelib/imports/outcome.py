"""What an import did, or would do: the answer to its sender, counted from the plan and the faults."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from chalicelib.base.problems import Conflict, Unprocessable
from chalicelib.imports.faults import Fault, render_all
from chalicelib.imports.planning import Plan
from chalicelib.imports.reading import Table
from chalicelib.rounds.rules import Round

MOST_FAULTS_SHOWN: Final = 1_000


class Outcome(msgspec.Struct, frozen=True):
    """What an import did, or in a dry run would do."""

    id: str
    kind: str
    round: str | None
    dry_run: bool
    rows: int
    accepted: int
    created: int
    updated: int
    unchanged: int
    errors: list[dict[str, Any]]


def of_plan(
    job_id: str,
    found: Round | None,
    table: Table,
    plan: Plan,
    faults: Sequence[Fault],
    language: str,
    *,
    dry_run: bool,
) -> Outcome:
    """Rows, how many of them are right, and what became of those; `errors` in `language`."""
    wrong = {fault.row for fault in faults}
    total = len(wrong | {row.number for row in table.rows})
    return Outcome(
        id=job_id,
        kind=table.kind,
        round=found.id if found else None,
        dry_run=dry_run,
        rows=total,
        accepted=total - len(wrong),
        created=plan.created,
        updated=plan.updated,
        unchanged=plan.unchanged,
        errors=shown(faults, language),
    )


def shown(faults: Sequence[Fault], language: str) -> list[dict[str, Any]]:
    """The first faults as a caller reads them; a register with more is wrong as a whole."""
    return [dict(fault) for fault in render_all(faults[:MOST_FAULTS_SHOWN], language)]


def require_faultless(outcome: Outcome, faults: Sequence[Fault], found: Round | None, plan: Plan) -> None:
    """Raises Unprocessable `register_faulty` with every fault, Conflict `round_closed` where rows came too late."""
    if faults:
        shown = msgspec.to_builtins(msgspec.structs.replace(outcome, created=0, updated=0))
        raise Unprocessable("register_faulty", count=len(faults), extra=shown)
    require_open(found, plan)


def require_open(found: Round | None, plan: Plan) -> None:
    """Raises Conflict `round_closed` where rows that would change something came too late."""
    if found is not None and found.closed_at and plan.created + plan.updated:
        raise Conflict("round_closed")
