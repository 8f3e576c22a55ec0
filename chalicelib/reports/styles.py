"""How the workbook's cells look, and the one way a value gets into a cell: by its type, never by guess."""

from typing import TYPE_CHECKING, Any, Final

from chalicelib.reports.tables import Cell, Column, Holds

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

A4: Final = 9
WIDEST_ON_A_PAGE: Final = 280
"""Characters that A4 across still shows in letters of 6 points; wider lists print on two pages beside each other."""
LONGEST_CELL: Final = 32_767
"""Characters. Excel opens a longer cell with a repair prompt; nothing the API accepts comes near."""

_EPOCH_SERIAL: Final = 25_569
"""1970-01-01 as Excel counts days."""
_DAY: Final = 86_400
_SHANGHAI: Final = 8 * 3600
_NUMBER_FORMATS: Final[dict[Holds, str]] = {
    "text": "@",
    "code": "@",
    "whole": "0",
    "decimal": "General",
    "rate": "0.0%",
    "moment": "yyyy-mm-dd hh:mm",
}
_STACKED: Final = 270
"""XlsxWriter's word for letters one below the other, as Chinese is written upright."""
_FONT: Final = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
_RED: Final = "#B3261E"
_RULED: Final = {"bottom": 1, "bottom_color": "#D9D9D9"}


class Styles:
    """The formats of one workbook; XlsxWriter wants each made once."""

    def __init__(self, book: "Workbook") -> None:
        heading: dict[str, Any] = {
            **_FONT,
            "bold": True,
            "font_color": "#FFFFFF",
            "bg_color": _RED,
            "align": "center",
            "text_wrap": True,
        }
        self.title: Format = book.add_format({**_FONT, "font_size": 16, "bold": True, "font_color": _RED})
        self.paragraph: Format = book.add_format({**_FONT, "font_size": 11, "text_wrap": True, "valign": "top"})
        self.heading: Format = book.add_format(heading)
        self.upright: Format = book.add_format({**heading, "rotation": _STACKED})
        self.body: dict[Holds, Format] = {
            holds: book.add_format({**_FONT, **_aligned(holds), "num_format": shown, **_RULED})
            for holds, shown in _NUMBER_FORMATS.items()
        }
        self.total: dict[Holds, Format] = {
            holds: book.add_format({**_FONT, "num_format": shown, "bold": True, "top": 1})
            for holds, shown in _NUMBER_FORMATS.items()
        }


def put(sheet: "Worksheet", row: int, column: int, value: Cell, holds: Holds, look: dict[Holds, "Format"]) -> None:
    """Write one value. Text is a string whatever it begins with; None and a moment of 0 stay empty."""
    if isinstance(value, str):
        sheet.write_string(row, column, value[:LONGEST_CELL], look["code" if holds == "code" else "text"])
    elif value is None or (holds == "moment" and not value):
        sheet.write_blank(row, column, None, look[holds])
    elif holds == "moment":
        sheet.write_number(row, column, (value + _SHANGHAI) / _DAY + _EPOCH_SERIAL, look[holds])
    else:
        sheet.write_number(row, column, value, look[holds])


def dress(sheet: "Worksheet", columns: tuple[Column, ...], *, header_row: int = 0, landscape: bool = False) -> None:
    """Widths, a frozen and repeated header, and print settings: A4, as wide as the page (or two), numbered."""
    for n, column in enumerate(columns):
        sheet.set_column(n, n, column.width)
    codes = " ".join(_whole_column(n) for n, column in enumerate(columns) if column.holds == "code")
    if codes:
        # Else Excel flags every phone number. One call for all columns: a second would undo the first.
        sheet.ignore_errors({"number_stored_as_text": codes})
    sheet.freeze_panes(header_row + 1, 0)
    sheet.repeat_rows(0, header_row)
    sheet.set_paper(A4)
    if sum(column.width for column in columns) > WIDEST_ON_A_PAGE:
        sheet.fit_to_pages(2, 0)
        sheet.repeat_columns(0)  # whose row it is stands on both pages, which come out one after the other
        sheet.print_across()
    else:
        sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_header("&L&A")
    sheet.set_footer("&C第 &P 页，共 &N 页")
    if landscape:
        sheet.set_landscape()


def _aligned(holds: Holds) -> dict[str, str]:
    """Times stand in the middle: at the right edge they would run into the text beside them."""
    return {"align": "center"} if holds == "moment" else {}


def _whole_column(n: int) -> str:
    from xlsxwriter.utility import xl_range

    return str(xl_range(1, n, 1_048_575, n))
