from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base.words import CATEGORIES, SUBDISTRICTS
from chalicelib.imports.columns import REGISTERS
from chalicelib.imports.faults import render, render_all
from chalicelib.imports.reading import Row, Table, read_register
from chalicelib.imports.rows import ClaimRow, RosterRow, fingerprint
from chalicelib.imports.rules import Judged, judge_claims, judge_roster, judge_wishes
from tests.imports.handmade import TODAY, csv_bytes, good_row, good_wish, judged, judged_table

DATA = Path(__file__).parents[2] / "dev" / "data"


def found(result: Judged) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in result.faults]


def claims(*rows: dict[str, str]) -> Judged[ClaimRow]:
    return judge_claims(read_register(csv_bytes(list(rows)), "claims"), today=TODAY)


def roster(*rows: dict[str, str]) -> Judged[RosterRow]:
    return judge_roster(read_register(csv_bytes(list(rows)), "roster"))


def good_claim(**changes: str) -> dict[str, str]:
    return good_row("claims", **changes)


def good_member(**changes: str) -> dict[str, str]:
    return good_row("roster", **changes)


def test_both_registers_of_round_one_have_no_fault_and_the_known_totals():
    wishes = judged((DATA / "round-1-wishes.csv").read_bytes())
    past = judge_claims(read_register((DATA / "round-1-claims.csv").read_bytes(), "claims"), today=TODAY)
    assert (wishes.faults, past.faults) == ((), ())
    assert (len(wishes.rows), len(past.rows)) == (414, 414)
    assert sum(wish.subject == "team" for wish in wishes.rows) == 24
    assert sum(wish.kind == "spiritual" for wish in wishes.rows) == 53
    assert sum(claim.claimant_type == "party_member" for claim in past.rows) == 284
    assert {wish.source for wish in wishes.rows} == {claim.source for claim in past.rows}


def test_a_wish_row_comes_out_in_the_words_of_the_product():
    (wish,) = judged(csv_bytes([good_wish(7)])).rows
    assert (wish.row, wish.source) == (2, "9-0007")
    assert (wish.subject, wish.kind, wish.gender) == ("individual", "material", "female")
    assert (wish.birth_year, wish.monthly_income, wish.household_size) == (1950, 1800, 2)
    assert wish.team_size is None
    assert (wish.by_self, wish.declarer_name, wish.declarer_relation) == (False, "示例申报人", "社工")
    assert wish.submitted_at.isoformat() == "2016-01-21T01:00:00+00:00"
    assert wish.version is None


SPOILT = [
    ({"编号": ""}, "编号", "required"),
    ({"编号": "9" * 41}, "编号", "too_long"),
    ({"编号": "1.7E+10"}, "编号", "column_not_text"),
    ({"街镇": ""}, "街镇", "required"),
    ({"街镇": "虚构街道"}, "街镇", "not_in_list"),
    ({"街镇": "南码头"}, "街镇", "not_in_list_but"),
    ({"居村": ""}, "居村", "required"),
    ({"居村": "村" * 41}, "居村", "too_long"),
    ({"许愿人": ""}, "许愿人", "required"),
    ({"许愿人": "示\x00例"}, "许愿人", "control_characters"),
    ({"性别": "保密"}, "性别", "not_in_choices"),
    ({"出生年份": ""}, "出生年份", "required"),
    ({"出生年份": "1899"}, "出生年份", "not_a_number"),
    ({"出生年份": "2027"}, "出生年份", "not_a_number"),
    ({"出生年份": "2020"}, "出生年份", "born_after_declaring"),
    ({"主体": "家庭"}, "主体", "not_in_choices"),
    ({"主体": "团队", "团队人数": "10000"}, "团队人数", "not_a_number"),
    ({"主体": "团队"}, "团队人数", "required"),
    ({"心愿类别": ""}, "心愿类别", "required"),
    ({"心愿类别": "现金"}, "心愿类别", "not_in_choices"),
    ({"细分类别": "其他"}, "细分类别", "not_in_list"),
    ({"心愿标题": "好" * 61}, "心愿标题", "too_long"),
    ({"心愿内容": "好" * 2001}, "心愿内容", "too_long"),
    ({"家庭月收入（元）": "-1"}, "家庭月收入（元）", "not_a_number"),
    ({"家庭月收入（元）": "很少"}, "家庭月收入（元）", "not_a_number"),
    ({"家庭人口": "51"}, "家庭人口", "not_a_number"),
    ({"联系电话": ""}, "联系电话", "required"),
    ({"联系电话": "12000000000"}, "联系电话", "not_a_phone"),
    ({"联系电话": "1.7E+10"}, "联系电话", "column_not_text"),
    ({"住址": "路" * 201}, "住址", "too_long"),
    ({"申报方式": "电话"}, "申报方式", "not_in_choices"),
    ({"申报人": ""}, "申报人", "required"),
    ({"与许愿人关系": ""}, "与许愿人关系", "required"),
    ({"出生年份": "2001"}, "与许愿人关系", "guardian_required"),
    ({"出生年份": "2001", "申报方式": "本人申报"}, "申报方式", "guardian_required"),
    ({"知情同意": "否"}, "知情同意", "consent_missing"),
    ({"知情同意": "大概"}, "知情同意", "not_in_choices"),
    ({"提交时间": ""}, "提交时间", "required"),
    ({"提交时间": "2016-02-30 09:00"}, "提交时间", "not_a_time"),
    ({"提交时间": "2026-11-24 00:00"}, "提交时间", "in_future"),
    ({"居村": "#REF!"}, "居村", "formula_error"),
    ({"编号": "9-0001"}, "编号", "duplicate"),
]


def test_every_fault_of_a_register_is_reported_at_once_with_its_row_and_column_in_both_languages():
    rows = [good_wish(1), *[good_wish(n) | changes for n, (changes, _, _) in enumerate(SPOILT, start=2)]]
    result = judged(csv_bytes(rows))
    expected = [(line, column, code) for line, (_, column, code) in enumerate(SPOILT, start=3)]
    assert found(result) == expected
    assert [row.row for row in result.rows] == [2]
    chinese, english = render_all(result.faults, "zh-CN"), render_all(result.faults, "en")
    assert [(f["row"], f["column"]) for f in chinese] == [(row, column) for row, column, _ in expected]
    for said, spoken in zip(chinese, english, strict=True):
        assert said["message"] != spoken["message"]
        assert not said["message"].isascii()
        assert "{" not in said["message"] + spoken["message"]


def test_one_row_with_many_wrong_cells_has_a_fault_for_each_in_the_order_of_the_columns():
    row = good_wish(1, 街镇="", 出生年份="x", 联系电话="1", 提交时间="昨天", 知情同意="")
    assert [column for _, column, _ in found(judged(csv_bytes([row])))] == [
        "街镇",
        "出生年份",
        "联系电话",
        "知情同意",
        "提交时间",
    ]


def test_no_sentence_repeats_what_a_personal_cell_says():
    changes = {"许愿人": "王" * 61, "联系电话": "1700000015", "住址": "密" * 201, "申报人": "李" * 61}
    result = judged(csv_bytes([good_wish(1, **changes)]))
    assert len(result.faults) == 4
    text = " ".join(render(f, language)["message"] for f in result.faults for language in ("zh-CN", "en"))
    assert not any(mark in text for mark in ("王", "1700000015", "密", "李"))


def test_rows_do_not_show_their_content_when_printed():
    (wish,) = judged(csv_bytes([good_wish(1)])).rows
    table = read_register(csv_bytes([good_wish(1)]), "wishes")
    for shown in (repr(wish), repr(table), repr(table.rows)):
        assert "17000000000" not in shown
        assert "示例" not in shown


def test_a_duplicate_names_the_earlier_row_even_where_that_one_is_wrong_itself():
    result = judged(csv_bytes([good_wish(1, 街镇=""), good_wish(1)]))
    assert found(result) == [(2, "街镇", "required"), (3, "编号", "duplicate")]
    assert render(result.faults[1], "zh-CN") == {"row": 3, "column": "编号", "message": "与第2行重复"}


def test_a_part_of_a_subdistricts_name_is_met_with_the_whole_one():
    result = judged(csv_bytes([good_wish(1, 街镇="南码头")]))
    assert render(result.faults[0], "en")["message"] == "is not in the list; perhaps 南码头路街道?"


def test_a_liaison_may_bring_wishes_of_their_own_subdistricts_only():
    rows = [good_wish(1), good_wish(2, 街镇="塘桥街道"), good_wish(3, 街镇="不知道")]
    result = judge_wishes(
        read_register(csv_bytes(rows), "wishes"),
        today=TODAY,
        subdistricts=SUBDISTRICTS,
        categories=CATEGORIES,
        allowed_subdistricts={"南码头路街道"},
    )
    assert found(result) == [(3, "街镇", "outside_scope"), (4, "街镇", "not_in_list")]


def test_a_team_needs_its_size_and_keeps_neither_gender_nor_birth_year():
    row = good_wish(1, 主体="团队", 团队人数="28", 出生年份="2010", 性别="男")
    (wish,) = judged(csv_bytes([row])).rows
    assert (wish.subject, wish.team_size, wish.birth_year, wish.gender) == ("team", 28, None, None)


def test_a_wisher_who_declares_needs_no_declarer_and_keeps_none():
    (wish,) = judged(csv_bytes([good_wish(1, 申报方式="本人申报")])).rows
    assert (wish.by_self, wish.declarer_name, wish.declarer_relation) == (True, "", "")


@pytest.mark.parametrize("relation", ["监护人", "父亲", "母亲", "父母", "祖父母", "外祖父母"])
def test_a_guardian_may_declare_for_a_minor(relation):
    assert judged(csv_bytes([good_wish(1, 出生年份="2001", 与许愿人关系=relation)])).faults == ()


def test_who_turned_eighteen_in_the_year_of_declaring_is_no_minor():
    assert judged(csv_bytes([good_wish(1, 出生年份="1998")])).faults == ()
    assert found(judged(csv_bytes([good_wish(1, 出生年份="1999")]))) == [(2, "与许愿人关系", "guardian_required")]


def test_the_year_of_declaring_is_the_one_in_shanghai():
    # 2016-12-31 17:00 UTC is already 2017 there
    row = good_wish(1, 出生年份="1999", 提交时间="2016-12-31T17:00:00Z")
    assert judged(csv_bytes([row])).faults == ()


@pytest.mark.parametrize(
    ("column", "said", "field", "meant"),
    [
        ("知情同意", "Y", "consented", True),
        ("知情同意", "yes", "consented", True),
        ("知情同意", "TRUE", "consented", True),
        ("知情同意", "1", "consented", True),
        ("性别", "male", "gender", "male"),
        ("性别", "F", "gender", "female"),
        ("性别", "", "gender", None),
        ("主体", "individual", "subject", "individual"),
        ("心愿类别", "Spiritual", "kind", "spiritual"),
        ("申报方式", "本人", "by_self", True),
        ("街镇", "南码头路 街道", "subdistrict", "南码头路街道"),
        ("家庭月收入（元）", "1,800", "monthly_income", 1800),
        ("家庭月收入（元）", "1800元", "monthly_income", 1800),
        ("家庭月收入（元）", "1800.00", "monthly_income", 1800),
        ("家庭月收入（元）", "", "monthly_income", None),
        ("出生年份", "1953年", "birth_year", 1953),
        ("出生年份", "1953.0", "birth_year", 1953),
        ("联系电话", "+86 170-0000-0150", "phone", "17000000150"),
        ("联系电话", "8617000000150", "phone", "17000000150"),
        ("联系电话", "0086 17000000150", "phone", "17000000150"),
        ("联系电话", "17000000150.0", "phone", "17000000150"),
        ("联系电话", "17000008660", "phone", "17000008660"),
        ("联系电话", "（021）5888—0000", "phone", "02158880000"),
        ("联系电话", "0512-6888000", "phone", "05126888000"),
        ("心愿标题", "一个\n电饭煲", "title", "一个 电饭煲"),
    ],
)
def test_what_people_write_is_understood(column, said, field, meant):
    result = judged(csv_bytes([good_wish(1) | {column: said}]))
    assert result.faults == ()
    assert getattr(result.rows[0], field) == meant


@pytest.mark.parametrize(
    "phone",
    ["58880000", "021-1888000", "1700000015", "170000001500", "12345678901", "١٧٠٠٠٠٠٠٠٠٠", "17000000150转8"],
)
def test_what_cannot_be_dialled_is_no_phone(phone):
    assert found(judged(csv_bytes([good_wish(1, 联系电话=phone)]))) == [(2, "联系电话", "not_a_phone")]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2016-02-01 09:00", "2016-02-01T01:00:00+00:00"),
        ("2016-02-01 09:00:30", "2016-02-01T01:00:30+00:00"),
        ("2016-02-01T09:00:30.123", "2016-02-01T01:00:30+00:00"),
        ("2016/2/1 9:00", "2016-02-01T01:00:00+00:00"),
        ("2016年2月1日 9时05分", "2016-02-01T01:05:00+00:00"),
        ("2016年2月1日9:05", "2016-02-01T01:05:00+00:00"),
        ("2016.2.1", "2016-01-31T16:00:00+00:00"),
        ("2016-02-01T01:00:00Z", "2016-02-01T01:00:00+00:00"),
        ("2016-02-01T09:00:00+08:00", "2016-02-01T01:00:00+00:00"),
    ],
)
def test_times_are_read_as_shanghai_time_unless_they_name_another(text, utc):
    (wish,) = judged(csv_bytes([good_wish(1, 提交时间=text)])).rows
    assert wish.submitted_at.isoformat() == utc


@pytest.mark.parametrize(
    "text",
    [
        "1999-12-31 09:00",
        "2016-13-01",
        "2016-02-01 25:00",
        "2016-02-01T09:00:00+99:00",
        "9999-12-31",
        "01/02/2016",
        "2016-2-111:00",
    ],
)
def test_what_is_no_time_is_said_to_be_none(text):
    assert found(judged(csv_bytes([good_wish(1, 提交时间=text)]))) == [(2, "提交时间", "not_a_time")]


def test_tomorrow_is_taken_and_the_day_after_is_not():
    assert judged(csv_bytes([good_wish(1, 提交时间="2026-11-23 23:59")])).faults == ()
    assert found(judged(csv_bytes([good_wish(1, 提交时间="2026-11-24 00:00")]))) == [(2, "提交时间", "in_future")]


def test_a_claim_row_comes_out_in_the_words_of_the_product():
    (claim,) = claims(good_claim(完成时间="")).rows
    assert (claim.source, claim.claimant_type, claim.claimant_name) == ("1-0001", "party_member", "示例")
    assert claim.published_at.isoformat() == "2016-02-01T01:00:00+00:00"
    assert claim.fulfilled_at is None


def test_the_times_of_a_claim_follow_one_another():
    rows = [
        good_claim(编号="1", 认领时间="2016-02-01 08:59"),
        good_claim(编号="2", 完成时间="2016-02-01 09:03"),
        good_claim(编号="3", 认领时间="", 完成时间="2016-01-31 09:00"),
        good_claim(编号="4", 认领时间="2016-02-01 09:00", 完成时间="2016-02-01 09:00"),
    ]
    assert found(claims(*rows)) == [
        (2, "认领时间", "earlier_than"),
        (3, "完成时间", "earlier_than"),
        (4, "认领时间", "required"),
        (4, "完成时间", "earlier_than"),
    ]


def test_other_faults_of_claims():
    rows = [
        good_claim(编号="1", 认领人类型="路人"),
        good_claim(编号="2", 认领人="人" * 61),
        good_claim(编号="3", 感谢语="谢" * 501),
        good_claim(编号="3"),
        good_claim(编号="5", 完成时间="2027-01-01"),
    ]
    result = claims(*rows)
    assert found(result) == [
        (2, "认领人类型", "not_in_choices"),
        (3, "认领人", "too_long"),
        (4, "感谢语", "too_long"),
        (5, "编号", "duplicate"),
        (6, "完成时间", "in_future"),
    ]
    assert render(result.faults[0], "zh-CN")["message"] == "应为：党员、党组织、企业、社会组织、爱心人士"


def test_a_roster_row_without_a_type_is_a_party_member():
    (member,) = roster(good_member(类型="", 联系电话="170 0000 0001")).rows
    assert (member.claimant_type, member.phone, member.branch, member.sector) == (
        "party_member",
        "17000000001",
        "示例党支部",
        "机关",
    )


def test_faults_of_a_roster():
    rows = [
        good_member(联系电话="17000000001"),
        good_member(联系电话="+86 17000000001"),
        good_member(联系电话="021-58880000"),
        good_member(联系电话="17000000004", 类型="爱心人士"),
        good_member(联系电话="17000000005", 姓名=""),
        good_member(联系电话=""),
    ]
    assert found(roster(*rows)) == [
        (3, "联系电话", "duplicate"),
        (4, "联系电话", "not_a_mobile"),
        (5, "类型", "not_in_choices"),
        (6, "姓名", "required"),
        (7, "联系电话", "required"),
    ]


@pytest.mark.parametrize("text", ["1" + ",000" * 30_000, "9" * 100_000, "1" + " " * 100_000 + "x"])
def test_a_number_of_absurd_length_is_no_number_and_takes_no_time(text):
    assert found(judged(csv_bytes([good_wish(1, 家庭人口=text)]))) == [(2, "家庭人口", "not_a_number")]


def test_the_fingerprint_is_of_the_content_and_not_of_its_place():
    first = judged(csv_bytes([good_wish(1), good_wish(2)])).rows
    turned = [dict(reversed(good_wish(n).items())) | {"版本": "3"} for n in (2, 1)]
    second = judged(csv_bytes(turned)).rows
    assert [fingerprint(row) for row in first] == [fingerprint(row) for row in reversed(second)]
    assert len(fingerprint(first[0])) == 24
    assert fingerprint(first[0]) != fingerprint(first[1])


def test_the_fingerprint_changes_with_every_field_and_with_the_key():
    (wish,) = judged(csv_bytes([good_wish(1)])).rows
    changed = [replace(wish, household_size=None), replace(wish, story="x"), replace(wish, by_self=True)]
    prints = {fingerprint(wish), fingerprint(wish, key=b"secret"), *map(fingerprint, changed)}
    assert len(prints) == 5


def test_a_fingerprint_stays_what_it_was_from_one_release_to_the_next():
    member = RosterRow(2, "17000000000", "示例", "party_member", "示例党支部", "机关")
    assert fingerprint(member) == "e00e301ab29f26d994fb369c"


@pytest.mark.parametrize("kind", list(REGISTERS))
@given(data=st.data())
def test_arbitrary_cell_text_is_judged_and_never_raises(kind, data):
    text = st.one_of(st.text(max_size=30), st.from_regex(r"[0-9./:\-T+ 年月日E]{0,20}", fullmatch=True))
    changes = data.draw(st.dictionaries(st.sampled_from([c.header for c in REGISTERS[kind]]), text))
    row = good_row(kind) | changes
    table = Table(kind, (Row(2, row),), (), ())
    result = {
        "wishes": judged_table,
        "claims": lambda table: judge_claims(table, today=date(2026, 1, 1)),
        "roster": judge_roster,
    }[kind](table)
    assert bool(result.faults) != bool(result.rows)
    assert all(render(fault, "en")["message"] for fault in result.faults)


@given(cell=st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60))
def test_arbitrary_text_in_a_file_is_read_and_judged_and_never_raises(cell):
    result = judged(csv_bytes([good_wish(1), good_wish(2, 许愿人=cell, 联系电话=cell, 提交时间=cell)]))
    assert [row.row for row in result.rows] == [2]
    assert {fault.row for fault in result.faults} == {3}
