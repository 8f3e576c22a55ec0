"""Making a summary, and handing it out.

    job drawn (number, as_of)  →  files into S3  →  edition written  →  latest moves up

A job's name says what it is for ("daily#2026-11-22", "close#...", an Idempotency-Key): scheduled twice, it is made
once; killed half-way, the next run writes the same files under the same number again. `latest` follows the edition, so
it never points at a missing or half-written file.
"""

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from pynamodb.expressions.condition import Condition

from chalicelib.audit import actions as audit
from chalicelib.base import clock, failures, files, ids, metrics, settings, tables
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, Unavailable
from chalicelib.reports import records
from chalicelib.reports.plain import read_json, write_csv, write_json
from chalicelib.reports.rules import PastFigures, past_round, summary
from chalicelib.reports.shapes import PastRound, RoundInfo, Summary
from chalicelib.reports.sheets import CLAIMS_FULL, WISHES_FULL, masked_claim, masked_wish
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Round
from chalicelib.wishes import listing
from chalicelib.wishes.narrow import Narrow

_LEASE_SECONDS: Final = 310
"""The scheduled functions are cut off at 300 s: two makers of one edition would mix their files."""
ROUNDS_IN_TREND: Final = 12
_LEASE_ON_DEMAND_SECONDS: Final = 30
"""On demand the API makes it, which is cut off at 28 s: nobody works on it any longer than that."""
FULL_ON_DEMAND: Final = 5_000
"""Wishes up to which a summary on demand has a full edition, too: opening more seals would outlast the API's answer."""
_MEDIA: Final = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}


def make(found: Round, kind: str, name: str, by: str | None = None) -> records.Edition:
    """The edition of the job `name`, made now unless it was made already.

    Raises Conflict `report_busy` while another process makes this very one.
    """
    job = _take(found.id, name, _LEASE_ON_DEMAND_SECONDS if kind == "demand" else _LEASE_SECONDS)
    if job.done_at is not None:
        made = records.edition(found.id, int(job.number))
        if made is not None:
            _move_latest(found.id, int(job.number))  # whoever made it may have died just before
            return made
    lease = int(job.busy_until)
    try:
        edition = _write(found, kind, job, by)
        _finish(job)
    except failures.FORESEEN:
        _give_back(job, lease)  # the next try need not wait until it runs out
        raise
    _move_latest(found.id, int(job.number))
    return edition


def complete(found: Round) -> bool:
    """Make an edition with a full workbook where the newest one has none; whether that was so.

    On demand a big round gets the masked one alone (FULL_ON_DEMAND); its numbers have moved on since, so what follows
    is an edition of its own. The job's name holds whose follower it is: however often this runs, it is made once.
    """
    newest = next(iter(records.newest_first(found.id, 1, None)), None)
    if newest is None or newest.full is not None:
        return False
    make(found, "full", f"full#{int(newest.number)}")
    return True


def handed_out(shown: Sequence[records.Edition], caller: Caller, action: str) -> None:
    """Record that links to the editions (all of one round, newest first) go out: once, however many they are."""
    if not shown:
        return
    numbers = [int(edition.number) for edition in shown]
    subject = f"report/{shown[0].pk}" + (f"/{numbers[0]}" if action == "exported" else "")
    detail: dict[str, int] = {"count": len(numbers), "newest": numbers[0], "oldest": numbers[-1]}
    audit.record(audit.Deed(subject, caller.account, audit.role_of(caller), action, "reporting", detail))


def listed(round_id: str, limit: int, below: int | None) -> list[records.Edition]:
    """Up to `limit` editions, newest first."""
    return records.newest_first(round_id, limit, below)


def _take(round_id: str, name: str, lease: int) -> records.Job:
    """The job, held by us; its number and moment are drawn once and kept for every later try."""
    known = records.job(round_id, name)
    if known is not None and known.done_at is not None:
        return known
    now = int(time.time())
    if known is None:
        job = records.Job(
            round_id,
            f"job#{name}",
            number=records.draw_number(round_id),
            as_of=clock.stamp(),
            busy_until=now + lease,
        )
        # Two schedules at once: one job is written. The other's number is skipped.
        if _put(job, tables.absent(records.Job)):
            return job
        known = records.job(round_id, name)
    if known is None:
        raise Conflict("report_busy")
    if known.done_at is None:
        held_until = known.busy_until
        known.busy_until = now + lease
        # A job whose holder died is taken over when its lease has run out, by one of those who try.
        if not _put(known, (records.Job.busy_until == held_until) & (records.Job.busy_until < now)):
            raise Conflict("report_busy", headers={"Retry-After": "5"})
    return known


def _put(job: records.Job, condition: Condition) -> bool:
    """Write the job that we hold from now on; False where somebody else was first."""
    try:
        return tables.put(job, condition)
    except Unavailable:
        _give_back(job, int(job.busy_until))  # it may have landed all the same
        raise


def _give_back(job: records.Job, lease: int) -> None:
    """End our lease unless somebody else holds the job by now; where even that fails, it runs out by itself."""
    ours = records.Job(job.pk, job.sk)
    with suppress(tables.Refused, Unavailable):
        tables.change(ours, [records.Job.busy_until.set(0)], records.Job.busy_until == lease)


def _write(found: Round, kind: str, job: records.Job, by: str | None) -> records.Edition:
    lines = sorted(listing.snapshot(found.id, found.shards, fresh=True), key=_order)
    made = summary(
        lines,
        _info(found, job.as_of),
        job.as_of,
        _previous(found),
        _trend(found),
        subdistricts=settings.subdistricts(),
        categories=settings.categories(),
    )
    if made.reconciled is not True:
        metrics.count("reconciliation_differences")
    written: list[list[object]] = []
    for form, content in _files(made, lines):
        name = f"rounds/{found.id}/summary-{int(job.number)}.{form}"
        files.put(name, content, _MEDIA[form])
        written.append([form, name, len(content)])
    full = None
    if kind != "demand" or len(lines) <= FULL_ON_DEMAND:
        content = _full_workbook(made, lines)
        files.put(full_name(f"rounds/{found.id}/summary-{int(job.number)}.xlsx"), content, _MEDIA["xlsx"])
        full = len(content)
    edition = records.Edition(
        found.id,
        f"edition#{int(job.number):06d}",
        number=int(job.number),
        kind=kind,
        made_at=job.as_of,
        made_by=by,
        figures=figures_of(made),
        files=written,
        full=full,
    )
    tables.put(edition)
    return edition


def figures_of(made: Summary) -> dict[str, Any]:
    """The figures of the statistics, plus whether they reconcile, from a summary."""
    fields = (
        "collected", "by_subject", "by_kind", "published", "claimed", "fulfilled", "claim_rate", "fulfilment_rate",
        "by_claimant_type", "by_subdistrict", "by_category", "minutes_to_claim", "hours_to_fulfil", "as_of",
        "reconciled",
    )  # fmt: skip
    everything: dict[str, Any] = msgspec.to_builtins(made)
    return {name: everything[name] for name in fields}


def _files(made: Summary, lines: list[Narrow]) -> Iterator[tuple[str, bytes]]:
    from chalicelib.reports.page import write_page
    from chalicelib.reports.workbook import write_workbook

    yield "json", write_json(made)
    yield "csv", write_csv(made)
    book = io.BytesIO()
    write_workbook(
        book,
        made,
        (masked_wish(line, line.source or line.id) for line in lines),
        (masked_claim(line, line.source or line.id) for line in lines if line.claimed_at and line.claimant_type),
    )
    yield "xlsx", book.getvalue()
    yield "html", write_page(made)


def _full_workbook(made: Summary, lines: list[Narrow]) -> bytes:
    """The workbook with everything administrators may see, names and phones of both sides included."""
    from chalicelib.reports import full
    from chalicelib.reports.workbook import write_workbook

    book = io.BytesIO()
    write_workbook(
        book,
        made,
        full.wish_rows(lines),
        full.claim_rows(lines),
        wish_columns=WISHES_FULL,
        claim_columns=CLAIMS_FULL,
    )
    return book.getvalue()


def full_name(name: str) -> str:
    """Where the full edition of a file lies: what is there expires after thirty days (product.md section 5)."""
    return f"full/{name}"


def _order(line: Narrow) -> tuple[str, int, str]:
    return line.source, line.declared_at, line.id


def _info(found: Round, at: str) -> RoundInfo:
    return RoundInfo(found.id, found.number, found.name, *found.window, found.state(at))


def _previous(found: Round) -> Summary | None:
    """The last whole summary of the round before, for the comparison."""
    before = rounds.newest_first(1, found.number)
    number = records.latest(before[0].id) if before else 0
    if not number:
        return None
    content = files.get(f"rounds/{before[0].id}/summary-{number}.json")
    try:
        return read_json(content) if content else None
    except msgspec.MsgspecError:
        return None  # of an older form: the summary stands without the comparison


def _trend(found: Round) -> list[PastRound]:
    """The rounds before by the latest of their summaries, oldest first: corrections of theirs show here, too."""
    past = []
    for before in reversed(rounds.newest_first(ROUNDS_IN_TREND, found.number)):
        number = records.latest(before.id)
        edition = records.edition(before.id, number) if number else None
        if edition is not None:
            past.append(past_round(before.number, before.name, msgspec.convert(edition.figures, PastFigures)))
    return past


def _finish(job: records.Job) -> None:
    job.done_at, job.busy_until = clock.stamp(), 0
    tables.put(job)


def _move_latest(round_id: str, number: int) -> None:
    """Point `latest` at the edition unless a newer one is there, in the table and in S3."""
    with suppress(tables.Refused):
        # Of two editions finished at once the higher number stays, whoever writes last.
        tables.change(
            records.Latest(round_id, "latest"),
            [records.Latest.number.set(number)],
            records.Latest.number.does_not_exist() | (records.Latest.number < number),
        )
    shown = 0
    # S3 has no such condition: whoever writes the pointer looks again afterwards, so the last look wins.
    while (newest := records.latest(round_id)) > shown:
        shown = newest
        body = msgspec.json.encode({"edition": newest, "summary": f"rounds/{round_id}/summary-{newest}"})
        files.put(f"rounds/{round_id}/latest.json", body, _MEDIA["json"])


def demand_name(key: str) -> str:
    """The job's name of a summary made on demand: the Idempotency-Key's, or one of its own."""
    return f"demand#{key or ids.new_id()}"
