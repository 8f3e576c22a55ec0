"""The workbook's first sheet: the paragraph, the key figures, and native charts of the sheets behind it.

The charts carry copies of their numbers. In constant memory XlsxWriter cannot read them back from the sheets,
and viewers that do not recalculate (phones, mail previews) would show empty charts.
"""

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from chalicelib.reports.paragraph import round_name
from chalicelib.reports.shapes import Summary
from chalicelib.reports.styles import Styles, dress, put
from chalicelib.reports.tables import RATE_ROWS, Table, claimants, days, makeup, overview, subdistricts

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.chart import Chart
    from xlsxwriter.worksheet import Worksheet

_TITLE_ROW: Final = 0
_PARAGRAPH_ROW: Final = 1
_HEADER_ROW: Final = 2
_LAST_COLUMN: Final = 17
_CHART_COLUMN: Final = 4
_CHARACTERS_A_LINE: Final = 84
"""Chinese characters of the paragraph that fit across the merged row, a little fewer to be safe."""
_LINE_HEIGHT: Final = 17
_RED: Final = "#B3261E"
_GOLD: Final = "#E0A030"
_COLOURS: Final = (_RED, _GOLD, "#4E7D96")
_CHART_FONT: Final = {"name": "Microsoft YaHei", "size": 9}
_AXIS: Final = {"num_font": _CHART_FONT, "name_font": {**_CHART_FONT, "bold": False}}
_GRID: Final = {"visible": True, "line": {"color": "#E5E5E5"}}
_LABELS: Final = 40
"""The most category labels an axis has room for."""


class _Drawing(NamedTuple):
    """A column chart of some columns of a table. Pixels; x and y count from the first chart's corner.

    `line`: the column drawn as a line by a second axis, 0 for none. `labelled`: values stand on the columns.
    """

    title: str
    table: Table
    values: tuple[int, ...]
    x: int
    y: int
    width: int
    height: int
    across: str
    upright: str
    labelled: bool = False
    line: int = 0


def overview_sheet(book: "Workbook", styles: Styles, summary: Summary) -> None:
    """Add the sheet 概览 to `book`."""
    table = overview(summary)
    sheet = book.add_worksheet(table.name)
    dress(sheet, table.columns, header_row=_HEADER_ROW, landscape=True)
    sheet.fit_to_pages(1, 1)
    sheet.hide_gridlines(2)
    sheet.set_row(_TITLE_ROW, 30)
    sheet.merge_range(_TITLE_ROW, 0, _TITLE_ROW, _LAST_COLUMN, f"{round_name(summary.round)}小结", styles.title)
    lines = -(-len(summary.paragraph) // _CHARACTERS_A_LINE)
    sheet.set_row(_PARAGRAPH_ROW, 8 + _LINE_HEIGHT * lines)
    sheet.merge_range(_PARAGRAPH_ROW, 0, _PARAGRAPH_ROW, _LAST_COLUMN, summary.paragraph, styles.paragraph)
    _key_figures(sheet, styles, table)
    for drawing in _drawings(summary):
        if drawing.table.rows:
            _draw(book, sheet, drawing)


def _key_figures(sheet: "Worksheet", styles: Styles, table: Table) -> None:
    for column, heading in enumerate(table.columns):
        sheet.write_string(_HEADER_ROW, column, heading.heading, styles.heading)
    for number, row in enumerate(table.rows, start=_HEADER_ROW + 1):
        for column, value in enumerate(row):
            holds = "rate" if column == 1 and row[0] in RATE_ROWS else table.columns[column].holds
            put(sheet, number, column, value, holds, styles.body)


def _drawings(summary: Summary) -> list[_Drawing]:
    number = "数量（个）"
    return [
        _Drawing("每日认领与累计认领", days(summary), (1,), 0, 0, 470, 300, "日期", "当日认领（个）", line=2),
        _Drawing("按认领人类型", claimants(summary), (5,), 480, 0, 390, 300, "认领人类型", "已认领（个）", True),
        _Drawing("按街镇", subdistricts(summary), (1, 3), 0, 310, 870, 340, "街镇", number),
        _Drawing("物质与精神、个人与团队", makeup(summary), (1, 3, 4), 0, 660, 870, 280, "构成", number, True),
    ]


def _draw(book: "Workbook", sheet: "Worksheet", drawing: _Drawing) -> None:
    chart = book.add_chart({"type": "column"})
    for column, colour in zip(drawing.values, _COLOURS, strict=False):
        chart.add_series({**_series(drawing, column), "fill": {"color": colour}, "gap": 60})
    if drawing.line:
        chart.combine(_line(book, drawing, drawing.line))
    chart.set_title({"name": drawing.title, "name_font": {**_CHART_FONT, "size": 12, "bold": True}})
    across = {**_AXIS, "name": drawing.across, "interval_unit": -(-len(drawing.table.rows) // _LABELS)}
    chart.set_x_axis(across)
    chart.set_y_axis({**_AXIS, "name": drawing.upright, "min": 0, "major_gridlines": _GRID})
    alone = len(drawing.values) == 1 and not drawing.line
    chart.set_legend({"none": True} if alone else {"position": "top", "font": _CHART_FONT})
    chart.set_size({"width": drawing.width, "height": drawing.height})
    place = {"x_offset": drawing.x, "y_offset": drawing.y + 4, "object_position": 3}
    sheet.insert_chart(_HEADER_ROW, _CHART_COLUMN, chart, {**place, "description": f"图：{drawing.title}"})


def _line(book: "Workbook", drawing: _Drawing, column: int) -> "Chart":
    """A line over the columns, by an axis of its own: the sum of a long round would press its days flat."""
    line = book.add_chart({"type": "line"})
    line.add_series({**_series(drawing, column), "line": {"color": _GOLD, "width": 2}, "y2_axis": True})
    line.set_y2_axis({**_AXIS, "name": f"{drawing.table.columns[column].heading}（个）", "min": 0})
    return line


def _series(drawing: _Drawing, column: int) -> dict[str, Any]:
    name, last = drawing.table.name, len(drawing.table.rows)
    series: dict[str, Any] = {
        "name": [name, 0, column],
        "name_data": [drawing.table.columns[column].heading],
        "categories": [name, 1, 0, last, 0],
        "categories_data": [row[0] for row in drawing.table.rows],
        "values": [name, 1, column, last, column],
        "values_data": [row[column] for row in drawing.table.rows],
    }
    return {**series, "data_labels": {"value": True, "font": _CHART_FONT}} if drawing.labelled else series
