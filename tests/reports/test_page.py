"""The printable page: whole, escaped, and asking nothing of any host."""

from html.parser import HTMLParser

import pytest

from chalicelib.reports.page import write_page
from chalicelib.reports.rules import summary
from tests.reports.register_lines import AS_OF, FORMULA, ROUND, round_one, wish

VOID = {"meta", "br", "line", "rect", "circle", "polyline"}
HOSTILE = "<script>alert('x')</script>\"&"


class Reader(HTMLParser):
    """Collects tags, attributes and text, and complains of tags that do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.words.append(data)


def page(*lines) -> Reader:
    reader = Reader()
    reader.feed(write_page(summary(lines, ROUND, AS_OF)).decode())
    reader.close()
    return reader


@pytest.fixture(scope="module")
def first() -> Reader:
    return page(*round_one())


def test_the_tags_nest_and_all_are_closed(first: Reader) -> None:
    assert first.open == []


def test_the_page_shows_the_key_figures_and_the_paragraph(first: Reader) -> None:
    assert "414" in first.words
    assert "4分钟" in first.words
    assert any(word.startswith("微心愿第1期“新春专场”截至2016年3月1日08:00，共征集") for word in first.words)
    assert any("合计与分项核对一致" in word for word in first.words)


def test_every_subdistrict_is_on_the_page(first: Reader) -> None:
    assert {line.subdistrict for line in round_one()} <= set(first.words)


def test_the_charts_are_inline_drawings_with_a_name(first: Reader) -> None:
    names = [value for key, value in first.attributes if key == "aria-label"]

    assert names == ["每日认领", "认领人类型", "物质与精神", "个人与团队"]


def test_the_page_holds_no_script_and_no_address_of_another_host(first: Reader) -> None:
    assert not {"script", "link", "img", "iframe", "object"} & set(first.tags)
    assert not [key for key, _ in first.attributes if key in ("src", "href", "xlink:href", "style", "onload")]
    assert not [word for word in first.words if "http" in word or "url(" in word or "@import" in word]
    policy = next(value for key, value in first.attributes if key == "content" and "default-src" in str(value))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_page_is_set_for_a4_paper(first: Reader) -> None:
    assert any("@page { size: A4" in word for word in first.words)


def test_what_people_wrote_is_escaped() -> None:
    hostile = wish("claimed", 9, title=HOSTILE, subdistrict=HOSTILE, category=HOSTILE, sector=HOSTILE)

    reader = page(hostile)

    assert "script" not in reader.tags
    assert reader.words.count(HOSTILE) >= 3
    assert reader.open == []


def test_what_looks_like_a_formula_is_shown_as_it_was_written() -> None:
    reader = page(wish("published", 40, title=FORMULA))

    assert FORMULA in reader.words


def test_an_empty_round_has_a_page() -> None:
    reader = page()

    assert "—" in reader.words
    assert any("尚未征集到心愿" in word for word in reader.words)


def test_differences_are_said_on_the_page() -> None:
    assert "已认领1 ≠ 按日合计0（差+1）" in page(wish("claimed", claimed_at=0)).words


def test_stuck_wishes_are_listed_with_the_full_count() -> None:
    reader = page(*(wish(waiting=20, id=f"w{n}") for n in range(12)))

    assert "滞留心愿（共 12 个，列出等待最久的 5 个，其余见工作簿）" in reader.words
    assert reader.words.count("20天") == 5
