import io
import struct
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.imports import workbooks
from chalicelib.imports.columns import REGISTERS
from chalicelib.imports.faults import Unreadable
from chalicelib.imports.reading import Table, read_register
from tests.imports.handmade import csv_bytes, csv_text, excel_time, good_row, good_wish, headers, judged, workbook

DATA = Path(__file__).parents[2] / "dev" / "data"


def refusal(content: bytes, kind: str = "wishes") -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read_register(content, kind)
    return caught.value


def contents(table: Table) -> list[tuple[int, dict[str, str]]]:
    return [(row.number, dict(row.cells)) for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_any_encoding_delimiter_and_line_end_reads_the_same(encoding, delimiter, line_end):
    rows = [good_wish(1), good_wish(2, 心愿内容='一句话，带逗号,分号;和“引号”"')]
    table = read_register(csv_text(rows, delimiter, line_end).encode(encoding), "wishes")
    assert contents(table) == [(2, rows[0]), (3, rows[1])]


def test_utf_16_from_either_end_is_read():
    text = csv_text([good_wish()])
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert len(read_register(mark + text.encode(encoding), "wishes").rows) == 1


def test_the_round_one_registers_read_the_same_from_gb18030_as_from_utf_8():
    content = (DATA / "round-1-wishes.csv").read_bytes()
    converted = content.decode("utf-8-sig").encode("gb18030")
    assert contents(read_register(converted, "wishes")) == contents(read_register(content, "wishes"))


def test_row_numbers_count_records_and_blank_ones_but_not_lines():
    rows = [good_wish(1, 心愿内容="第一行\n第二行"), dict.fromkeys(headers("wishes"), ""), good_wish(2)]
    table = read_register(csv_bytes(rows), "wishes")
    assert [row.number for row in table.rows] == [2, 4]
    assert table.rows[0].cells["心愿内容"] == "第一行\n第二行"


def test_a_row_that_only_has_a_running_number_in_an_unknown_column_is_blank():
    rows = [{"序号": "1"} | good_wish(1), {"序号": "2"} | dict.fromkeys(headers("wishes"), "")]
    table = read_register(csv_bytes(rows), "wishes")
    assert [row.number for row in table.rows] == [2]
    assert table.ignored == ("序号",)


def test_headers_may_be_spaced_bracketed_starred_and_in_any_order():
    row = good_wish()
    renamed = {" 家庭月收入(元) " if h == "家庭月收入（元）" else f"{h}*": v for h, v in reversed(row.items())}
    table = read_register(csv_bytes([renamed]), "wishes")
    assert dict(table.rows[0].cells) == row
    assert table.ignored == ()


def test_a_title_above_the_header_moves_it_down_and_row_numbers_stay_excels_own():
    text = "南码头路街道微心愿登记表\r\n\r\n" + csv_text([good_wish()])
    assert [row.number for row in read_register(text.encode(), "wishes").rows] == [4]


def test_all_missing_columns_are_named_at_once_in_both_languages():
    row = {h: v for h, v in good_wish().items() if h not in ("街镇", "知情同意", "性别")}
    caught = refusal(csv_bytes([row]))
    assert caught.code == "missing_columns"
    assert caught.message("zh-CN") == "缺少列：街镇、知情同意"
    assert caught.message("en") == "columns are missing: 街镇、知情同意"


def test_a_known_column_twice_is_refused_by_name():
    text = csv_text([good_wish()])
    header, rest = text.split("\r\n", 1)
    caught = refusal(f"{header},联系电话\r\n{rest}".encode())
    assert (caught.code, caught.values["columns"]) == ("duplicate_column", "联系电话")


def test_a_text_without_any_known_header_misses_every_required_column():
    caught = refusal(b"hello,world\r\n1,2\r\n", "roster")
    assert (caught.code, caught.values["columns"]) == ("missing_columns", "姓名、联系电话")


@pytest.mark.parametrize("content", [b"", b"  \r\n\r\n "])
def test_nothing_is_said_to_be_empty(content):
    assert refusal(content).code == "empty"


def test_bytes_in_no_known_encoding_are_said_to_be_so():
    assert refusal("prénom;téléphone".encode("latin-1") + b"\xff").code == "encoding"
    assert refusal(b"\xef\xbb\xbf\xff\xff").code == "encoding"


def test_a_picture_is_neither_a_workbook_nor_a_csv():
    assert refusal(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").code == "not_a_workbook"


def test_a_quotation_mark_without_its_partner_does_not_swallow_the_rows_after_it():
    lines = csv_text([good_wish(n) for n in (1, 2, 3)]).splitlines()
    lines[2] = lines[2].replace("一个电饭煲", '"一个电饭煲')
    caught = refusal("\n".join(lines).encode())
    assert (caught.code, caught.values["row"]) == ("broken_csv", 3)


def test_a_row_with_more_cells_than_the_header_is_one_fault_and_no_row():
    text = csv_text([good_wish(1), good_wish(2)]).replace("示例申报人", "示例,申报人", 1)
    table = read_register(text.encode(), "wishes")
    assert [(f.row, f.code) for f in table.faults] == [(2, "extra_cells")]
    assert [row.number for row in table.rows] == [3]


def test_twenty_thousand_rows_are_taken_and_one_more_is_not():
    line = csv_text([good_row("roster")]).split("\r\n")
    full = "\n".join([line[0], *[line[1]] * 20_000])
    assert len(read_register(full.encode(), "roster").rows) == 20_000
    assert refusal(f"{full}\n{line[1]}".encode(), "roster").code == "too_many_rows"


def test_control_characters_are_a_fault_of_their_cell_and_copied_invisible_marks_are_not():
    rows = [
        good_wish(1, 许愿人="示\x07例"),
        good_wish(2, 联系电话="\u202d17000000000\u202c", 住址="路\u200b1号"),
    ]
    table = read_register(csv_bytes(rows), "wishes")
    assert [(f.row, f.column, f.code) for f in table.faults] == [(2, "许愿人", "control_characters")]
    assert table.rows[1].cells["联系电话"] == "17000000000"
    assert table.rows[1].cells["住址"] == "路1号"


def test_full_width_digits_are_folded_in_numbers_phones_and_times_only():
    row = good_wish(
        出生年份="１９５０",
        联系电话="１７０ 0000 0000",
        提交时间="２０１６－０１－２１　９：００",
        住址="１２号",
    )
    (read,) = judged(csv_bytes([row])).rows
    assert (read.birth_year, read.phone, read.address) == (1950, "17000000000", "１２号")
    assert read.submitted_at.isoformat() == "2016-01-21T01:00:00+00:00"


def test_text_is_composed_so_that_the_same_word_is_the_same_text():
    table = read_register(csv_bytes([good_wish(许愿人="Ame\u0301lie")]), "wishes")
    assert table.rows[0].cells["许愿人"] == "Am\u00e9lie"


def test_what_looks_like_a_formula_stays_text():
    row = good_wish(心愿标题="=1+1", 心愿内容="@SUM(A1)", 居村="-1号", 联系电话="+86 170-0000-0000")
    (read,) = judged(csv_bytes([row])).rows
    assert (read.title, read.story, read.committee, read.phone) == ("=1+1", "@SUM(A1)", "-1号", "17000000000")


# Workbooks


def wish_sheet(*changes: dict[str, object]) -> list[list[object]]:
    names = headers("wishes")
    rows = [good_wish(number) | change for number, change in enumerate(changes, start=1)]
    return [names, *[[row[name] or None for name in names] for row in rows]]


def test_a_workbook_reads_like_the_csv_of_the_same_rows():
    table = read_register(workbook(wish_sheet({}, {})), "wishes")
    assert contents(table) == [(2, good_wish(1)), (3, good_wish(2))]


def test_excel_dates_and_numbers_that_became_floats_are_read_as_they_were_meant():
    sheet = wish_sheet({"联系电话": 17000000150.0, "出生年份": 1950.0, "提交时间": excel_time(2016, 2, 1, 9, 29)})
    (read,) = judged(workbook(sheet)).rows
    assert (read.phone, read.birth_year) == ("17000000150", 1950)
    assert read.submitted_at.isoformat() == "2016-02-01T01:29:00+00:00"


def test_every_minute_of_a_day_survives_excels_fractions():
    midnight = excel_time(2016, 2, 1)
    times = [midnight + timedelta(minutes=minute) for minute in range(0, 1440, 7)]
    table = read_register(workbook(wish_sheet(*[{"提交时间": time} for time in times])), "wishes")
    assert [row.cells["提交时间"] for row in table.rows] == [str(time) for time in times]


def test_a_day_count_in_no_date_format_is_still_a_time_counted_from_the_workbooks_own_epoch():
    sheet = wish_sheet({"提交时间": 42401.375})
    assert read_register(workbook(sheet), "wishes").rows[0].cells["提交时间"] == "2016-02-01 09:00:00"
    sheet = wish_sheet({"提交时间": 42401.375 - 1462})
    content = workbook(sheet, date_1904=True)
    assert read_register(content, "wishes").rows[0].cells["提交时间"] == "2016-02-01 09:00:00"


def test_numbers_that_excel_has_spoilt_are_faults_that_say_the_column_must_be_text():
    sheet = wish_sheet({"联系电话": "1.7E+10"}, {"编号": excel_time(2001, 1, 1)}, {"联系电话": 1.7e16})
    table = read_register(workbook(sheet), "wishes")
    assert [(f.row, f.column, f.code) for f in table.faults] == [
        (2, "联系电话", "column_not_text"),
        (3, "编号", "column_not_text"),
        (4, "联系电话", "column_not_text"),
    ]


def test_a_formula_error_is_a_fault():
    table = read_register(workbook(wish_sheet({"居村": "#REF!"})), "wishes")
    assert [(f.column, f.code) for f in table.faults] == [("居村", "formula_error")]


def test_the_sheet_that_has_the_header_is_taken_wherever_it_stands():
    content = workbook([["说明"], ["请看第二张表"]], [["登记表"], *wish_sheet({})])
    assert [row.number for row in read_register(content, "wishes").rows] == [3]


def test_a_workbook_without_the_header_names_what_its_likeliest_sheet_lacks():
    caught = refusal(workbook([["备注"]], [["姓名", "行业"], ["示例", "机关"]]), "roster")
    assert (caught.code, caught.values["columns"]) == ("missing_columns", "联系电话")


def test_hidden_sheets_are_not_looked_at():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, "封面")
        hidden = book.add_worksheet()
        hidden.write_row(0, 0, headers("roster"))
        hidden.hide()
    assert refusal(target.getvalue(), "roster").code == "missing_columns"


def archive(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as plain:
        for name, content in parts.items():
            plain.writestr(name, content)
    return target.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(workbooks, "UNPACKED_LIMIT", 100_000)
    parts = parts_of(workbook(wish_sheet({})))
    parts["xl/worksheets/sheet1.xml"] += b" " * 100_000
    assert refusal(archive(parts)).code == "too_large"


def test_a_workbook_of_too_many_tags_is_refused_before_they_are_parsed(monkeypatch):
    content = workbook(wish_sheet({}, {}))
    assert len(read_register(content, "wishes").rows) == 2
    monkeypatch.setattr(workbooks, "MARKUP_LIMIT", 100)
    assert refusal(content).code == "too_large"


def test_an_archive_that_lies_about_its_sizes_unpacks_no_further_than_it_says():
    parts = parts_of(workbook(wish_sheet({})))
    parts["xl/worksheets/sheet1.xml"] = b" " * 5_000_000
    content = archive(parts)
    told = struct.pack("<I", 5_000_000)
    lied = content.replace(told, struct.pack("<I", 1_000))
    # the checksum, too, is made to fit the first thousand bytes
    crc = struct.pack("<I", zlib.crc32(b" " * 5_000_000))
    lied = lied.replace(crc, struct.pack("<I", zlib.crc32(b" " * 1_000)))
    assert lied != content
    copy = workbooks._unpacked(lied)
    assert len(copy.getvalue()) < 100_000


def test_pictures_and_macros_are_never_unpacked():
    parts = parts_of(workbook(wish_sheet({}))) | {
        "xl/media/image1.png": b"x" * 1000,
        "xl/vbaProject.bin": b"y",
    }
    with zipfile.ZipFile(workbooks._unpacked(archive(parts))) as copy:
        assert {name.rsplit(".", 1)[1] for name in copy.namelist()} == {"xml", "rels"}
    assert len(read_register(archive(parts), "wishes").rows) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_methods_without_bounds_are_refused(method):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as plain:
        for name, content in parts_of(workbook(wish_sheet({}))).items():
            plain.writestr(name, content)
    assert refusal(target.getvalue()).code == "damaged"


def test_a_forged_row_number_does_not_ask_for_blank_rows_for_ever(monkeypatch):
    monkeypatch.setattr(workbooks, "_ROWS_LIMIT", 5_000)
    parts = parts_of(workbook(wish_sheet({})))
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b'<row r="2"', b'<row r="999999999999"')
    assert refusal(archive(parts)).code == "too_large"


def test_other_archives_old_workbooks_encrypted_and_damaged_ones_are_told_apart():
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 100
    good = workbook(wish_sheet({}))
    assert refusal(archive({"mimetype": b"application/vnd.oasis.opendocument"})).code == "not_a_workbook"
    assert refusal(ole).code == "old_workbook"
    assert refusal(ole + "EncryptedPackage".encode("utf-16-le")).code == "encrypted"
    assert refusal(good[:-100]).code == "damaged"
    locked = bytearray(good)
    locked[good.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(locked)).code == "encrypted"


@pytest.mark.parametrize("code", ["empty", "encoding", "damaged", "encrypted", "too_large", "not_a_workbook"])
def test_every_refusal_speaks_both_languages(code):
    caught = Unreadable(code)
    assert caught.message("en").isascii()
    assert not caught.message("zh-CN").isascii()


def outcome(content: bytes, kind: str) -> Table | Unreadable:
    """What comes of reading `content`; any exception but Unreadable passes through and fails the test."""
    try:
        return read_register(content, kind)
    except Unreadable as caught:
        return caught


def is_sound(result: Table | Unreadable, kind: str) -> bool:
    if isinstance(result, Table):
        return result.kind == kind
    return bool(result.message("en") and result.message("zh-CN"))


@given(content=st.binary(max_size=300), kind=st.sampled_from(list(REGISTERS)))
@example(content=b"PK\x03\x04", kind="wishes")
@example(content=b"\xff\xfe\x00", kind="claims")
@example(content=b'"', kind="roster")
def test_arbitrary_bytes_are_read_or_unreadable_and_nothing_else(content, kind):
    assert is_sound(outcome(content, kind), kind)


WORKBOOK = workbook([headers("roster"), ["示例", "17000000000"]])


@given(place=st.integers(0, len(WORKBOOK) - 1), junk=st.binary(min_size=1, max_size=20))
def test_a_workbook_with_a_few_wrong_bytes_is_read_or_unreadable_and_nothing_else(place, junk):
    content = WORKBOOK[:place] + junk + WORKBOOK[place + len(junk) :]
    assert is_sound(outcome(content, "roster"), "roster")


PARTS = parts_of(WORKBOOK)


@given(
    name=st.sampled_from([name for name in PARTS if name.endswith((".xml", ".rels"))]),
    place=st.integers(0, 5_000),
    junk=st.binary(min_size=1, max_size=8),
)
def test_a_workbook_with_a_part_gone_wrong_is_read_or_unreadable_and_nothing_else(name, place, junk):
    part = PARTS[name]
    place %= len(part)
    content = archive(PARTS | {name: part[:place] + junk + part[place + len(junk) :]})
    assert is_sound(outcome(content, "roster"), "roster")
