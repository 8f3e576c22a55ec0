"""The desk over the API: what waits for a liaison, within their subdistricts (product.md sections 5 and 6)."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.base import clock
from tests.people import PLACE, Api
from tests.world import World, assert_problem

ELSEWHERE = "花木街道"


@pytest.fixture
def elsewhere(world: World) -> Api:
    """A liaison of another subdistrict."""
    seed_account("17000090071", roles=["liaison"], subdistricts=[ELSEWHERE])
    return world.anyone.sign_in("17000090071")


def later(days: float) -> Any:
    """Some days from now; whoever calls has to sign in anew, for their tokens of today have run out by then."""
    return clock.pinned(clock.now() + timedelta(days=days))


def desk(caller: Api, world: World, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = caller.must("GET", "/v1/desk", round=world.round_id, **query)
    return found


def waiting(found: dict[str, Any]) -> dict[str, int]:
    return {name: queue["count"] for name, queue in found["queues"].items() if queue["count"]}


class TestTheDesk:
    def test_every_wish_waits_where_it_stands(self, world: World) -> None:
        world.declared()
        returned = world.declared()["id"]
        world.staff.local.must("POST", f"/v1/wishes/{returned}/return", {"reason": "请补充"})
        world.verified()
        published = world.published()["id"]
        world.claimed()
        world.delivered()
        world.fulfilled()
        hidden = world.published()["id"]
        world.staff.local.must("POST", f"/v1/wishes/{hidden}/hide", {})

        found = desk(world.staff.local, world)

        assert waiting(found) == {
            "review": 1, "returned": 1, "publication": 1, "unclaimed": 1, "confirmation": 1, "hidden": 1,
        }  # fmt: skip
        assert found["counts"] | {"published": 2, "claimed": 1, "fulfilled": 1, "closed": 0} == found["counts"]
        (row,) = found["queues"]["unclaimed"]["items"]
        assert (row["id"], row["state"], row["subdistrict"], row["waiting_days"]) == (published, "published", PLACE, 0)
        assert found["round"] == world.round_id

    def test_a_resubmitted_wish_waits_since_its_resubmission(self, world: World) -> None:
        with later(-1.5):
            made = world.declared()
            world.staff.local.must("POST", f"/v1/wishes/{made['id']}/return", {"reason": "请补充"})
        world.staff.citizen.must("PATCH", f"/v1/wishes/{made['id']}", {"title": "一口锅"}, version=2)

        queue = desk(world.staff.local, world)["queues"]["review"]

        assert (queue["items"][0]["waiting_days"], queue["over"]) == (0, {"2": 0, "4": 0})

    def test_words_of_thanks_wait_until_they_are_let_out(self, world: World) -> None:
        made, claim = world.delivered()
        world.staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit", "thanks": "谢谢大家"})

        found = desk(world.staff.local, world)

        assert waiting(found) == {"thanks": 1}
        (row,) = found["queues"]["thanks"]["items"]
        assert (row["id"], row["reason_code"]) == (made, "thanks_to_moderate")
        assert "谢谢大家" not in str(found)
        world.staff.local.must("POST", f"/v1/claims/{claim}/thanks", {"approve": False})
        assert waiting(desk(world.staff.local, world)) == {}

    def test_an_act_shows_at_once(self, world: World) -> None:
        made = world.declared()["id"]
        assert waiting(desk(world.staff.local, world)) == {"review": 1}

        world.staff.local.must("POST", f"/v1/wishes/{made}/withdraw", {"reason": "不需要了"})

        assert waiting(desk(world.staff.local, world)) == {}

    def test_a_queue_shows_its_longest_waiting_and_counts_them_all(self, world: World) -> None:
        made = [world.declared(title=f"第{number}个")["id"] for number in range(7)]

        queue = desk(world.staff.local, world)["queues"]["review"]

        assert queue["count"] == 7
        assert len(queue["items"]) == 5
        assert {row["id"] for row in queue["items"]} <= set(made)

    def test_a_silent_claim_stands_in_the_stalled_queue_with_its_stage(self, world: World) -> None:
        _, silent = world.claimed()
        _, spoken = world.claimed()
        world.staff.company.must("POST", f"/v1/claims/{spoken}/progress", {"stage": "contacted"})

        with later(2):
            local = world.anyone.sign_in("17000090003")
            found = desk(local, world)["queues"]["stalled"]

        assert [row["id"] for row in found["items"]] == [silent.partition("-")[0]]
        assert (found["items"][0]["reason_code"], found["items"][0]["stage"]) == ("no_contact", None)
        assert found["items"][0]["expires_at"]

    def test_a_liaison_sees_their_own_subdistricts_only(self, world: World, elsewhere: Api) -> None:
        world.declared()
        world.declared(subdistrict=ELSEWHERE)

        assert waiting(desk(world.staff.local, world)) == {"review": 1}
        assert waiting(desk(elsewhere, world)) == {"review": 1}
        assert waiting(desk(world.staff.liaison, world)) == {"review": 2}
        assert waiting(desk(world.staff.administrator, world)) == {"review": 2}
        assert waiting(desk(world.staff.administrator, world, subdistrict=ELSEWHERE)) == {"review": 1}

    @pytest.mark.parametrize("path", ["/v1/desk", "/v1/desk/forgotten"])
    @pytest.mark.parametrize(
        "query",
        [
            {"subdistrict": PLACE},
            {"subdistrict": "火星街道"},
            {"round": "999999"},
            {"round": "x"},
            {"state": "claimed"},
        ],
    )
    def test_what_is_unknown_or_not_theirs_is_refused(self, elsewhere: Api, path: str, query: dict[str, str]) -> None:
        assert_problem(elsewhere.get(path, **query), 400, "bad_parameter")

    def test_without_a_round_it_is_the_current_ones(self, world: World) -> None:
        found = world.staff.administrator.must("GET", "/v1/desk")

        assert found["round"] == world.anyone.must("GET", "/v1/rounds/current")["id"]

    def test_nothing_sealed_is_on_the_desk(self, world: World) -> None:
        world.declared()
        world.claimed()

        shown = world.staff.local.get("/v1/desk", round=world.round_id).text

        for canary in ("秦明华", "17000091234", "浦东某路1号", "低保"):
            assert canary not in shown


class TestForgotten:
    def test_the_oldest_come_first_page_by_page_with_the_reason(self, world: World) -> None:
        unclaimed = world.published()["id"]
        claimed, _ = world.claimed()
        delivered, _ = world.delivered()
        world.declared()

        with later(8):
            local = world.anyone.sign_in("17000090003")
            first = local.must("GET", "/v1/desk/forgotten", round=world.round_id, limit=2)
            rest = local.must("GET", "/v1/desk/forgotten", round=world.round_id, limit=2, cursor=first["next"])

        rows = first["items"] + rest["items"]
        assert {row["id"]: row["reason_code"] for row in rows} == {
            unclaimed: "unclaimed", claimed: "no_contact", delivered: "unconfirmed",
        }  # fmt: skip
        assert [(row["since"], row["id"]) for row in rows] == sorted((row["since"], row["id"]) for row in rows)
        assert {row["waiting_days"] for row in rows} == {8}
        assert (len(first["items"]), rest["next"]) == (2, None)

    def test_nothing_is_forgotten_on_the_first_day(self, world: World) -> None:
        world.published()
        world.claimed()

        assert world.staff.local.must("GET", "/v1/desk/forgotten", round=world.round_id)["items"] == []

    def test_only_ones_own_subdistricts(self, world: World) -> None:
        world.published()
        with later(8):
            world_of = {
                phone: world.anyone.sign_in(phone).must("GET", "/v1/desk/forgotten", round=world.round_id)["items"]
                for phone in ("17000090001", "17000090003")
            }
            seed_account("17000090071", roles=["liaison"], subdistricts=[ELSEWHERE])
            away = world.anyone.sign_in("17000090071").must("GET", "/v1/desk/forgotten", round=world.round_id)

        assert [len(items) for items in world_of.values()] == [1, 1]
        assert away["items"] == []

    def test_a_cursor_of_another_list_is_refused(self, world: World) -> None:
        reply = world.staff.local.get("/v1/desk/forgotten", round=world.round_id, cursor="bm90aGluZw")

        assert_problem(reply, 400, "bad_cursor")
