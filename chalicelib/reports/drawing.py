"""The page's charts, drawn by hand as inline SVG: no script, no font or picture from elsewhere.

Sizes are in the drawing's own units; the page scales each to its column.
"""

from collections.abc import Sequence
from typing import Final

from chalicelib.reports.markup import Markup, element, joined
from chalicelib.reports.shapes import Day

_RED: Final = "#B3261E"
_GOLD: Final = "#E0A030"
_GREY: Final = "#E3E3E3"
_INK: Final = "#333333"
_WIDTH: Final = 400
_TITLE: Final = 26
_BAR: Final = 24
_LABEL: Final = 76
_CHARACTER: Final = 8
"""The mean width of a character in a note of digits."""


def bars(title: str, unit: str, rows: Sequence[tuple[str, int, str]]) -> Markup:
    """Horizontal bars: label, value and closing note of each."""
    top = max((value for _, value, _ in rows), default=0) or 1
    room = _WIDTH - _LABEL - 20 - _CHARACTER * max((len(note) for _, _, note in rows), default=0)
    height = _TITLE + _BAR * len(rows) + 6
    drawn = [_bar(_TITLE + _BAR * n, room * value / top, label, note) for n, (label, value, note) in enumerate(rows)]
    axis = element("line", x1=_LABEL, y1=_TITLE, x2=_LABEL, y2=height - 4, stroke=_INK)
    return _figure(title, unit, height, joined(*drawn, axis))


def _bar(y: int, length: float, label: str, note: str) -> Markup:
    return joined(
        _text(_LABEL - 6, y + 16, label, anchor="end"),
        element("rect", x=_LABEL, y=y + 4, width=length, height=_BAR - 8, fill=_RED),
        _text(_LABEL + length + 5, y + 16, note),
    )


def share(part: int, whole: int, top: int) -> Markup:
    """A small bar for a table cell: `part` (dark) of `whole` (light); the longest bar has the whole `top`."""
    size = 100 / max(top, 1)
    return element(
        "svg",
        element("rect", x=0, y=1, width=whole * size, height=8, fill="#F0C9C6"),
        element("rect", x=0, y=1, width=part * size, height=8, fill=_RED),
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        class_="share",
        aria_hidden="true",
    )


def _figure(title: str, unit: str, height: float, drawn: Markup) -> Markup:
    heading = joined(
        element("text", title, x=0, y=16, font_size=14, font_weight="bold", fill=_INK),
        _text(len(title) * 14 + 8, 16, f"（{unit}）"),
    )
    return element(
        "svg",
        heading,
        drawn,
        viewBox=f"0 0 {_WIDTH} {height:g}",
        role="img",
        aria_label=title,
        class_="chart",
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return element("text", text, x=x, y=y, font_size=12, fill=_INK, text_anchor=anchor)


# The timeline: columns for the days by the left axis, a line for the sum so far by the right. Over one axis
# the sum of a long round would press its days flat.
_HEIGHT: Final = 190
_LEFT: Final = 40
_RIGHT: Final = _WIDTH - 46
_ROOF: Final = 38
_FLOOR: Final = _HEIGHT - 22
_GRID: Final = 5


def days(title: str, unit: str, series: Sequence[Day]) -> Markup:
    """A column for each day's claims and a line for all so far."""
    most = _ceiling(max((day.claims for day in series), default=0))
    whole = _ceiling(series[-1].so_far if series else 0)
    drawn = joined(_grid(most, whole), _columns(series, most), _line(series, whole), _dates(series), _key())
    return _figure(title, unit, _HEIGHT, drawn)


def _level(value: float, top: int) -> float:
    return _FLOOR - (_FLOOR - _ROOF) * value / top


def _middle(n: int, series: Sequence[Day]) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (n + 0.5) / len(series)


def _grid(most: int, whole: int) -> Markup:
    return joined(*(_grid_line(n, most, whole) for n in range(_GRID + 1)))


def _grid_line(n: int, most: int, whole: int) -> Markup:
    level = _level(n, _GRID)
    return joined(
        element("line", x1=_LEFT, y1=level, x2=_RIGHT, y2=level, stroke=_GREY),
        _text(_LEFT - 5, level + 4, str(most * n // _GRID), anchor="end"),
        _text(_RIGHT + 5, level + 4, str(whole * n // _GRID)),
    )


def _columns(series: Sequence[Day], top: int) -> Markup:
    width = 0.7 * (_RIGHT - _LEFT) / max(len(series), 1)
    return joined(*(_column(_middle(n, series), width, _level(day.claims, top)) for n, day in enumerate(series)))


def _column(middle: float, width: float, level: float) -> Markup:
    return element("rect", x=middle - width / 2, y=level, width=width, height=_FLOOR - level, fill=_RED)


def _line(series: Sequence[Day], top: int) -> Markup:
    points = " ".join(f"{_middle(n, series):.1f},{_level(day.so_far, top):.1f}" for n, day in enumerate(series))
    return element("polyline", points=points, fill="none", stroke=_GOLD, stroke_width=2)


def _dates(series: Sequence[Day]) -> Markup:
    places = _spaced(len(series), 6)
    return joined(*(_text(_middle(n, series), _HEIGHT - 6, _short(series[n].date), anchor="middle") for n in places))


def _key() -> Markup:
    return joined(
        element("rect", x=_WIDTH - 190, y=6, width=10, height=10, fill=_RED),
        _text(_WIDTH - 176, 15, "当日（左轴）"),
        element("line", x1=_WIDTH - 98, y1=11, x2=_WIDTH - 80, y2=11, stroke=_GOLD, stroke_width=2),
        _text(_WIDTH - 76, 15, "累计（右轴）"),
    )


def _ceiling(top: int) -> int:
    """The least number from `top` up that is five steps of 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for size in (1, 2, 5):
            if _GRID * size * power >= top:
                return _GRID * size * power
        power *= 10


def _spaced(number: int, wanted: int) -> list[int]:
    """At most `wanted` places out of `number`, evenly spaced, the first among them."""
    step = -(-number // wanted) or 1
    return list(range(0, number, step))


def _short(day: str) -> str:
    _, month, number = day.split("-")
    return f"{int(month)}/{int(number)}"
