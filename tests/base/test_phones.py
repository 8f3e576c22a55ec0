"""One spelling for each phone number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base.phones import is_mobile, last4, normalise


@pytest.mark.parametrize(
    "written",
    [
        "17000090001",
        "170 0009 0001",
        "170-0009-0001",
        "  17000090001\u3000",
        "+8617000090001",
        "+86 170 0009 0001",
        "0086-170-0009-0001",
        "86 17000090001",
        "１７００００９０００１",
        "＋８６　１７０－０００９－０００１",
        "\u202d17000090001\u202c",  # as phones' address books copy it
        "\ufeff170\u200b0009\u200b0001",
    ],
)
def test_a_mobile_has_one_spelling_however_written(written):
    assert normalise(written) == "17000090001"


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("021-58880000", "02158880000"),
        ("(021) 5888 0000", "02158880000"),
        ("（０２１）５８８８００００", "02158880000"),
        ("+86 21 5888 0000", "02158880000"),
        ("+86 021 5888 0000", "02158880000"),
        ("010-65000000", "01065000000"),
        ("+86 10 6500 0000", "01065000000"),
        ("0512-6500000", "05126500000"),
        ("0512 65000000", "051265000000"),
    ],
)
def test_a_landline_keeps_its_area_code(written, phone):
    assert normalise(written) == phone


@pytest.mark.parametrize(
    "written",
    [
        "",
        "没有电话",
        "1700009000",  # ten digits
        "170000900011",  # twelve
        "12000090001",  # no mobile begins 12
        "58880000",  # no area code
        "021-18880000",  # no subscriber's number begins with 1
        "0011-58880000",
        "021-58880000-8001",  # an extension
        "+852 9123 4567",
        "1.7E+10",  # what Excel makes of a number
        "17000090001.0",
        "17000090001 17000090002",
        "١٧٠٠٠٠٩٠٠٠١",  # other scripts' digits
        "1700009000a",
        "17000090001\n",
    ],
)
def test_what_is_no_mainland_phone_is_none(written):
    assert normalise(written) is None


@given(st.text())
def test_any_text_gives_a_number_in_its_final_spelling_or_none(text):
    phone = normalise(text)

    assert phone is None or normalise(phone) == phone


@given(
    st.from_regex("1[3-9][0-9]{9}", fullmatch=True),
    st.lists(st.sampled_from(["", " ", "-", "－"]), min_size=10),
)
def test_a_mobile_survives_any_separators(phone, separators):
    written = "".join(digit + gap for digit, gap in zip(phone, [*separators[:10], ""], strict=True))

    assert normalise(written) == phone


def test_only_a_mobile_is_a_mobile():
    assert is_mobile("17000090001")
    assert not is_mobile("02158880000")
    assert not is_mobile("１７００００９０００１")
    assert not is_mobile("170000900011")


def test_the_last_four_digits_are_the_last_four():
    assert last4("17000090001") == "0001"
    assert last4("02158880000") == "0000"
