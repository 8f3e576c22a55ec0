"""Registers made by hand for the tests: good rows to spoil, and the files people send them in."""

import csv
import io
from datetime import date, datetime

import xlsxwriter

from chalicelib.base.words import CATEGORIES, SUBDISTRICTS
from chalicelib.imports.columns import REGISTERS, RegisterKind
from chalicelib.imports.reading import Table, read_register
from chalicelib.imports.rows import WishRow
from chalicelib.imports.rules import Judged, judge_wishes

TODAY = date(2026, 11, 22)


def headers(kind: RegisterKind) -> list[str]:
    return [column.header for column in REGISTERS[kind] if column.in_template]


def good_row(kind: RegisterKind, **changes: str) -> dict[str, str]:
    """The template's own example, with some cells changed."""
    row = {column.header: column.example for column in REGISTERS[kind] if column.in_template}
    return row | changes


def good_wish(number: int = 1, **changes: str) -> dict[str, str]:
    return good_row("wishes", 编号=f"9-{number:04}") | changes


def csv_text(rows: list[dict[str, str]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, list(rows[0]), delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def csv_bytes(rows: list[dict[str, str]]) -> bytes:
    return csv_text(rows).encode()


def workbook(*sheets: list[list[object]], **options: object) -> bytes:
    """An .xlsx of the given sheets, each a list of rows; dates are written as Excel dates."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm", **options}) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for line, row in enumerate(rows):
                for place, value in enumerate(row):
                    sheet.write(line, place, value)
    return target.getvalue()


def excel_time(*parts: int) -> datetime:
    """A time as a workbook holds it: without a zone."""
    return datetime(*parts)  # noqa: DTZ001


def judged(content: bytes) -> Judged[WishRow]:
    return judged_table(read_register(content, "wishes"))


def judged_table(table: Table) -> Judged[WishRow]:
    return judge_wishes(table, today=TODAY, subdistricts=SUBDISTRICTS, categories=CATEGORIES)
