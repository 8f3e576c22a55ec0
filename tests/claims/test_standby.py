"""Standby (product.md section 2): who waits is next when a wish comes back, a day each, before it is open to all."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from chalicelib.base import clock
from chalicelib.claims import records, reserving, rules, timekeeping
from tests.people import COMPANY, Api, Reply
from tests.world import World, assert_problem

_numbers = count(17000092000)


@pytest.fixture
def phones() -> list[str]:
    """Three phones nobody has used: how many wishes one may wait for is limited."""
    return [str(next(_numbers)) for _ in range(3)]


@pytest.fixture
def waiting(world: World, phones: list[str]) -> list[Api]:
    """Three citizens who come too late for everything."""
    return [world.anyone.sign_in(phone) for phone in phones]


def join(who: Api, wish: str, **body: Any) -> Reply:
    return who.post(f"/v1/wishes/{wish}/standby", body)


def leave(who: Api, wish: str, **query: Any) -> Reply:
    return who.call("DELETE", f"/v1/wishes/{wish}/standby", **query)


def claim(who: Api, wish: str, **body: Any) -> Reply:
    return who.post(f"/v1/wishes/{wish}/claim", body)


def release(world: World, claim_id: str) -> None:
    world.staff.company.must("POST", f"/v1/claims/{claim_id}/release", {})


def places(who: Api) -> dict[str, tuple[int, str | None]]:
    """Where somebody stands, by wish."""
    items = who.must("GET", "/v1/me/standbys", limit=100)["items"]
    return {item["wish"]: (item["position"], item["reserved_until"]) for item in items}


def kinds(who: Api, wish: str) -> list[str]:
    """What somebody was told of the wish, newest first."""
    return [item["kind"] for item in who.must("GET", "/v1/me/inbox", limit=100)["items"] if item["wish"] == wish]


def later(**delta: float) -> Any:
    return clock.pinned(clock.now() + timedelta(**delta))


class TestJoining:
    def test_the_order_is_that_of_coming(self, world: World, waiting: list[Api]) -> None:
        wish, _ = world.claimed()

        replies = [join(who, wish) for who in waiting]

        assert [(reply.status, reply.json["position"]) for reply in replies] == [(201, 1), (201, 2), (201, 3)]
        assert replies[0].json["wish"] == wish
        assert clock.moment(replies[0].json["since"]) <= clock.now()
        assert replies[0].json["reserved_until"] is None
        assert [places(who)[wish] for who in waiting] == [(1, None), (2, None), (3, None)]

    def test_who_asks_again_stands_where_they_stood(self, world: World, waiting: list[Api]) -> None:
        wish, _ = world.claimed()
        first = join(waiting[0], wish).json
        join(waiting[1], wish)

        again = join(waiting[0], wish)

        assert (again.status, again.json) == (200, first)

    def test_what_is_free_is_claimed_not_waited_for(self, world: World, waiting: list[Api]) -> None:
        assert_problem(join(waiting[0], world.published()["id"]), 409, "wish_is_free")

    def test_nobody_waits_for_what_they_hold(self, world: World) -> None:
        wish, _ = world.claimed()

        assert_problem(join(world.staff.company, wish), 409, "claim_is_yours")

    def test_a_retry_under_its_key_is_told_of_the_same_place(self, world: World, waiting: list[Api]) -> None:
        wish, _ = world.claimed()
        path = f"/v1/wishes/{wish}/standby"
        first = waiting[0].post(path, key="s1")
        join(waiting[1], wish)

        again = waiting[0].post(path, key="s1")

        assert (first.status, first.json["position"]) == (201, 1)
        assert (again.status, again.json) == (201, first.json)
        assert join(waiting[0], wish).status == 200
        assert_problem(waiting[0].post(path, {"for_organisation": "x"}, key="s1"), 403, "not_a_member")
        assert world.full(wish)["state"] == "claimed"

    def test_a_retry_that_comes_after_one_has_left_puts_nobody_back_in_line(
        self, world: World, waiting: list[Api]
    ) -> None:
        wish, _ = world.claimed()
        path = f"/v1/wishes/{wish}/standby"
        first = waiting[0].post(path, key="s1")
        leave(waiting[0], wish)

        again = waiting[0].post(path, key="s1")

        assert (again.status, again.json) == (201, first.json)
        assert wish not in places(waiting[0])
        assert waiting[0].post(path, key="s2").json["position"] == 1

    def test_nobody_waits_for_their_own_wish(self, world: World) -> None:
        wish, _ = world.claimed()

        assert_problem(join(world.anyone.sign_in("17000091234"), wish), 403, "own_wish")

    @pytest.mark.parametrize("state", ["delivered", "fulfilled"])
    def test_there_is_nothing_to_wait_for_once_it_is_delivered(
        self, world: World, waiting: list[Api], state: str
    ) -> None:
        wish, _ = getattr(world, state)()

        assert_problem(join(waiting[0], wish), 409, "wrong_state")

    @pytest.mark.parametrize("then", ["withdrawn", "hidden"])
    def test_what_is_not_public_is_nothing_to_a_stranger(self, world: World, waiting: list[Api], then: str) -> None:
        wish, _ = world.claimed()
        act = {"withdrawn": ("withdraw", {"reason": "搬走"}), "hidden": ("hide", {})}[then]
        world.staff.local.must("POST", f"/v1/wishes/{wish}/{act[0]}", act[1])

        assert_problem(join(waiting[0], wish), 404, "not_found")
        assert_problem(join(waiting[0], "01" + "0" * 24), 404, "not_found")

    def test_after_the_claim_window_nobody_waits(self, world: World, phones: list[str]) -> None:
        wish, _ = world.claimed()

        with later(days=31):
            assert_problem(join(world.anyone.sign_in(phones[0]), wish), 409, "claims_not_open")

    def test_a_person_waits_for_ten_wishes_at_most_and_leaving_one_makes_room(self, world: World) -> None:
        patient = world.anyone.sign_in(str(next(_numbers)))
        wishes = [world.claimed()[0] for _ in range(rules.STANDBYS_OF_A_PERSON + 1)]
        assert {join(patient, wish).status for wish in wishes[:-1]} == {201}

        refusal = join(patient, wishes[-1])

        assert_problem(refusal, 409, "standby_limit_reached")
        assert refusal.json["limit"] == rules.STANDBYS_OF_A_PERSON
        assert leave(patient, wishes[0]).status == 204
        assert join(patient, wishes[-1]).status == 201

    def test_a_queue_ends_somewhere(self, world: World, waiting: list[Api], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "MOST_ON_STANDBY", 2)
        wish, _ = world.claimed()

        replies = [join(who, wish) for who in waiting]

        assert [reply.status for reply in replies] == [201, 201, 409]
        assert_problem(replies[2], 409, "standby_full")

    def test_what_one_waits_for_is_listed_page_by_page(self, world: World) -> None:
        patient = world.anyone.sign_in(str(next(_numbers)))
        wishes = [world.claimed()[0] for _ in range(3)]
        for wish in wishes:
            join(patient, wish)

        first = patient.must("GET", "/v1/me/standbys", limit=2)
        second = patient.must("GET", "/v1/me/standbys", limit=2, cursor=first["next"])

        listed = [item["wish"] for item in first["items"] + second["items"]]
        assert sorted(listed) == sorted(wishes)
        assert second["next"] is None


class TestTheNextInLine:
    def test_a_released_wish_is_kept_for_the_first_for_a_day(self, world: World, waiting: list[Api]) -> None:
        wish, held = world.claimed()
        for who in waiting[:2]:
            join(who, wish)

        release(world, held)

        shown = world.anyone.must("GET", f"/v1/wishes/{wish}")
        assert shown["state"] == "published"
        day = clock.moment(shown["reserved_until"]) - clock.now()
        assert timedelta(hours=23, minutes=59) < day <= timedelta(hours=24)
        assert [places(who)[wish] for who in waiting[:2]] == [(1, shown["reserved_until"]), (2, None)]
        assert (kinds(waiting[0], wish), kinds(waiting[1], wish)) == (["standby_turn"], [])

    def test_it_stays_on_the_wall_with_the_time_it_is_kept_until(self, world: World, waiting: list[Api]) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)
        release(world, held)

        listed = world.anyone.must("GET", "/v1/wishes", round=world.round_id, state="published")["items"]

        assert [(item["id"], bool(item["reserved_until"])) for item in listed] == [(wish, True)]

    def test_for_whom_it_is_kept_only_staff_see(self, world: World, waiting: list[Api]) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)
        release(world, held)

        seen = [who.get(f"/v1/wishes/{wish}") for who in (world.anyone, world.staff.member, world.staff.observer)]

        kept = world.full(wish)["reservation"]
        assert (kept["account"], kept["offered"]) == (waiting[0].account, False)
        assert not any(waiting[0].account in reply.text or "reservation" in reply.json for reply in seen)

    def test_others_are_told_until_when_and_may_wait_themselves(self, world: World, waiting: list[Api]) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)
        release(world, held)

        refusal = claim(waiting[1], wish)

        assert_problem(refusal, 409, "wish_reserved")
        assert refusal.json["reserved_until"] == places(waiting[0])[wish][1]
        assert join(waiting[1], wish).json["position"] == 2

    def test_the_first_claims_and_waits_no_longer_while_the_others_do(self, world: World, waiting: list[Api]) -> None:
        wish, held = world.claimed()
        for who in waiting[:2]:
            join(who, wish)
        release(world, held)

        reply = claim(waiting[0], wish)

        assert reply.status == 201
        assert wish not in places(waiting[0])
        assert places(waiting[1])[wish] == (1, None)
        waiting[0].must("POST", f"/v1/claims/{reply.json['id']}/release", {})
        assert places(waiting[1])[wish][1] is not None

    def test_whoever_gave_it_back_may_wait_for_it_again(self, world: World, waiting: list[Api]) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)
        release(world, held)

        assert join(world.staff.company, wish).json["position"] == 2

    @pytest.mark.parametrize("how", ["revoke", "expire"])
    def test_a_revoked_or_expired_claim_goes_to_the_next_too(
        self, world: World, waiting: list[Api], phones: list[str], how: str
    ) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)

        if how == "revoke":
            world.staff.local.must("POST", f"/v1/claims/{held}/revoke", {"reason": "联系不上"})
            assert claim(waiting[0], wish).status == 201
        else:
            with later(days=7, minutes=1):
                timekeeping.look(wish, f"claim#{int(held.rpartition('-')[2]):06d}", clock.stamp())
                assert claim(world.anyone.sign_in(phones[0]), wish).status == 201
        assert world.history(wish)[0]["act"] == "claim"

    def test_who_is_at_their_cap_is_told_so(self, world: World) -> None:
        busy = world.anyone.sign_in(str(next(_numbers)))
        wish, held = world.claimed()
        join(busy, wish)
        for _ in range(3):
            world.claimed(busy)
        release(world, held)

        assert_problem(claim(busy, wish), 409, "claim_cap_reached")

    def test_a_liaison_claims_for_the_offline_citizen_it_is_kept_for(
        self, world: World, waiting: list[Api], phones: list[str]
    ) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)
        release(world, held)
        other = {"name": "别人", "phone": phones[1], "claimant_type": "citizen"}

        assert_problem(claim(world.staff.local, wish, on_behalf_of=other), 409, "wish_reserved")
        assert_problem(claim(world.staff.local, wish), 409, "wish_reserved")
        theirs = claim(world.staff.local, wish, on_behalf_of=other | {"phone": phones[0]})
        assert theirs.status == 201
        assert theirs.json["wish"] == wish

    def test_only_a_liaison_may_try_whose_phone_it_is_kept_for(
        self, world: World, waiting: list[Api], phones: list[str]
    ) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)
        release(world, held)

        for phone in phones[:2]:
            behalf = {"name": "某人", "phone": phone, "claimant_type": "citizen"}
            assert_problem(claim(world.staff.member, wish, on_behalf_of=behalf), 403, "forbidden")


class TestDecliningAndLapsing:
    def test_declining_hands_it_to_the_next_at_once_and_then_to_all(self, world: World, waiting: list[Api]) -> None:
        wish, held = world.claimed()
        for who in waiting[:2]:
            join(who, wish)
        release(world, held)

        assert leave(waiting[0], wish).status == 204
        assert places(waiting[1])[wish][1] is not None
        assert_problem(claim(waiting[2], wish), 409, "wish_reserved")
        assert leave(waiting[1], wish).status == 204

        assert [line["act"] for line in world.history(wish)[:3]] == ["decline", "decline", "release"]
        assert world.history(wish)[0]["by"] == waiting[1].account
        assert world.anyone.must("GET", f"/v1/wishes/{wish}")["reserved_until"] is None
        assert claim(waiting[2], wish).status == 201

    def test_leaving_the_queue_moves_the_others_up(self, world: World, waiting: list[Api]) -> None:
        wish, _ = world.claimed()
        for who in waiting:
            join(who, wish)

        assert leave(waiting[1], wish).status == 204

        assert (places(waiting[0])[wish][0], places(waiting[2])[wish][0]) == (1, 2)
        assert wish not in places(waiting[1])

    def test_leaving_twice_or_what_one_never_joined_changes_nothing(self, world: World, waiting: list[Api]) -> None:
        wish, _ = world.claimed()
        before = world.history(wish)

        assert [leave(waiting[0], wish).status for _ in range(2)] == [204, 204]
        assert world.history(wish) == before
        assert_problem(leave(waiting[0], world.declared()["id"]), 404, "not_found")

    def test_after_a_day_it_is_the_nexts_even_before_the_clock_comes_by(
        self, world: World, waiting: list[Api], phones: list[str]
    ) -> None:
        wish, held = world.claimed()
        for who in waiting[:2]:
            join(who, wish)
        release(world, held)

        with later(hours=24, minutes=1):
            first, second, third = (world.anyone.sign_in(phone) for phone in phones)
            assert_problem(claim(third, wish), 409, "wish_reserved")
            assert_problem(claim(first, wish), 409, "wish_reserved")
            assert kinds(first, wish)[0] == "reservation_over"
            assert claim(second, wish).status == 201
        acts = [(line["act"], line["by"]) for line in world.history(wish)[:2]]
        assert acts == [("claim", waiting[1].account), ("lapse", "system")]

    def test_when_nobody_is_left_it_is_back_in_the_pool_and_reminded_of_from_then_on(
        self, world: World, waiting: list[Api]
    ) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)
        release(world, held)

        with later(hours=24, minutes=1):
            at = clock.stamp()
            assert [reserving.look(wish, at) for _ in range(2)] == [True, False]

        item = reserving.wishes.get(wish)
        assert (item.reserved_for, item.reserved_until, item.republished_at) == (None, None, at)
        assert item.due_at == clock.later(at, days=1)
        assert records.queue(wish).due_at is None
        assert wish not in places(waiting[0])

    def test_a_reservation_never_outlasts_the_claim_window(self, world: World, waiting: list[Api]) -> None:
        ends = clock.stamp(clock.now() + timedelta(hours=2))
        world.staff.administrator.must("PATCH", f"/v1/rounds/{world.round_id}", {"claim_until": ends}, version=1)
        wish, held = world.claimed()
        join(waiting[0], wish)

        release(world, held)

        assert places(waiting[0])[wish][1] == ends

    def test_after_the_window_nobody_is_next_and_those_who_wait_are_told(
        self, world: World, waiting: list[Api]
    ) -> None:
        wish, held = world.claimed()
        join(waiting[0], wish)

        with later(days=31):
            world.anyone.sign_in(COMPANY).must("POST", f"/v1/claims/{held}/release", {})
            assert world.anyone.must("GET", f"/v1/wishes/{wish}")["reserved_until"] is None
            assert reserving.look(wish, clock.stamp())

        assert kinds(waiting[0], wish) == ["standby_over"]
        assert wish not in places(waiting[0])


class TestTheEnd:
    @pytest.mark.parametrize("how", ["withdrawn", "fulfilled", "closed", "withdrawn while kept"])
    def test_whoever_waits_for_what_is_over_is_told_and_waits_no_longer(
        self, world: World, waiting: list[Api], how: str
    ) -> None:
        wish, held = world.claimed()
        for who in waiting:
            join(who, wish)
        staff = world.staff
        if how == "fulfilled":
            staff.company.must("POST", f"/v1/claims/{held}/deliver", {})
            assert places(waiting[0])[wish] == (1, None)  # it may come back
            staff.local.must("POST", f"/v1/claims/{held}/confirm", {"method": "visit"})
        elif how == "withdrawn":
            staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "搬走了"})
        else:
            release(world, held)
            if how == "closed":
                world.close()
            else:
                staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "搬走了"})
        assert not any(wish in places(who) for who in waiting)

        assert [reserving.look(wish, clock.stamp()) for _ in range(2)] == [True, False]

        assert [kinds(who, wish)[0] for who in waiting] == ["standby_over"] * 3
        assert not any(wish in records.on_standby(who.account) for who in waiting)
        assert records.queue(wish).accounts == []

    def test_a_long_queue_ends_in_more_transactions_than_one(
        self, world: World, waiting: list[Api], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reserving, "_AT_ONCE", 1)
        wish, _ = world.claimed()
        for who in waiting:
            join(who, wish)
        world.staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "搬走了"})

        assert reserving.look(wish, clock.stamp())

        assert [kinds(who, wish) for who in waiting] == [["standby_over"]] * 3
