"""What text may come in, and in what shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base.text import fault, tidy

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def test_a_decomposed_letter_is_composed():
    assert tidy("Zoe\u0308", lines=False) == "Zo\u00eb"


def test_line_ends_of_windows_and_old_mac_become_one_kind():
    assert tidy("一\r\n二\r三", lines=True) == "一\n二\n三"


def test_a_carriage_return_inside_a_single_line_stays_to_be_refused():
    assert fault(tidy("一\r\n二", lines=False), lines=False) == "control_character"


@pytest.mark.parametrize("outer", [" ", "\u3000", "\t", "\r\n", "\u00a0", "\u200b", "\ufeff", " \u200d\u2060 "])
def test_outer_blanks_and_zero_width_characters_go(outer):
    assert tidy(f"{outer}一副 老花镜{outer}", lines=False) == "一副 老花镜"


def test_a_text_of_nothing_but_invisible_characters_is_empty():
    assert tidy("\u3000\u200b\ufeff\u200d ", lines=True) == ""


def test_an_outer_control_character_is_not_quietly_dropped():
    assert fault(tidy("一副老花镜\x1f", lines=False), lines=False) == "control_character"


@given(ANY_TEXT, st.booleans())
def test_tidying_twice_changes_nothing_more(text, lines):
    once = tidy(text, lines=lines)

    assert tidy(once, lines=lines) == once


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\x00", "control_character"),
        ("\x1b", "control_character"),
        ("\x1f", "control_character"),
        ("\x7f", "control_character"),
        ("\x85", "control_character"),
        (chr(0xD83D), "lone_surrogate"),
        (chr(0xDFFF), "lone_surrogate"),
        ("\u2028", "line_separator"),
        ("\u2029", "line_separator"),
        ("\u202e", "bidi_control"),
        ("\u2066", "bidi_control"),
        ("\ufdd0", "noncharacter"),
        ("\uffff", "noncharacter"),
        ("\U0010fffe", "noncharacter"),
    ],
)
@pytest.mark.parametrize("lines", [True, False])
def test_a_refused_character_is_named_by_its_code(character, code, lines):
    assert fault(f"一副{character}老花镜", lines=lines) == code


@pytest.mark.parametrize("character", ["\n", "\t"])
def test_line_ends_and_tabs_stand_only_where_lines_may(character):
    assert fault(f"一{character}二", lines=True) is None
    assert fault(f"一{character}二", lines=False) == "control_character"


def test_a_refused_character_after_an_allowed_line_end_is_still_found():
    assert fault("一\n二\x00", lines=True) == "control_character"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "孩子很高兴，谢谢叔叔阿姨！",
        "👨\u200d👩\u200d👧 全家福",  # a family, joined by ZWJ
        "❤\ufe0f 1\ufe0f\u20e3",  # variation selectors and a keycap
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # a flag spelt with tag characters
        "葛\U000e0100",  # an ideographic variation
        "𠮷田 䶮 \ue863",  # rare name characters, private use included
        "阿布都·热合曼",
    ],
)
def test_emoji_rare_characters_and_ordinary_text_pass(text):
    assert fault(text, lines=False) is None


@given(ANY_TEXT, st.booleans())
def test_what_passes_can_be_stored_and_stays_in_one_line_where_it_must(text, lines):
    if fault(text, lines=lines) is None:
        assert text.encode("utf-8").decode("utf-8") == text
        assert lines or len(text.splitlines()) <= 1
