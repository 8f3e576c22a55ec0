"""What everybody may see of a wisher."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wishes.masks import age_band, is_minor, mask_name, mask_team
from chalicelib.wishes.surnames import AMBIGUOUS, COMPOUND

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("秦明华", "秦**"),
        ("王明", "王*"),
        ("欧阳涵燕", "欧阳**"),
        ("诸葛亮", "诸葛*"),
        ("司马相如", "司马**"),
        ("上官婉儿", "上官**"),
        ("欧阳", "欧*"),  # two characters: surely not all of it is surname
        ("张李明华", "张**"),
        ("迪丽热巴", "迪**"),
        ("阿布都·热合曼", "阿**"),
        ("阿布都•热合曼", "阿**"),
        ("欧阳·娜娜", "欧**"),
        ("秦 明华", "秦**"),
        ("  秦明华\u3000", "秦**"),
        ("𠮷田明", "𠮷**"),
        ("John Smith", "J***"),
        ("zoë", "Z***"),
        ("Li", "L***"),
    ],
)
def test_a_name_shows_its_surname_and_stars(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize("name", ["明", "J", "", " ", "17000090001", "（秦明华）", "*明华", "👵明华", "\u0301明华"])
def test_what_does_not_begin_like_a_name_is_all_star(name):
    assert mask_name(name) == "*"


def test_a_surname_that_may_be_half_a_given_name_is_cut_short():
    assert mask_name("贺兰英") == "贺**"
    assert mask_name("贺兰明华") == "贺兰**"


@pytest.mark.parametrize("surname", sorted(COMPOUND))
def test_every_compound_surname_is_two_characters_and_shown_whole(surname):
    assert len(surname) == 2
    assert mask_name(f"{surname}明华") == f"{surname}**"


def test_no_surname_is_both_sure_and_in_doubt():
    assert COMPOUND.isdisjoint(AMBIGUOUS)


@given(st.lists(HAN, min_size=2, max_size=3, unique=True))
def test_a_mask_never_shows_a_character_of_the_given_name(characters):
    name = "".join(characters)
    given_name = name[2:] if name[:2] in COMPOUND else name[1:]

    assert not set(given_name) & set(mask_name(name))


@given(ANY_TEXT)
def test_a_mask_has_a_star_and_never_the_whole_name(name):
    masked = mask_name(name)

    assert "*" in masked
    assert len(masked.rstrip("*")) <= 2
    assert not name.strip() or masked.rstrip("*") != name.strip()


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("新明村编织队队", "新明村***"),
        ("南汇新城镇合唱队", "南汇新城镇***"),
        ("新明村", "新明村***"),
        ("和鸣村合唱队", "和***"),  # not this wish's committee
        ("秦明华合唱队", "秦***"),
        ("王明队", "王***"),
        ("112弄太极队", "***"),
        ("队", "***"),
        ("", "***"),
    ],
)
def test_a_team_shows_its_own_place_or_one_character(name, masked):
    assert mask_team(name, "南汇新城镇", "新明村") == masked


def test_of_two_places_the_longer_is_shown_and_an_empty_one_is_none():
    assert mask_team("新明村一组编织队", "新明", "新明村", "") == "新明村***"


def test_a_team_without_places_shows_one_character():
    assert mask_team("新明村编织队") == "新***"


@pytest.mark.parametrize(
    ("birth_year", "band"),
    [
        (2009, None),
        (2008, "18-29"),
        (1997, "18-29"),
        (1996, "30-39"),
        (1987, "30-39"),
        (1937, "80-89"),
        (1936, "90+"),
        (1900, "90+"),
        (2030, None),
    ],
)
def test_an_adults_age_shows_as_a_band_and_a_minors_not_at_all(birth_year, band):
    assert age_band(birth_year, 2026) == band


@given(st.integers(1880, 2100), st.integers(2016, 2100))
def test_a_band_holds_the_age_and_is_missing_for_minors_alone(birth_year, year):
    band = age_band(birth_year, year)

    assert (band is None) == is_minor(birth_year, year)
    if band is not None:
        low, _, high = band.rstrip("+").partition("-")
        assert int(low) <= year - birth_year <= int(high or 999)


def test_the_year_of_the_eighteenth_birthday_ends_minority():
    assert is_minor(2009, 2026)
    assert not is_minor(2008, 2026)
