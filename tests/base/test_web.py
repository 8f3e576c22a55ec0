"""The door: what is checked before a route's own lines, and what becomes of an error nobody foresaw."""

from typing import Annotated

import pytest
from msgspec import Meta

from chalicelib.base import openapi, web
from chalicelib.base.bodies import Body
from chalicelib.base.problems import BadRequest, Unavailable
from tests.people import Api
from tests.world import World, assert_problem


class Query(Body):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    dry_run: bool = False
    name: str | None = None


def test_parameters_are_numbers_and_truths_where_the_field_is() -> None:
    found = web.query_of({"limit": "7", "dry_run": "true", "name": "7"}, Query)

    assert (found.limit, found.dry_run, found.name) == (7, True, "7")


@pytest.mark.parametrize("given", [{"limit": "x"}, {"limit": "0"}, {"dry_run": "yes"}, {"other": "1"}, {"limit": ""}])
def test_a_wrong_parameter_is_a_bad_request(given: dict[str, str]) -> None:
    with pytest.raises(BadRequest, match="bad_parameter"):
        web.query_of(given, Query)


def test_no_parameters_are_all_defaults() -> None:
    assert web.query_of(None, Query) == Query()


def test_health_answers_anybody(world: World) -> None:
    reply = world.anyone.get("/health")

    assert (reply.status, reply.json) == (200, {"status": "ok", "stage": "test"})
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"


def test_an_error_nobody_foresaw_is_500_and_neither_answer_nor_log_says_more_than_its_kind(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(language: str) -> str:
        raise LookupError("秦明华 17000091234")

    monkeypatch.setattr(openapi, "page", fail)

    reply = Api().get("/docs")

    assert_problem(reply, 500, "internal_error")
    assert "17000091234" not in reply.text
    assert "LookupError" in caplog.text
    assert "17000091234" not in caplog.text


def test_an_outage_is_503_with_a_time_to_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(language: str) -> str:
        raise Unavailable("dynamodb: gone")

    monkeypatch.setattr(openapi, "page", fail)

    reply = Api().get("/docs")

    assert_problem(reply, 503, "unavailable")
    assert int(reply.headers["Retry-After"]) > 0
    assert "dynamodb" not in reply.text


@pytest.mark.parametrize("quoted", ["{}", '"{}"', 'W/"{}"'])
def test_a_version_is_taken_bare_and_quoted(world: World, quoted: str) -> None:
    path = f"/v1/rounds/{world.round_id}"
    version = world.anyone.must("GET", path)["version"]

    reply = world.staff.administrator.call(
        "PATCH", path, {"name": "新名"}, headers={"If-Match": quoted.format(version)}
    )

    assert (reply.status, reply.json["version"]) == (200, version + 1)


def test_the_tag_of_an_answer_is_what_the_next_edit_takes(world: World) -> None:
    path = f"/v1/rounds/{world.round_id}"
    tag = world.anyone.get(path).headers["ETag"]

    first = world.staff.administrator.call("PATCH", path, {"name": "甲"}, headers={"If-Match": tag})
    second = world.staff.administrator.call("PATCH", path, {"name": "乙"}, headers={"If-Match": tag})

    assert first.status == 200
    assert_problem(second, 412, "stale")
    assert world.anyone.must("GET", path)["name"] == "甲"
