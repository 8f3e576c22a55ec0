"""A chain as CSV, under the names of the API's fields: whoever has the file can recompute every hash in it."""

import csv
import io
from collections.abc import Iterable

import msgspec

from chalicelib.audit.rules import Entry
from chalicelib.base.text import guarded


def write_csv(entries: Iterable[Entry]) -> bytes:
    """One line an entry, oldest first, `detail` as JSON with sorted keys; UTF-8 with BOM, CRLF."""
    lines = io.StringIO("\ufeff", newline="")
    lines.seek(0, io.SEEK_END)
    writer = csv.writer(lines)
    writer.writerow(Entry.__struct_fields__)
    for entry in entries:
        writer.writerow([_cell(getattr(entry, name)) for name in Entry.__struct_fields__])
    return lines.getvalue().encode()


def _cell(value: object) -> str | int:
    if isinstance(value, int):
        return value
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
    # Nothing we write begins so; an entry somebody tampered with might.
    return guarded(text)
