"""What the handler tests of a module share, and how they read an answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.people import Api, Reply, Staff


@dataclass
class World:
    """People, and a round open for claims."""

    staff: Staff
    anyone: Api
    round_id: str

    def with_round(self, number: int, **changes: Any) -> World:
        """The same people with another round."""
        return World(self.staff, self.anyone, self.staff.open_round(number, **changes))

    @cached_property
    def some_wish(self) -> str:
        """The id of a submitted wish that no test changes."""
        return str(self.declared()["id"])

    def declared(self, **changes: Any) -> dict[str, Any]:
        """A wish declared by the citizen."""
        return self.staff.declared(self.round_id, **changes)

    def verified(self, **changes: Any) -> dict[str, Any]:
        """A wish the local liaison has verified."""
        return self.staff.verified(self.round_id, **changes)

    def published(self, **changes: Any) -> dict[str, Any]:
        """A wish anybody can claim."""
        return self.staff.published(self.round_id, **changes)

    def claimed(self, by: Api | None = None, **changes: Any) -> tuple[str, str]:
        """Ids of a wish and of the claim for it; the company's, which may hold fifty."""
        made = self.published(**changes)
        claimant = by or self.staff.company
        claim = claimant.must("POST", f"/v1/wishes/{made['id']}/claim", {})
        return str(made["id"]), str(claim["id"])

    def delivered(self, by: Api | None = None, **changes: Any) -> tuple[str, str]:
        """Ids of a wish said to be delivered, and of its claim."""
        wish, claim = self.claimed(by, **changes)
        (by or self.staff.company).must("POST", f"/v1/claims/{claim}/deliver", {})
        return wish, claim

    def fulfilled(self, by: Api | None = None, **changes: Any) -> tuple[str, str]:
        """Ids of a wish come true, and of its claim."""
        wish, claim = self.delivered(by, **changes)
        self.staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit"})
        return wish, claim

    def close(self) -> None:
        """Close the round."""
        self.staff.administrator.must("POST", f"/v1/rounds/{self.round_id}/close", {})

    def full(self, wish: str) -> dict[str, Any]:
        """The wish as the administrator sees it."""
        found: dict[str, Any] = self.staff.administrator.must("GET", f"/v1/wishes/{wish}")
        return found

    def history(self, wish: str) -> list[dict[str, Any]]:
        """The wish's history, newest first."""
        lines: list[dict[str, Any]] = self.staff.administrator.must("GET", f"/v1/wishes/{wish}/history", limit=100)[
            "items"
        ]
        return lines


def is_chinese(text: str) -> bool:
    """Whether the text is written in Chinese."""
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def assert_problem(reply: Reply, status: int, code: str) -> dict[str, str]:
    """The answer is this refusal, in the form product.md section 6 gives all of them; its errors, by field."""
    assert (reply.status, reply.json and reply.json.get("code")) == (status, code), reply
    problem = reply.json
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail"} <= set(problem)
    assert problem["status"] == status
    assert problem["type"]
    assert is_chinese(problem["detail"])
    assert is_chinese(problem["title"])
    errors = problem.get("errors", [])
    assert all(set(error) == {"field", "message"} and is_chinese(error["message"]) for error in errors)
    return {error["field"]: error["message"] for error in errors}
