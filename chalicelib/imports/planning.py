"""What a register means for what is there: read, judged and compared, before anything is written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from chalicelib.accounts import roster as enrolment
from chalicelib.base import clock, settings
from chalicelib.base.callers import EVERYWHERE, Caller
from chalicelib.base.problems import Unprocessable
from chalicelib.claims import importing as claims
from chalicelib.imports import rules
from chalicelib.imports.columns import NUMBER
from chalicelib.imports.faults import Fault, Unreadable
from chalicelib.imports.reading import Table, read_register
from chalicelib.imports.rows import ClaimRow, RosterRow, WishRow, cells_mark, fingerprint
from chalicelib.rounds.rules import Round
from chalicelib.wishes import comparing
from chalicelib.wishes import importing as wishes
from chalicelib.wishes.change import Attempt

Kind = Literal["wishes", "claims", "roster"]

Written = Callable[[int], None]
"""Told, after each transaction, how many rows it held."""


class Plan(NamedTuple):
    """What a register means: the counts, the faults that only the tables know, and the writes.

    `apply` answers with the rows that somebody's act overtook while they waited to be written.
    """

    created: int
    updated: int
    unchanged: int
    faults: Sequence[Fault]
    apply: Callable[[Written], list[Fault]]


def read(content: bytes, kind: Kind, language: str) -> Table:
    """The register. Raises Unprocessable `unreadable_file`."""
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


def kind(text: str) -> Kind:
    """The kind of register a job's text names. Raises ValueError."""
    match text:
        case "wishes" | "claims" | "roster":
            return text
    raise ValueError("no such register")


def plan(table: Table, found: Round | None, attempt: Attempt) -> tuple[Plan, list[Fault]]:
    """The plan of a register, and every fault in it, by row and column."""
    today = date.fromisoformat(clock.local_day(attempt.at))
    if found is None:
        roster = rules.judge_roster(table)
        return _roster(roster.rows), _in_order(roster.faults)
    if table.kind == "claims":
        claimed = rules.judge_claims(table, today=today)
        made = _claims(claimed.rows, found, attempt)
        return made, _in_order([*claimed.faults, *made.faults])
    judged = rules.judge_wishes(
        table,
        today=today,
        subdistricts=settings.subdistricts(),
        categories=settings.categories(),
        allowed_subdistricts=_allowed(attempt.caller),
        check=lambda cells: check_of(found, cells),
    )
    made = _wishes(judged.rows, judged.untouched, found, attempt)
    return made, _in_order([*judged.faults, *made.faults])


def check_of(found: Round, cells: Mapping[str, str]) -> str:
    """What an export writes into 校验 beside a row of the round."""
    return cells_mark(found.id, cells, _key())


def _allowed(caller: Caller) -> frozenset[str] | None:
    mine = caller.standing.subdistricts
    return None if caller.is_administrator or EVERYWHERE in mine else mine


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.row, fault.column))


def _key() -> bytes:
    return settings.secrets().blind_key.encode()[:64]


def _mark(row: WishRow | ClaimRow | RosterRow) -> str:
    return fingerprint(row, _key())


def _wishes(rows: Sequence[WishRow], untouched: int, found: Round, attempt: Attempt) -> Plan:
    compared = comparing.compare([comparing.Incoming(row, _mark(row)) for row in rows], found, attempt.caller)
    return Plan(
        len(compared.new), len(compared.changed), compared.unchanged + untouched, compared.faults,
        lambda written: wishes.write(compared, found, attempt, written),
    )  # fmt: skip


def _claims(rows: Sequence[ClaimRow], found: Round, attempt: Attempt) -> Plan:
    compared = claims.compare([claims.Incoming(row, _mark(row)) for row in rows], found)
    faults = [Fault(row.row, NUMBER, "unknown_number") for row in compared.unknown]
    faults += [Fault(row.row, NUMBER, "already_moved_on") for row in compared.frozen]
    return Plan(
        len(compared.new), 0, compared.unchanged, faults,
        lambda written: claims.write(compared.new, found, attempt, written),
    )  # fmt: skip


def _roster(rows: Sequence[RosterRow]) -> Plan:
    members = [enrolment.Member(row.phone, row.name, row.claimant_type, row.branch, row.sector) for row in rows]

    def apply(written: Written) -> list[Fault]:
        for start in range(0, len(members), 10):
            enrolment.enrol(members[start : start + 10])
            written(len(members[start : start + 10]))
        return []

    created, updated, unchanged = enrolment.compare(members)
    return Plan(created, updated, unchanged, [], apply)
