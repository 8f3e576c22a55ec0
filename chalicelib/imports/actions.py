"""Importing a register: judged whole, then written whole, or not at all.

    read → judge every row → compare with what is there → (faults? stop) → lock the round → write in transactions

DynamoDB's transaction holds 100 items and a register has thousands, so a written register is rolled forward: the file
lies in S3 and the job in the table until the last row is in. A killed import is taken up by the sweep under the
same lock; rows already in are "unchanged" by their fingerprints. All, eventually, or none.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final, Literal, NamedTuple

import msgspec

from chalicelib.accounts import actions as accounts
from chalicelib.accounts import roster
from chalicelib.audit import actions as audit
from chalicelib.base import clock, files, ids, settings, tables
from chalicelib.base.callers import EVERYWHERE, Caller
from chalicelib.base.problems import Conflict, NotFound, Unprocessable
from chalicelib.claims import importing as claims
from chalicelib.imports import records, rules
from chalicelib.imports.faults import Fault, Unreadable, render_all
from chalicelib.imports.reading import Table, read_register
from chalicelib.imports.rows import ClaimRow, RosterRow, WishRow, fingerprint
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Round
from chalicelib.wishes import importing as wishes
from chalicelib.wishes.change import Attempt

Kind = Literal["wishes", "claims", "roster"]
RESUME_AFTER_SECONDS: Final = 120
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


class Plan(NamedTuple):
    """What a judged register means for what is there: the writes it needs, and the faults only the tables know."""

    created: int
    updated: int
    unchanged: int
    faults: Sequence[Fault]
    apply: Callable[[], None]


def run(kind: Kind, round_id: str | None, content: bytes, dry_run: bool, attempt: Attempt, language: str) -> Outcome:
    """Import the register in `content`. Raises Unprocessable `unreadable_file` or `register_faulty` with every fault,
    Conflict `round_busy` or `round_closed`, NotFound for an unknown round."""
    job_id = ids.derived_id("import", attempt.key) if attempt.key else ids.new_id()
    earlier = _earlier(job_id, attempt) if attempt.key and not dry_run else None
    if earlier is not None:
        return earlier
    found = rounds.fetch(rounds.get(round_id or "current").id) if kind != "roster" else None
    place = found.id if found else None
    table = _read(content, kind, language)
    if dry_run:
        return _outcome(job_id, place, table, *_planned(table, found, attempt), language, dry_run=True)
    with rounds.locked(found.id if found else "roster", f"import#{job_id}"):
        plan, faults = _planned(table, found, attempt)
        outcome = _outcome(job_id, place, table, plan, faults, language, dry_run=False)
        if faults:
            raise Unprocessable(
                "register_faulty",
                count=len(faults),
                extra=msgspec.to_builtins(msgspec.structs.replace(outcome, created=0, updated=0)),
            )
        if found is not None and found.closed_at and plan.created + plan.updated:
            raise Conflict("round_closed")
        _apply(job_id, kind, found, content, plan, outcome, attempt)
    return outcome


def resume(job_id: str) -> None:
    """Finish an import that was killed: under its own lock, from the file it left in S3."""
    job = records.get(job_id)
    if job is None or job.state == "done":
        return
    content = files.get(_file(job_id))
    if content is None:  # the last row was in, only the note of it was lost
        return _done(job)
    attempt = Attempt(Caller(job.account, lambda: accounts.standing_of(accounts.get(job.account))))
    found = rounds.fetch(job.round) if job.round else None
    with rounds.locked(job.round or "roster", f"import#{job_id}"):
        plan, _ = _planned(_read(content, _kind(job.kind), "zh-CN"), found, attempt)
        plan.apply()
        _done(job)


def unfinished(at: str) -> list[str]:
    """Jobs that should have ended by now."""
    return records.due(at, 20)


def show(job_id: str, caller: Caller) -> records.Job:
    """A job, for whoever started it and administrators. Raises NotFound."""
    job = records.get(job_id) if ids.is_id(job_id) else None
    if job is None or (job.account != caller.account and not caller.is_administrator):
        raise NotFound()
    return job


def _read(content: bytes, kind: Kind, language: str) -> Table:
    try:
        return read_register(content, kind)
    except Unreadable as error:
        raise Unprocessable(
            "unreadable_file",
            extra={
                "detail": error.message(language),
                "reason": error.code,
                "errors": [{"row": 1, "column": "", "message": error.message(language)}],
            },
        ) from error


def _planned(table: Table, found: Round | None, attempt: Attempt) -> tuple[Plan, list[Fault]]:
    today = date.fromisoformat(clock.local_day(attempt.at))
    if found is None:
        roster = rules.judge_roster(table)
        plan = _roster_plan(roster.rows)
        return plan, _in_order([*roster.faults, *plan.faults])
    if table.kind == "claims":
        claimed = rules.judge_claims(table, today=today)
        plan = _claims_plan(claimed.rows, found, attempt)
        return plan, _in_order([*claimed.faults, *plan.faults])
    judged = rules.judge_wishes(
        table,
        today=today,
        subdistricts=settings.subdistricts(),
        categories=settings.categories(),
        allowed_subdistricts=_allowed(attempt.caller),
    )
    plan = _wishes_plan(judged.rows, found, attempt)
    return plan, _in_order([*judged.faults, *plan.faults])


def _allowed(caller: Caller) -> frozenset[str] | None:
    mine = caller.standing.subdistricts
    return None if caller.is_administrator or EVERYWHERE in mine else mine


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.row, fault.column))


def _mark(row: WishRow | ClaimRow | RosterRow) -> str:
    return fingerprint(row, settings.secrets().blind_key.encode()[:64])


def _wishes_plan(rows: Sequence[WishRow], found: Round, attempt: Attempt) -> Plan:
    drafts = [wishes.Incoming(row, _mark(row)) for row in rows]
    sorted_out = wishes.compare(drafts, found)
    faults = [Fault(row.row, "编号", "already_moved_on", {}) for row in sorted_out.frozen]
    return Plan(
        len(sorted_out.new), len(sorted_out.changed), sorted_out.unchanged, faults,
        lambda: wishes.write(sorted_out, found, attempt),
    )  # fmt: skip


def _claims_plan(rows: Sequence[ClaimRow], found: Round, attempt: Attempt) -> Plan:
    sorted_out = claims.compare([claims.Incoming(row, _mark(row)) for row in rows], found)
    faults = [Fault(row.row, "编号", "unknown_number", {}) for row in sorted_out.unknown]
    faults += [Fault(row.row, "编号", "already_moved_on", {}) for row in sorted_out.frozen]
    return Plan(
        len(sorted_out.new), 0, sorted_out.unchanged, faults,
        lambda: claims.write(sorted_out.new, attempt),
    )  # fmt: skip


def _roster_plan(rows: Sequence[RosterRow]) -> Plan:
    members = [roster.Member(row.phone, row.name, row.claimant_type, row.branch, row.sector) for row in rows]
    counts = roster.compare(members)
    return Plan(counts[0], counts[1], counts[2], [], lambda: roster.enrol(members))


def _outcome(
    job_id: str,
    round_id: str | None,
    table: Table,
    plan: Plan,
    faults: list[Fault],
    language: str,
    *,
    dry_run: bool,
) -> Outcome:
    wrong = {fault.row for fault in faults}
    total = len(wrong | {row.number for row in table.rows})
    return Outcome(
        id=job_id,
        kind=table.kind,
        round=round_id,
        dry_run=dry_run,
        rows=total,
        accepted=total - len(wrong),
        created=plan.created,
        updated=plan.updated,
        unchanged=plan.unchanged,
        errors=[dict(fault) for fault in render_all(faults[:MOST_FAULTS_SHOWN], language)],
    )


def _apply(
    job_id: str,
    kind: Kind,
    found: Round | None,
    content: bytes,
    plan: Plan,
    outcome: Outcome,
    attempt: Attempt,
) -> None:
    job = records.Job(
        job_id,
        "job",
        kind=kind,
        round=found.id if found else None,
        account=attempt.caller.account,
        state="applying",
        started_at=attempt.at,
        outcome=msgspec.to_builtins(outcome),
        fingerprint=attempt.fingerprint or None,
        rows=outcome.rows,
        due=records.BUCKET,
        due_at=clock.later(attempt.at, seconds=RESUME_AFTER_SECONDS),
    )
    if plan.created + plan.updated:
        # The file before the job, the job before the first row: whatever is half-done can be finished.
        files.put(_file(job_id), content, "application/octet-stream")
        # The job and its audit entry in one: no row comes in that the trail does not know of.
        audit.commit([tables.Put(job)], _deed(job, outcome, attempt.caller))
        plan.apply()
    else:
        audit.record(_deed(job, outcome, attempt.caller))
    _done(job)


def _deed(job: records.Job, outcome: Outcome, caller: Caller) -> audit.Deed:
    detail: dict[str, int | str] = {
        "round": job.round or "",
        "count": outcome.rows,
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
    }
    return audit.Deed(f"import/{job.pk}", caller.account, audit.role_of(caller), "imported", job.kind, detail)


def _done(job: records.Job) -> None:
    # The register holds everything about everybody: it goes as soon as it is in, before the job is called done.
    files.delete(_file(job.pk))
    job.state, job.due, job.due_at = "done", None, None
    tables.put(job)


def _earlier(job_id: str, attempt: Attempt) -> Outcome | None:
    job = records.get(job_id)
    if job is None:
        return None
    if job.fingerprint != attempt.fingerprint:
        raise Unprocessable("idempotency_key_reused")
    if job.state != "done":
        resume(job_id)
    return msgspec.convert(job.outcome, Outcome)


def _file(job_id: str) -> str:
    return f"imports/{job_id}"


def _kind(text: str) -> Kind:
    match text:
        case "wishes" | "claims" | "roster":
            return text
    raise ValueError("no such register")
