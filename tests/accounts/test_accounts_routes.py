"""Accounts: one's own, and the administrator's hand on others'."""

from itertools import count
from typing import Any

import pytest

from tests.people import LOCAL_LIAISON, PLACE, Api
from tests.world import World, assert_problem

_phones = (f"1700008{number:04d}" for number in count(1_000))


@pytest.fixture
def somebody(world: World) -> Api:
    """A new citizen."""
    return world.anyone.sign_in(next(_phones))


def make(world: World, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = world.staff.administrator.must("POST", "/v1/accounts", {"phone": next(_phones)} | body)
    return found


def test_my_account_is_my_own(world: World, somebody: Api) -> None:
    me = somebody.must("GET", "/v1/me")

    assert set(me) >= {"id", "phone", "name", "roles", "claimant_type", "version"}
    assert me["id"] == somebody.account


def test_i_change_my_name_and_language(somebody: Api) -> None:
    changed = somebody.must("PATCH", "/v1/me", {"name": "王小明", "language": "en"})

    assert (changed["name"], changed["language"]) == ("王小明", "en")
    assert somebody.must("GET", "/v1/me") == changed


def test_what_is_not_named_stays(somebody: Api) -> None:
    somebody.must("PATCH", "/v1/me", {"name": "王小明", "sector": "教育"})

    assert somebody.must("PATCH", "/v1/me", {"sector": "卫生"})["name"] == "王小明"


def test_a_stale_version_is_told_so(somebody: Api) -> None:
    somebody.must("PATCH", "/v1/me", {"name": "甲"}, version=1)

    assert_problem(somebody.call("PATCH", "/v1/me", {"name": "乙"}, version=1), 412, "stale")
    assert somebody.must("GET", "/v1/me")["name"] == "甲"


@pytest.mark.parametrize("field", ["roles", "subdistricts", "committees", "basis", "phone", "id", "version"])
def test_nobody_gives_themselves_anything(somebody: Api, field: str) -> None:
    errors = assert_problem(somebody.call("PATCH", "/v1/me", {field: ["administrator"]}), 422, "invalid_fields")

    assert set(errors) == {field}


def test_calling_oneself_a_party_member_is_only_a_declaration(somebody: Api) -> None:
    changed = somebody.must("PATCH", "/v1/me", {"claimant_type": "party_member"})

    assert (changed["claimant_type"], changed["basis"]) == ("party_member", "declared")


def test_an_organisation_is_applied_for_and_granted_by_an_administrator(world: World, somebody: Api) -> None:
    applied = somebody.must("PATCH", "/v1/me", {"claimant_type": "company"})
    assert (applied["claimant_type"], applied["applies_for"]) == ("citizen", "company")

    granted = world.staff.administrator.must(
        "PUT", f"/v1/accounts/{somebody.account}", {"claimant_type": "company"}, version=applied["version"]
    )

    assert (granted["claimant_type"], granted["applies_for"]) == ("company", None)


def test_an_administrator_makes_an_account_that_signs_in_by_its_phone(world: World) -> None:
    made = world.staff.administrator.post(
        "/v1/accounts",
        {"phone": next(_phones), "name": "新联络员", "roles": ["liaison"], "subdistricts": [PLACE]},
    )

    assert made.status == 201
    assert made.headers["ETag"] == f'"{made.json["version"]}"'
    theirs = world.anyone.sign_in(made.json["phone"])
    assert theirs.account == made.json["id"]
    assert theirs.must("GET", "/v1/wishes", state="submitted", round=world.round_id)["items"] == []


def test_a_phone_has_one_account(world: World) -> None:
    reply = world.staff.administrator.post("/v1/accounts", {"phone": LOCAL_LIAISON})

    assert_problem(reply, 409, "account_exists")


def test_a_retried_request_makes_one_account(world: World) -> None:
    body = {"phone": next(_phones), "roles": ["observer"]}

    replies = [world.staff.administrator.post("/v1/accounts", body, key="make-1") for _ in range(2)]

    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json


@pytest.mark.parametrize("changed", [{"roles": ["administrator"]}, {"phone": "17000088888"}])
def test_a_key_used_for_another_account_is_refused(world: World, changed: dict[str, Any]) -> None:
    body = {"phone": next(_phones), "roles": ["observer"]}
    key = f"make-{body['phone']}"
    made = world.staff.administrator.must("POST", "/v1/accounts", body, key=key)

    reply = world.staff.administrator.post("/v1/accounts", body | changed, key=key)

    assert_problem(reply, 422, "idempotency_key_reused")
    assert world.staff.administrator.must("GET", f"/v1/accounts/{made['id']}")["roles"] == ["observer"]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [("roles", ["boss"], "roles[0]"), ("roles", "liaison", "roles"), ("subdistricts", ["火星"], "subdistricts[0]"),
     ("committees", [{"subdistrict": "火星", "committee": "一"}], "committees[0].subdistrict"),
     ("committees", [{"subdistrict": "*", "committee": "一"}], "committees[0].subdistrict"),
     ("committees", [{"subdistrict": PLACE}], "committees[0].committee"), ("claimant_type", "king", "claimant_type"),
     ("phone", "12345", "phone")],
)  # fmt: skip
def test_what_cannot_be_granted_is_named(world: World, field: str, value: object, named: str) -> None:
    reply = world.staff.administrator.post("/v1/accounts", {"phone": "17000088887"} | {field: value})

    assert named in assert_problem(reply, 422, "invalid_fields")


def test_a_grant_replaces_roles_and_scope(world: World) -> None:
    made = make(world, roles=["liaison", "observer"], subdistricts=[PLACE])
    path = f"/v1/accounts/{made['id']}"

    changed = world.staff.administrator.must("PUT", path, {"roles": ["liaison"], "subdistricts": ["*"]}, version=1)

    assert (changed["roles"], changed["subdistricts"], changed["version"]) == (["liaison"], ["*"], 2)
    assert world.staff.administrator.must("GET", path) == changed


def test_a_grant_on_a_stale_version_changes_nothing(world: World) -> None:
    made = make(world, roles=["observer"])
    path = f"/v1/accounts/{made['id']}"
    world.staff.administrator.must("PUT", path, {"roles": []}, version=1)

    assert_problem(world.staff.administrator.call("PUT", path, {"roles": ["liaison"]}, version=1), 412, "stale")
    assert world.staff.administrator.must("GET", path)["roles"] == []


def test_the_last_administrator_stays(world: World) -> None:
    path = f"/v1/accounts/{world.staff.administrator.account}"
    version = world.staff.administrator.must("GET", path)["version"]

    reply = world.staff.administrator.call("PUT", path, {"roles": []}, version=version)

    assert_problem(reply, 409, "last_administrator")
    assert world.staff.administrator.must("GET", path)["roles"] == ["administrator"]


def test_one_of_two_administrators_may_go(world: World) -> None:
    second = make(world, roles=["administrator"])

    world.staff.administrator.must("PUT", f"/v1/accounts/{second['id']}", {"roles": []}, version=1)

    assert world.staff.administrator.must("GET", f"/v1/accounts/{second['id']}")["roles"] == []
