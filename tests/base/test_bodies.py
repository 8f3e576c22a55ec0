"""From untrusted JSON to typed values: every wrong field at once, and nothing but the family of problems."""

import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from chalicelib.base import bodies
from chalicelib.base.bodies import Body
from chalicelib.base.problems import BadRequest, Problem, Unprocessable


class Person(Body):
    name: Annotated[str, Meta(min_length=1, max_length=5)]
    age: Annotated[int, Meta(ge=0, le=120)] | None = None


class Finding(Body):
    text: Annotated[str, Meta(max_length=2000)]


class Form(Body):
    title: Annotated[str, Meta(min_length=1, max_length=10)]
    story: Annotated[str, Meta(max_length=2000)] = ""
    kind: Literal["material", "spiritual"] = "material"
    person: Person | None = None
    people: Annotated[list[Person], Meta(max_length=3)] = []
    pair: Annotated[list[Person], Meta(min_length=1, max_length=2)] | None = None
    by_place: dict[str, Person] | None = None
    cleared: list[Annotated[str, Meta(max_length=2000)] | Finding] = []
    agreed: bool = False


def faults(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Unprocessable) as refusal:
        bodies.parse(json.dumps(body).encode(), Form)
    return {fault.field: fault.code for fault in refusal.value.errors}


def test_a_good_body_becomes_its_type() -> None:
    found = bodies.parse(b'{"title": "a", "person": {"name": "b", "age": 3}}', Form)

    assert (found.title, found.person, found.kind) == ("a", Person(name="b", age=3), "material")


def test_all_faults_come_at_once_in_the_fields_order() -> None:
    found = faults({"kind": "x", "person": {"age": 300}, "people": [{"name": ""}], "agreed": 1, "more": 1})

    assert found == {
        "agreed": "field_type", "kind": "field_choice", "more": "field_unknown", "people[0].name": "field_length",
        "person.age": "field_range", "person.name": "field_missing", "title": "field_missing",
    }  # fmt: skip


@pytest.mark.parametrize("value", [1, 1.0, True, None, [], {}])
def test_a_text_is_a_text(value: object) -> None:
    assert faults({"title": value}) == {"title": "field_type"}


@pytest.mark.parametrize("value", ["5", 5.5, True, [], "five"])
def test_a_number_is_a_number(value: object) -> None:
    assert faults({"title": "a", "person": {"name": "b", "age": value}}) == {"person.age": "field_type"}


@pytest.mark.parametrize("value", [-1, 121, 10**18, 10**25, -(10**25)])
def test_a_number_has_its_range(value: int) -> None:
    assert set(faults({"title": "a", "person": {"name": "b", "age": value}})) == {"person.age"}


def test_length_is_measured_on_what_is_kept() -> None:
    assert bodies.parse(json.dumps({"title": "  " + "长" * 10 + "\u200b"}).encode(), Form).title == "长" * 10
    assert faults({"title": "长" * 11}) == {"title": "field_length"}
    assert faults({"title": "\u3000\u200b "}) == {"title": "field_length"}


@pytest.mark.parametrize("number", [0, 3])
def test_a_list_has_its_length(number: int) -> None:
    assert faults({"title": "a", "pair": [{"name": "b"}] * number}) == {"pair": "field_count"}


def test_texts_are_composed() -> None:
    assert bodies.parse(json.dumps({"title": "e\u0301"}).encode(), Form).title == "\u00e9"


def test_line_breaks_stand_in_long_texts_only() -> None:
    assert bodies.parse(b'{"title": "a", "story": "b\\r\\nc"}', Form).story == "b\nc"
    assert faults({"title": "a\nb"}) == {"title": "field_characters"}


def test_line_breaks_stand_in_a_long_text_inside_an_alternative() -> None:
    found = bodies.parse(b'{"title": "a", "cleared": [{"text": "b\\nc"}, "d\\ne"]}', Form)

    assert found.cleared == [Finding(text="b\nc"), "d\ne"]


def test_control_characters_are_found_at_any_depth() -> None:
    found = faults({"title": "a", "people": [{"name": "b"}, {"name": "c\x00"}], "cleared": ["\x1b"]})

    assert found == {"people[1].name": "field_characters", "cleared[0]": "field_characters"}


def test_too_many_elements_are_named_with_their_list() -> None:
    assert faults({"title": "a", "people": [{"name": "b"}] * 4}) == {"people": "field_count"}


def test_faults_in_every_element_of_a_list_and_a_map_are_named() -> None:
    body = {"title": "a", "people": [{}, {"name": "b", "more": 1}], "by_place": {"here": {"name": 5}, "there": 1}}

    assert faults(body) == {
        "people[0].name": "field_missing", "people[1].more": "field_unknown", "by_place.here.name": "field_type",
        "by_place.there": "field_type",
    }  # fmt: skip


@pytest.mark.parametrize("raw", [b"", b"  ", b"{}"])
def test_nothing_is_an_empty_object_or_no_json(raw: bytes) -> None:
    with pytest.raises(Problem) as refusal:
        bodies.parse(raw, Form)

    assert refusal.value.code in ("invalid_fields", "bad_json")


@pytest.mark.parametrize("depth", [*range(50, 1_200, 50), 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_no_depth_of_nesting_breaks_it(depth: int, opening: bytes, closing: bytes) -> None:
    raw = b'{"title": ' + opening * depth + b"1" + closing * depth + b"}"

    with pytest.raises((BadRequest, Unprocessable)):
        bodies.parse(raw, Form)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["title", "person", "people"]), inner),
    max_leaves=12,
)


@given(ANY_JSON)
def test_whatever_json_comes_it_is_a_form_or_a_problem(value: Any) -> None:
    told: Form | dict[str, Any]
    try:
        told = bodies.parse(json.dumps(value).encode(), Form)
    except (BadRequest, Unprocessable) as refusal:
        told = refusal.document("en") | refusal.document("zh-CN")

    assert isinstance(told, Form) or told["status"] in (400, 422)


@given(st.binary())
def test_whatever_bytes_come_they_are_a_form_or_a_problem(raw: bytes) -> None:
    with pytest.raises((BadRequest, Unprocessable)):
        bodies.parse(raw, Form)
