"""The generated OpenAPI, fuzzed: no 5xx, no status that is not described, every answer fits its schema.

Each route is asked by every role, with what schemathesis makes of its description: fitting it and not, and with bodies
that are right but for a field. Paths name what is stored, in every state, so that requests reach behind the 404.

FUZZ_EXAMPLES=200 asks each route 200 times, each time others; by default a few, always the same.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
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
from tests.people import Api, Reply, Staff, wish
from tests.security.test_audience import TABLE
from tests.uploads.forms import uploaded
from tests.uploads.photographs import photo
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
DOCUMENT: Final = msgspec.json.decode(msgspec.json.encode(openapi.document()))
SCHEMA: Final = from_dict(DOCUMENT)
OPERATIONS: Final = {f"{each.ok().method.upper()} {each.ok().path}": each.ok() for each in SCHEMA.get_all_operations()}


@dataclass
class Stored:
    """People by role, and ids of what there is: of each part that paths have, some."""

    anyone: Api
    staff: Staff
    round_id: str
    callers: dict[str, Api]
    ids: dict[str, list[str]]
    keys: list[str]

    def sign_in_again(self, role: str) -> None:
        """After an act that voids its tokens."""
        self.callers[role] = self.anyone.sign_in(PHONES[role])


@pytest.fixture(scope="module")
def stored(own_stack: Api) -> Stored:
    """A stack of its own with wishes and claims in every state, requests, accounts that nobody uses."""
    staff = own_stack.staff()
    world = World(staff, own_stack, staff.open_round(2))
    callers = {role: own_stack.sign_in(phone) if phone else own_stack for role, phone in PHONES.items()}
    spare = [staff.open_round(number) for number in (3, 4)]
    now = clock.now()
    spare.append(staff.open_round(5, claim_from=clock.stamp(now + timedelta(days=1))))
    claims = [world.claimed(), world.claimed(), world.delivered(), world.fulfilled()]
    wishes = [world.declared()["id"], world.verified()["id"], world.published()["id"], *(made for made, _ in claims)]
    administrator = staff.administrator
    asked = [
        administrator.must("POST", "/v1/privacy-requests", {"kind": kind, "wish": wishes[0]})["id"]
        for kind in ("see", "copy", "correct", "erase")
    ]
    company = administrator.must("POST", "/v1/accounts", {"phone": "17000094001", "claimant_type": "company"})["id"]
    member = administrator.must("POST", f"/v1/accounts/{company}/members", {"phone": "17000094002"})["id"]
    ids = {
        "wish_id": wishes,
        "claim_id": [claim for _, claim in claims],
        "round_id": ["current", world.round_id, *spare],
        "account_id": [company, member],
        "member_id": [member],
        "request_id": asked,
        "import_id": [wishes[0]],
        "notification_id": [wishes[0]],
    }
    return Stored(own_stack, staff, world.round_id, callers, ids, [uploaded(staff.company, photo())])


@st.composite
def requests_of(draw: st.DrawFn, name: str) -> tuple[str, Any, bool, int]:
    """Of a route: the role that asks, the request, whether it names what is stored, and which of that."""
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    try:
        case = draw(OPERATIONS[name].as_strategy(generation_mode=mode))
    except schemathesis.errors.SchemathesisError:
        case = draw(OPERATIONS[name].as_strategy(generation_mode=GenerationMode.POSITIVE))
    right = TABLE[name].body if name in TABLE else None
    right = wish("current") if right == "a wish" else right
    if isinstance(right, dict) and isinstance(case.body, dict) and draw(st.integers(0, 3)):
        fields = draw(st.sets(st.sampled_from(sorted(case.body)), max_size=2)) if case.body else set()
        case.body = right | {field: case.body[field] for field in fields}
    return draw(st.sampled_from(sorted(PHONES))), case, draw(st.integers(0, 4)) > 0, draw(st.integers(0, 6))


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
    elif isinstance(body, bytes | str):
        raw, body = body.encode() if isinstance(body, str) else body, None
        headers["Content-Type"] = case.media_type or "application/json"
    elif case.media_type != "application/json":
        raw, body = str(body).encode("utf-8", "surrogatepass"), None
        headers["Content-Type"] = case.media_type
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
