"""One table of every route and every role with the answer expected; a route without a row fails."""

from typing import Any, NamedTuple

import pytest

import app
from chalicelib.accounts.actions import seed_account
from chalicelib.base import web
from tests.people import COMMITTEE, PLACE, Api, verification, wish
from tests.world import World

SERVED = [route for route in web.every_route() if route.method in app.app.routes.get(route.path, {})]

Y, U, F, N = "ok", "401", "403", "404"
"""Y: let in (any answer but 401, 403 and 404). F and N are told apart: N hides that there is anything."""


class Row(NamedTuple):
    """The answer for each role; `at` says which wish, claim or account the path's parts mean."""

    anonymous: str
    citizen: str
    worker: str
    liaison: str
    observer: str
    administrator: str
    body: Any = None
    at: str = ""


VERIFY = verification()
CONSENT = {"photos": True, "by": "self", "method": "signed"}
REASON = {"reason": "再想想", "reason_code": "unclear"}
ROUND = {"number": 900, "name": "第900期", "declare_from": "2030-01-01T00:00:00Z", "claim_from": "2030-01-02T00:00:00Z",
         "claim_until": "2030-02-01T00:00:00Z", "deliver_until": "2030-03-01T00:00:00Z"}  # fmt: skip

TABLE: dict[str, Row] = {
    "GET /health": Row(Y, Y, Y, Y, Y, Y),
    "GET /openapi.json": Row(Y, Y, Y, Y, Y, Y),
    "GET /docs": Row(Y, Y, Y, Y, Y, Y),
    "GET /confirm": Row(Y, Y, Y, Y, Y, Y),
    "GET /confirm.js": Row(Y, Y, Y, Y, Y, Y),
    "POST /confirm": Row(Y, Y, Y, Y, Y, Y),
    "POST /v1/auth/codes": Row(Y, Y, Y, Y, Y, Y, {"phone": "17000099999"}),
    "POST /v1/auth/tokens": Row(U, U, U, U, U, U, {"phone": "17000099998", "code": "000000"}),
    "POST /v1/auth/refresh": Row(U, U, U, U, U, U, {"refresh_token": "k1.none"}),
    "GET /v1/auth/wechat": Row(N, N, N, N, N, N),  # not set up here; tests/accounts/test_wechat_signin.py has it set up
    "GET /v1/auth/wechat/callback": Row(N, N, N, N, N, N),
    "DELETE /v1/me/wechat": Row(U, Y, Y, Y, Y, Y),
    "POST /v1/auth/sign-out": Row(U, U, U, U, U, U, {"refresh_token": "k1.none"}),
    "POST /v1/me/sign-out-everywhere": Row(U, Y, Y, Y, Y, Y, {}),
    "GET /v1/me": Row(U, Y, Y, Y, Y, Y),
    "PATCH /v1/me": Row(U, Y, Y, Y, Y, Y, {}),
    "GET /v1/me/claims": Row(U, Y, Y, Y, Y, Y),
    "GET /v1/me/wishes": Row(U, Y, Y, Y, Y, Y),
    "GET /v1/me/standbys": Row(U, Y, Y, Y, Y, Y),
    "GET /v1/me/inbox": Row(U, Y, Y, Y, Y, Y),
    "GET /v1/me/subscriptions": Row(U, Y, Y, Y, Y, Y),
    "PUT /v1/me/subscriptions": Row(U, Y, Y, Y, Y, Y, {}),
    "POST /v1/accounts": Row(U, F, F, F, F, Y, {"phone": "17000099997"}),
    "GET /v1/accounts": Row(U, F, F, F, F, Y),
    "POST /v1/accounts/{account_id}/application": Row(U, F, F, F, F, Y, {"decision": "grant"}),
    "GET /v1/accounts/{account_id}": Row(U, F, F, F, F, Y),
    "PUT /v1/accounts/{account_id}": Row(U, F, F, F, F, Y, {"claimant_type": "company"}),
    "GET /v1/accounts/{account_id}/members": Row(U, F, F, F, F, Y),
    "POST /v1/accounts/{account_id}/members": Row(U, F, F, F, F, Y, {"phone": "17000099996"}),
    "DELETE /v1/accounts/{account_id}/members/{member_id}": Row(U, F, F, F, F, Y),
    "GET /v1/rounds": Row(Y, Y, Y, Y, Y, Y),
    "POST /v1/rounds": Row(U, F, F, F, F, Y, ROUND),
    "GET /v1/rounds/{round_id}": Row(Y, Y, Y, Y, Y, Y),
    "PATCH /v1/rounds/{round_id}": Row(U, F, F, F, F, Y, {"name": "第2期"}),
    "POST /v1/rounds/{round_id}/close": Row(U, F, F, F, F, Y, {}, "another round"),
    "POST /v1/rounds/{round_id}/carry-over": Row(U, F, F, F, F, Y, {}, "another round"),
    "GET /v1/rounds/{round_id}/statistics": Row(Y, Y, Y, Y, Y, Y),
    "GET /v1/rounds/{round_id}/reports": Row(U, F, F, F, Y, Y),
    "POST /v1/rounds/{round_id}/reports": Row(U, F, F, F, F, Y, {}),
    "GET /v1/wishes": Row(Y, Y, Y, Y, Y, Y),
    "POST /v1/wishes": Row(U, Y, Y, Y, Y, Y, "a wish"),
    "GET /v1/wishes/lookup": Row(N, N, N, N, N, N),
    # A wish nobody published: only its declarer, its staff and the observer see anything of it.
    "GET /v1/wishes/{wish_id}": Row(N, N, Y, Y, Y, Y),
    "PATCH /v1/wishes/{wish_id}": Row(U, N, F, Y, F, Y, {"title": "一口锅"}),
    "POST /v1/wishes/{wish_id}/verify": Row(U, F, F, Y, F, Y, VERIFY),
    "POST /v1/wishes/{wish_id}/return": Row(U, F, F, Y, F, Y, REASON),
    "POST /v1/wishes/{wish_id}/reject": Row(U, F, F, Y, F, Y, REASON),
    "POST /v1/wishes/{wish_id}/publish": Row(U, F, F, Y, F, Y, {}),
    "POST /v1/wishes/{wish_id}/hide": Row(U, F, F, Y, F, Y, {}),
    "POST /v1/wishes/{wish_id}/withdraw": Row(U, N, F, Y, F, Y, REASON),
    "GET /v1/wishes/{wish_id}/history": Row(U, F, Y, Y, F, Y),
    "POST /v1/wishes/{wish_id}/claim": Row(U, N, Y, Y, Y, Y, {}),
    "POST /v1/wishes/{wish_id}/standby": Row(U, N, Y, Y, Y, Y, {}),
    "DELETE /v1/wishes/{wish_id}/standby": Row(U, N, Y, Y, Y, Y),
    "POST /v1/wishes/{wish_id}/offer": Row(U, F, F, Y, F, Y, {"phone": "17000090006"}),
    "DELETE /v1/wishes/{wish_id}/offer": Row(U, N, Y, Y, Y, Y),
    # A claim of the company's: a stranger is not told that it exists.
    "GET /v1/claims/{claim_id}": Row(U, N, Y, Y, N, Y),
    "POST /v1/claims/{claim_id}/introduce": Row(U, F, F, Y, F, Y, {}),
    "POST /v1/claims/{claim_id}/progress": Row(U, N, F, Y, F, Y, {"stage": "contacted"}),
    "POST /v1/claims/{claim_id}/extend": Row(U, N, F, Y, F, Y, {}),
    "POST /v1/claims/{claim_id}/release": Row(U, N, F, F, F, F, {}),
    "POST /v1/claims/{claim_id}/revoke": Row(U, F, F, Y, F, Y, {"reason": "联系不上"}),
    "POST /v1/claims/{claim_id}/deliver": Row(U, N, Y, Y, F, Y, {}),
    "POST /v1/claims/{claim_id}/return": Row(U, N, Y, Y, F, Y, {"reason": "unsuitable"}),
    "POST /v1/claims/{claim_id}/confirm": Row(U, N, Y, Y, F, Y, {"method": "visit"}),
    "GET /v1/claims/{claim_id}/messages": Row(U, N, F, Y, N, Y),
    "POST /v1/claims/{claim_id}/messages": Row(U, N, F, Y, N, Y, {"text": "您好"}),
    # A slip is neither the liaison's nor the administrator's: its code goes to the committee and the wisher's side.
    "GET /v1/claims/{claim_id}/slip": Row(U, N, Y, F, N, F),
    "POST /v1/claims/{claim_id}/thanks": Row(U, F, F, Y, F, Y, {"approve": False}),
    "POST /v1/uploads": Row(U, Y, Y, Y, Y, Y, {"content_type": "image/jpeg"}),
    "GET /v1/desk": Row(U, F, F, Y, F, Y),
    "GET /v1/desk/forgotten": Row(U, F, F, Y, F, Y),
    "POST /v1/desk/batch": Row(U, F, F, Y, F, Y, {"act": "publish", "items": ["nothing"]}),
    "GET /v1/wishes/{wish_id}/consents": Row(U, N, Y, Y, F, Y),
    "POST /v1/wishes/{wish_id}/consents": Row(U, N, Y, Y, F, Y, CONSENT),
    "GET /v1/notifications": Row(U, F, F, F, F, Y),
    "POST /v1/notifications/{notification_id}/retry": Row(U, F, F, F, F, N),
    "GET /v1/privacy-requests": Row(U, F, F, F, F, Y),
    "POST /v1/privacy-requests": Row(U, F, F, F, F, Y, {"kind": "complain", "note": "等了太久"}),
    "GET /v1/privacy-requests/{request_id}": Row(U, F, F, F, F, Y),
    "POST /v1/privacy-requests/{request_id}/answer": Row(U, F, F, F, F, Y, {"outcome": "refused"}),
    "GET /v1/me/privacy-requests": Row(U, Y, Y, Y, Y, Y),
    "POST /v1/me/privacy-requests": Row(U, Y, Y, Y, Y, Y, {"kind": "see"}),
    "GET /v1/audit": Row(U, F, F, F, F, Y),
    "GET /v1/audit/verify": Row(U, F, F, F, F, Y),
    "GET /v1/audit/export": Row(U, F, F, F, F, Y),
    "POST /v1/imports": Row(U, F, F, Y, F, Y),
    "POST /v1/exports": Row(U, F, F, Y, F, Y, {"round": "current"}),
    "GET /v1/imports/template.xlsx": Row(U, F, F, Y, F, Y),
    "GET /v1/imports/{import_id}": Row(U, F, F, N, F, N),
}
ROLES = ("anonymous", "citizen", "worker", "liaison", "observer", "administrator")


def name_of(route: web.Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def callers(standing_world: World) -> dict[str, Api]:
    """One caller for each role; the citizen is a stranger to every wish here."""
    staff, anyone = standing_world.staff, standing_world.anyone
    stranger = anyone.sign_in("17000090099")
    everybody = (anyone, stranger, staff.worker, staff.local, staff.observer, staff.administrator)
    return dict(zip(ROLES, everybody, strict=True))


@pytest.fixture(scope="module")
def places(standing_world: World) -> dict[str, str]:
    """What the parts of paths stand for: a submitted wish, the company's claim for another, the company."""
    world = standing_world
    wish_id, claim_id = world.declared()["id"], world.claimed()[1]
    company, body = world.staff.company.account, {"phone": "17000099995"}
    member = world.staff.administrator.must("POST", f"/v1/accounts/{company}/members", body)["id"]
    asked = world.staff.administrator.must("POST", "/v1/privacy-requests", {"kind": "see", "wish": wish_id})["id"]
    return {"wish_id": wish_id, "claim_id": claim_id, "account_id": company, "member_id": member,
            "round_id": world.round_id, "import_id": wish_id, "notification_id": wish_id,
            "request_id": asked}  # fmt: skip


@pytest.fixture(scope="module")
def answers(standing_world: World, callers: dict[str, Api], places: dict[str, str]) -> dict[tuple[str, str], int]:
    """The status of every route for every role. Refusals come first: they leave everything as it was."""
    world = standing_world
    other_round = world.staff.open_round(990)
    found = {}
    for role in ROLES:
        for route in SERVED:
            row = TABLE.get(name_of(route))
            if row is None:
                continue
            here = places | ({"round_id": other_round} if row.at == "another round" else {})
            found[name_of(route), role] = _ask(callers[role], route, row, here, world)
    return found


def _ask(caller: Api, route: web.Route, row: Row, places: dict[str, str], world: World) -> int:
    path = route.path
    for part, value in places.items():
        path = path.replace(f"{{{part}}}", value)
    headers, query = {}, {}
    body = wish(world.round_id) if row.body == "a wish" else row.body
    if route.edits:
        known = world.staff.administrator.must("GET", path)
        headers["If-Match"] = str(known["version"])
    if name_of(route) == "POST /v1/imports":
        headers["Content-Type"], query = "text/csv", {"kind": "wishes", "dry_run": "true"}
    if name_of(route) == "GET /v1/wishes/lookup":
        query = {"receipt": "NOWHERE2", "phone_last4": "1234"}
    if name_of(route) == "GET /v1/auth/wechat/callback":
        query = {"state": "0" * 32, "code": "x"}
    if name_of(route) == "GET /v1/accounts":
        query = {"applies_for": "any"}
    if route.path.startswith("/v1/audit"):
        query = {"subject": "audit"}
    raw = b"a,b" if name_of(route) == "POST /v1/imports" else None
    if name_of(route) == "POST /v1/me/sign-out-everywhere" and caller.token:
        return _sign_out_and_in(caller, world)
    return caller.call(route.method, path, body, headers=headers, raw=raw, **query).status


def _sign_out_and_in(caller: Api, world: World) -> int:
    """Signing out everywhere, and in again: the people here are shared."""
    phone = caller.must("GET", "/v1/me")["phone"]
    status = caller.post("/v1/me/sign-out-everywhere").status
    caller.token = world.anyone.sign_in(phone).token
    return status


def _kind(status: int) -> str:
    return str(status) if status in (401, 403, 404) else Y


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {name_of(route) for route in SERVED} == set(TABLE)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", list(TABLE))
def test_a_role_gets_what_the_table_says(answers: dict[tuple[str, str], int], route: str, role: str) -> None:
    assert _kind(answers[route, role]) == getattr(TABLE[route], role), answers[route, role]


@pytest.fixture(scope="module")
def elsewhere(standing_world: World) -> Api:
    """A liaison of another subdistrict: officers act within their own only (product.md section 1)."""
    seed_account("17000090061", roles=["liaison"], subdistricts=["花木街道"])
    return standing_world.anyone.sign_in("17000090061")


@pytest.fixture
def claimed(world: World) -> tuple[str, str]:
    """A wish of ours and the company's claim for it."""
    return world.claimed()


@pytest.mark.parametrize(
    ("act", "body"),
    [("verify", VERIFY), ("return", REASON), ("reject", REASON), ("publish", {}), ("hide", {}), ("withdraw", REASON)],
)
def test_a_liaison_elsewhere_may_not_act_on_a_wish(
    world: World, elsewhere: Api, act: str, body: dict[str, Any]
) -> None:
    before = world.full(world.some_wish)

    reply = elsewhere.post(f"/v1/wishes/{world.some_wish}/{act}", body)

    assert reply.status in (403, 404)
    assert world.full(world.some_wish) == before


@pytest.mark.parametrize(
    ("act", "body"),
    [("introduce", {}), ("progress", {"stage": "contacted"}), ("extend", {}), ("revoke", {"reason": "x"}),
     ("deliver", {}), ("confirm", {"method": "visit"}), ("return", {"reason": "unsuitable"})],
)  # fmt: skip
def test_a_liaison_elsewhere_may_not_act_on_a_claim(
    elsewhere: Api, claimed: tuple[str, str], act: str, body: dict[str, Any]
) -> None:
    assert elsewhere.post(f"/v1/claims/{claimed[1]}/{act}", body).status in (403, 404)
    assert elsewhere.get(f"/v1/claims/{claimed[1]}").status == 404


def test_a_liaison_elsewhere_sees_what_everybody_sees(world: World, elsewhere: Api, claimed: tuple[str, str]) -> None:
    assert elsewhere.get(f"/v1/wishes/{world.some_wish}").status == 404
    assert elsewhere.get(f"/v1/wishes/{claimed[0]}/history").status == 403
    assert elsewhere.must("GET", f"/v1/wishes/{claimed[0]}") == world.anyone.must("GET", f"/v1/wishes/{claimed[0]}")
    assert elsewhere.must("GET", "/v1/wishes", state="submitted") == {"items": [], "next": None}


def test_a_liaison_elsewhere_may_not_claim_for_an_offline_citizen(world: World, elsewhere: Api) -> None:
    made = world.published()
    body = {"on_behalf_of": {"name": "某人", "phone": "17000095555"}}

    assert elsewhere.post(f"/v1/wishes/{made['id']}/claim", body).status == 403


def test_a_worker_of_another_committee_sees_nothing_under_review(world: World) -> None:
    seed_account("17000090062", roles=["committee_worker"], committees=[(PLACE, "第二居民区")])
    neighbour = world.anyone.sign_in("17000090062")

    assert neighbour.get(f"/v1/wishes/{world.some_wish}").status == 404
    assert world.staff.worker.must("GET", f"/v1/wishes/{world.some_wish}")["committee"] == COMMITTEE


def test_whoever_loses_a_role_loses_its_rights_at_once(world: World) -> None:
    seed_account("17000090063", roles=["observer"])
    observer = world.anyone.sign_in("17000090063")
    version = world.staff.administrator.must("GET", f"/v1/accounts/{observer.account}")["version"]
    assert observer.get(f"/v1/rounds/{world.round_id}/reports").status == 200

    world.staff.administrator.must("PUT", f"/v1/accounts/{observer.account}", {}, version=version)

    assert observer.get(f"/v1/rounds/{world.round_id}/reports").status == 403
