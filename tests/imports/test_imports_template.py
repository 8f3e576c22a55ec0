import io
import zipfile

import openpyxl
import pytest

from chalicelib.base.words import SUBDISTRICTS
from chalicelib.imports.columns import REGISTERS
from chalicelib.imports.faults import Unreadable
from chalicelib.imports.reading import read_register
from chalicelib.imports.rules import judge_claims, judge_roster
from chalicelib.imports.template import template
from tests.imports.handmade import TODAY, headers, judged_table

KINDS = list(REGISTERS)
LANGUAGES = ["zh-CN", "en"]


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_template_with_its_own_example_filled_in_reads_back_without_a_fault(kind, language):
    book = opened(template(kind, language))
    register, guide = book.worksheets[0], book["填写说明"]
    for place, cell in enumerate(guide[4], start=1):
        register.cell(2, place, cell.value)
    target = io.BytesIO()
    book.save(target)
    table = read_register(target.getvalue(), kind)
    result = {
        "wishes": judged_table,
        "claims": lambda table: judge_claims(table, today=TODAY),
        "roster": judge_roster,
    }[kind](table)
    assert (len(result.rows), result.faults, table.ignored) == (1, (), ())


@pytest.mark.parametrize("kind", KINDS)
def test_the_empty_template_has_no_rows_and_its_example_is_not_taken_for_one(kind):
    content = template(kind, "zh-CN")
    assert read_register(content, kind).rows == ()
    book = opened(content)
    book.worksheets[0]["A1"] = "改过的表头"
    target = io.BytesIO()
    book.save(target)
    with pytest.raises(Unreadable) as caught:
        read_register(target.getvalue(), kind)
    assert caught.value.code == "missing_columns"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_headers_are_the_registers_own_frozen_and_each_with_a_note(kind, language):
    register = opened(template(kind, language)).worksheets[0]
    assert [cell.value for cell in register[1]] == headers(kind)
    assert register.freeze_panes == "A2"
    notes = [cell.comment.text for cell in register[1]]
    assert all(note.startswith(("required:", "if it applies:")) == (language == "en") for note in notes)


@pytest.mark.parametrize(
    ("kind", "texts"), [("wishes", ["编号", "联系电话"]), ("claims", ["编号"]), ("roster", ["联系电话"])]
)
def test_columns_of_numbers_and_phones_are_text(kind, texts):
    register = opened(template(kind, "zh-CN")).worksheets[0]
    letters = {cell.value: cell.column_letter for cell in register[1]}
    formats = {name: register.column_dimensions[letter].number_format for name, letter in letters.items()}
    assert [name for name, shape in formats.items() if shape == "@"] == texts


def test_closed_lists_are_drop_downs_of_the_whole_list():
    book = opened(template("wishes", "zh-CN"))
    register, lists = book.worksheets[0], book["名单"]
    rules = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in register.data_validations.dataValidation}
    letters = {cell.value: cell.column_letter for cell in register[1]}
    listed = {name for name, letter in letters.items() if f"{letter}2" in rules}
    assert listed == {"街镇", "性别", "主体", "心愿类别", "细分类别", "申报方式", "知情同意"}
    sheet, cells = rules[f"{letters['街镇']}2"].split("!")
    assert sheet.strip("'=") == "名单"
    assert tuple(cell.value for cell in lists[cells.replace("$", "")][0]) == SUBDISTRICTS
    assert lists.sheet_state == "hidden"


def test_a_district_of_its_own_has_its_own_lists():
    lists = opened(template("wishes", "en", subdistricts=["甲镇", "乙镇"], categories=["丙"]))["名单"]
    rows = {row[0]: [value for value in row[1:] if value] for row in lists.iter_rows(values_only=True)}
    assert (rows["街镇"], rows["细分类别"]) == (["甲镇", "乙镇"], ["丙"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_template_has_the_same_bytes_and_no_time_of_making(kind):
    first = template(kind, "zh-CN")
    assert first == template(kind, "zh-CN")
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        assert {part.date_time[0] for part in book.infolist()} == {1980}
        assert b"2016-02-01T00:00:00Z" in book.read("docProps/core.xml")
