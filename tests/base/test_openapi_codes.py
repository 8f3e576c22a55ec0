"""The codes of problems: each that is raised has its sentence, and is documented with its status."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import app
from chalicelib.base import openapi, openapi_answers, problems, web
from chalicelib.base.messages import MESSAGES

ROOT = Path(__file__).parents[2]
PROBLEMS = {
    name: found
    for name, found in vars(problems).items()
    if isinstance(found, type) and issubclass(found, problems.Problem) and found is not problems.Problem
}
CODE_AT = {"FieldFault": (1, 422), "require": (1, 403)}
"""Where other calls take a code, and the status it ends in."""


class Raised(NamedTuple):
    code: str
    status: int
    place: str


def calls() -> Iterator[tuple[ast.Call, str, str]]:
    """Every call by plain name in the code that ships: the call, the name, its place."""
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node, node.func.id, f"{path.relative_to(ROOT)}:{node.lineno}"


def raised() -> Iterator[Raised]:
    """Every code written where a problem or a field's fault is made."""
    for call, name, place in calls():
        position, status = CODE_AT.get(name, (0, PROBLEMS[name].status if name in PROBLEMS else 0))
        if not status:
            continue
        if len(call.args) > position and name != "Unavailable":  # its argument is a reason for the log
            argument = call.args[position]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield Raised(argument.value, status, place)
        elif name in PROBLEMS:
            yield Raised(PROBLEMS[name].default_code(), status, place)


RAISED = list(raised())
STATUSES: dict[str, set[int]] = {}
for each in RAISED:
    STATUSES.setdefault(each.code, set()).add(each.status)
SERVED = [route for route in web.every_route() if route.method in app.app.routes.get(route.path, {})]


def test_the_walk_through_the_code_finds_what_is_raised() -> None:
    assert STATUSES["wish_already_claimed"] == {409}
    assert STATUSES["not_found"] == {404}
    assert STATUSES["own_claim"] == {403}
    assert "field_missing" in STATUSES


def test_every_code_that_is_raised_has_its_sentence() -> None:
    assert [each for each in RAISED if each.code not in MESSAGES] == []


def test_every_refusal_a_route_names_has_its_sentence() -> None:
    assert {code for route in SERVED for code in route.refuses} - set(MESSAGES) == set()


def test_every_refusal_a_route_names_is_raised_somewhere_with_the_status_documented() -> None:
    for code in sorted({code for route in SERVED for code in route.refuses}):
        assert openapi_answers.STATUS_OF.get(code, 409) in STATUSES.get(code, set()), code


def test_every_documented_code_has_its_sentence() -> None:
    document = openapi.document(SERVED)
    answers = [*document["components"]["responses"].values()]
    answers += [
        answer
        for methods in document["paths"].values()
        for operation in methods.values()
        for answer in operation["responses"].values()
    ]
    documented = {code for answer in answers for code in answer.get("x-codes", ())}

    assert {"wish_already_claimed", "internal_error"} <= documented
    assert documented - set(MESSAGES) == set()


def test_every_status_of_the_family_is_described() -> None:
    # 405 belongs to paths, not to operations: no operation can answer it.
    assert {found.status for found in PROBLEMS.values()} - set(openapi_answers.REFUSALS) == {405}


@pytest.mark.parametrize("status", sorted(openapi_answers.CODES))
def test_the_codes_any_route_may_answer_come_with_their_status(status: int) -> None:
    for code in openapi_answers.CODES[status]:
        found = STATUSES.get(code) or {
            PROBLEMS[name].status for name in PROBLEMS if PROBLEMS[name].default_code() == code
        }
        assert status in found, code


def a_route(
    method: str, path: str, *refuses: str, audience: web.Audience = "signed_in", takes: type | None = None
) -> web.Route:
    """A declared route that is about its refusals only."""
    return web.Route(method, path, "wishes", audience, takes, (), None, {200: dict}, refuses, False, "", "", "thing")


def test_a_read_by_anyone_refuses_little() -> None:
    assert openapi_answers.statuses(a_route("GET", "/v1/rounds", audience="anyone")) == [400, 401, 500, 503]


def test_an_act_on_something_may_find_it_missing_forbidden_or_changed() -> None:
    act = a_route("POST", "/v1/wishes/{wish_id}/hide", "wrong_state", takes=dict)

    assert openapi_answers.statuses(act) == [400, 401, 403, 404, 409, 413, 415, 422, 500, 503]


def test_signing_in_and_looking_up_may_be_too_much() -> None:
    assert 429 in openapi_answers.statuses(a_route("POST", "/v1/auth/codes"))
    assert 429 in openapi_answers.statuses(a_route("GET", "/v1/wishes/lookup"))
    assert 429 not in openapi_answers.statuses(a_route("GET", "/v1/wishes"))


@pytest.mark.parametrize("beginning", openapi_answers.COUNTED)
def test_where_tries_are_counted_there_is_a_route(beginning: str) -> None:
    assert any(route.path.startswith(beginning) for route in SERVED)


def test_a_refusal_of_its_own_stands_beside_the_shared_codes_of_its_status() -> None:
    found = openapi_answers.refusals(a_route("POST", "/v1/wishes/{wish_id}/claim", "wish_reserved", "own_claim"))

    assert found["409"]["x-codes"] == ["conflict", "wish_reserved"]
    assert "`wish_reserved`" in found["409"]["description"]
    assert found["403"]["x-codes"] == ["forbidden", "own_claim"]
    assert found["404"] == {"$ref": "#/components/responses/Problem404"}
