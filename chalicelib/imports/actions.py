"""Importing a register: judged whole, then written whole, or not at all.

    read → judge every row → compare with what is there → (faults? stop) → lock the round → write in transactions

DynamoDB's transaction holds 100 items and a register has thousands, so a written register is rolled forward: the file
lies in S3 and the job in the table until the last row is in. A killed import is taken up by `work` under the
same lock; rows already in are "unchanged" by their fingerprints. All, eventually, or none.

A small register is imported while its sender waits. A large one is uploaded first; its job waits for `work`:

    queued ── lease (conditional) ── judged ──┬── applying ── done
       ↑            a worker dies: the lease  └── failed: with every fault, nothing written
       └─────────── runs out, and the next goes on
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from chalicelib.accounts import actions as accounts
from chalicelib.audit import actions as audit
from chalicelib.base import clock, files, ids, settings, tables
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, FieldFault, NotFound, Problem, Unavailable, Unprocessable
from chalicelib.imports import planning, records
from chalicelib.imports.faults import Fault
from chalicelib.imports.outcome import Outcome, of_plan, require_faultless, require_open, shown
from chalicelib.imports.pace import RESUME_AFTER_SECONDS, OutOfTime, Pace, Told, nobody
from chalicelib.imports.planning import Kind
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Round
from chalicelib.wishes.change import Attempt

WAIT_SECONDS: Final = 20
"""How long a sender waits for their rows; what is left then goes on as a job. API Gateway answers for 29 s at most."""
_AT_ONCE: Final = 20


def run(
    kind: Kind,
    round_id: str | None,
    content: bytes,
    dry_run: bool,
    attempt: Attempt,
    language: str,
    told: Told = nobody,
) -> Outcome | records.Job:
    """Import the register in `content`; the job where it takes longer than a sender can wait.

    Raises Unprocessable `unreadable_file` or `register_faulty` with every fault, Conflict `round_busy` or
    `round_closed`, NotFound for an unknown round.
    """
    job_id = ids.derived_id("import", attempt.key) if attempt.key else ids.new_id()
    earlier = _earlier(job_id, attempt) if not dry_run else None
    if earlier is not None:
        if earlier.state == "applying":
            resume(job_id)
        return msgspec.convert(earlier.outcome, Outcome)
    found = _round(kind, round_id)
    table = planning.read(content, kind, language)
    if dry_run:
        plan, faults = planning.plan(table, found, attempt)
        if not faults:  # a rehearsal says what the import would say
            require_open(found, plan)
        return of_plan(job_id, found, table, plan, faults, language, dry_run=True)
    with rounds.locked(_lock(found), f"import#{job_id}") as hold:
        found = rounds.fetch(found.id) if found else None  # it may have been closed while the file was read
        plan, faults = planning.plan(table, found, attempt)
        outcome = of_plan(job_id, found, table, plan, faults, language, dry_run=False)
        require_faultless(outcome, faults, found, plan)
        job = _job(job_id, kind, found, attempt, language)
        job.outcome, job.rows, job.state = msgspec.to_builtins(outcome), outcome.rows, "applying"
        if plan.created + plan.updated == 0:
            audit.record(_deed(job, outcome, attempt.caller))
            _done(job, [], language)
            return outcome
        # The file before the job, the job before the first row: whatever is half-done can be finished.
        files.put(_file(job_id), content, "application/octet-stream")
        # The job and its audit entry in one: no row comes in that the trail does not know of.
        audit.commit([tables.Put(job, tables.absent(records.Job))], _deed(job, outcome, attempt.caller))
        try:
            late = plan.apply(Pace(job, hold, settings.number("IMPORT_WAIT_SECONDS", WAIT_SECONDS), told))
        except OutOfTime:
            records.hand_over(job, clock.stamp())
            return job
        return _done(job, late, language)


def start(kind: Kind, round_id: str | None, key: str, dry_run: bool, attempt: Attempt, language: str) -> records.Job:
    """Queue the import of an uploaded register. Raises Unprocessable where no upload of the caller's has this key."""
    job_id = ids.derived_id("import", attempt.key) if attempt.key else ids.new_id()
    earlier = _earlier(job_id, attempt)
    if earlier is not None:
        return earlier
    found = _round(kind, round_id)
    mine = key.startswith(f"uploads/{attempt.caller.account}/") and ".." not in key
    if not mine or not files.copy(key, _file(job_id)):
        raise Unprocessable("invalid_fields", errors=[FieldFault("key", "field_value")])
    job = _job(job_id, kind, found, attempt, language)
    job.dry_run = dry_run or None
    job.due_at = clock.stamp()
    # Two retries of one request at once: one job is written, the other finds it.
    if not tables.put(job, tables.absent(records.Job)):
        return records.get(job_id) or job
    files.delete(key)
    return job


def work() -> dict[str, int]:
    """Go on with every job that waits or was dropped, one after the other; how many ended and how many could not."""
    ended = stuck = 0
    for job_id in unfinished(clock.stamp()):
        try:
            resume(job_id)
            ended += 1
        except (Conflict, NotFound, Unavailable):
            stuck += 1  # it stays due: the next run goes on
    return {"ended": ended, "stuck": stuck}


def resume(job_id: str) -> None:
    """Go on with a job: under its own lock, from the file it left in S3."""
    job = records.get(job_id)
    if job is None or job.state in records.ENDED:
        return
    # Two workers on one job: one moves its due time on, the other finds it moved.
    if not records.lease(job, clock.later(clock.stamp(), seconds=RESUME_AFTER_SECONDS)):
        return
    language = job.language or "zh-CN"
    content = files.get(_file(job_id))
    if content is None:  # the last row was in, only the note of it was lost
        _done(job, [], language)
        return
    attempt = Attempt(Caller(job.account, lambda: accounts.standing_of(accounts.get(job.account))))
    try:
        with rounds.locked(job.round or "roster", f"import#{job_id}") as hold:
            found = rounds.fetch(job.round) if job.round else None
            _go_on(job, found, hold, content, attempt, language)
    except Conflict as busy:
        if busy.code == "round_busy":
            raise
        _fail(job, busy, language)
    except (Unprocessable, NotFound) as refusal:
        _fail(job, refusal, language)


def unfinished(at: str) -> list[str]:
    """Jobs that wait to be begun, or should have ended by now."""
    return records.due(at, _AT_ONCE)


def show(job_id: str, caller: Caller) -> records.Job:
    """A job, for whoever started it and administrators. Raises NotFound."""
    job = records.get(job_id) if ids.is_id(job_id) else None
    if job is None or (job.account != caller.account and not caller.is_administrator):
        raise NotFound()
    return job


def _go_on(
    job: records.Job, found: Round | None, hold: rounds.Hold, content: bytes, attempt: Attempt, language: str
) -> None:
    table = planning.read(content, planning.kind(job.kind), language)
    plan, faults = planning.plan(table, found, attempt)
    if job.state == "queued":
        dry_run = bool(job.dry_run)
        outcome = of_plan(job.pk, found, table, plan, faults, language, dry_run=dry_run)
        job.outcome, job.rows = msgspec.to_builtins(outcome), outcome.rows
        if dry_run:
            if not faults:
                require_open(found, plan)
            _done(job, [], language)
            return
        require_faultless(outcome, faults, found, plan)
        job.state = "applying"
        audit.commit([tables.Put(job)], _deed(job, outcome, attempt.caller))
    # Judged once, written to the end: what another act has overtaken since is told, and stops nothing.
    if found is not None and found.closed_at:
        rounds.mark_unlooked(found.id)  # its last rows come in after the close: it has to look over the round again
    late = plan.apply(Pace(job, hold, None))
    _done(job, late, language)


def _round(kind: Kind, round_id: str | None) -> Round | None:
    return rounds.fetch(rounds.get(round_id or "current").id) if kind != "roster" else None


def _lock(found: Round | None) -> str:
    return found.id if found else "roster"


def _job(job_id: str, kind: Kind, found: Round | None, attempt: Attempt, language: str) -> records.Job:
    return records.Job(
        job_id,
        "job",
        kind=kind,
        round=found.id if found else None,
        account=attempt.caller.account,
        state="queued",
        started_at=attempt.at,
        fingerprint=attempt.fingerprint or None,
        language=language,
        due=records.BUCKET,
        due_at=clock.later(attempt.at, seconds=RESUME_AFTER_SECONDS),
    )


def _deed(job: records.Job, outcome: Outcome, caller: Caller) -> audit.Deed:
    detail: dict[str, int | str] = {
        "round": job.round or "",
        "count": outcome.rows,
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
    }
    return audit.Deed(f"import/{job.pk}", caller.account, audit.role_of(caller), "imported", job.kind, detail)


def _done(job: records.Job, late: Sequence[Fault], language: str) -> Outcome:
    """Note the end. The register holds everything about everybody: it goes before the job is called done."""
    files.delete(_file(job.pk))
    outcome = msgspec.convert(job.outcome, Outcome)
    if late:
        outcome = msgspec.structs.replace(
            outcome, accepted=outcome.accepted - len(late), errors=[*outcome.errors, *shown(late, language)]
        )
    job.outcome, job.done = msgspec.to_builtins(outcome), outcome.rows
    records.end(job, "done")
    return outcome


def _fail(job: records.Job, refusal: Problem, language: str) -> None:
    files.delete(_file(job.pk))
    job.outcome = {**(job.outcome or {}), "created": 0, "updated": 0, **refusal.document(language)}
    records.end(job, "failed")


def _earlier(job_id: str, attempt: Attempt) -> records.Job | None:
    """The job this Idempotency-Key made. Raises Unprocessable when that was another request's."""
    job = records.get(job_id) if attempt.key else None
    if job is not None and job.fingerprint != attempt.fingerprint:
        raise Unprocessable("idempotency_key_reused")
    return job


def _file(job_id: str) -> str:
    return f"imports/{job_id}"
