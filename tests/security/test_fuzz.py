"""The generated OpenAPI, fuzzed: no 5xx, no status that is not described, every answer fits its schema.

Each route is asked by every role, with what schemathesis makes of its description: fitting it and not, and with bodies
that are right but for a field. Paths name what is stored, in every state, so that requests reach behind the 404.

FUZZ_EXAMPLES=200 asks each route 200 times, each time others; by default a few, always the same.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, Final

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib.base import clock, openapi
from tests.imports.handmade import csv_bytes, good_wish
from tests.people import Api, Reply, wish
from tests.security.test_audience import TABLE
from tests.world import World

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "0"))
FEW: Final = 6
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PHONES: Final = {
    "anonymous": "",
    "citizen": "17000090008",
    "claimant": "17000090006",
    "worker": "17000090007",
    "liaison": "17000090003",
    "observer": "17000090004",
    "administrator": "17000090001",
}
QUERIES: Final[dict[str, dict[str, str]]] = {
    "POST /v1/imports": {"kind": "wishes", "round": "current"},
    "GET /v1/audit": {"subject": "audit"},
    "GET /v1/accounts": {"applies_for": "any"},
}
"""Parameters that find something."""
_numbers = count(1_000)
DOCUMENT: Final = msgspec.json.decode(msgspec.json.encode(openapi.document()))
SCHEMA: Final = from_dict(DOCUMENT)
OPERATIONS: Final = {f"{each.ok().method.upper()} {each.ok().path}": each.ok() for each in SCHEMA.get_all_operations()}


@dataclass
class Stored:
    """People by role, and ids of what there is: of each part that paths have, some."""

    world: World
    callers: dict[str, Api]
    ids: dict[str, list[str]]

    def sign_in_again(self, role: str) -> None:
        """After an act that voids its tokens."""
        self.callers[role].token = self.world.anyone.sign_in(PHONES[role]).token

    def renew(self) -> None:
        """Wishes and claims that no act has taken on yet, in a round that no act has closed."""
        self.world = self.world.with_round(next(_numbers))
        self.ids["wish_id"], self.ids["claim_id"] = in_every_state(self.world)


@pytest.fixture(scope="module")
def stored(own_stack: Api) -> Stored:
    """A stack of its own with wishes and claims in every state, requests, accounts that nobody uses."""
    staff = own_stack.staff()
    world = World(staff, own_stack, staff.open_round(2))
    people = (own_stack, staff.citizen, staff.company, staff.worker, staff.local, staff.observer, staff.administrator)
    callers = dict(zip(PHONES, people, strict=True))
    spare = [staff.open_round(number) for number in (3, 4)]
    now = clock.now()
    spare.append(staff.open_round(5, claim_from=clock.stamp(now + timedelta(days=1))))
    wishes, claims = in_every_state(world)
    administrator = staff.administrator
    asked = [
        administrator.must("POST", "/v1/privacy-requests", {"kind": kind, "wish": wishes[0]})["id"]
        for kind in ("see", "copy", "correct", "erase")
    ]
    company = administrator.must("POST", "/v1/accounts", {"phone": "17000094001", "claimant_type": "company"})["id"]
    member = administrator.must("POST", f"/v1/accounts/{company}/members", {"phone": "17000094002"})["id"]
    ids = {
        "wish_id": wishes,
        "claim_id": claims,
        "round_id": ["current", world.round_id, *spare],
        "account_id": [company, member],
        "member_id": [member],
        "request_id": asked,
        "import_id": [wishes[0]],
        "notification_id": [wishes[0]],
    }
    return Stored(world, callers, ids)


def in_every_state(world: World) -> tuple[list[str], list[str]]:
    """Wishes of every state, and claims."""
    claims = [world.claimed(), world.delivered(), world.fulfilled()]
    wishes = [world.declared(), world.verified(), world.published()]
    return [each["id"] for each in wishes] + [made for made, _ in claims], [claim for _, claim in claims]


@st.composite
def requests_of(draw: st.DrawFn, name: str) -> tuple[str, Any, bool, int]:
    """Of a route: the role that asks, the request, whether it names what is stored, and which of that."""
    case = draw(_made(name, draw(st.sampled_from(GenerationMode))))
    right = TABLE[name].body if name in TABLE else None
    right = wish("current") if right == "a wish" else right
    likely = draw(st.integers(0, 3)) > 0
    if isinstance(right, dict) and isinstance(case.body, dict) and likely:
        others = st.sets(st.sampled_from(sorted(case.body)), max_size=2) if case.body else st.just(set())
        fields = draw(st.one_of(st.just(set()), others))
        case.body = right | {field: case.body[field] for field in fields}
    if name in QUERIES and likely:
        case.query = QUERIES[name]
    if name == "POST /v1/imports" and likely:
        case.body, case.media_type = csv_bytes([good_wish(draw(st.integers(1, 9)))]), "text/csv"
    roles = _let_in(name) if likely else sorted(PHONES)
    return draw(st.sampled_from(roles)), case, likely, draw(st.integers(0, 6))


def _made(name: str, mode: GenerationMode) -> st.SearchStrategy[Any]:
    """Requests that fit the description, or do not; where nothing can be wrong, those that do."""
    operation = OPERATIONS[name]
    takes_something = operation.body or operation.query or operation.headers or operation.path_parameters
    return operation.as_strategy(generation_mode=mode if takes_something else GenerationMode.POSITIVE)


def _let_in(name: str) -> list[str]:
    """The roles that the table of audiences lets in, and the claimant, who holds the claims."""
    row = TABLE[name]._asdict() if name in TABLE else {}
    return [role for role in PHONES if role == "claimant" or row.get(role) == "ok"]


def ask(stored: Stored, role: str, case: Any, known: bool, which: int) -> None:
    """Send the request as the role; what comes back is held against the description."""
    parts = dict(case.path_parameters or {})
    if known:
        parts |= {part: stored.ids[part][which % len(stored.ids[part])] for part in parts if part in stored.ids}
    path = case.path
    for part, value in parts.items():
        path = path.replace(f"{{{part}}}", requests.utils.quote(str(value), safe="~%"))
    headers = {k: v for k, v in (case.headers or {}).items() if k.lower() not in ("authorization", "content-type")}
    if known and "If-Match" in headers:
        found = stored.callers["administrator"].get(path)
        headers["If-Match"] = str((found.json or {}).get("version", 1))
    body, raw = case.body, None
    if isinstance(body, type(schemathesis.core.NOT_SET)):
        body = None
    elif isinstance(body, bytes | str) or case.media_type != "application/json":
        raw, body = body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogatepass"), None
        headers["Content-Type"] = case.media_type or "application/json"
    query = {k: v for k, v in (case.query or {}).items() if v is not None}
    reply = stored.callers[role].call(case.method.upper(), path, body, headers=headers, raw=raw, **query)
    if reply.headers:  # without any it came from the gateway, as a path that is no route does
        case.operation.validate_response(_seen(case, path, reply))
        case.validate_response(_seen(case, path, reply), checks=CHECKS)
    if "sign-out-everywhere" in path and reply.status < 300:
        stored.sign_in_again(role)


def _seen(case: Any, path: str, reply: Reply) -> Response:
    """The answer as schemathesis takes it."""
    sent = requests.Request(case.method.upper(), f"http://localhost{path}").prepare()
    headers = {name.lower(): [str(value)] for name, value in reply.headers.items()}
    return Response(reply.status, headers, reply.raw or reply.text.encode(), sent, 0.1, False)


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_whatever_a_route_is_asked_it_answers_as_described(stored: Stored, name: str) -> None:
    if "wish_id" in name or "claim_id" in name:
        stored.renew()
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if EXAMPLES else [])]

    @settings(
        max_examples=EXAMPLES or FEW,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests_of(name))
    def every(asked: tuple[str, Any, bool, int]) -> None:
        ask(stored, *asked)

    every()
