"""Rounds over the API: opened, changed, counted, closed (product.md sections 1, 5 and 6)."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.base import clock
from tests.people import Reply
from tests.world import World, assert_problem


def body(number: int, **changes: Any) -> dict[str, Any]:
    now = clock.now()
    return {
        "number": number,
        "name": f"第{number}期",
        "declare_from": clock.stamp(now - timedelta(days=2)),
        "claim_from": clock.stamp(now - timedelta(days=1)),
        "claim_until": clock.stamp(now + timedelta(days=1)),
        "deliver_until": clock.stamp(now + timedelta(days=2)),
    } | changes


def opened(world: World, number: int, key: str = "", **changes: Any) -> Reply:
    return world.staff.administrator.post("/v1/rounds", body(number, **changes), key=key)


def free(world: World) -> int:
    """A number that no round of any test has."""
    return 500_000 + int(world.round_id)


class TestOpening:
    def test_a_round_is_opened_with_its_dates_in_utc(self, world: World) -> None:
        reply = opened(
            world, free(world), claim_until="2099-01-01T08:00:00+08:00", deliver_until="2099-02-01T00:00:00Z"
        )

        assert reply.status == 201
        assert reply.json["claim_until"] == "2099-01-01T00:00:00Z"
        assert reply.json["state"] == "claiming"
        assert world.anyone.must("GET", f"/v1/rounds/{reply.json['id']}") == reply.json

    def test_a_number_is_taken_once(self, world: World) -> None:
        assert_problem(opened(world, int(world.round_id)), 409, "round_number_taken")

    def test_a_retry_gets_the_same_round_and_another_body_is_refused(self, world: World) -> None:
        wanted, key = body(free(world)), f"open-{world.round_id}"

        replies = [world.staff.administrator.post("/v1/rounds", wanted, key=key) for _ in range(2)]

        assert [reply.status for reply in replies] == [201, 201]
        assert replies[0].json == replies[1].json
        for changed in ({"name": "别的"}, {"number": free(world) + 1}):
            other = world.staff.administrator.post("/v1/rounds", wanted | changed, key=key)
            assert_problem(other, 422, "idempotency_key_reused")
        assert world.anyone.get(f"/v1/rounds/{free(world) + 1}").status == 404

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"claim_from": "2000-01-01T00:00:00Z"}, "claim_from"),
            ({"claim_until": "2000-01-01T00:00:00Z"}, "claim_until"),
            ({"deliver_until": "2000-01-01T00:00:00Z"}, "deliver_until"),
            ({"number": 0}, "number"),
            ({"number": 1_000_000}, "number"),
            ({"number": "7"}, "number"),
            ({"name": ""}, "name"),
            ({"name": "a\nb"}, "name"),
            ({"overrides": {"火星": {}}}, "overrides.火星"),
            ({"overrides": {"花木街道": {"claim_from": "soon......"}}}, "overrides.花木街道.claim_from"),
            ({"overrides": {"花木街道": {"name": "x"}}}, "overrides.花木街道.name"),
            ({"overrides": {"花木街道": {"claim_until": "2000-01-01T00:00:00Z"}}}, "overrides.花木街道.claim_until"),
            ({"overrides": []}, "overrides"),
        ],
    )
    def test_what_is_wrong_is_named(self, world: World, changes: dict[str, Any], named: str) -> None:
        reply = world.staff.administrator.post("/v1/rounds", body(600_000) | changes)

        assert named in assert_problem(reply, 422, "invalid_fields")


class TestStates:
    @pytest.mark.parametrize(
        ("days", "state"),
        [(-3, "planned"), (-1.5, "declaring"), (0, "claiming"), (1.5, "delivering"), (3, "delivering")],
    )
    def test_the_dates_say_where_it_stands_and_only_closing_closes(self, world: World, days: float, state: str) -> None:
        made = opened(world, free(world)).json

        with clock.pinned(clock.now() + timedelta(days=days)):
            assert world.anyone.must("GET", f"/v1/rounds/{made['id']}")["state"] == state

    def test_current_is_the_highest_numbered_round_open_for_claims(self, world: World) -> None:
        newest = world.anyone.must("GET", "/v1/rounds", limit=100)["items"]

        current = world.anyone.must("GET", "/v1/rounds/current")

        assert current["number"] == max(each["number"] for each in newest if each["state"] == "claiming")

    def test_rounds_are_listed_highest_number_first_page_by_page(self, world: World) -> None:
        first = world.anyone.must("GET", "/v1/rounds", limit=1)
        second = world.anyone.must("GET", "/v1/rounds", limit=1, cursor=first["next"])

        numbers = [each["number"] for each in first["items"] + second["items"]]
        assert len(numbers) == 2
        assert numbers[0] > numbers[1]


class TestChanging:
    def test_what_is_named_changes_and_the_rest_stays(self, world: World) -> None:
        before = world.anyone.must("GET", f"/v1/rounds/{world.round_id}")

        after = world.staff.administrator.must("PATCH", f"/v1/rounds/{world.round_id}", {"name": "新名"}, version=1)

        assert after == before | {"name": "新名", "version": 2}

    def test_a_stale_version_changes_nothing(self, world: World) -> None:
        path = f"/v1/rounds/{world.round_id}"
        world.staff.administrator.must("PATCH", path, {"name": "甲"}, version=1)

        assert_problem(world.staff.administrator.call("PATCH", path, {"name": "乙"}, version=1), 412, "stale")
        assert world.anyone.must("GET", path)["name"] == "甲"

    def test_dates_stay_in_order(self, world: World) -> None:
        reply = world.staff.administrator.call(
            "PATCH", f"/v1/rounds/{world.round_id}", {"claim_until": "2000-01-01T00:00:00Z"}, version=1
        )

        assert set(assert_problem(reply, 422, "invalid_fields")) == {"claim_until"}

    def test_a_closed_round_is_not_changed(self, world: World) -> None:
        world.close()
        version = world.anyone.must("GET", f"/v1/rounds/{world.round_id}")["version"]

        reply = world.staff.administrator.call("PATCH", f"/v1/rounds/{world.round_id}", {"name": "x"}, version=version)

        assert_problem(reply, 409, "round_closed")


class TestNumbers:
    def test_an_empty_round_measures_nothing(self, world: World) -> None:
        found = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")

        assert found["collected"] == 0
        assert found["claim_rate"] is None
        assert found["minutes_to_claim"] == {"fastest": None, "median": None}

    def test_they_follow_every_act_at_once(self, world: World) -> None:
        world.declared()
        world.published(subject="team", team_size=5)
        world.claimed(kind="spiritual", category="陪伴")
        world.fulfilled()
        gone = world.declared()
        world.staff.citizen.must("POST", f"/v1/wishes/{gone['id']}/withdraw", {"reason": "x"})
        rejected = world.declared()
        world.staff.local.must("POST", f"/v1/wishes/{rejected['id']}/reject", {"reason": "x"})

        found = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")

        assert (found["collected"], found["published"], found["claimed"], found["fulfilled"]) == (4, 3, 2, 1)
        assert found["by_subject"] == {"individual": 3, "team": 1}
        assert found["by_kind"] == {"material": 3, "spiritual": 1}
        assert found["by_claimant_type"]["company"] == 2
        assert found["by_subdistrict"] == {"南码头路街道": 4}
        assert (found["claim_rate"], found["fulfilment_rate"]) == (0.5, 0.25)
        assert found["as_of"]

    def test_a_released_claim_counts_no_longer(self, world: World) -> None:
        _, claim = world.claimed()
        world.staff.company.must("POST", f"/v1/claims/{claim}/release", {})

        found = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")

        assert (found["published"], found["claimed"]) == (1, 0)


class TestClosing:
    def test_closing_settles_the_round_and_makes_a_frozen_summary(self, world: World) -> None:
        wish = world.published()["id"]

        reply = world.staff.administrator.post(f"/v1/rounds/{world.round_id}/close")

        assert (reply.status, reply.json["state"]) == (200, "closed")
        assert reply.json["closed_at"]
        assert world.full(wish)["state"] == "closed"
        editions = world.staff.observer.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"]
        assert [each["kind"] for each in editions] == ["close"]

    def test_closing_again_changes_nothing(self, world: World) -> None:
        wish = world.published()["id"]

        first, again = (world.staff.administrator.post(f"/v1/rounds/{world.round_id}/close") for _ in range(2))

        assert (again.status, again.json) == (200, first.json)
        assert len(world.history(wish)) == 4
        assert len(world.staff.observer.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"]) == 1

    def test_a_round_past_its_dates_stays_open_until_it_is_closed(self, world: World) -> None:
        _, claim = world.claimed()

        with clock.pinned(clock.now() + timedelta(days=29)):
            late = world.anyone.sign_in("17000090006")
            assert late.post(f"/v1/claims/{claim}/deliver").status == 200
