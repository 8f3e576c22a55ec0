"""The empty register to download: Chinese headers, drop-downs, a note on every column, and a guide."""

import io
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Final

from chalicelib.base.words import CATEGORIES, SUBDISTRICTS
from chalicelib.imports import columns as c
from chalicelib.imports import rules

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_SHEETS: Final[dict[c.RegisterKind, str]] = {"wishes": "心愿登记表", "claims": "认领登记表", "roster": "名册"}
MADE: Final = datetime(2016, 2, 1)  # noqa: DTZ001 - a fixed date: the same template has the same bytes
_WIDTHS: Final[dict[c.CellKind, int]] = {
    "text": 14, "long": 44, "code": 12, "phone": 16, "number": 14, "time": 18,
}  # fmt: skip
_FORMATS: Final[dict[c.CellKind, str]] = {"code": "@", "phone": "@", "time": "yyyy-mm-dd hh:mm"}
_WORDS: Final = {
    "title": ("填写说明：请在第一张表中从第2行起填写，下面是一行示例。",
              "Guide: fill in the first sheet from row 2 on; below is one example row."),
    "columns": ("各列说明", "The columns"),
    "required": ("必填", "required"),
    "optional": ("按需填写", "if it applies"),
    "choose": ("请从下拉列表中选择。", "Please choose from the list."),
}  # fmt: skip


def template(
    kind: c.RegisterKind,
    language: str,
    *,
    subdistricts: Collection[str] = SUBDISTRICTS,
    categories: Collection[str] = CATEGORIES,
) -> bytes:
    """An .xlsx for registers of `kind`, the same bytes for the same arguments.

    The headers are Chinese in every `language` ("zh-CN" or "en"): they are what the importer reads; notes and
    guide speak the caller's. `subdistricts` and `categories` fill their drop-downs.
    """
    import xlsxwriter  # lazily: 44 ms that no other request should pay

    target = io.BytesIO()
    columns = [column for column in c.REGISTERS[kind] if column.in_template]
    lists = _lists(kind, subdistricts, categories)
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"title": _SHEETS[kind], "created": MADE})
        register = book.add_worksheet(_SHEETS[kind])
        _fill_guide(book, book.add_worksheet(c.GUIDE_SHEET), columns, language)
        choices = book.add_worksheet(c.LISTS_SHEET)
        _fill_register(book, register, columns, language)
        _fill_lists(choices, register, columns, lists, language)
        choices.hide()
    return target.getvalue()


def _lists(kind: c.RegisterKind, subdistricts: Collection[str], categories: Collection[str]) -> dict[str, list[str]]:
    """The closed lists of the register's columns, by header."""
    if kind == "wishes":
        return {
            c.SUBDISTRICT: list(subdistricts),
            c.GENDER: _chinese(rules.GENDER_WORDS),
            c.SUBJECT: _chinese(rules.SUBJECT_WORDS),
            c.KIND: _chinese(rules.KIND_WORDS),
            c.CATEGORY: list(categories),
            c.DECLARING: ["本人申报", "代申报"],
            c.CONSENT: ["是"],
        }
    if kind == "claims":
        return {c.CLAIMANT_TYPE: _chinese(rules.CLAIMANT_WORDS)}
    return {c.TYPE: _chinese(rules.ROSTER_WORDS)}


def _chinese(names: Collection[str]) -> list[str]:
    return [name for name in names if not name.isascii()]


def _said(word: str, language: str) -> str:
    return _WORDS[word][1 if language == "en" else 0]


def _note(column: c.Column, language: str) -> str:
    needed = _said("required" if column.required else "optional", language)
    return f"{needed}：{column.note(language)}" if language != "en" else f"{needed}: {column.note(language)}"


def _header_format(book: "Workbook", column: c.Column) -> "Format":
    colour = "#F8CBAD" if column.required else "#E7E6E6"
    return book.add_format({"bold": True, "border": 1, "bg_color": colour, "num_format": "@"})


def _fill_register(book: "Workbook", sheet: "Worksheet", columns: list[c.Column], language: str) -> None:
    for place, column in enumerate(columns):
        shape = _FORMATS.get(column.kind)
        sheet.set_column(place, place, _WIDTHS[column.kind], book.add_format({"num_format": shape}) if shape else None)
        sheet.write_string(0, place, column.header, _header_format(book, column))
        sheet.write_comment(0, place, _note(column, language), {"author": "MicroWish", "x_scale": 1.6})
    sheet.freeze_panes(1, 0)


def _fill_guide(book: "Workbook", sheet: "Worksheet", columns: list[c.Column], language: str) -> None:
    """The example row and what each column wants. Examples are text: copied, they keep every digit."""
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, _said("title", language), bold)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, 18)
        sheet.write_string(2, place, column.header, _header_format(book, column))
        sheet.write_string(3, place, column.example, text)
    sheet.write_string(5, 0, _said("columns", language), bold)
    for line, column in enumerate(columns, start=6):
        sheet.write_string(line, 0, column.header)
        sheet.write_string(line, 1, _note(column, language))


def _fill_lists(
    choices: "Worksheet",
    register: "Worksheet",
    columns: list[c.Column],
    lists: dict[str, list[str]],
    language: str,
) -> None:
    """Drop-downs point at a hidden sheet: a list written into the rule itself ends at 255 characters."""
    places = {column.header: place for place, column in enumerate(columns)}
    for line, (header, names) in enumerate(lists.items()):
        choices.write_string(line, 0, header)
        for offset, name in enumerate(names, start=1):
            choices.write_string(line, offset, name)
        register.data_validation(
            1, places[header], c.ROW_LIMIT, places[header],
            {
                "validate": "list",
                "source": f"={c.LISTS_SHEET}!$B${line + 1}:${_letter(len(names))}${line + 1}",
                "error_message": _said("choose", language),
            },
        )  # fmt: skip


def _letter(index: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(index))
