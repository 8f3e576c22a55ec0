"""The paragraph in Chinese, ready to paste into a report to the district (product.md section 5).

Chinese in every language, like the workbook: it is written for the office that receives it.
"""

from collections.abc import Iterable

from chalicelib.base.clock import SHANGHAI, moment
from chalicelib.base.words import CLAIMANT_TYPES
from chalicelib.reports.labels import REASON_NAMES, TOTAL_NAMES
from chalicelib.reports.shapes import Difference, RoundInfo, Summary
from chalicelib.rounds.figures import Number


def paragraph(summary: Summary) -> str:
    """Two to eight sentences; every number in them is one of the summary's."""
    if not summary.collected:
        sentences = [f"{_opening(summary)}，尚未征集到心愿。"]
    else:
        sentences = [_collected(summary), _progress(summary), *_claimants(summary), *_times(summary)]
    sentences += [*_stuck(summary), *_compared(summary), *_warning(summary)]
    return "".join(sentences)


def round_name(info: RoundInfo) -> str:
    """微心愿第1期“新春专场”; the name alone where it already says which round it is."""
    number = f"第{info.number}期"
    if number in info.name:
        return info.name
    return f"微心愿{number}“{info.name}”" if info.name else f"微心愿{number}"


def shown_time(text: str) -> str:
    """2016年2月28日20:00 (Asia/Shanghai) of the RFC 3339 text of any zone."""
    at = moment(text).astimezone(SHANGHAI)
    return f"{at.year}年{at.month}月{at.day}日{at:%H:%M}"


def percent(part: int, whole: int) -> str:
    """`part` of `whole` as 98.3%; never 100% while anything is missing, never 0% of something."""
    if not whole:
        return "—"
    text = f"{part / whole * 100:.1f}"
    if part < whole and text == "100.0":
        text = "99.9"
    if part and text == "0.0":
        return "不足0.1%"
    return text.removesuffix(".0") + "%"


def shown_span(minutes: Number) -> str:
    """A duration given in minutes, in the unit a person would use: 4分钟, 5.5小时, 3.1天."""
    for limit, size, unit in ((120, 1, "分钟"), (2880, 60, "小时")):
        if minutes < limit:
            return f"{_plain(minutes / size)}{unit}"
    return f"{_plain(minutes / 1440)}天"


def difference_texts(summary: Summary) -> list[str]:
    """What did not reconcile, one line for each difference; none where all totals agree."""
    if isinstance(summary.reconciled, bool):
        return []
    return [_difference(row) for row in summary.reconciled]


def _difference(row: Difference) -> str:
    total, parts = TOTAL_NAMES[row.total], TOTAL_NAMES[row.parts]
    return f"{total}{row.value} ≠ {parts}合计{row.sum}（差{row.value - row.sum:+d}）"


def _plain(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _opening(summary: Summary) -> str:
    return f"{round_name(summary.round)}截至{shown_time(summary.as_of)}"


def _collected(summary: Summary) -> str:
    return (
        f"{_opening(summary)}，共征集心愿{summary.collected}个，覆盖{len(summary.by_subdistrict)}个街镇；"
        f"其中个人{summary.by_subject['individual']}个、团队{summary.by_subject['team']}个，"
        f"物质类{summary.by_kind['material']}个、精神类{summary.by_kind['spiritual']}个。"
    )


def _progress(summary: Summary) -> str:
    whole = summary.collected
    return (
        f"已发布{summary.published}个；已认领{summary.claimed}个，认领率{percent(summary.claimed, whole)}；"
        f"已实现{summary.fulfilled}个，实现率{percent(summary.fulfilled, whole)}。"
    )


def _claimants(summary: Summary) -> Iterable[str]:
    shares = [f"{CLAIMANT_TYPES[kind]}{count}个" for kind, count in summary.by_claimant_type.items() if count]
    if shares:
        yield f"按认领人类型分：{'、'.join(shares)}。"


def _times(summary: Summary) -> Iterable[str]:
    claim, fulfil = summary.minutes_to_claim, summary.hours_to_fulfil
    if claim.fastest is not None and claim.median is not None:
        after = f"在发布后{shown_span(claim.fastest)}" if claim.fastest else "一经发布即"
        yield f"最快的心愿{after}被认领，从发布到认领的中位用时为{shown_span(claim.median)}。"
    if fulfil.fastest is not None and fulfil.median is not None:
        quick, middle = shown_span(fulfil.fastest * 60), shown_span(fulfil.median * 60)
        yield f"从认领到实现，最快{quick}，中位用时{middle}。"


def _stuck(summary: Summary) -> Iterable[str]:
    if summary.stuck.total:
        found = [f"{REASON_NAMES[reason]}{count}个" for reason, count in summary.stuck.by_reason.items() if count]
        yield f"另有{summary.stuck.total}个心愿需要推动：{'、'.join(found)}。"


def _compared(summary: Summary) -> Iterable[str]:
    if summary.comparison is None:
        return
    changes = {row.figure: row.change for row in summary.comparison.changes}
    found = [
        text
        for text in (
            _counted_change("征集", changes["collected"]),
            _rate_change("认领率", changes["claim_rate"]),
            _rate_change("实现率", changes["fulfilment_rate"]),
        )
        if text
    ]
    yield f"与第{summary.comparison.number}期相比，{'，'.join(found)}。"


def _counted_change(name: str, change: Number | None) -> str:
    if change is None:
        return ""
    return f"{name}{'增加' if change > 0 else '减少'}{abs(change)}个" if change else f"{name}持平"


def _rate_change(name: str, change: Number | None) -> str:
    if change is None:
        return ""
    points = _plain(abs(change) * 100)
    return f"{name}{'提高' if change > 0 else '下降'}{points}个百分点" if points != "0" else f"{name}持平"


def _warning(summary: Summary) -> Iterable[str]:
    """A figure that does not add up must not travel upwards unnoticed."""
    if summary.reconciled is not True:
        yield "（注意：部分合计与分项不一致，请先查明再上报。）"
