"""A register's bytes become a table of clean text: which file it is, where its header is, what its rows say.

Row numbers are those a person sees in Excel: the header's row is usually 1 and the first row of data 2; of a
CSV the records are counted, not the lines.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from chalicelib.imports import textfiles, workbooks
from chalicelib.imports.cells import Cleaned, clean, clean_value
from chalicelib.imports.columns import REGISTERS, ROW_LIMIT, CellKind, Column, RegisterKind
from chalicelib.imports.faults import Fault, Unreadable

_HEAD: Final = 10  # rows looked at for the header: people put a title or two above it
_HEADERS: Final = 256  # cells of a row looked at for headers

_Numbered = tuple[int, Sequence[object]]
_Clean = Callable[[object, CellKind], Cleaned]


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One row that is not blank: its number, and its clean text by header ("" for what is not there)."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A register as read. `ignored`: headers nobody asked for; `faults`: cells that could not be read."""

    kind: RegisterKind
    rows: tuple[Row, ...]
    ignored: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    row: int
    columns: tuple[tuple[int, Column], ...]
    ignored: tuple[str, ...]
    width: int

    def complaint(self, kind: RegisterKind) -> Unreadable | None:
        """What makes this header unusable, if anything: a column twice, or required ones missing."""
        headers = [column.header for _, column in self.columns]
        twice = [header for header in dict.fromkeys(headers) if headers.count(header) > 1]
        if twice:
            return Unreadable("duplicate_column", columns="、".join(twice))
        return _missing(kind, headers)


def read_register(content: bytes, kind: RegisterKind) -> Table:
    """The register of `kind` in `content`: CSV (UTF-8, UTF-16 or GB18030; comma, semicolon or tab) or .xlsx.

    The bytes alone decide what it is: Windows sends application/vnd.ms-excel for a .csv. Every row but blank
    ones is given, at most 20,000. Raises Unreadable, and nothing else, whatever the bytes.
    """
    if not content.strip():
        raise Unreadable("empty")
    if workbooks.looks_like_workbook(content):
        return _read_workbook(content, kind)
    return _read_text(content, kind)


def _read_text(content: bytes, kind: RegisterKind) -> Table:
    text, guessed = textfiles.decode(content)
    delimiter, known = textfiles.find_delimiter(text, _HEAD, lambda record: len(_header_of(0, record, kind).columns))
    if guessed and not known:
        raise textfiles.not_text(content)
    records = textfiles.records(text, delimiter)
    header = _find_header(islice(textfiles.records(text, delimiter), _HEAD), kind)
    return _table(records, _usable(header, kind), kind, _clean_text, strict_width=True)


def _clean_text(value: object, kind: CellKind) -> Cleaned:
    return clean(str(value), kind)


def _read_workbook(content: bytes, kind: RegisterKind) -> Table:
    """The first sheet whose header is usable; failing that, the complaint about the most likely one."""
    likely: _Header | None = None
    for sheet in workbooks.open_sheets(content):
        header = _find_header(sheet.rows(_HEAD), kind)
        if header and not header.complaint(kind):
            return _table(sheet.rows(), header, kind, partial(clean_value, epoch=sheet.epoch))
        if header and (likely is None or len(header.columns) > len(likely.columns)):
            likely = header
    _usable(likely, kind)
    raise Unreadable("empty")  # not reached while a register has required columns; said for whoever reads on


def _usable(header: _Header | None, kind: RegisterKind) -> _Header:
    complaint = header.complaint(kind) if header else _missing(kind, ())
    if header is None or complaint:
        raise complaint or Unreadable("empty")
    return header


def _missing(kind: RegisterKind, present: Sequence[str]) -> Unreadable | None:
    missing = [c.header for c in REGISTERS[kind] if c.required and c.header not in present]
    return Unreadable("missing_columns", columns="、".join(missing)) if missing else None


def _find_header(rows: Iterable[_Numbered], kind: RegisterKind) -> _Header | None:
    """The row with the most known headers, the first of equals; None where no row has any."""
    best: _Header | None = None
    for number, row in rows:
        header = _header_of(number, row, kind)
        if header.columns and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def _header_of(number: int, row: Sequence[object], kind: RegisterKind) -> _Header:
    known = {_folded(column.header): column for column in REGISTERS[kind]}
    columns: list[tuple[int, Column]] = []
    ignored: list[str] = []
    width = 0
    for index, value in enumerate(row[:_HEADERS]):
        name = clean(value, "text").text if isinstance(value, str) else ""
        column = known.get(_folded(name))
        if column:
            columns.append((index, column))
        elif name:
            ignored.append(name)
        if name:
            width = index + 1
    return _Header(number, tuple(columns), tuple(ignored), width)


def _folded(header: str) -> str:
    """A header without what hands and programs vary: spaces, full-width brackets, a star for required."""
    return re.sub(r"[\s*]", "", unicodedata.normalize("NFKC", header)).casefold()


def _table(
    rows: Iterator[_Numbered],
    header: _Header,
    kind: RegisterKind,
    clean_cell: _Clean,
    *,
    strict_width: bool = False,
) -> Table:
    """Everything below the header. `strict_width`: cells beyond it are a fault (a delimiter too many)."""
    found: list[Row] = []
    faults: list[Fault] = []
    total = 0
    for number, values in rows:
        if number <= header.row or not any(values):
            continue
        if strict_width and any(str(value).strip() for value in values[header.width :]):
            faults.append(Fault(number, header.columns[-1][1].header, "extra_cells"))
        else:
            row = _row(number, values, header, clean_cell, faults)
            if row is None:
                continue
            found.append(row)
        total += 1
        if total > ROW_LIMIT:
            raise Unreadable("too_many_rows", limit=ROW_LIMIT)
    return Table(kind, tuple(found), header.ignored, tuple(faults))


def _row(number: int, values: Sequence[object], header: _Header, clean_cell: _Clean, faults: list[Fault]) -> Row | None:
    """The row's clean cells, unreadable ones reported in `faults`; None where no known column says anything.

    A running number in an unknown column does not make a row: prepared lists have hundreds of those.
    """
    cells: dict[str, str] = {}
    spoilt: list[Fault] = []
    for index, column in header.columns:
        text, code = clean_cell(values[index] if index < len(values) else "", column.kind)
        cells[column.header] = text
        if code:
            spoilt.append(Fault(number, column.header, code))
    faults.extend(spoilt)
    return Row(number, cells) if spoilt or any(cells.values()) else None
