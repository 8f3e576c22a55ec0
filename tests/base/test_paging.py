"""Cursors are opaque, and good for nothing but the list and the filters they came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base import paging
from chalicelib.base.problems import BadRequest


@given(st.text(), st.text(), st.integers(-(2**53), 2**53))
def test_a_cursor_gives_its_place_back(listing: str, text: str, number: int) -> None:
    assert paging.place(listing, paging.cursor(listing, (text, number)), tuple[str, int]) == (text, number)


def test_a_cursor_is_refused_by_another_list() -> None:
    cursor = paging.cursor("wishes?kind=material", ("a", 1))

    with pytest.raises(BadRequest, match="bad_cursor"):
        paging.place("wishes?kind=spiritual", cursor, tuple[str, int])


def test_a_cursor_cut_short_anywhere_is_refused() -> None:
    cursor = paging.cursor("list", ("2026-01-01T00:00:00Z", 7))

    for length in range(len(cursor)):
        with pytest.raises(BadRequest):
            paging.place("list", cursor[:length], tuple[str, int])


@pytest.mark.parametrize("shape", [tuple[int], tuple[str, str], tuple[str, int, int], tuple[paging.Id, int]])
def test_a_cursor_of_another_shape_is_refused(shape: object) -> None:
    cursor = paging.cursor("list", ("a", 1))

    with pytest.raises(BadRequest):
        paging.place("list", cursor, shape)


@given(st.text())
def test_no_text_at_all_breaks_it(text: str) -> None:
    with pytest.raises(BadRequest):
        paging.place("list", text, tuple[str, int])


def test_a_cursor_can_stand_in_an_address() -> None:
    cursor = paging.cursor("列表", ("一二三?&=/+", 1))

    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert cursor.isascii()
