"""The JSON and CSV editions."""

import csv
import io

import pytest
from hypothesis import given, settings

from chalicelib.base.text import guarded
from chalicelib.reports.plain import write_csv
from chalicelib.reports.rules import summary
from chalicelib.wishes.narrow import Narrow
from tests.reports.register_lines import AS_OF, FORMULA, ROUND, many_lines, round_one, wish


def read(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_the_csv_begins_with_the_mark_excel_needs_and_chinese_headings() -> None:
    body = write_csv(summary(round_one(), ROUND, AS_OF))

    assert body.startswith(b"\xef\xbb\xbf" + "指标,分组,数值\r\n".encode())
    assert body.count(b"\xef\xbb\xbf") == 1


def test_the_csv_holds_one_number_a_line_overview_first() -> None:
    rows = read(write_csv(summary(round_one(), ROUND, AS_OF)))

    assert {len(row) for row in rows} == {3}
    assert ["征集心愿（个）", "", "414"] in rows[:5]
    assert ["认领率（已认领÷征集）", "", "1.0"] in rows
    assert ["街镇·征集心愿", "张江镇", "17"] in rows
    assert ["街镇·征集心愿", "合计", "414"] in rows
    assert ["每日认领·累计认领", "2016-02-24", "414"] in rows
    assert ["最快认领·认领时间", "1-0248 金杨新村街道 听一场沪剧 党员", "2016-02-01 09:04"] in rows


def test_nothing_to_measure_is_an_empty_cell() -> None:
    rows = read(write_csv(summary([], ROUND, AS_OF)))

    assert ["认领用时中位数（分钟）", "", ""] in rows


@pytest.mark.parametrize(
    "text", [FORMULA, "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "＝1", "＋1", "－1", "＠1", "\n=1"]
)
def test_text_that_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


def test_other_text_stays_as_it_is() -> None:
    assert guarded("一副 = 老花镜") == "一副 = 老花镜"


def test_no_cell_of_the_csv_is_a_formula_even_where_people_chose_the_words() -> None:
    hostile = wish("claimed", 9, sector=FORMULA, subdistrict=FORMULA, category=FORMULA, source=FORMULA)

    rows = read(write_csv(summary([hostile], ROUND, AS_OF)))

    assert any(f"'{FORMULA}" in row[1] for row in rows)
    assert not [row for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


@given(many_lines)
@settings(max_examples=30)
def test_the_csv_reads_back_as_three_columns_whatever_people_wrote(lines: list[Narrow]) -> None:
    rows = read(write_csv(summary(lines, ROUND, AS_OF)))

    assert {len(row) for row in rows} == {3}
    assert not [row for row in rows if row[0].startswith("=") or row[1].startswith("=")]
