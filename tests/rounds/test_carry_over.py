"""What nobody granted goes on in the next round: first in line, reviewed as it was, under the same receipt."""

from typing import Any

import pytest

from chalicelib.base import clock
from chalicelib.wishes.records import SealedWish, Wish
from tests.people import Reply
from tests.world import World, assert_problem


def next_number(world: World) -> int:
    """A number above this world's round, and above that of no other test."""
    return 400_000 + int(world.round_id)


def opened(world: World, **changes: Any) -> World:
    """The same people in the round after this one."""
    return world.with_round(next_number(world), **changes)


def carry(world: World, to: World | None = None, key: str = "") -> Reply:
    body = {"to": to.round_id} if to else {}
    return world.staff.administrator.post(f"/v1/rounds/{world.round_id}/carry-over", body, key=key)


def goes_on_as(world: World, wish: str) -> str:
    return str(world.full(wish)["carried_to"])


class TestWhatIsCarried:
    def test_every_wish_nobody_granted_and_no_other(self, world: World) -> None:
        published, submitted = world.published()["id"], world.declared()["id"]
        granted, _ = world.claimed()
        rejected = world.declared()["id"]
        world.staff.local.must("POST", f"/v1/wishes/{rejected}/reject", {"reason": "x"})
        world.close()
        later = opened(world)

        reply = carry(world, later)

        assert (reply.status, reply.json) == (200, {
            "from": world.round_id, "to": later.round_id, "carried": 2, "already": 0, "left": 0, "total": 2,
            "done": True,
        })  # fmt: skip
        new = [goes_on_as(world, each) for each in (published, submitted)]
        assert [world.full(each)["state"] for each in new] == ["published", "submitted"]
        assert [world.full(each)["round"] for each in new] == [later.round_id] * 2
        assert [world.full(each)["carried_from"] for each in new] == [published, submitted]
        assert [world.full(each)["state"] for each in (published, submitted, granted)] == [
            "closed",
            "closed",
            "claimed",
        ]

    def test_it_comes_with_its_words_its_people_and_its_check(self, world: World) -> None:
        story = "家里的老书桌坏了很久，" * 40
        old = world.published(title="一张书桌", story=story)["id"]
        before = world.full(old)
        world.close()
        carry(world, opened(world))

        after = world.full(goes_on_as(world, old))

        same = ("title", "story", "kind", "category", "wisher", "contact", "consent", "circumstances", "receipt",
                "verification", "published_at", "declared_at", "committee", "wisher_name", "age_band")  # fmt: skip
        assert {name: after[name] for name in same} == {name: before[name] for name in same}
        assert after["verification"] is not None
        assert (after["source"], after["version"]) == (None, 1)

    def test_a_checked_wish_stays_checked_and_its_words_stay_shut(self, world: World) -> None:
        old = world.verified()["id"]
        world.close()
        carry(world, opened(world))

        new = goes_on_as(world, old)

        assert world.full(new)["state"] == "verified"
        assert world.full(new)["verification"]["method"] == "visit"
        assert world.anyone.get(f"/v1/wishes/{new}").status == 404

    def test_a_hidden_wish_stays_hidden(self, world: World) -> None:
        old = world.published()["id"]
        world.staff.local.must("POST", f"/v1/wishes/{old}/hide", {})
        world.close()
        carry(world, opened(world))

        assert world.anyone.get(f"/v1/wishes/{goes_on_as(world, old)}").status == 404

    def test_an_erased_wish_is_left(self, world: World) -> None:
        old = world.published()["id"]
        world.close()
        SealedWish(old, "sealed").delete()

        reply = carry(world, opened(world))

        assert (reply.json["carried"], reply.json["left"], reply.json["done"]) == (0, 1, True)

    def test_it_is_first_in_line_and_can_be_claimed(self, world: World) -> None:
        old = world.published()["id"]
        with clock.pinned(clock.moment(clock.later(clock.stamp(), minutes=2))):
            world.close()
            later = opened(world)
            newer = later.published()["id"]
            carry(world, later)
            new = goes_on_as(world, old)

            wall = world.anyone.must("GET", "/v1/wishes", round=later.round_id, state="published")["items"]

            assert [each["id"] for each in wall] == [new, newer]
            assert world.staff.company.post(f"/v1/wishes/{new}/claim", {}).status == 201
            figures = world.anyone.must("GET", f"/v1/rounds/{later.round_id}/statistics")
        assert figures["minutes_to_claim"]["fastest"] == 0


class TestWhoFindsIt:
    def test_the_receipt_leads_to_it_and_both_sides_say_so(self, world: World) -> None:
        made = world.published()
        world.close()
        carry(world, opened(world))
        new = goes_on_as(world, made["id"])

        tracked = world.anyone.must("GET", "/v1/wishes/lookup", receipt=made["receipt"], phone_last4="1234")
        own = world.staff.citizen.must("GET", f"/v1/wishes/{made['id']}")
        mine = world.staff.citizen.must("GET", "/v1/me/wishes", limit=100)["items"]
        inbox = world.staff.citizen.must("GET", "/v1/me/inbox", limit=5)["items"]

        assert (tracked["id"], tracked["state"]) == (new, "published")
        assert (own["state"], own["carried_to"]) == ("closed", new)
        assert {new, made["id"]} <= {each["id"] for each in mine}
        assert [each["kind"] for each in inbox if each["wish"] == new] == ["own_wish_carried"]

    def test_the_history_says_so_on_both(self, world: World) -> None:
        old = world.published()["id"]
        world.close()
        carry(world, opened(world))

        before, after = world.history(old)[0], world.history(goes_on_as(world, old))

        assert (before["act"], before["from"], before["to"]) == ("carry", "closed", "closed")
        assert [(each["act"], each["from"], each["to"], each["role"]) for each in after] == [
            ("carry", None, "published", "administrator")
        ]

    def test_a_second_wish_of_the_person_is_shown_at_review(self, world: World) -> None:
        old = world.published()["id"]
        world.close()
        later = opened(world)
        carry(world, later)

        assert world.full(later.declared()["id"])["duplicates"] == [goes_on_as(world, old)]


class TestOnce:
    def test_running_it_twice_changes_nothing(self, world: World) -> None:
        old = world.published()["id"]
        world.close()
        later = opened(world)
        carry(world, later)
        before = (world.full(old), world.full(goes_on_as(world, old)))

        again = carry(world, later)

        assert (again.json["carried"], again.json["already"], again.json["done"]) == (0, 1, True)
        assert (world.full(old), world.full(goes_on_as(world, old))) == before

    def test_what_was_closed_since_is_carried_by_the_next_call(self, world: World) -> None:
        world.published()
        late, claim = world.claimed()
        world.close()
        later = opened(world)
        carry(world, later)
        world.staff.company.must("POST", f"/v1/claims/{claim}/release", {})

        again = carry(world)

        assert (again.json["to"], again.json["carried"], again.json["already"]) == (later.round_id, 1, 1)
        assert world.full(goes_on_as(world, late))["state"] == "published"

    def test_the_old_rounds_figures_stay(self, world: World) -> None:
        world.published()
        world.fulfilled()
        world.close()
        before = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")
        carry(world, opened(world))

        after = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")

        assert after | {"as_of": ""} == before | {"as_of": ""}


class TestWhenItIsRefused:
    def test_a_round_that_is_not_over(self, world: World) -> None:
        assert_problem(carry(world, opened(world)), 409, "round_not_closed")

    def test_a_round_to_carry_into_that_is_closed(self, world: World) -> None:
        world.published()
        world.close()
        later = opened(world)
        later.close()

        assert_problem(carry(world, later), 409, "next_round_closed")

    def test_another_round_once_it_went_into_one(self, world: World) -> None:
        world.published()
        world.close()
        first, second = opened(world), world.with_round(next_number(world) + 50_000)
        carry(world, first)

        reply = carry(world, second)

        assert_problem(reply, 409, "already_carried")
        assert reply.json["to"] == first.round_id

    @pytest.mark.parametrize("to", ["999999", "x"])
    def test_what_is_no_round(self, world: World, to: str) -> None:
        world.close()

        reply = world.staff.administrator.post(f"/v1/rounds/{world.round_id}/carry-over", {"to": to})

        assert assert_problem(reply, 422, "invalid_fields") == {"to": "没有这一期"}

    def test_itself_and_a_round_below_it_say_which_are_meant(self, world: World) -> None:
        above = opened(world)
        above.close()

        for to in (world.round_id, above.round_id):
            reply = world.staff.administrator.post(f"/v1/rounds/{above.round_id}/carry-over", {"to": to})

            assert f"第 {above.round_id} 期之后" in assert_problem(reply, 422, "invalid_fields")["to"]

    def test_nothing_is_left_half_done_when_it_is_refused(self, world: World) -> None:
        old = world.published()["id"]
        world.close()
        later = opened(world)
        later.close()
        carry(world, later)

        assert Wish.get(old, "wish", consistent_read=True).carried_to is None
        assert world.anyone.must("GET", f"/v1/rounds/{world.round_id}")["carried_to"] is None
