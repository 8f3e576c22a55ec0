"""Excel workbooks through openpyxl, held at arm's length: sizes checked first, every failure one exception.

Only the XML parts are looked at: macros, pictures and external links are never opened.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from chalicelib.imports.columns import GUIDE_SHEET, LISTS_SHEET
from chalicelib.imports.faults import Unreadable

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

UNPACKED_LIMIT: Final = 100 * 2**20
"""Bytes of XML. A full register of 20,000 rows unpacks to about 25 MB."""

MARKUP_LIMIT: Final = 5_000_000
"""Angle brackets in all. What openpyxl costs is tags, not bytes; a full register has about 3.5 million."""

_PARTS_LIMIT: Final = 1_000
_ROWS_LIMIT: Final = 1_048_576  # Excel's own; a forged row number could otherwise ask for blank rows for ever
_COLUMNS_LIMIT: Final = 256
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of old .xls files and of encrypted workbooks
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_CHUNK: Final = 2**16


@contextmanager
def _told_as_damage() -> Iterator[None]:
    """A forged or broken file fails zipfile and openpyxl in dozens of ways, and some quote cells: none goes on."""
    try:
        yield
    except _damage():
        raise Unreadable("damaged") from None


def _damage() -> tuple[type[Exception], ...]:
    """What zipfile, the XML parser and openpyxl were seen to raise; asked for only once something was raised."""
    from openpyxl.utils.exceptions import CellCoordinatesException, InvalidFileException  # lazily, as below

    structure = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError, AssertionError)
    archive = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
    # The XML parser's error is a SyntaxError.
    return (*structure, *archive, SyntaxError, CellCoordinatesException, InvalidFileException)


def looks_like_workbook(content: bytes) -> bool:
    """Whether these bytes are an archive, as workbooks are. Raises Unreadable for .xls and encrypted ones."""
    if content.startswith(_OLE):
        raise Unreadable("encrypted" if _ENCRYPTED in content else "old_workbook")
    return content.startswith(b"PK\x03\x04")


class Sheet:
    """One visible worksheet, read row by row."""

    def __init__(self, worksheet: "ReadOnlyWorksheet", epoch: datetime) -> None:
        self._worksheet = worksheet
        self.epoch = epoch

    def rows(self, last: int | None = None) -> Iterator[tuple[int, Sequence[object]]]:
        """The rows with Excel's own numbers, blank ones included, up to row `last`. Raises Unreadable."""
        with _told_as_damage():
            cells = self._worksheet.iter_rows(max_row=last, max_col=_COLUMNS_LIMIT, values_only=True)  # type: ignore[misc]  # the stubs borrow Worksheet's method
            for number, row in enumerate(cells, 1):
                if number > _ROWS_LIMIT:
                    raise Unreadable("too_large")
                yield number, row


def open_sheets(content: bytes) -> list[Sheet]:
    """The workbook's visible worksheets in order, without the template's own guide. Raises Unreadable."""
    honest = _unpacked(content)
    from openpyxl import load_workbook  # lazily: 79 ms that no other request should pay

    with _told_as_damage():
        book = load_workbook(honest, read_only=True, data_only=True, keep_links=False)
        epoch: datetime = book.epoch
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in sheets:
            sheet.reset_dimensions()  # what a file says about its own size is often wrong
    return [Sheet(sheet, epoch) for sheet in sheets if sheet.title not in (GUIDE_SHEET, LISTS_SHEET)]


def _unpacked(content: bytes) -> io.BytesIO:
    """The archive's XML parts in a plain archive whose sizes are true.

    An archive's directory may lie about sizes, and whoever reads a part whole then unpacks gigabytes at once.
    Copying in small pieces, and counting, leaves no lie for openpyxl to fall for.
    """
    copy = io.BytesIO()
    with (
        _told_as_damage(),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        zipfile.ZipFile(copy, "w") as plain,
    ):
        _copy_parts(archive, plain)
    copy.seek(0)
    return copy


def _copy_parts(archive: zipfile.ZipFile, plain: zipfile.ZipFile) -> None:
    parts = _xml_parts(archive)
    room, tags = UNPACKED_LIMIT, MARKUP_LIMIT
    for part in parts:
        with archive.open(part) as source, plain.open(part.filename, "w") as target:
            while piece := source.read(_CHUNK):
                room -= len(piece)
                tags -= piece.count(b"<")
                if room < 0 or tags < 0:
                    raise Unreadable("too_large")
                target.write(piece)


def _xml_parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    everything = archive.infolist()
    if any(part.flag_bits & 0x1 for part in everything):
        raise Unreadable("encrypted")
    parts = [part for part in everything if part.filename.lower().endswith((".xml", ".rels"))]
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names:
        raise Unreadable("not_a_workbook")
    if len(parts) > _PARTS_LIMIT or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        raise Unreadable("too_large")
    # Other methods than these two unpack without bound, and no spreadsheet program uses them.
    if len(names) < len(parts) or any(
        part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts
    ):
        raise Unreadable("damaged")
    return parts
