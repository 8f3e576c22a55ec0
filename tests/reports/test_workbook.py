"""The workbook: opens, shows what it should, and keeps text text."""

import io
import re
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest

from chalicelib.reports.rules import summary
from chalicelib.reports.sheets import (
    CLAIMS_FULL,
    CLAIMS_MASKED,
    WISHES_FULL,
    WISHES_MASKED,
    masked_claim,
    masked_wish,
    wish_row,
)
from chalicelib.reports.workbook import write_workbook
from tests.reports.register_lines import AS_OF, FORMULA, ROUND, editions, round_one, wish

SHEETS = [
    "概览", "街镇", "细分类别", "心愿构成", "状态", "认领人", "行业与街镇", "每日认领", "最快认领",
    "滞留原因", "滞留心愿", "心愿", "认领",
]  # fmt: skip


@pytest.fixture(scope="module")
def body() -> bytes:
    return editions(round_one())["xlsx"]


@pytest.fixture(scope="module")
def book(body: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(body))


def cells(sheet) -> list[tuple]:
    return list(sheet.iter_rows(values_only=True))


def full_workbook(row: tuple) -> openpyxl.Workbook:
    target = io.BytesIO()
    write_workbook(target, summary([wish()], ROUND, AS_OF), [row], [], wish_columns=WISHES_FULL)
    return openpyxl.load_workbook(target)


def test_the_workbook_has_a_sheet_for_each_breakdown_and_for_wishes_and_claims(book) -> None:
    assert book.sheetnames == SHEETS


def test_the_overview_shows_the_paragraph_and_the_key_figures(book) -> None:
    rows = cells(book["概览"])

    assert rows[0][0] == "微心愿第1期“新春专场”小结"
    assert rows[1][0].startswith("微心愿第1期“新春专场”截至")
    figures = {row[0].strip(): row[1] for row in rows[3:]}
    assert figures["征集心愿"] == 414
    assert figures["党员"] == 284
    assert figures["最快认领（发布到认领）"] == 4
    assert figures["合计与分项核对"] == "一致"


def test_the_overview_has_four_native_charts_with_titles_and_named_axes(body: bytes) -> None:
    parts = zipfile.ZipFile(io.BytesIO(body))
    charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]

    assert len(charts) == 4
    for title in ("每日认领与累计认领", "按认领人类型", "按街镇", "物质与精神、个人与团队"):
        assert sum(title in chart for chart in charts) == 1
    assert all(len(re.findall("<c:title>", chart)) >= 3 for chart in charts)


def test_the_charts_carry_their_numbers_for_viewers_that_do_not_recalculate(body: bytes) -> None:
    parts = zipfile.ZipFile(io.BytesIO(body))
    charts = "".join(parts.read(name).decode() for name in parts.namelist() if "charts/chart" in name)

    assert "<c:v>284</c:v>" in charts
    assert "<c:v>南汇新城镇</c:v>" in charts


def test_every_sheet_freezes_repeats_and_prints_its_header_on_a4(book) -> None:
    for sheet in book:
        header = 3 if sheet.title == "概览" else 1
        assert sheet.freeze_panes in (f"A{header + 1}", "B2")
        assert sheet.print_title_rows == f"$1:${header}"
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_a_list_too_wide_for_one_page_prints_on_two_that_both_say_whose_row_it_is() -> None:
    sheet = full_workbook((*wish_row(wish(), "n1", "一副老花镜"), *("",) * 6))["心愿"]

    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (2, 0)
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$A")


def test_every_list_has_an_autofilter_over_its_rows(book) -> None:
    assert book["心愿"].auto_filter.ref == "A1:M415"
    assert book["街镇"].auto_filter.ref == "A1:G37"
    assert all(sheet.auto_filter.ref for sheet in book if sheet.title != "概览")


def test_the_breakdowns_end_in_their_sums(book) -> None:
    assert cells(book["街镇"])[-1] == ("合计", 414, 414, 414, 414, 1, 1)
    assert cells(book["认领人"])[-1] == ("合计", 414, 0, 0, 0, 414)
    assert cells(book["状态"])[-1] == ("合计", 414)


def test_wishes_and_claims_are_all_there_with_times_of_shanghai(book) -> None:
    wishes, claims = cells(book["心愿"]), cells(book["认领"])

    assert wishes[0] == tuple(column.heading for column in WISHES_MASKED)
    assert claims[0] == tuple(column.heading for column in CLAIMS_MASKED)
    assert len(wishes) == len(claims) == 415
    first = dict(zip(wishes[0], wishes[1], strict=True))
    assert first["编号"] == "1-0001"
    assert f"{first['发布时间']:%Y-%m-%d %H:%M}" == "2016-02-01 09:00"
    assert first["送达时间"] is None


def test_codes_and_phones_are_text_cells() -> None:
    extras = ("第一居民区", "示例", "17000000000", "示例路1弄", "示例", "邻居")
    sheet = full_workbook((*wish_row(wish(), "000123", "一副老花镜"), *extras))["心愿"]

    number, phone = sheet["A2"], sheet["P2"]
    assert (number.value, number.data_type, number.number_format) == ("000123", "s", "@")
    assert (phone.value, phone.data_type, phone.number_format) == ("17000000000", "s", "@")


@pytest.mark.parametrize("text", [FORMULA, "+1", "-1", "@sum(1)", "\t=1", "http://example.invalid", "1E5"])
def test_text_stays_text_whatever_it_looks_like(text: str) -> None:
    sheet = full_workbook((*wish_row(wish(), "n1", text), *("",) * 6))["心愿"]

    assert (sheet["F2"].value, sheet["F2"].data_type) == (text, "s")
    assert sheet["F2"].hyperlink is None


def test_no_part_of_the_workbook_holds_a_formula_though_people_wrote_them() -> None:
    hostile = wish("claimed", 9, title=FORMULA, sector=FORMULA, subdistrict=FORMULA, category=FORMULA, source=FORMULA)

    parts = zipfile.ZipFile(io.BytesIO(editions([hostile])["xlsx"]))

    sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets/sheet" in name]
    assert len(sheets) == len(SHEETS)
    assert not [sheet for sheet in sheets if "<f>" in sheet or "<f " in sheet]


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        full_workbook(("n1", "花木街道"))


def test_the_masked_rows_hide_titles_the_public_may_not_read() -> None:
    unread, hidden = wish("submitted"), wish("claimed", hidden=True)

    assert masked_wish(unread, "n1")[5] == masked_wish(hidden, "n1")[5] == "（未公开）"
    assert masked_claim(hidden, "n1")[2] == "（未公开）"
    assert masked_wish(wish(), "n1")[5] == "一副老花镜"


def test_masked_rows_fit_their_columns_and_full_columns_begin_with_them() -> None:
    assert len(masked_wish(wish(), "n1")) == len(WISHES_MASKED)
    assert len(masked_claim(wish(), "n1")) == len(CLAIMS_MASKED)
    assert WISHES_FULL[: len(WISHES_MASKED)] == WISHES_MASKED
    assert CLAIMS_FULL[: len(CLAIMS_MASKED)] == CLAIMS_MASKED


def test_the_parts_of_the_archive_carry_no_time_of_making(body: bytes) -> None:
    parts = zipfile.ZipFile(io.BytesIO(body))

    assert {part.date_time for part in parts.infolist()} == {(1980, 1, 31, 0, 0, 0)}
    assert "2016-03-01T00:00:00Z</dcterms:created>" in parts.read("docProps/core.xml").decode()


def test_the_workbook_opens_on_the_overview_of_an_empty_round() -> None:
    empty = openpyxl.load_workbook(io.BytesIO(editions([])["xlsx"]))

    assert empty.active.title == "概览"
    assert cells(empty["心愿"]) == [tuple(column.heading for column in WISHES_MASKED)]


def test_three_thousand_wishes_are_written_without_being_kept(tmp_path: Path) -> None:
    made = summary([wish()], ROUND, AS_OF)
    write_workbook(io.BytesIO(), made, [], [])  # pays for the import of XlsxWriter
    rows = (masked_wish(wish(), "n1") for _ in range(3_000))

    tracemalloc.start()
    with (tmp_path / "book.xlsx").open("wb") as target:
        write_workbook(target, made, rows, [])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 3_000_000  # 1.3 million bytes; with the rows kept it is nearly six
