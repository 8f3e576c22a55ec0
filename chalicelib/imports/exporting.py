"""The register of a round on its way out, to be edited in a spreadsheet and imported again.

Every cell is text, so that no program turns a phone into 1.7E+10 or a number into a date. 版本 and 校验 say what each
row was when it went out: what comes back unedited changes nothing, what comes back stale is refused.
"""

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal

from chalicelib.audit import actions as audit
from chalicelib.base import clock, files, ids
from chalicelib.base.callers import Caller
from chalicelib.base.text import guarded
from chalicelib.base.words import KINDS, SUBJECTS
from chalicelib.imports import columns as c
from chalicelib.imports.cells import clean
from chalicelib.imports.planning import check_of
from chalicelib.imports.rows import WishRow
from chalicelib.imports.template import MADE
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Round
from chalicelib.wishes import exporting as wishes

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Form = Literal["xlsx", "csv"]
MEDIA: Final[dict[str, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_GENDERS: Final = {"female": "女", "male": "男"}
_WIDTHS: Final[dict[c.CellKind, int]] = {
    "text": 14, "long": 44, "code": 12, "phone": 16, "number": 10, "time": 20,
}  # fmt: skip


def export(round_id: str, form: Form, caller: Caller) -> tuple[str, int, int]:
    """Write the caller's wishes of the round as a register into S3: its name, its rows, its bytes. Recorded first."""
    found = rounds.get(round_id)
    lines = [cells(row, version, found) for row, version in wishes.rows(found, caller)]
    content = write_csv(lines) if form == "csv" else write_xlsx(lines)
    detail: dict[str, int] = {"count": len(lines)}
    audit.record(audit.Deed(f"register/{found.id}", caller.account, audit.role_of(caller), "exported", form, detail))
    name = f"exports/register-{ids.new_id()}.{form}"
    files.put(name, content, MEDIA[form])
    return name, len(lines), len(content)


def cells(row: WishRow, version: int, found: Round) -> dict[str, str]:
    """The row's cells by header, as a reader of the file will get them back."""
    texts = {
        c.NUMBER: row.source,
        c.SUBDISTRICT: row.subdistrict,
        c.COMMITTEE: row.committee,
        c.WISHER: row.name,
        c.GENDER: _GENDERS.get(row.gender or "", ""),
        c.BIRTH_YEAR: _number(row.birth_year),
        c.SUBJECT: SUBJECTS[row.subject],
        c.TEAM_SIZE: _number(row.team_size),
        c.KIND: KINDS[row.kind],
        c.CATEGORY: row.category,
        c.TITLE: row.title,
        c.STORY: row.story,
        c.DIFFICULTY: row.difficulty,
        c.INCOME: _number(row.monthly_income),
        c.HOUSEHOLD: _number(row.household_size),
        c.PHONE: row.phone,
        c.ADDRESS: row.address,
        c.DECLARING: "本人申报" if row.by_self else "代申报",
        c.DECLARER: row.declarer_name,
        c.RELATION: row.declarer_relation,
        c.CONSENT: "是" if row.consented else "否",
        c.SUBMITTED: f"{row.submitted_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
        c.VERSION: str(version),
    }
    read = {column.header: clean(texts.get(column.header, ""), column.kind).text for column in c.REGISTERS["wishes"]}
    return read | {c.CHECK: check_of(found, read)}


def write_csv(lines: Iterable[dict[str, str]]) -> bytes:
    """The register as CSV: UTF-8 with BOM, CRLF, formulas neutralised."""
    target = io.StringIO("\ufeff", newline="")
    target.seek(0, io.SEEK_END)
    writer = csv.writer(target)
    writer.writerow(_headers())
    writer.writerows([guarded(line[header]) for header in _headers()] for line in lines)
    return target.getvalue().encode()


def write_xlsx(lines: Iterable[dict[str, str]]) -> bytes:
    """The register as a workbook: one sheet, header frozen, every cell text; the same rows give the same bytes."""
    import xlsxwriter  # lazily: 44 ms that no other request should pay

    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": "心愿登记表", "created": MADE})
        sheet = book.add_worksheet("心愿登记表")
        text = book.add_format({"num_format": "@", "valign": "top"})
        head = book.add_format({"num_format": "@", "bold": True, "border": 1, "bg_color": "#E7E6E6"})
        for place, column in enumerate(c.REGISTERS["wishes"]):
            sheet.set_column(place, place, _WIDTHS[column.kind], text)
            sheet.write_string(0, place, column.header, head)
        sheet.freeze_panes(1, 1)
        last = _fill(sheet, lines, text)
        sheet.autofilter(0, 0, last, len(_headers()) - 1)
    return target.getvalue()


def _fill(sheet: "Worksheet", lines: Iterable[dict[str, str]], text: object) -> int:
    last = 0
    for last, line in enumerate(lines, start=1):
        for place, header in enumerate(_headers()):
            sheet.write_string(last, place, line[header], text)
    return last


def _headers() -> list[str]:
    return [column.header for column in c.REGISTERS["wishes"]]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
