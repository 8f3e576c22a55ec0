"""Signing out: of this session, and everywhere; which tokens die of it, and when."""

import time
from itertools import count

import pytest

from chalicelib.accounts import records, standing
from tests.people import PLACE, Api, Reply
from tests.world import World, assert_problem

_phones = (f"1700005{number:04d}" for number in count(1_000))


def sign_in(world: World, phone: str) -> dict[str, str]:
    world.anyone.must("POST", "/v1/auth/codes", {"phone": phone})
    code = next(sent.code for sent in reversed(world.anyone.outbox) if sent.to == phone)
    found: dict[str, str] = world.anyone.must("POST", "/v1/auth/tokens", {"phone": phone, "code": code})
    return found


def refresh(world: World, tokens: dict[str, str]) -> Reply:
    return world.anyone.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})


def sign_out(world: World, tokens: dict[str, str]) -> Reply:
    return world.anyone.post("/v1/auth/sign-out", {"refresh_token": tokens["refresh_token"]})


@pytest.fixture
def phone() -> str:
    return next(_phones)


class TestOfThisSession:
    def test_its_refresh_token_is_void(self, world: World, phone: str) -> None:
        tokens = sign_in(world, phone)

        assert sign_out(world, tokens).json == {"signed_out": "this_session"}

        assert_problem(refresh(world, tokens), 401, "bad_token")

    def test_others_go_on(self, world: World, phone: str) -> None:
        at_home, at_work = sign_in(world, phone), sign_in(world, phone)

        sign_out(world, at_work)

        assert refresh(world, at_home).status == 200

    def test_twice_is_as_good_as_once(self, world: World, phone: str) -> None:
        tokens = sign_in(world, phone)

        assert [sign_out(world, tokens).status for _ in range(2)] == [200, 200]

    def test_a_replaced_refresh_token_ends_it_too(self, world: World, phone: str) -> None:
        first = sign_in(world, phone)
        second = refresh(world, first).json

        sign_out(world, first)

        assert_problem(refresh(world, second), 401, "bad_token")

    def test_an_access_token_or_a_made_up_one_signs_nobody_out(self, world: World, phone: str) -> None:
        tokens = sign_in(world, phone)

        for token in (tokens["access_token"], "k1.made.up", "x" * 1000):
            assert_problem(world.anyone.post("/v1/auth/sign-out", {"refresh_token": token}), 401, "bad_token")
        assert refresh(world, tokens).status == 200


class TestEverywhere:
    def test_every_token_of_the_account_is_void_at_once(self, world: World, phone: str) -> None:
        at_home, at_work = sign_in(world, phone), sign_in(world, phone)

        done = Api(at_home["access_token"]).post("/v1/me/sign-out-everywhere")

        assert done.json == {"signed_out": "everywhere"}
        for tokens in (at_home, at_work):
            assert_problem(Api(tokens["access_token"]).get("/v1/me"), 401, "bad_token")
            assert_problem(refresh(world, tokens), 401, "bad_token")

    def test_signing_in_again_works_at_once(self, world: World, phone: str) -> None:
        Api(sign_in(world, phone)["access_token"]).must("POST", "/v1/me/sign-out-everywhere", {})

        again = sign_in(world, phone)

        assert Api(again["access_token"]).get("/v1/me").status == 200
        assert refresh(world, again).status == 200

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", "/v1/me", None),
            ("PATCH", "/v1/me", {"name": "冒名"}),
            ("GET", "/v1/me/claims", None),
            ("GET", "/v1/me/wishes", None),
            ("GET", "/v1/me/inbox", None),
            ("POST", "/v1/me/sign-out-everywhere", {}),
        ],
    )
    def test_a_void_token_opens_nothing_of_the_account(
        self, world: World, phone: str, method: str, path: str, body: object
    ) -> None:
        thief = Api(sign_in(world, phone)["access_token"])
        thief.must("POST", "/v1/me/sign-out-everywhere", {})

        assert_problem(thief.call(method, path, body), 401, "bad_token")

    def test_a_void_token_neither_claims_nor_sees_the_claim_it_made(self, world: World, phone: str) -> None:
        thief, held, free = Api(sign_in(world, phone)["access_token"]), world.published()["id"], world.published()["id"]
        thief.must("POST", f"/v1/wishes/{held}/claim", {}, key="mine")
        thief.must("POST", "/v1/me/sign-out-everywhere", {})

        for wish, key in ((free, ""), (held, ""), (held, "mine")):
            assert_problem(thief.post(f"/v1/wishes/{wish}/claim", {}, key=key), 401, "bad_token")

    def test_a_void_token_that_comes_too_late_learns_what_everybody_sees(self, world: World, phone: str) -> None:
        thief, wish = Api(sign_in(world, phone)["access_token"]), world.claimed()[0]
        thief.must("POST", "/v1/me/sign-out-everywhere", {})

        assert_problem(thief.post(f"/v1/wishes/{wish}/claim"), 409, "wish_already_claimed")

    def test_another_warm_process_hears_of_it_within_two_seconds(
        self, world: World, phone: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        somebody = Api(sign_in(world, phone)["access_token"])
        account = somebody.must("GET", "/v1/me")["id"]
        records.Account(account, records.ITSELF).update(actions=[records.Account.epoch.add(1)])  # as if elsewhere

        assert somebody.get("/v1/me").status == 200
        later = time.monotonic() + standing._REMEMBER_SECONDS
        monkeypatch.setattr(standing.time, "monotonic", lambda: later)
        assert_problem(somebody.get("/v1/me"), 401, "bad_token")


class TestRoles:
    def test_a_role_taken_elsewhere_is_gone_within_two_seconds(
        self, world: World, phone: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = world.staff.administrator.must(
            "POST", "/v1/accounts", {"phone": phone, "roles": ["liaison"], "subdistricts": [PLACE]}
        )
        liaison = Api(sign_in(world, phone)["access_token"])
        assert liaison.get(f"/v1/wishes/{world.some_wish}/history").status == 200
        elsewhere = records.Account.roles.remove()
        records.Account(made["id"], records.ITSELF).update(actions=[elsewhere])

        later = time.monotonic() + standing._REMEMBER_SECONDS
        monkeypatch.setattr(standing.time, "monotonic", lambda: later)

        assert liaison.get(f"/v1/wishes/{world.some_wish}/history").status in (403, 404)

    def test_refreshing_brings_no_role_back(self, world: World, phone: str) -> None:
        made = world.staff.administrator.must("POST", "/v1/accounts", {"phone": phone, "roles": ["observer"]})
        tokens = sign_in(world, phone)
        world.staff.administrator.must("PUT", f"/v1/accounts/{made['id']}", {}, version=1)

        observer = Api(refresh(world, tokens).json["access_token"])

        assert observer.get(f"/v1/rounds/{world.round_id}/reports").status == 403
