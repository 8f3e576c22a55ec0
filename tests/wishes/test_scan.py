"""What may not go out with a story, and what may."""

import csv
import time
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wishes.scan import Finding, kind_name, scan, unclear

REGISTER = Path(__file__).parents[2] / "dev" / "data" / "round-1-wishes.csv"
NAMES = ["秦明华", "王明", "阿布都·热合曼", "John Smith", "欧阳涵燕"]
SEPARATORS = st.lists(st.sampled_from(["", " ", "-", ".", "·", "\u3000", "—", "_", ", ", "\u200b", " - "]), min_size=18)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def found(text: str, *names: str) -> list[tuple[str, str]]:
    return [(finding.kind, finding.found) for finding in scan(text, names=names)]


def spread(digits: str, separators: list[str]) -> str:
    return "".join(digit + gap for digit, gap in zip(digits, separators, strict=False)) + digits[len(separators) :]


def with_luhn_digit(digits: str) -> str:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return digits + str(-sum(number // 10 + number % 10 for number in doubled) % 10)


# --- ordinary stories ---


def test_no_title_and_no_story_of_the_first_round_gives_a_finding():
    with REGISTER.open(encoding="utf-8-sig", newline="") as register:
        rows = list(csv.DictReader(register))

    flagged = [
        (row["编号"], finding.kind)
        for row in rows
        for text in (row["心愿标题"], row["心愿内容"])
        for finding in scan(text, names=[row["许愿人"], row["申报人"]])
    ]

    assert len(rows) == 414
    assert flagged == []


def test_every_address_of_the_first_round_is_found_whole():
    with REGISTER.open(encoding="utf-8-sig", newline="") as register:
        addresses = {row["住址"] for row in csv.DictReader(register)} - {""}

    missed = [address for address in addresses if found(f"腿脚不便，家住{address}，谢谢") != [("address", address)]]

    assert addresses
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "乘6号线来，2号口集合",
        "第一居民区活动室在三楼301教室",
        "住在没有电梯的五楼",
        "一栋楼里的邻居，两室一厅",
        "东明路街道的老人想看一次东方明珠",
        "一部收音机，用5号电池",
        "学习第2单元第3课，3年2班",
        "2016-01-21 04:31 提交",
        "3月12号下午3点，2号3点",
        "周六14:00-16:00，周日9:30-11:30",
        "身高165-170，鞋码38，体重60",
        "价格5000-6000元，每月1200元",
        "把3弄丢了",
        "新明村28人",
        "一本《平凡的世界》，ISBN 978-7-5302-1200-4，9787530212004",
        "一二三四五六七八九十，三三两两",
        "学会用微信视频，跟外地的孙子说说话",
        "learn to use WeChat video with my grandson",
        "a QQ doll and a V neck sweater, size XL",
        "身体好转，账上没有错",
        "小秦和老王，明天来",
        "❤ 谢谢大家 👵",
    ],
)
def test_ordinary_words_and_numbers_give_no_finding(text):
    assert found(text, *NAMES) == []


# --- names ---


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("我叫秦明华", "秦明华", "秦明华"),
        ("秦 明 华奶奶", "秦明华", "秦 明 华"),
        ("秦·明，华", "秦明华", "秦·明，华"),
        ("秦\u200b明华", "秦明华", "秦\u200b明华"),
        ("明华阿姨腿脚不便", "秦明华", "明华"),
        ("涵燕想读书", "欧阳涵燕", "涵燕"),
        ("明\u3000华", "秦 明华", "明\u3000华"),
        ("王-明爷爷", "王明", "王-明"),
        ("阿布都喜欢看书", "阿布都·热合曼", "阿布都"),
        ("叫热合曼", "阿布都•热合曼", "热合曼"),
        ("I am JOHN  SMITH", "John Smith", "JOHN  SMITH"),
        ("Ｓmith写的", "John Smith", "Ｓmith"),
        ("鄰居陳金鳳", "陳金鳳", "陳金鳳"),
        ("母亲秦明华", "秦明华（母亲）", "秦明华"),
    ],
)
def test_a_name_is_found_whole_broken_up_and_without_its_surname(text, name, shown):
    assert found(text, name) == [("name", shown)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("秦奶奶的心愿", "秦明华"),  # the surname alone is public
        ("明天有华灯", "秦明华"),
        ("老王，明天来", "王明"),
        ("王", "王"),
        ("欧阳老师", "欧阳涵燕"),
        ("the blacksmith's shop", "John Smith"),
        ("女儿想读书", "秦明华（女儿）"),
        ("秦明华", ""),
        ("秦明华", "···"),
    ],
)
def test_a_surname_a_remark_or_a_chance_meeting_is_no_name(text, name):
    assert found(text, name) == []


def test_names_that_would_be_patterns_are_taken_as_they_are():
    assert found("(a+)+b 一二三", "(a+)+b.*") == []
    assert found("this is o.neil", "O.Neil") == [("name", "o.neil")]
    assert found("this is oxneil", "O.Neil") == []


# --- numbers ---


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话17000090001，谢谢", "17000090001"),
        ("１７００００９０００１", "１７００００９０００１"),
        ("一七零零零零九零零零一", "一七零零零零九零零零一"),
        ("壹柒零零零零玖零零零壹", "壹柒零零零零玖零零零壹"),
        ("1 7 0 0 0 0 9 0 0 0 1", "1 7 0 0 0 0 9 0 0 0 1"),
        ("❶❼⓪⓪⓪⓪❾⓪⓪⓪❶", "❶❼⓪⓪⓪⓪❾⓪⓪⓪❶"),
        ("170\u200b00090001", "170\u200b00090001"),
        ("+86 170-0009-0001", "86 170-0009-0001"),
        ("021-58880000", "021-58880000"),
        ("(021)58880000", "021)58880000"),
        ("021一58880000", "021一58880000"),
        ("0512 6500000 55岁", "0512 6500000"),
        ("座机是5888 0000", "5888 0000"),
        ("找58880000", "58880000"),
        ("17000090001一个人", "17000090001"),
        ("共三17000090001", "17000090001"),
        ("917000090001", "17000090001"),
        ("30 17000090001", "17000090001"),
    ],
)
def test_a_phone_is_found_however_written(text, shown):
    assert found(text) == [("phone", shown)]


@pytest.mark.parametrize("text", ["1700009000", "170****0001", "20160121", "120 000 900 01", "2016 2017 2018 2019"])
def test_a_masked_phone_a_date_and_shorter_numbers_are_no_phone(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("身份证310115195001011237", "id_number", "310115195001011237"),
        ("310115 19500101 123x", "id_number", "310115 19500101 123x"),
        ("31011519500101123Ｘ", "id_number", "31011519500101123Ｘ"),
        ("310115195001011230", "id_number", "310115195001011230"),  # a wrong check digit tells as much
        ("号310115500101123", "id_number", "310115500101123"),
        ("99310115195001011237", "id_number", "310115195001011237"),
        ("6222 0212 3456 7890 123", "bank_card", "6222 0212 3456 7890 123"),
        ("4111-1111-1111-1111", "bank_card", "4111-1111-1111-1111"),
        ("账号：0123456789", "bank_card", "0123456789"),
    ],
)
def test_id_numbers_and_bank_cards_are_found(text, kind, shown):
    assert found(text) == [(kind, shown)]


def test_sixteen_digits_that_fail_the_check_are_no_card():
    assert found("4111 1111 1111 1112") == []


@given(st.from_regex("1[3-9][0-9]{9}", fullmatch=True), SEPARATORS)
def test_a_planted_mobile_is_always_found(phone, separators):
    planted = spread(phone, separators[:10])

    assert found(f"请打{planted}找我") == [("phone", planted)]


@given(st.text("零一二三四五六七八九", min_size=9, max_size=9), SEPARATORS)
def test_a_mobile_spelt_out_is_always_found(rest, separators):
    planted = spread(f"一三{rest}", separators[:10])

    assert found(f"请打{planted}找我") == [("phone", planted)]


@given(
    st.from_regex("(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{4}", fullmatch=True),
    st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)),
    st.from_regex("[0-9]{3}[0-9xX]", fullmatch=True),
    SEPARATORS,
)
def test_a_planted_id_number_is_always_found(region, born, rest, separators):
    planted = spread(f"{region}{born:%Y%m%d}{rest}", separators[:17])

    assert found(f"证件{planted}号") == [("id_number", planted)]


@given(st.from_regex("(62|4|5[1-5])[0-9]{14}", fullmatch=True), SEPARATORS)
def test_a_planted_bank_card_is_always_found(digits, separators):
    planted = spread(with_luhn_digit(digits), separators[:15])

    assert "".join(shown for _, shown in found(f"卡上{planted}吧")) == planted


# --- addresses ---


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("想送到高桥镇112弄22号374室", "高桥镇112弄22号374室"),
        ("儿子在上海打工，我住南码头路200弄5号301室", "南码头路200弄5号301室"),
        ("上海市浦东新区南码头路街道956弄21号202室", "上海市浦东新区南码头路街道956弄21号202室"),
        ("112 弄 22 号 374 室", "112 弄 22 号 374 室"),
        ("１１２弄２２号", "１１２弄２２号"),
        ("高桥镇112弄，22号", "高桥镇112弄，22号"),
        ("在浦东南路1234号", "浦东南路1234号"),
        ("住3号楼501", "3号楼501"),
        ("A栋302", "A栋302"),
        ("12幢", "12幢"),
        ("三单元501", "三单元501"),
        ("五号三〇二室", "五号三〇二室"),
        ("22号3楼", "22号3楼"),
        ("住新明村三组", "新明村三组"),
        ("和明村2组12号", "和明村2组12号"),
        ("住金桥花园12号", "金桥花园12号"),
        ("地址：12-3-501", "12-3-501"),
        ("三號樓五〇一室", "三號樓五〇一室"),
        ("please come to Room 501", "Room 501"),
        ("at 100 Nanjing West Road", "100 Nanjing West Road"),
    ],
)
def test_an_address_is_found_with_its_place(text, shown):
    assert found(text) == [("address", shown)]


# --- contacts and money ---


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("微信abc12345", "wechat", "abc12345"),
        ("我的微信号是：lihua_1950", "wechat", "lihua_1950"),
        ("ＶＸ：lihua1950", "wechat", "lihua1950"),
        ("加V lihuahua", "wechat", "lihuahua"),
        ("微 信 lihua-50", "wechat", "lihua-50"),
        ("wechat id: lihuahua", "wechat", "lihuahua"),
        ("weixin lihua1950", "wechat", "lihua1950"),
        ("wxid_ab12cd34", "wechat", "wxid_ab12cd34"),
        ("微信17000090001", "wechat", "17000090001"),
        ("QQ：123456789", "qq", "123456789"),
        ("扣扣号 一二三四五六", "qq", "一二三四五六"),
        ("li.hua@example.com", "email", "li.hua@example.com"),
        ("123456789＠qq.com", "email", "123456789＠qq.com"),
        ("li(at)example.com", "email", "li(at)example.com"),
        ("看https://example.com/a?b=17000090001吧", "url", "https://example.com/a?b=17000090001"),
        ("www.example.com", "url", "www.example.com"),
        ("t.cn/abc", "url", "t.cn/abc"),
        ("请转账给我", "payment", "转账"),
        ("转-账", "payment", "转-账"),
        ("轉賬", "payment", "轉賬"),
        ("请扫码付款", "payment", "扫码付款"),
        ("有支付宝", "payment", "支付宝"),
        ("请发红包", "payment", "红包"),
        ("请捐款", "payment", "捐款"),
        ("please send  money", "payment", "send  money"),
    ],
)
def test_ways_past_the_platform_and_words_about_payment_are_found(text, kind, shown):
    assert found(text) == [(kind, shown)]


def test_everything_in_one_story_is_found_in_its_order():
    story = "我是秦明华，电话170-0009-0001，微信lihua_1950，家住高桥镇112弄22号374室，请汇款到6222021234567890123"

    assert found(story, "秦明华") == [
        ("name", "秦明华"),
        ("phone", "170-0009-0001"),
        ("wechat", "lihua_1950"),
        ("address", "高桥镇112弄22号374室"),
        ("payment", "汇款"),
        ("bank_card", "6222021234567890123"),
    ]


def test_each_place_where_a_phone_stands_is_a_finding():
    text = "17000090001或17000090001"

    assert [(finding.start, finding.end) for finding in scan(text, names=[])] == [(0, 11), (12, 23)]


# --- properties of every answer ---


@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=3))
def test_any_text_with_any_names_is_answered(text, names):
    findings = scan(text, names=names)

    assert all(finding.found == text[finding.start : finding.end] != "" for finding in findings)
    assert all(before.end <= after.start for before, after in pairwise(findings))


@given(st.text("0123456789一三八 -.x号弄室路村v微信qa@秦明华转账", max_size=200))
def test_findings_of_a_dense_text_never_overlap_and_can_all_be_cleared(text):
    findings = scan(text, names=["秦明华"])

    assert all(before.end <= after.start for before, after in pairwise(findings))
    assert unclear(findings, [finding.found for finding in findings]) == []


PIECES = [
    "1", "1 ", "1 3 8 ", "9 ", "62 22 ", "一 ", "1一", "a.", "a@", "a%.+-", "微信 ", "微信idid", "qq1-",
    "1号", "1弄", "路1号", "在村1组", "转 ", "秦 . 明 ", "1 a a a a ", "http://", "a-", "\u200b", "\ufdfa",
    "①", "0 ", "86", "电话2", "卡号 1 ", "地址1-", "1....", "1😀", "(at)", "aaaa",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_two_thousand_characters_take_less_than_fifty_milliseconds(piece):
    text = (piece * 2000)[:2000]

    def once() -> float:
        start = time.process_time()
        scan(text, names=[*NAMES, "秦秦秦秦", "aaaa aaaa"])
        return time.process_time() - start

    assert min(once() for _ in range(5)) < 0.05


# --- clearing ---


def test_a_finding_stays_unclear_until_its_very_text_is_listed():
    findings = scan("电话170-0009-0001，地址3号楼501", names=[])

    assert unclear(findings, []) == findings
    assert [finding.kind for finding in unclear(findings, ["170-0009-0001"])] == ["address"]
    assert unclear(findings, ["3号楼501", "170-0009-0001"]) == []


@pytest.mark.parametrize("entry", ["170-0009-0001", " 170-0009-0001 ", "１７０－０００９－０００１", "170 - 0009-0001"])
def test_width_and_spaces_do_not_matter_in_clearing(entry):
    assert unclear(scan("170-0009-0001", names=[]), [entry]) == []


@pytest.mark.parametrize("entry", ["", "电话170-0009-0001", "0001", "170-0009-0002", "170"])
def test_another_text_clears_nothing(entry):
    findings = scan("电话170-0009-0001", names=[])

    assert unclear(findings, [entry]) == findings


def test_clearing_one_place_clears_the_same_words_elsewhere():
    assert unclear(scan("转账，再转账", names=[]), ["转账"]) == []


def test_a_kind_has_a_name_in_both_languages():
    assert kind_name("id_number", "zh-CN") == "身份证号"
    assert kind_name("id_number", "en") == "ID number"


def test_a_finding_tells_kind_text_and_place():
    assert scan("打17000090001", names=[]) == [Finding("phone", "17000090001", 1, 12)]


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("打l7000091234", "phone", "l7000091234"),
        ("打17OOOO91234", "phone", "17OOOO91234"),
        ("打170000912oI", "phone", "170000912oI"),
        ("打1️⃣7️⃣0️⃣0️⃣0️⃣0️⃣9️⃣1️⃣2️⃣3️⃣4", "phone", "1️⃣7️⃣0️⃣0️⃣0️⃣0️⃣9️⃣1️⃣2️⃣3️⃣4"),
        ("打170\n0009\n1234", "phone", "170\n0009\n1234"),
        ("我叫秦明華", "name", "秦明華"),
        ("我叫秦\u2060明\u00ad华", "name", "秦\u2060明\u00ad华"),
        ("请扫二维码", "url", "二维码"),
        ("掃一掃我的圖", "url", "掃一掃"),
        ("用支付寶", "payment", "支付寶"),
    ],
)
def test_what_is_disguised_is_found(text, kind, shown):
    assert [(each.kind, each.found) for each in scan(text, names=["秦明华"])] == [(kind, shown)]


@pytest.mark.parametrize("text", ["买10l的油", "一台5l6的机器", "iphone 12", "想要2016年的o2o资料", "英文io与ol"])
def test_letters_among_few_digits_are_letters(text):
    assert scan(text, names=["秦明华"]) == []
