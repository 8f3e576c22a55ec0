"""Sentences in two languages: each code has both, and both can be said."""

import re

import pytest

from chalicelib.base import languages
from chalicelib.base.messages import MESSAGES


def places(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)}", sentence))


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_a_sentence_says_the_same_in_both_languages(code: str) -> None:
    chinese, english = MESSAGES[code]

    assert "en" not in places(chinese)
    assert "zh" not in places(english)

    assert places(chinese) - {"zh"} == places(english) - {"en"}  # these two are words of the one language
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert english.isascii() or "…" in english
    assert not re.search("[\u4e00-\u9fff]", english)


def test_the_values_are_filled_in() -> None:
    assert "30" in languages.say("field_range", "zh-CN", least=1, most=30)
    assert languages.say("field_range", "en", least=1, most=30) == "Must lie between 1 and 30"


def test_a_code_without_a_sentence_speaks_for_itself() -> None:
    assert languages.say("never_written", "en") == "never_written"


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "zh-CN"), ("", "zh-CN"), ("en", "en"), ("EN-us", "en"), ("zh-TW", "zh-CN"), ("fr", "zh-CN"),
     ("fr, en;q=0.5", "en"), ("en;q=0.5, zh;q=0.6", "zh-CN"), ("en ; q=0.9 , zh;q=0.1", "en"), ("en;q=0", "zh-CN"),
     ("en;q=nan", "zh-CN"), ("en;q=-1", "zh-CN"), ("," * 10_000 + "en", "zh-CN"), ("english", "zh-CN")],
)  # fmt: skip
def test_the_language_is_the_best_the_header_names(header: str | None, language: str) -> None:
    assert languages.preferred(header) == language
