"""The workbook of a round (product.md section 5): overview and charts, breakdowns, wishes, claims.

XlsxWriter in constant memory: every sheet is written from the top row down and nothing is kept, so 20,000
wishes cost no more memory than 400. The same data gives the same bytes: the time of making is `as_of`.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final

from chalicelib.base.clock import moment
from chalicelib.reports.overview import overview_sheet
from chalicelib.reports.paragraph import round_name
from chalicelib.reports.shapes import Summary
from chalicelib.reports.sheets import CLAIMS_MASKED, WISHES_MASKED
from chalicelib.reports.styles import Styles, dress, put
from chalicelib.reports.tables import RATE_ROWS, Column, Row, Table, tables

if TYPE_CHECKING:
    from xlsxwriter import Workbook

# Every cell is written by its type (`styles.put`); this holds where somebody later forgets: a title such as
# =cmd|'/c calc'!A1 must never become a formula, a phone number never 1.7E+10.
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDE: Final = 7
"""Columns from which a sheet prints better across."""
_UPRIGHT_HEIGHT: Final = 100
"""Points: six Chinese characters one below the other."""


def write_workbook(
    target: BinaryIO,
    summary: Summary,
    wishes: Iterable[Row],
    claims: Iterable[Row],
    *,
    wish_columns: Sequence[Column] = WISHES_MASKED,
    claim_columns: Sequence[Column] = CLAIMS_MASKED,
) -> None:
    """Write the workbook into `target` (binary, writable; left open).

    `wishes` and `claims` are read once, row by row, each as wide as its columns; give them in a fixed order,
    for the bytes follow it. Raises ValueError where a row has another width.
    """
    from xlsxwriter import Workbook

    book = Workbook(target, _OPTIONS)
    # Excel knows no time zones: the naive UTC time goes in as it is.
    created = moment(summary.as_of).replace(tzinfo=None)
    book.set_properties({"title": round_name(summary.round), "author": "微心愿 MicroWish", "created": created})
    styles = Styles(book)
    overview_sheet(book, styles, summary)
    for table in tables(summary):
        _breakdown_sheet(book, styles, table)
    _list_sheet(book, styles, "心愿", tuple(wish_columns), wishes)
    _list_sheet(book, styles, "认领", tuple(claim_columns), claims)
    book.close()


def _breakdown_sheet(book: "Workbook", styles: Styles, table: Table) -> None:
    sheet = book.add_worksheet(table.name)
    dress(sheet, table.columns, landscape=len(table.columns) > _WIDE)
    if table.crossed:
        sheet.set_row(0, _UPRIGHT_HEIGHT)
        sheet.freeze_panes(1, 1)
    for column, heading in enumerate(table.columns):
        upright = styles.upright if table.crossed and column > 1 else styles.heading
        sheet.write_string(0, column, heading.heading, upright)
    for number, row in enumerate(table.rows, start=1):
        for column, value in enumerate(row):
            holds = "rate" if column and row[0] in RATE_ROWS else table.columns[column].holds
            put(sheet, number, column, value, holds, styles.body)
    if table.total:
        for column, value in enumerate(table.total):
            put(sheet, len(table.rows) + 1, column, value, table.columns[column].holds, styles.total)
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _list_sheet(book: "Workbook", styles: Styles, name: str, columns: tuple[Column, ...], rows: Iterable[Row]) -> None:
    sheet = book.add_worksheet(name)
    dress(sheet, columns, landscape=True)
    for number, column in enumerate(columns):
        sheet.write_string(0, number, column.heading, styles.heading)
    last = 0
    for last, row in enumerate(rows, start=1):
        for number, (column, value) in enumerate(zip(columns, row, strict=True)):
            put(sheet, last, number, value, column.holds, styles.body)
    sheet.autofilter(0, 0, last, len(columns) - 1)
