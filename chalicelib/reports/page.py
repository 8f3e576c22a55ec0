"""The printable page of a summary: one HTML file for one or two sheets of A4 (product.md section 5).

It asks nothing of any host and holds no script; its policy forbids both. Whatever people wrote is escaped by
`markup.element`. Lists are cut to what fits on paper and say so; the workbook has them whole.
"""

from collections.abc import Sequence
from typing import Final

from chalicelib.base.clock import SHANGHAI, moment
from chalicelib.base.words import CLAIMANT_TYPES, KINDS, SUBJECTS
from chalicelib.reports.drawing import bars, days, share
from chalicelib.reports.labels import FIGURE_NAMES, NOT_PUBLIC, REASON_NAMES
from chalicelib.reports.markup import Markup, element
from chalicelib.reports.paragraph import difference_texts, percent, round_name, shown_span, shown_time
from chalicelib.reports.shapes import Change, Group, QuickClaim, StuckWish, Summary
from chalicelib.reports.stylesheet import STYLE
from chalicelib.rounds.figures import Number

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_LISTED: Final = 5
"""Rows of the page's lists of wishes."""

Columns = frozenset[int]
"""Which columns of a table hold numbers, counted from the left or (negative) from the right."""
_LAST: Final[Columns] = frozenset({-1})
_GROUP: Final[Columns] = frozenset({1, 3, 4})
_CHANGE: Final[Columns] = frozenset({1, 2, 3})

_COMPARED: Final = (
    "collected",
    "claimed",
    "fulfilled",
    "claim_rate",
    "fulfilment_rate",
    "minutes_to_claim_median",
)


def write_page(summary: Summary) -> bytes:
    """The page as UTF-8 HTML."""
    title = f"{round_name(summary.round)}小结"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        element("style", STYLE),
    )
    body = element("body", *_first_sheet(title, summary), *_second_sheet(summary))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='zh-CN')}\n".encode()


def _first_sheet(title: str, summary: Summary) -> list[Markup]:
    return [
        element("h1", title),
        _meta(summary),
        *(element("p", text, class_="warning") for text in difference_texts(summary)),
        element("div", *_cards(summary), class_="cards"),
        element("p", summary.paragraph, class_="paragraph"),
        element("div", *_charts(summary), class_="pair"),
        element(
            "div",
            _section("细分类别", _groups("类别", summary.categories, summary.categories)),
            _section("最快认领", _fastest(summary.fastest_claims[:_LISTED])),
            class_="pair",
        ),
    ]


def _second_sheet(summary: Summary) -> list[Markup]:
    half = (len(summary.subdistricts) + 1) // 2
    halves = [_groups("街镇", rows, summary.subdistricts) for rows in _cut(summary.subdistricts, half)]
    return [
        element("h2", "各街镇（按名单顺序；征集不足5个的不计比率；深色为已认领）", class_="second"),
        element("div", *halves, class_="pair"),
        *_comparison(summary),
        *_stuck(summary),
    ]


def _meta(summary: Summary) -> Markup:
    info = summary.round
    verdict = "合计与分项核对一致" if summary.reconciled is True else "合计与分项不一致，差异如下"
    declared = f"征集 {_day(info.declare_from)} 起"
    claims = f"认领 {_day(info.claim_from)} 至 {_day(info.claim_until)}"
    parts = (f"统计时间 {shown_time(summary.as_of)}", declared, claims, verdict)
    return element("p", " ｜ ".join(parts), class_="meta")


def _cards(summary: Summary) -> list[Markup]:
    whole, claim, fulfil = summary.collected, summary.minutes_to_claim, summary.hours_to_fulfil
    team, spiritual = summary.by_subject["team"], summary.by_kind["spiritual"]
    return [
        _card("征集心愿", str(whole), f"团队 {team}，精神类 {spiritual}"),
        _card("已认领", str(summary.claimed), f"认领率 {percent(summary.claimed, whole)}"),
        _card("已实现", str(summary.fulfilled), f"实现率 {percent(summary.fulfilled, whole)}"),
        _card("滞留心愿", str(summary.stuck.total), "原因见下" if summary.stuck.total else "没有需要推动的心愿"),
        _card("最快认领", _span(claim.fastest, 1), "从发布到认领"),
        _card("认领用时", _span(claim.median, 1), "中位数"),
        _card("最快实现", _span(fulfil.fastest, 60), "从认领到实现"),
        _card("实现用时", _span(fulfil.median, 60), "中位数"),
    ]


def _card(name: str, value: str, note: str) -> Markup:
    return element("div", element("span", name), element("b", value), element("span", note), class_="card")


def _charts(summary: Summary) -> list[Markup]:
    claimants = [
        (CLAIMANT_TYPES[kind], count, f"{count}（{percent(count, summary.claimed)}）" if count else "0")
        for kind, count in summary.by_claimant_type.items()
    ]
    return [
        days("每日认领", "个", summary.claims_per_day),
        bars("认领人类型", "个", claimants),
        bars("物质与精神", "征集个数", _made_up(summary.kinds, KINDS)),
        bars("个人与团队", "征集个数", _made_up(summary.subjects, SUBJECTS)),
    ]


def _made_up(groups: Sequence[Group], names: dict[str, str]) -> list[tuple[str, int, str]]:
    return [(names.get(row.name, row.name), row.collected, str(row.collected)) for row in groups]


def _groups(heading: str, rows: Sequence[Group], every: Sequence[Group]) -> Markup:
    top = max((row.collected for row in every), default=0)
    headings = (heading, "征集", "", "认领率", "实现率")
    body = [
        _row(
            row.name,
            str(row.collected),
            share(row.claimed, row.collected, top),
            _rate(row.claim_rate, row.claimed, row.collected),
            _rate(row.fulfilment_rate, row.fulfilled, row.collected),
            numeric=_GROUP,
        )
        for row in rows
    ]
    return _table(headings, body, _GROUP)


def _fastest(rows: Sequence[QuickClaim]) -> Markup:
    body = [
        _row(
            row.title or NOT_PUBLIC,
            row.subdistrict,
            CLAIMANT_TYPES.get(row.claimant_type, ""),
            shown_span(row.minutes),
            numeric=_LAST,
        )
        for row in rows
    ]
    return _table(("心愿", "街镇", "认领人", "用时"), body, _LAST)


def _stuck(summary: Summary) -> list[Markup]:
    if not summary.stuck.total:
        return []
    reasons = [f"{REASON_NAMES[key]} {count} 个" for key, count in summary.stuck.by_reason.items() if count]
    shown = summary.stuck.longest[:_LISTED]
    heading = f"滞留心愿（共 {summary.stuck.total} 个，列出等待最久的 {len(shown)} 个，其余见工作簿）"
    return [_section(heading, element("p", "；".join(reasons)), _stuck_wishes(shown))]


def _stuck_wishes(rows: Sequence[StuckWish]) -> Markup:
    body = [
        _row(
            row.title or NOT_PUBLIC,
            row.subdistrict,
            row.category,
            REASON_NAMES[row.reason],
            f"{row.days}天",
            numeric=_LAST,
        )
        for row in rows
    ]
    return _table(("心愿", "街镇", "类别", "原因", "已等待"), body, _LAST)


def _comparison(summary: Summary) -> list[Markup]:
    if summary.comparison is None:
        return []
    rows = [row for row in summary.comparison.changes if row.figure in _COMPARED]
    body = [_row(FIGURE_NAMES[row.figure], *_compared(row), numeric=_CHANGE) for row in rows]
    before, now = f"第{summary.comparison.number}期", f"第{summary.round.number}期"
    return [_section("与上期比较", _table(("指标", before, now, "变化"), body, _CHANGE))]


def _compared(row: Change) -> tuple[str, str, str]:
    is_rate = row.figure.endswith("_rate")
    before, now = (_figure(value, is_rate) for value in (row.before, row.now))
    if row.change is None:
        return before, now, "—"
    change = f"{row.change * 100:+.1f}个百分点" if is_rate else _signed(row.change)
    return before, now, change


def _figure(value: Number | None, is_rate: bool) -> str:
    if value is None:
        return "—"
    return f"{value * 100:.1f}%" if is_rate else str(value)


def _signed(change: Number) -> str:
    return f"+{change}" if change > 0 else str(change)


def _section(heading: str, *content: Markup) -> Markup:
    return element("div", element("h2", heading), *content, class_="keep")


def _table(headings: Sequence[str], rows: Sequence[Markup], numeric: Columns) -> Markup:
    head = [element("th", text, **_aligned(n, headings, numeric)) for n, text in enumerate(headings)]
    return element("table", element("thead", element("tr", *head)), element("tbody", *rows))


def _row(*cells: str, numeric: Columns) -> Markup:
    return element("tr", *(element("td", text, **_aligned(n, cells, numeric)) for n, text in enumerate(cells)))


def _aligned(n: int, row: Sequence[str], numeric: Columns) -> dict[str, str]:
    return {"class_": "n"} if n in numeric or n - len(row) in numeric else {}


def _rate(rate: float | None, part: int, whole: int) -> str:
    return "—" if rate is None else percent(part, whole)


def _span(value: Number | None, minutes: int) -> str:
    """A duration in units of `minutes`."""
    return "—" if value is None else shown_span(value * minutes)


def _day(text: str) -> str:
    return f"{moment(text).astimezone(SHANGHAI):%Y-%m-%d}"


def _cut(rows: Sequence[Group], at: int) -> tuple[Sequence[Group], Sequence[Group]]:
    return rows[:at], rows[at:]
