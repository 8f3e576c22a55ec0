"""Judging registers row by row: every fault of every row at once, and the good rows in product.md's words.

Pure: today's date and the district's lists come in as arguments. Rules that need the tables (whether a 编号
is known in its round, whether a version is stale) are not here.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Generic, TypeVar

from chalicelib.base.clock import SHANGHAI
from chalicelib.base.words import CLAIMANT_TYPES, ClaimantType, Kind, Subject
from chalicelib.imports import columns as c
from chalicelib.imports.faults import Fault
from chalicelib.imports.judging import RowJudge
from chalicelib.imports.reading import Table
from chalicelib.imports.rows import ClaimRow, Gender, RosterRow, WishRow

_ADULT: Final = 18
_NAME_LIMIT: Final = 60
_NUMBER_LIMIT: Final = 40
_COMMITTEE_LIMIT: Final = 40
_TITLE_LIMIT: Final = 60
_STORY_LIMIT: Final = 2_000
_ADDRESS_LIMIT: Final = 200
_THANKS_LIMIT: Final = 500
_SHORT_LIMIT: Final = 40
_EARLIEST_BIRTH: Final = 1900

SUBJECT_WORDS: Final[dict[str, Subject]] = {
    "个人": "individual", "团队": "team", "individual": "individual", "team": "team",
}  # fmt: skip
KIND_WORDS: Final[dict[str, Kind]] = {
    "物质": "material", "精神": "spiritual", "material": "material", "spiritual": "spiritual",
}  # fmt: skip
GENDER_WORDS: Final[dict[str, Gender]] = {
    "女": "female", "男": "male", "female": "female", "male": "male", "f": "female", "m": "male",
}  # fmt: skip
DECLARING_WORDS: Final[dict[str, bool]] = {
    "本人申报": True, "代申报": False, "本人": True, "代": False, "self": True, "on behalf": False,
}  # fmt: skip
YES_NO_WORDS: Final[dict[str, bool]] = {
    "是": True, "否": False, "yes": True, "no": False, "y": True, "n": False, "true": True, "false": False,
    "1": True, "0": False,
}  # fmt: skip
_TYPES: Final[tuple[ClaimantType, ...]] = (
    "party_member", "party_organisation", "company", "social_organisation", "citizen",
)  # fmt: skip
CLAIMANT_WORDS: Final[dict[str, ClaimantType]] = {CLAIMANT_TYPES[word]: word for word in _TYPES} | {
    word: word for word in _TYPES
}
ROSTER_WORDS: Final = {name: word for name, word in CLAIMANT_WORDS.items() if word != "citizen"}
"""A roster vouches for members and organisations; a kind citizen needs nobody's word."""

GUARDIANS: Final = frozenset({
    "监护人", "法定监护人", "父母", "父亲", "母亲", "爸爸", "妈妈", "祖父母", "祖父", "祖母", "爷爷", "奶奶",
    "外祖父母", "外祖父", "外祖母", "外公", "外婆",
})  # fmt: skip

Good = TypeVar("Good")


@dataclass(frozen=True, slots=True, repr=False)
class Judged(Generic[Good]):
    """`rows`: those without any fault, in the file's order; `faults`: all of them, by row, then by column.

    `untouched` counts the rows that stand as the export wrote them: nobody asks anything of those.
    """

    rows: tuple[Good, ...]
    faults: tuple[Fault, ...]
    untouched: int = 0


def judge_wishes(
    table: Table,
    *,
    today: date,
    subdistricts: Collection[str],
    categories: Collection[str],
    allowed_subdistricts: Collection[str] | None = None,
    check: Callable[[Mapping[str, str]], str] | None = None,
) -> Judged[WishRow]:
    """The wishes of a register (product.md section 6, `kind=wishes`).

    `today` in Asia/Shanghai; `subdistricts` and `categories` as configured; `allowed_subdistricts` those a
    liaison is in charge of, None for all. `check` computes what an export wrote into 校验 for a row's cells.
    """

    def judge(row: RowJudge) -> WishRow | None:
        wish = _wish(row, today, subdistricts, categories)
        place = row.text(c.SUBDISTRICT, _SHORT_LIMIT).replace(" ", "")
        if allowed_subdistricts is not None and place not in allowed_subdistricts:
            row.fault(c.SUBDISTRICT, "outside_scope")
        return wish

    def untouched(cells: Mapping[str, str]) -> bool:
        return check is not None and bool(cells.get(c.CHECK)) and cells[c.CHECK] == check(cells)

    return _judge(table, judge, unique=c.NUMBER, key=_number, untouched=untouched)


def judge_claims(table: Table, *, today: date) -> Judged[ClaimRow]:
    """The claims of a register of history (product.md section 6, `kind=claims`), one a wish at most."""
    return _judge(table, lambda row: _claim(row, today), unique=c.NUMBER, key=_number)


def judge_roster(table: Table) -> Judged[RosterRow]:
    """The members of a roster (`kind=roster`), each phone once."""
    return _judge(table, _member, unique=c.PHONE, key=lambda row: row.mobile(c.PHONE))


def _judge(
    table: Table,
    judge: Callable[[RowJudge], Good | None],
    *,
    unique: str,
    key: Callable[[RowJudge], str],
    untouched: Callable[[Mapping[str, str]], bool] = lambda cells: False,
) -> Judged[Good]:
    """Judges every row; a `key` seen before, in a good row or a bad one, is a fault in column `unique`."""
    spoilt: dict[int, set[str]] = {}
    for fault in table.faults:
        spoilt.setdefault(fault.row, set()).add(fault.column)
    good: list[Good] = []
    faults = list(table.faults)
    first_seen: dict[str, int] = {}
    as_written = 0
    for row in table.rows:
        judged = RowJudge(row, spoilt.get(row.number, ()))
        same = untouched(row.cells)
        as_written += same
        result = None if same else judge(judged)
        own_key = key(judged)
        earlier = first_seen.setdefault(own_key, row.number) if own_key else row.number
        if earlier != row.number:
            judged.fault(unique, "duplicate", earlier=earlier)
        faults.extend(judged.faults)
        if result is not None and judged.good():
            good.append(result)
    order = {column.header: place for place, column in enumerate(c.REGISTERS[table.kind])}
    faults.sort(key=lambda fault: (fault.row, order[fault.column]))
    return Judged(tuple(good), tuple(faults), as_written)


def _number(row: RowJudge) -> str:
    return row.text(c.NUMBER, _NUMBER_LIMIT, required=True)


def _wish(row: RowJudge, today: date, subdistricts: Collection[str], categories: Collection[str]) -> WishRow | None:
    # Every cell is asked before anything is decided: the answer must name all faults of the row.
    version = row.number_between(c.VERSION, 1, 10**9)
    person = _person(row, today, known=version is not None)
    declaration = _declaration(row, person, today, known=version is not None)
    source = _number(row)
    subdistrict = row.listed(c.SUBDISTRICT, subdistricts)
    committee = row.text(c.COMMITTEE, _COMMITTEE_LIMIT, required=True)
    name = row.text(c.WISHER, _NAME_LIMIT, required=True)
    kind = row.choice(c.KIND, KIND_WORDS, required=True)
    category = row.listed(c.CATEGORY, categories)
    title = row.text(c.TITLE, _TITLE_LIMIT, required=True)
    story = row.text(c.STORY, _STORY_LIMIT, required=True)
    difficulty = row.text(c.DIFFICULTY, _SHORT_LIMIT)
    monthly_income = row.number_between(c.INCOME, 0, 10_000_000)
    household_size = row.number_between(c.HOUSEHOLD, 1, 50)
    phone = row.phone(c.PHONE)
    address = row.text(c.ADDRESS, _ADDRESS_LIMIT)
    if person.subject is None or kind is None or declaration is None:
        return None
    return WishRow(
        row=row.number, source=source, subdistrict=subdistrict, committee=committee, name=name,
        gender=person.gender, birth_year=person.birth_year, subject=person.subject,
        team_size=person.team_size, kind=kind, category=category, title=title, story=story,
        difficulty=difficulty, monthly_income=monthly_income, household_size=household_size,
        phone=phone, address=address, by_self=declaration.by_self, declarer_name=declaration.name,
        declarer_relation=declaration.relation, consented=True, submitted_at=declaration.submitted_at,
        version=version,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class _Person:
    subject: Subject | None
    gender: Gender | None = None
    birth_year: int | None = None
    team_size: int | None = None


def _person(row: RowJudge, today: date, *, known: bool) -> _Person:
    """Who the wish is for. A team's gender and birth year and an individual's team size are not kept.

    A wish that is `known` may have come in without a birth year (section 6): it comes back without one.
    """
    subject = row.choice(c.SUBJECT, SUBJECT_WORDS, required=True)
    if subject == "team":
        return _Person(subject, team_size=row.number_between(c.TEAM_SIZE, 1, 9_999, required=True))
    year = row.number_between(c.BIRTH_YEAR, _EARLIEST_BIRTH, today.year, required=subject == "individual" and not known)
    return _Person(subject, gender=row.choice(c.GENDER, GENDER_WORDS), birth_year=year)


@dataclass(frozen=True, slots=True, repr=False)
class _Declaration:
    by_self: bool
    name: str
    relation: str
    submitted_at: datetime


def _declaration(row: RowJudge, person: _Person, today: date, *, known: bool) -> _Declaration | None:
    """Who declared, when, and with whose consent (product.md section 2, the act `declare`)."""
    if row.choice(c.CONSENT, YES_NO_WORDS, required=True) is False:
        row.fault(c.CONSENT, "consent_missing")
    submitted_at = _past(row, c.SUBMITTED, today, required=True)
    by_self = row.choice(c.DECLARING, DECLARING_WORDS, required=True)
    on_behalf = by_self is False
    name = row.text(c.DECLARER, _NAME_LIMIT, required=on_behalf)
    relation = row.text(c.RELATION, _SHORT_LIMIT, required=on_behalf)
    if submitted_at is None or by_self is None:
        return None
    if not known:  # a known wish has its guardian on record: whoever compares it looks there
        _check_age(row, person, submitted_at, by_self=by_self, relation=relation)
    return _Declaration(by_self, name if on_behalf else "", relation if on_behalf else "", submitted_at)


def _check_age(row: RowJudge, person: _Person, submitted_at: datetime, *, by_self: bool, relation: str) -> None:
    """A minor by birth year, in the year of declaring, has a guardian who declares (product.md section 1)."""
    if person.birth_year is None:
        return
    age = submitted_at.astimezone(SHANGHAI).year - person.birth_year
    if age < 0:
        row.fault(c.BIRTH_YEAR, "born_after_declaring")
    elif age < _ADULT and by_self:
        row.fault(c.DECLARING, "guardian_required")
    elif age < _ADULT and relation not in GUARDIANS:
        row.fault(c.RELATION, "guardian_required")


def _past(row: RowJudge, column: str, today: date, *, required: bool = False) -> datetime | None:
    """A time not later than tomorrow: clocks, and the people who read them, are not exact."""
    moment = row.moment(column, required=required)
    if moment and moment.astimezone(SHANGHAI).date() > today + timedelta(days=1):
        row.fault(column, "in_future")
    return moment


def _claim(row: RowJudge, today: date) -> ClaimRow | None:
    published_at = _past(row, c.PUBLISHED, today, required=True)
    claimed_at = _past(row, c.CLAIMED, today, required=True)
    fulfilled_at = _past(row, c.FULFILLED, today)
    claimant_type = row.choice(c.CLAIMANT_TYPE, CLAIMANT_WORDS, required=True)
    source = _number(row)
    claimant_name = row.text(c.CLAIMANT, _NAME_LIMIT, required=True)
    thanks = row.text(c.THANKS, _THANKS_LIMIT)
    _check_order(row, (c.PUBLISHED, published_at), (c.CLAIMED, claimed_at), (c.FULFILLED, fulfilled_at))
    if published_at is None or claimed_at is None or claimant_type is None:
        return None
    return ClaimRow(row.number, source, published_at, claimant_type, claimant_name, claimed_at, fulfilled_at, thanks)


def _check_order(row: RowJudge, *times: tuple[str, datetime | None]) -> None:
    """Each time given must not be earlier than the last one given before it."""
    before: tuple[str, datetime] | None = None
    for column, moment in times:
        if moment is None:
            continue
        if before and moment < before[1]:
            row.fault(column, "earlier_than", other=before[0])
        before = (column, moment)


def _member(row: RowJudge) -> RosterRow | None:
    claimant_type = row.choice(c.TYPE, ROSTER_WORDS)
    phone = row.mobile(c.PHONE)
    return RosterRow(
        row=row.number,
        phone=phone,
        name=row.text(c.NAME, _NAME_LIMIT, required=True),
        claimant_type=claimant_type or "party_member",
        branch=row.text(c.BRANCH, _NAME_LIMIT),
        sector=row.text(c.SECTOR, _SHORT_LIMIT),
    )
