"""Ids and codes: ordered where new, the same where derived, legible where people read them."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base import ids


def test_new_ids_differ_and_have_the_form() -> None:
    made = [ids.new_id() for _ in range(1_000)]

    assert len(set(made)) == 1_000
    assert all(ids.is_id(each) for each in made)


@given(st.lists(st.text(), min_size=1))
def test_a_derived_id_is_the_same_each_time_and_has_the_form(parts: list[str]) -> None:
    assert ids.derived_id(*parts) == ids.derived_id(*parts)
    assert ids.is_id(ids.derived_id(*parts))


def test_parts_are_kept_apart() -> None:
    assert ids.derived_id("ab", "c") != ids.derived_id("a", "bc")
    assert ids.derived_id("a") != ids.derived_id("a", "")


@given(st.text())
def test_only_the_form_is_an_id(text: str) -> None:
    assert not ids.is_id(text.lower() + "!")
    assert not ids.is_id(text + "\n")


def test_codes_for_people_have_no_letters_that_look_alike() -> None:
    text = "".join(ids.short_code(8) for _ in range(500)) + ids.code_from("digest", 200)

    assert not set(text) & set("01ILO")
    assert text.isalnum()
    assert text == text.upper()


def test_a_code_from_a_digest_is_the_same_each_time() -> None:
    assert ids.code_from("a", 8) == ids.code_from("a", 8) != ids.code_from("b", 8)
    assert len(ids.code_from("a", 8)) == 8
