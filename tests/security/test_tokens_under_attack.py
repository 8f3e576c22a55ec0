"""Tokens somebody made up, took from elsewhere or kept too long; and bodies that ask for more than is theirs."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts import rules, tokens
from chalicelib.base import clock, settings
from tests.people import Api
from tests.world import World, assert_problem

PHONE = "17000020001"


def b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


def far() -> int:
    return int(clock.now().timestamp()) + 3600


@pytest.fixture
def administrator(world: World) -> str:
    """Whose token everybody would like to have."""
    return world.staff.administrator.account


def forgeries(account: str) -> dict[str, str]:
    """Tokens for the account that we never signed."""
    payload = b64([far(), account, 0])
    claims = b64({"sub": account, "exp": far(), "roles": ["administrator"]})
    return {
        "no signature": f"k1.{payload}.",
        "no signature at all": f"k1.{payload}",
        "an empty key id": f".{payload}.AAAA",
        "a JWT that says none": f"{b64({'alg': 'none', 'typ': 'JWT'})}.{claims}.",
        "a JWT that says none under our key id": f"k1.{b64({'alg': 'none'})}.{claims}.",
        "the key id none": f"none.{payload}.AAAA",
        "a path as key id": f"../../k1.{payload}.AAAA",
        "a made-up signature": f"k1.{payload}.{'A' * 43}",
        "signature of another payload": f"k1.{payload}.{tokens.sign('access', 'A', 0, seconds=60).rpartition('.')[2]}",
        "too long": f"k1.{payload}.{'A' * 5000}",
        "no letters": "k1.\u5fae\u4fe1.x",
    }


def test_a_forged_token_is_no_token(world: World, administrator: str) -> None:
    for kind, token in forgeries(administrator).items():
        sent = token.encode().decode("latin-1")  # as it comes through a header

        for path in ("/v1/me", f"/v1/accounts/{administrator}", "/v1/wishes"):
            reply = Api(sent).get(path)
            assert (reply.status, reply.code) == (401, "bad_token"), kind


def test_a_token_of_another_stage_is_no_token(
    world: World, administrator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        foreign = settings.Secrets({"k1": "z" * 48}, "k1", "b" * 48)
        elsewhere.setattr(settings, "secrets", lambda: foreign)
        token = tokens.sign("access", administrator, 0, seconds=600)

    assert_problem(Api(token).get("/v1/me"), 401, "bad_token")


@pytest.mark.parametrize("purpose", ["refresh", "wechat", "wechat-link", "", "Access"])
def test_a_token_for_something_else_opens_nothing(world: World, administrator: str, purpose: str) -> None:
    token = tokens.sign(purpose, administrator, 0, seconds=600)

    assert_problem(Api(token).get("/v1/me"), 401, "bad_token")


@pytest.mark.parametrize("values", [[], ["A"], [1, 2], ["A", "0"], ["A", 0, "administrator"], [None, 0], [{}, []]])
def test_a_token_of_another_form_opens_nothing(world: World, values: list[Any]) -> None:
    assert_problem(Api(tokens.sign("access", *values, seconds=600)).get("/v1/me"), 401, "bad_token")


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "bearer  ", "Token x", "", "Bearer a b"])
def test_another_form_of_authorization_opens_nothing(world: World, header: str) -> None:
    reply = Api().call("GET", "/v1/me", headers={"Authorization": header})

    assert_problem(reply, 401, "bad_token")


class TestRefreshReplay:
    def refresh(self, world: World, token: str) -> Any:
        return world.anyone.post("/v1/auth/refresh", {"refresh_token": token})

    def begun(self, world: World) -> str:
        world.anyone.must("POST", "/v1/auth/codes", {"phone": PHONE})
        code = next(sent.code for sent in reversed(world.anyone.outbox) if sent.to == PHONE)
        found = world.anyone.must("POST", "/v1/auth/tokens", {"phone": PHONE, "code": code})
        return str(found["refresh_token"])

    def test_after_the_minute_of_grace_a_used_one_ends_the_session_for_both(self, world: World) -> None:
        stolen = self.begun(world)
        owners = self.refresh(world, stolen).json["refresh_token"]

        with clock.pinned(clock.now() + timedelta(seconds=rules.REFRESH_GRACE_SECONDS + 1)):
            assert_problem(self.refresh(world, stolen), 401, "bad_token")
            assert_problem(self.refresh(world, owners), 401, "bad_token")

    def test_within_it_a_retry_does_not_make_it_longer(self, world: World) -> None:
        token = self.begun(world)
        self.refresh(world, token)

        with clock.pinned(clock.now() + timedelta(seconds=rules.REFRESH_GRACE_SECONDS - 10)):
            assert self.refresh(world, token).status == 200
        with clock.pinned(clock.now() + timedelta(seconds=rules.REFRESH_GRACE_SECONDS + 10)):
            assert_problem(self.refresh(world, token), 401, "bad_token")

    def test_a_thief_who_uses_the_grace_is_found_out_at_the_next_refresh_but_one(self, world: World) -> None:
        shared = self.begun(world)
        owners, thiefs = (self.refresh(world, shared).json["refresh_token"] for _ in range(2))
        self.refresh(world, owners)

        with clock.pinned(clock.now() + timedelta(seconds=rules.REFRESH_GRACE_SECONDS + 1)):
            assert_problem(self.refresh(world, thiefs), 401, "bad_token")
            assert_problem(self.refresh(world, owners), 401, "bad_token")


MINE = ("roles", "basis", "subdistricts", "committees", "organisations", "epoch", "version", "id", "account", "openid",
        "applies_for", "wechat", "sealed", "phone_verified")  # fmt: skip


@pytest.mark.parametrize("field", MINE)
def test_nobody_gives_themselves_anything_through_their_profile(world: World, field: str) -> None:
    before = world.staff.citizen.must("GET", "/v1/me")

    reply = world.staff.citizen.call("PATCH", "/v1/me", {"name": "甲", field: ["administrator"]})

    assert set(assert_problem(reply, 422, "invalid_fields")) == {field}
    assert world.staff.citizen.must("GET", "/v1/me") == before


@pytest.mark.parametrize("field", [*MINE, "claimant_type", "name"])
def test_nobody_gives_themselves_anything_by_signing_in(world: World, field: str) -> None:
    world.anyone.must("POST", "/v1/auth/codes", {"phone": PHONE})
    code = next(sent.code for sent in reversed(world.anyone.outbox) if sent.to == PHONE)

    reply = world.anyone.post("/v1/auth/tokens", {"phone": PHONE, "code": code, field: "administrator"})

    assert set(assert_problem(reply, 422, "invalid_fields")) == {field}
    signed_in = world.anyone.must("POST", "/v1/auth/tokens", {"phone": PHONE, "code": code})
    me = Api(signed_in["access_token"]).must("GET", "/v1/me")
    assert (me["roles"], me["basis"], me["organisations"]) == ([], "declared", [])


def test_staff_below_the_administrator_grant_nothing_to_themselves_or_others(world: World) -> None:
    for who in (world.staff.liaison, world.staff.local, world.staff.worker, world.staff.observer):
        for target in (who.account, world.staff.citizen.account):
            grant = {"roles": ["administrator"], "basis": "roster"}
            assert who.call("PUT", f"/v1/accounts/{target}", grant, version=1).status == 403
            assert who.post(f"/v1/accounts/{world.staff.company.account}/members", {"account": target}).status == 403
            assert who.post(f"/v1/accounts/{target}/application", {"decision": "grant"}).status == 403
        assert who.post("/v1/accounts", {"phone": PHONE, "roles": ["administrator"]}).status == 403


def test_raising_a_declared_type_to_a_roster_is_not_for_the_person(world: World) -> None:
    somebody = world.anyone.sign_in("17000020002")
    made = somebody.must("PATCH", "/v1/me", {"claimant_type": "party_member"})
    world.staff.administrator.must(
        "PUT", f"/v1/accounts/{somebody.account}", {"basis": "roster"}, version=made["version"]
    )

    assert somebody.must("PATCH", "/v1/me", {"claimant_type": "citizen"})["basis"] == "declared"
    assert somebody.must("PATCH", "/v1/me", {"claimant_type": "party_member"})["basis"] == "declared"
