"""The summary for machines and spreadsheets: JSON, and CSV in long form. Same data, same bytes."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from chalicelib.base.clock import SHANGHAI
from chalicelib.base.text import guarded
from chalicelib.reports.paragraph import round_name
from chalicelib.reports.shapes import Summary
from chalicelib.reports.tables import Cell, Column, Table, overview, tables

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel reads a CSV as GBK and shows garbage."""


def write_json(summary: Summary) -> bytes:
    """The summary as indented JSON with sorted keys, UTF-8."""
    return msgspec.json.format(msgspec.json.encode(summary, order="sorted"), indent=2) + b"\n"


def read_json(body: bytes) -> Summary:
    """The summary that `write_json` wrote. Raises msgspec.DecodeError for anything else."""
    return msgspec.json.decode(body, type=Summary)


def write_csv(summary: Summary) -> bytes:
    """The overview, then every breakdown, one number a line: 指标, 分组, 数值. UTF-8 with BOM, CRLF.

    Cells are empty where there is nothing to measure. Rates are fractions of one.
    """
    lines = io.StringIO(BYTE_ORDER_MARK, newline="")
    lines.seek(0, io.SEEK_END)
    writer = csv.writer(lines)
    writer.writerow(("指标", "分组", "数值"))
    writer.writerow(("期次", "", guarded(round_name(summary.round))))
    for name, value, unit in overview(summary).rows:
        label = str(name).strip()
        writer.writerow((f"{label}（{unit}）" if unit else label, "", _shown(value)))
    for table in tables(summary):
        writer.writerows(_long(table))
    writer.writerow(("文字摘要", "", guarded(summary.paragraph)))
    return lines.getvalue().encode()


def _long(table: Table) -> Iterator[tuple[str, str, str]]:
    """The table's rows, unfolded: one line for each number in them."""
    for row in (*table.rows, *((table.total,) if table.total else ())):
        labels = row[: table.labels]
        for column, value in zip(table.columns[table.labels :], row[table.labels :], strict=True):
            if table.crossed and not value:
                continue  # a sector meets most subdistricts nowhere: those zeros would be most of the file
            group = [*labels, column.heading] if table.crossed else labels
            name = table.name if table.crossed else f"{table.name}·{column.heading}"
            yield guarded(name), guarded(" ".join(map(str, group))), _shown(value, column)


def _shown(value: Cell, column: Column | None = None) -> str:
    if value is None:
        return ""
    if column and column.holds == "moment":
        return f"{datetime.fromtimestamp(int(value), SHANGHAI):%Y-%m-%d %H:%M}" if value else ""
    return guarded(value) if isinstance(value, str) else str(value)
