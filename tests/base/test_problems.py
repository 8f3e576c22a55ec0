"""Problem documents (RFC 9457): one form for all refusals, and nothing in them that was not meant to be shown."""

import pytest

from chalicelib.base import problems
from chalicelib.base.problems import BadRequest, Conflict, FieldFault, Problem, Unavailable, Unprocessable

FAMILY = [
    found
    for found in vars(problems).values()
    if isinstance(found, type) and issubclass(found, Problem) and found is not Problem
]


def made(kind: type[Problem]) -> Problem:
    """One of the kind; a 422 always says what is wrong, and a 413 how much is taken."""
    if kind is Unavailable:
        return kind()
    return kind("invalid_fields" if kind is Unprocessable else "", limit=1)


@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_problem_has_a_whole_document_of_its_own(kind: type[Problem], language: str) -> None:
    document = made(kind).document(language)

    assert list(document) == ["type", "title", "status", "code", "detail"]
    assert document["status"] == kind.status
    assert document["code"] == made(kind).code
    assert document["detail"] != document["code"]
    assert not document["title"].startswith("status_")


def test_the_family_covers_every_status_of_the_contract() -> None:
    assert {kind.status for kind in FAMILY} >= {400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 503}


def test_wrong_fields_are_listed_with_their_sentences() -> None:
    problem = Unprocessable(
        "invalid_fields",
        errors=[FieldFault("a.b", "field_missing"), FieldFault("c", "field_length", {"least": 1, "most": 2})],
    )

    assert problem.document("en")["errors"] == [
        {"field": "a.b", "message": "Required"},
        {"field": "c", "message": "Must have 1 to 2 characters"},
    ]


def test_without_wrong_fields_there_is_no_list_of_them() -> None:
    assert "errors" not in BadRequest().document("en")


def test_what_more_there_is_to_tell_stands_beside() -> None:
    assert Conflict("wrong_state", extra={"state": "closed"}, state="x").document("en")["state"] == "closed"


def test_the_reason_of_an_outage_is_for_the_log_alone() -> None:
    problem = Unavailable("dynamodb: ProvisionedThroughputExceededException")

    assert "dynamodb" not in str(problem.document("en"))
    assert problem.headers["Retry-After"]
