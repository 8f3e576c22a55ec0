"""The paragraph: plain Chinese with the right numbers in it."""

import msgspec
import pytest

from chalicelib.reports.paragraph import difference_texts, percent, round_name, shown_span, shown_time
from chalicelib.reports.rules import summary
from tests.reports.register_lines import AS_OF, ROUND, round_one, wish


def test_round_one_reads_as_the_district_would_write_it() -> None:
    assert summary(round_one(), ROUND, AS_OF).paragraph == (
        "微心愿第1期“新春专场”截至2016年3月1日08:00，共征集心愿414个，覆盖36个街镇；"
        "其中个人390个、团队24个，物质类361个、精神类53个。"
        "已发布414个；已认领414个，认领率100%；已实现414个，实现率100%。"
        "按认领人类型分：党员284个、党组织66个、企业24个、社会组织10个、爱心人士30个。"
        "最快的心愿在发布后4分钟被认领，从发布到认领的中位用时为3.3小时。"
        "从认领到实现，最快20小时，中位用时7天。"
    )


def test_stuck_wishes_and_the_round_before_get_their_sentences() -> None:
    before = summary([wish("claimed", id="a")], ROUND, AS_OF)
    second = msgspec.structs.replace(ROUND, number=2)

    text = summary([wish("claimed", 9, id="a"), wish(id="b"), wish(id="c")], second, AS_OF, before).paragraph

    assert "另有1个心愿需要推动：认领后超过7天未送达1个。" in text
    assert "与第1期相比，征集增加2个，认领率下降66.7个百分点，实现率持平。" in text


def test_a_difference_is_spelled_out() -> None:
    texts = difference_texts(summary([wish("claimed", claimed_at=0)], ROUND, AS_OF))

    assert texts == ["已认领1 ≠ 按日合计0（差+1）"]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "—"),
        (0, 3, "0%"),
        (3, 3, "100%"),
        (1, 3, "33.3%"),
        (19_999, 20_000, "99.9%"),
        (1, 20_000, "不足0.1%"),
    ],
)
def test_a_percentage_never_says_all_or_none_falsely(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(4, "4分钟"), (119.5, "119.5分钟"), (120, "2小时"), (330, "5.5小时"), (2880, "2天"), (4464, "3.1天")],
)
def test_a_duration_is_told_in_the_unit_a_person_would_use(minutes: float, text: str) -> None:
    assert shown_span(minutes) == text


def test_times_are_shown_in_shanghai() -> None:
    assert shown_time("2016-02-29T16:30:00Z") == "2016年3月1日00:30"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("新春", "微心愿第1期“新春”"), ("微心愿第1期", "微心愿第1期"), ("", "微心愿第1期")],
)
def test_a_rounds_number_is_said_once(name: str, shown: str) -> None:
    assert round_name(msgspec.structs.replace(ROUND, name=name)) == shown
