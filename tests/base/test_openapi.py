"""The OpenAPI document: true to the routes, valid, complete, and the same as the file in docs/."""

import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from openapi_spec_validator import validate

import app
from chalicelib.base import openapi, openapi_schemas, web
from chalicelib.base.bodies import Body
from dev.openapi import PLACE, indented

ROOT = Path(__file__).parents[2]


class Thing(msgspec.Struct):
    """A thing with a version."""

    id: str
    version: int


class OtherThing(msgspec.Struct):
    """Another, without."""

    id: str


class ThingBody(Body):
    """A body with a field that must be given."""

    name: Annotated[str, msgspec.Meta(max_length=60)]
    parts: list["ThingBody"] | None = None


class ThingQuery(Body):
    """Parameters of every sort."""

    kind: Literal["material", "spiritual"]
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    q: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    dry_run: bool = False


def a_route(method: str = "GET", path: str = "/v1/things", **changes: Any) -> web.Route:
    """A declared route, with what the test is about changed."""
    usual: dict[str, Any] = {
        "room": "wishes", "audience": "signed_in", "takes": None, "files": (), "query": None, "refuses": (),
        "gives": {200: Thing}, "edits": False, "summary": "A thing.", "description": "", "name": "thing",
    }  # fmt: skip
    return web.Route(method=method, path=path, **(usual | changes))


def operation(route: web.Route) -> Any:
    """The one operation of a document made of this route alone, its references resolved one level deep."""
    document = openapi.document([route])
    found = document["paths"][route.path][route.method.lower()]
    parameters = document["components"]["parameters"]
    found["parameters"] = [
        parameters[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in found["parameters"]
    ]
    return found


def parameter(route: web.Route, name: str) -> Any:
    """One parameter of the route, or None."""
    return next((each for each in operation(route)["parameters"] if each["name"] == name), None)


def references(value: Any) -> Iterator[str]:
    """Every $ref below the value."""
    match value:
        case {"$ref": str(target)}:
            yield target
        case dict():
            for inner in value.values():
                yield from references(inner)
        case list():
            for inner in value:
                yield from references(inner)


@pytest.fixture(scope="module")
def served() -> list[web.Route]:
    """The routes the app serves. Other tests declare rooms of their own, which are none of its."""
    return [route for route in web.every_route() if route.method in app.app.routes.get(route.path, {})]


@pytest.fixture(scope="module")
def document(served: list[web.Route]) -> Any:
    """The document of the routes the app serves."""
    return openapi.document(served)


def test_the_file_in_docs_is_what_the_code_says(document: Any) -> None:
    assert PLACE.read_text(encoding="utf-8") == indented(document), "run `make openapi` and look at the difference"


def test_the_document_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_the_schemas_themselves_are_valid_json_schema(document: Any) -> None:
    from jsonschema import Draft202012Validator

    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_of_the_api_is_in_the_document(document: Any) -> None:
    routed = {
        (path, method.lower())
        for path, methods in app.app.routes.items()
        for method in methods
        if path.startswith("/v1/")
    }
    written = {(path, method) for path, methods in document["paths"].items() for method in methods}

    assert routed
    assert routed <= written
    assert {("/health", "get"), ("/openapi.json", "get"), ("/docs", "get")} <= written


def test_no_reference_leads_nowhere(document: Any) -> None:
    known = {f"#/components/{kind}/{name}" for kind, named in document["components"].items() for name in named}

    assert set(references(document)) - known == set()


def test_every_operation_has_a_name_of_its_own(document: Any) -> None:
    names = Counter(each["operationId"] for methods in document["paths"].values() for each in methods.values())

    assert [name for name, count in names.items() if count > 1] == []


def test_every_placeholder_of_a_path_is_a_parameter(document: Any) -> None:
    for path, methods in document["paths"].items():
        for each in methods.values():
            inside = {found["name"] for found in each["parameters"] if found.get("in") == "path"}
            assert inside == {part.strip("{}") for part in path.split("/") if part.startswith("{")}


def test_every_operation_says_what_it_does_and_who_may(document: Any) -> None:
    for methods in document["paths"].values():
        for each in methods.values():
            assert each["summary"].endswith("."), each["operationId"]
            assert each["x-audience"]


def test_the_order_of_declaration_does_not_show(served: list[web.Route], document: Any) -> None:
    assert openapi.document(served[::-1]) == document
    assert indented(openapi.document(served[::-1])) == indented(document)


def test_the_version_is_the_one_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == openapi.VERSION


def test_the_text_is_the_document_as_json() -> None:
    told = msgspec.json.decode(openapi.text())

    assert told["info"]["title"] == "MicroWish 微心愿"
    assert "微心愿" in openapi.text()  # UTF-8, not escapes
    assert "/v1/wishes/{wish_id}/claim" in told["paths"]


def test_nothing_of_it_is_loaded_before_somebody_asks() -> None:
    asked = "import sys, app; print([name for name in sys.modules if '.openapi_' in name])"

    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )

    assert told.stdout.strip() == "[]"


def test_an_edit_needs_if_match_and_may_be_stale() -> None:
    edit = a_route("PATCH", "/v1/things/{thing_id}", takes=ThingBody, edits=True)

    assert parameter(edit, "If-Match")["required"] is True
    assert {"412", "428"} <= set(operation(edit)["responses"])


def test_a_route_that_only_may_be_stale_takes_if_match_without_needing_it() -> None:
    edit = a_route("PATCH", "/v1/me", takes=ThingBody, refuses=("stale",))

    assert parameter(edit, "If-Match")["required"] is False
    assert "412" in operation(edit)["responses"]
    assert "428" not in operation(edit)["responses"]


def test_posts_take_an_idempotency_key_except_for_signing_in() -> None:
    assert parameter(a_route("POST", takes=ThingBody), "Idempotency-Key")
    assert parameter(a_route("POST", "/v1/auth/tokens", takes=ThingBody), "Idempotency-Key") is None
    assert parameter(a_route("GET"), "Idempotency-Key") is None


def test_query_parameters_carry_choices_limits_and_defaults_and_are_never_null() -> None:
    route = a_route(query=ThingQuery)

    assert parameter(route, "kind")["required"] is True
    assert parameter(route, "kind")["schema"] == {"enum": ["material", "spiritual"]}
    assert parameter(route, "limit")["required"] is False
    assert parameter(route, "limit")["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 50,
    }
    assert parameter(route, "q")["schema"] == {"type": "string", "maxLength": 100}
    assert parameter(route, "dry_run")["schema"] == {"type": "boolean", "default": False}


def test_a_body_is_needed_only_where_a_field_is() -> None:
    class NothingNeeded(Body):
        note: str | None = None

    assert operation(a_route("POST", takes=ThingBody))["requestBody"]["required"] is True
    assert operation(a_route("POST", takes=NothingNeeded))["requestBody"]["required"] is False


def test_a_route_that_takes_files_lists_their_media_types() -> None:
    body = operation(a_route("POST", files=("text/csv", "text/plain")))["requestBody"]

    assert body["required"] is True
    assert body["content"] == {
        media: {"schema": {"type": "string", "format": "binary"}} for media in ("text/csv", "text/plain")
    }


def test_an_answer_with_a_version_comes_with_an_etag() -> None:
    assert "ETag" in operation(a_route(gives={200: Thing}))["responses"]["200"]["headers"]
    assert "headers" not in operation(a_route(gives={200: OtherThing}))["responses"]["200"]


def test_an_answer_may_be_one_of_several_shapes() -> None:
    answer = operation(a_route(gives={200: Thing | OtherThing}))["responses"]["200"]

    schema = answer["content"]["application/json"]["schema"]
    assert schema == {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"$ref": "#/components/schemas/OtherThing"}]}


@pytest.mark.parametrize(
    ("path", "shape", "media"),
    [
        ("/docs", str, "text/html"),
        ("/confirm.js", str, "text/javascript"),
        (
            "/v1/imports/template.xlsx",
            bytes,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("/v1/certificate", bytes, "application/octet-stream"),
    ],
)
def test_pages_and_files_are_answered_as_what_they_are(path: str, shape: type, media: str) -> None:
    assert list(operation(a_route(path=path, gives={200: shape}))["responses"]["200"]["content"]) == [media]


def test_an_answer_of_nothing_has_no_content() -> None:
    assert "content" not in operation(a_route("DELETE", gives={204: None}))["responses"]["204"]


def test_a_token_is_optional_where_anyone_may_and_needed_elsewhere() -> None:
    assert operation(a_route(audience="anyone"))["security"] == [{}, {"bearer": []}]
    assert operation(a_route(audience="signed_in"))["security"] == [{"bearer": []}]
    assert operation(a_route(audience=web.REVIEWERS))["x-audience"] == ["administrator", "liaison"]


def test_shapes_of_two_rooms_with_one_name_are_told_apart_unless_they_say_the_same() -> None:
    def body(room: str, field: str) -> Any:
        return msgspec.defstruct("PageBody", [(field, int)], module=f"chalicelib.{room}.routes")

    alike = openapi_schemas.Schemas([body("rounds", "limit"), body("claims", "limit")])
    different = openapi_schemas.Schemas([body("rounds", "limit"), body("claims", "size")])

    assert list(alike.components) == ["PageBody"]
    assert list(different.components) == ["ClaimsPageBody", "RoundsPageBody"]


def test_a_shape_that_holds_itself_is_described_once() -> None:
    schemas = openapi.document([a_route("POST", takes=ThingBody)])["components"]["schemas"]

    assert schemas["ThingBody"]["properties"]["parts"]["anyOf"][0]["items"] == {
        "$ref": "#/components/schemas/ThingBody"
    }
