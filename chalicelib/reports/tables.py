"""The summary as tables with Chinese headings: what the workbook, the CSV and the page all draw from.

A table knows what its columns hold, not how they look; each edition draws them in its own way.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from chalicelib.base.clock import seconds
from chalicelib.base.words import BASES, CLAIMANT_TYPES, KINDS, STATES, SUBJECTS
from chalicelib.reports.labels import (
    FIGURE_NAMES,
    NOT_PUBLIC,
    REASON_NAMES,
    UNSTATED_NAME,
)
from chalicelib.reports.paragraph import difference_texts, shown_time
from chalicelib.reports.shapes import Group, Summary

Cell = str | int | float | None
Row = tuple[Cell, ...]
Holds = Literal["text", "code", "whole", "decimal", "rate", "moment"]
"""What a column holds. `code` is text that looks like a number; `moment` is epoch seconds, 0 for never."""


class Column(NamedTuple):
    """A column: its heading, what it holds, and its width in characters of a Western font."""

    heading: str
    holds: Holds
    width: int


class Table(NamedTuple):
    """A breakdown. The first `labels` columns say what a row is about, the others measure it.

    `total` is the row of sums, where summing makes sense. A `crossed` table counts by row and by column.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    labels: int = 1
    total: Row | None = None
    crossed: bool = False


_COUNTS: Final = (
    Column("征集心愿", "whole", 10),
    Column("已发布", "whole", 10),
    Column("已认领", "whole", 10),
    Column("已实现", "whole", 10),
    Column("认领率", "rate", 10),
    Column("实现率", "rate", 10),
)


def tables(summary: Summary) -> list[Table]:
    """Every breakdown of the summary, in the order of the workbook; the overview is apart."""
    found = [
        subdistricts(summary),
        categories(summary),
        makeup(summary),
        states(summary),
        claimants(summary),
        sectors(summary),
        days(summary),
        fastest(summary),
        stuck_reasons(summary),
        stuck_wishes(summary),
    ]
    return [*found, *(table for table in (comparison(summary), trend(summary)) if table)]


def overview(summary: Summary) -> Table:
    """The key figures: name, value, unit. A value is a number, text, or None of nothing."""
    claim, fulfil = summary.minutes_to_claim, summary.hours_to_fulfil
    rows: list[Row] = [
        ("征集心愿", summary.collected, "个"),
        *((f"　{name}", summary.by_subject[key], "个") for key, name in SUBJECTS.items()),
        *((f"　{name}", summary.by_kind[key], "个") for key, name in KINDS.items()),
        ("已发布", summary.published, "个"),
        ("已认领", summary.claimed, "个"),
        *((f"　{name}", summary.by_claimant_type[key], "个") for key, name in CLAIMANT_TYPES.items()),
        ("已实现", summary.fulfilled, "个"),
        ("认领率（已认领÷征集）", summary.claim_rate, ""),
        ("实现率（已实现÷征集）", summary.fulfilment_rate, ""),
        ("最快认领（发布到认领）", claim.fastest, "分钟"),
        ("认领用时中位数", claim.median, "分钟"),
        ("最快实现（认领到实现）", fulfil.fastest, "小时"),
        ("实现用时中位数", fulfil.median, "小时"),
        ("滞留心愿", summary.stuck.total, "个"),
        ("统计时间", shown_time(summary.as_of), ""),
        ("合计与分项核对", "一致" if summary.reconciled is True else "不一致", ""),
        *(("核对差异", text, "") for text in difference_texts(summary)),
    ]
    columns = (Column("指标", "text", 26), Column("数值", "decimal", 18), Column("单位", "text", 7))
    return Table("概览", columns, tuple(rows))


RATE_ROWS: Final = frozenset({"认领率（已认领÷征集）", "实现率（已实现÷征集）", "认领率", "实现率"})
"""The rows, in tables that hold a figure a row, whose values are rates."""


def subdistricts(summary: Summary) -> Table:
    """By 街镇, in the configured order; no rate where n < 5."""
    return _grouped("街镇", "街镇", summary.subdistricts, {}, summary)


def categories(summary: Summary) -> Table:
    """By 细分类别, in the configured order."""
    return _grouped("细分类别", "细分类别", summary.categories, {}, summary)


def makeup(summary: Summary) -> Table:
    """物质 and 精神, 个人 and 团队: two groupings of the same wishes, therefore without a total."""
    names = {**KINDS, **SUBJECTS}
    rows = tuple(_group_row(row, names) for row in (*summary.kinds, *summary.subjects))
    return Table("心愿构成", (Column("构成", "text", 16), *_COUNTS), rows)


def states(summary: Summary) -> Table:
    """Every wish of the round by state, withdrawn and rejected ones too."""
    rows = tuple((STATES[key], count) for key, count in summary.by_state.items())
    columns = (Column("状态", "text", 16), Column("心愿", "whole", 10))
    return Table("状态", columns, rows, total=("合计", sum(summary.by_state.values())))


def claimants(summary: Summary) -> Table:
    """By claimant type, and within it by basis."""
    bases = [*BASES.values(), UNSTATED_NAME]
    rows: tuple[Row, ...] = tuple(
        (CLAIMANT_TYPES[kind], *row.values(), sum(row.values())) for kind, row in summary.claimant_bases.items()
    )
    columns = (
        Column("认领人类型", "text", 16),
        *(Column(name, "whole", 10) for name in bases),
        Column("合计", "whole", 10),
    )
    return Table("认领人", columns, rows, total=("合计", *_sums(rows, len(columns) - 1)))


def sectors(summary: Summary) -> Table:
    """Claims by the claimant's sector (rows) and the wish's subdistrict (columns, those with any claim)."""
    claimed_in = {place for row in summary.sectors for place in row.by_subdistrict}
    places = [row.name for row in summary.subdistricts if row.name in claimed_in]
    rows: tuple[Row, ...] = tuple(
        (row.name or UNSTATED_NAME, row.claimed, *(row.by_subdistrict.get(place, 0) for place in places))
        for row in summary.sectors
    )
    columns = (
        Column("行业", "text", 18),
        Column("合计", "whole", 8),
        *(Column(place, "whole", 5) for place in places),
    )
    return Table("行业与街镇", columns, rows, total=("合计", *_sums(rows, len(columns) - 1)), crossed=True)


def days(summary: Summary) -> Table:
    """Standing claims by day (Asia/Shanghai)."""
    columns = (Column("日期", "text", 14), Column("当日认领", "whole", 12), Column("累计认领", "whole", 12))
    return Table("每日认领", columns, tuple((day.date, day.claims, day.so_far) for day in summary.claims_per_day))


def fastest(summary: Summary) -> Table:
    """The claims made soonest after publication; the claimants' types, never their names."""
    columns = (
        Column("编号", "code", 30),
        Column("街镇", "text", 16),
        Column("标题", "text", 30),
        Column("认领人类型", "text", 14),
        Column("认领时间", "moment", 18),
        Column("用时（分钟）", "decimal", 14),
    )
    rows = tuple(
        (
            row.number or row.id,
            row.subdistrict,
            row.title or NOT_PUBLIC,
            CLAIMANT_TYPES.get(row.claimant_type, UNSTATED_NAME),
            seconds(row.claimed_at),
            row.minutes,
        )
        for row in summary.fastest_claims
    )
    return Table("最快认领", columns, rows, labels=4)


def stuck_reasons(summary: Summary) -> Table:
    """All stuck wishes by reason."""
    rows = tuple((REASON_NAMES[reason], count) for reason, count in summary.stuck.by_reason.items())
    columns = (Column("滞留原因", "text", 32), Column("心愿", "whole", 10))
    return Table("滞留原因", columns, rows, total=("合计", summary.stuck.total))


def stuck_wishes(summary: Summary) -> Table:
    """The longest-waiting stuck wishes; where there are more, the heading says how many."""
    listed, total = len(summary.stuck.longest), summary.stuck.total
    cut = f"（共{total}个，列出等待最久的{listed}个）" if listed < total else ""
    columns = (
        Column(f"编号{cut}", "code", 30),
        Column("街镇", "text", 16),
        Column("细分类别", "text", 12),
        Column("标题", "text", 30),
        Column("状态", "text", 12),
        Column("原因", "text", 28),
        Column("自何时起", "moment", 18),
        Column("已等待（天）", "whole", 14),
    )
    rows = tuple(
        (
            row.number or row.id,
            row.subdistrict,
            row.category,
            row.title or NOT_PUBLIC,
            STATES[row.state],
            REASON_NAMES[row.reason],
            seconds(row.since),
            row.days,
        )
        for row in summary.stuck.longest
    )
    return Table("滞留心愿", columns, rows, labels=6)


def comparison(summary: Summary) -> Table | None:
    """This round beside the one before, None where there is none."""
    if summary.comparison is None:
        return None
    columns = (
        Column("指标", "text", 26),
        Column(f"第{summary.comparison.number}期", "decimal", 12),
        Column(f"第{summary.round.number}期", "decimal", 12),
        Column("变化", "decimal", 12),
    )
    rows = tuple((FIGURE_NAMES[row.figure], row.before, row.now, row.change) for row in summary.comparison.changes)
    return Table("与上期比较", columns, rows)


def trend(summary: Summary) -> Table | None:
    """The rounds one after the other, None where this is the first: a single round has no trend."""
    if len(summary.trend) < 2:
        return None
    columns = (
        Column("期次", "whole", 8),
        Column("名称", "text", 24),
        Column("征集心愿", "whole", 10),
        Column("已认领", "whole", 10),
        Column("已实现", "whole", 10),
        Column("认领率", "rate", 10),
        Column("实现率", "rate", 10),
        Column("认领用时中位数（分钟）", "decimal", 22),
    )
    rows = tuple(
        (
            row.number, row.name, row.collected, row.claimed, row.fulfilled, row.claim_rate, row.fulfilment_rate,
            row.minutes_to_claim_median,
        )
        for row in summary.trend
    )  # fmt: skip
    return Table("历期趋势", columns, rows, labels=2)


def _grouped(name: str, heading: str, groups: list[Group], names: dict[str, str], summary: Summary) -> Table:
    rows = tuple(_group_row(row, names) for row in groups)
    total = ("合计", *_sums(rows, 4), summary.claim_rate, summary.fulfilment_rate)
    return Table(name, (Column(heading, "text", 16), *_COUNTS), rows, total=total)


def _group_row(row: Group, names: dict[str, str]) -> Row:
    return (
        names.get(row.name, row.name),
        row.collected,
        row.published,
        row.claimed,
        row.fulfilled,
        row.claim_rate,
        row.fulfilment_rate,
    )


def _sums(rows: Sequence[Row], columns: int) -> tuple[int, ...]:
    """The sums of the `columns` columns after the first, which hold whole numbers."""
    return tuple(sum(int(row[n] or 0) for row in rows) for n in range(1, columns + 1))
