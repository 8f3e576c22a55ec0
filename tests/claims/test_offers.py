"""Offers (product.md section 2): a liaison keeps a published wish for a named organisation until it answers."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.base import clock
from chalicelib.claims import records, reserving
from tests.people import CITIZEN, COMPANY, PARTY_MEMBER, Api, Reply
from tests.world import World, assert_problem

_numbers = count(17000093000)


def offer(who: Api, wish: str, key: str = "", **body: Any) -> Reply:
    return who.post(f"/v1/wishes/{wish}/offer", body, key=key)


def decline(who: Api, wish: str) -> Reply:
    return who.call("DELETE", f"/v1/wishes/{wish}/offer")


def claim(who: Api, wish: str, **body: Any) -> Reply:
    return who.post(f"/v1/wishes/{wish}/claim", body)


def kinds(who: Api, wish: str) -> list[str]:
    """What somebody was told of the wish, newest first."""
    return [item["kind"] for item in who.must("GET", "/v1/me/inbox", limit=100)["items"] if item["wish"] == wish]


def later(**delta: float) -> Any:
    return clock.pinned(clock.now() + timedelta(**delta))


def offered(world: World, **body: Any) -> str:
    """A wish that is offered to the company."""
    wish: str = world.published()["id"]
    assert offer(world.staff.local, wish, **(body or {"phone": COMPANY})).status == 200
    return wish


class TestOffering:
    @pytest.mark.parametrize("by", ["account", "phone"])
    def test_an_offered_wish_stays_published_and_is_kept_for_three_days(self, world: World, by: str) -> None:
        named = {"account": world.staff.company.account} if by == "account" else {"phone": COMPANY}
        wish = offered(world, **named, message="贵公司的志愿者就在附近")

        found = world.full(wish)
        assert (found["state"], found["reservation"]["offered"]) == ("published", True)
        assert found["reservation"]["account"] == world.staff.company.account
        kept = clock.moment(found["reserved_until"]) - clock.now()
        assert timedelta(hours=71, minutes=59) < kept <= timedelta(hours=72)
        latest = world.history(wish)[0]
        assert (latest["act"], latest["from"], latest["to"]) == ("offer", "published", "published")
        assert (latest["by"], latest["role"]) == (world.staff.local.account, "liaison")

    def test_the_organisation_is_told_with_the_liaisons_words(self, world: World) -> None:
        wish = offered(world, phone=COMPANY, message="贵公司的志愿者就在附近")

        inbox = world.staff.company.must("GET", "/v1/me/inbox", limit="100")["items"]
        [told] = [each for each in inbox if each["wish"] == wish]  # others, "later" by their clock, share the company

        assert told["kind"] == "offer_made"
        assert "志愿者就在附近" in told["text"]

    def test_its_members_are_told_find_it_and_claim_it_for_the_organisation(self, world: World) -> None:
        phone = str(next(_numbers))
        organisation = seed_account(str(next(_numbers)), name="某协会", claimant_type="social_organisation")
        member = world.anyone.sign_in(phone)
        world.staff.administrator.must("POST", f"/v1/accounts/{organisation}/members", {"phone": phone})
        wish = offered(world, account=organisation)

        listed = member.must("GET", "/v1/me/standbys")["items"]
        reply = claim(member, wish, for_organisation=organisation)

        assert kinds(member, wish) == ["offer_made"]
        assert [(item["wish"], item["position"], item["organisation"]) for item in listed] == [(wish, 0, organisation)]
        assert (reply.status, reply.json["claimant_type"]) == (201, "social_organisation")
        assert member.must("GET", "/v1/me/standbys")["items"] == []

    def test_others_are_refused_until_then_and_may_go_on_standby(self, world: World) -> None:
        wish = offered(world)

        refusal = claim(world.staff.member, wish)

        assert_problem(refusal, 409, "wish_reserved")
        assert refusal.json["reserved_until"] == world.full(wish)["reserved_until"]
        assert world.staff.member.post(f"/v1/wishes/{wish}/standby", {}).json["position"] == 1
        assert claim(world.staff.company, wish).status == 201

    def test_the_liaison_says_for_how_long_within_two_weeks(self, world: World) -> None:
        wish = offered(world, phone=COMPANY, hours=336)
        kept = clock.moment(world.full(wish)["reserved_until"]) - clock.now()
        assert timedelta(days=13) < kept <= timedelta(days=14)

        for hours in (0, 337):
            faults = assert_problem(
                offer(world.staff.local, world.published()["id"], phone=COMPANY, hours=hours), 422, "invalid_fields"
            )
            assert set(faults) == {"hours"}

    @pytest.mark.parametrize("named", [{}, {"account": "x", "phone": COMPANY}, {"phone": CITIZEN}, {"phone": "123"},
                                       {"phone": PARTY_MEMBER}, {"phone": "17000093999"},
                                       {"account": "01" + "0" * 24}, {"account": "nobody"}])  # fmt: skip
    def test_an_offer_names_one_organisation(self, world: World, named: dict[str, str]) -> None:
        wish = world.published()["id"]

        assert_problem(offer(world.staff.local, wish, **named), 422, "invalid_fields")

        assert world.full(wish)["reservation"] is None

    def test_a_wish_is_offered_to_one_at_a_time(self, world: World) -> None:
        wish = offered(world)

        assert_problem(offer(world.staff.liaison, wish, phone=COMPANY), 409, "wish_reserved")

    @pytest.mark.parametrize("state", ["declared", "verified"])
    def test_only_a_published_wish_is_offered(self, world: World, state: str) -> None:
        wish = getattr(world, state)()["id"]

        assert_problem(offer(world.staff.local, wish, phone=COMPANY), 409, "wrong_state")

    def test_a_hidden_wish_is_offered_to_nobody(self, world: World) -> None:
        wish = world.published()["id"]
        world.staff.local.must("POST", f"/v1/wishes/{wish}/hide", {})

        assert_problem(offer(world.staff.local, wish, phone=COMPANY), 409, "wrong_state")

    def test_nothing_is_offered_outside_the_claim_window(self, world: World) -> None:
        wish = world.published()["id"]

        with later(days=31):
            liaison = world.anyone.sign_in("17000090003")
            assert_problem(offer(liaison, wish, phone=COMPANY), 409, "claims_not_open")

    def test_a_retry_under_its_key_offers_once(self, world: World) -> None:
        wish = world.published()["id"]

        replies = [offer(world.staff.local, wish, key="o", phone=COMPANY) for _ in range(2)]

        assert [reply.status for reply in replies] == [200, 200]
        assert [line["act"] for line in world.history(wish)].count("offer") == 1
        assert kinds(world.staff.company, wish) == ["offer_made"]


class TestTheAnswer:
    def test_the_organisation_declines_and_the_liaison_is_told(self, world: World) -> None:
        wish = offered(world)

        assert [decline(world.staff.company, wish).status for _ in range(2)] == [204, 204]

        latest = world.history(wish)[0]
        assert (latest["act"], latest["by"]) == ("decline", world.staff.company.account)
        assert kinds(world.staff.local, wish)[0] == "offer_declined"
        assert claim(world.staff.member, wish).status == 201
        world.staff.member.must("POST", f"/v1/claims/{world.full(wish)['claim']['id']}/release", {})

    def test_the_liaison_takes_it_back_and_the_organisation_is_told(self, world: World) -> None:
        wish = offered(world)

        assert [decline(world.staff.liaison, wish).status for _ in range(2)] == [204, 204]

        assert [line["act"] for line in world.history(wish)[:2]] == ["take_back", "offer"]
        assert kinds(world.staff.company, wish)[0] == "reservation_over"
        assert world.full(wish)["reservation"] is None

    def test_nobody_else_answers_it(self, world: World) -> None:
        wish = offered(world)

        assert_problem(decline(world.staff.member, wish), 409, "no_offer")
        assert_problem(decline(world.staff.member, world.declared()["id"]), 404, "not_found")
        assert world.full(wish)["reservation"] is not None

    def test_what_is_kept_for_somebody_on_standby_is_no_offer_to_take_back(self, world: World) -> None:
        wish, held = world.claimed()
        waiting = world.anyone.sign_in(str(next(_numbers)))
        waiting.must("POST", f"/v1/wishes/{wish}/standby", {})
        world.staff.company.must("POST", f"/v1/claims/{held}/release", {})

        assert decline(world.staff.local, wish).status == 204

        assert world.full(wish)["reservation"]["account"] == waiting.account
        assert_problem(decline(waiting, wish), 409, "no_offer")

    @pytest.mark.parametrize("how", ["decline", "lapse", "take back"])
    def test_then_it_is_the_first_on_standby_whose_turn_it_is(self, world: World, how: str) -> None:
        wish = offered(world)
        waiting = world.anyone.sign_in(str(next(_numbers)))
        waiting.must("POST", f"/v1/wishes/{wish}/standby", {})

        if how == "lapse":
            with later(hours=72, minutes=1):
                assert reserving.look(wish, clock.stamp())
        else:
            decline(world.staff.company if how == "decline" else world.staff.local, wish)

        assert world.full(wish)["reservation"]["account"] == waiting.account
        assert not world.full(wish)["reservation"]["offered"]

    def test_without_an_answer_it_lapses_and_both_are_told(self, world: World) -> None:
        wish = offered(world)

        with later(hours=72, minutes=1):
            assert [reserving.look(wish, clock.stamp()) for _ in range(2)] == [True, False]

        assert [(line["act"], line["by"]) for line in world.history(wish)[:1]] == [("lapse", "system")]
        assert kinds(world.staff.local, wish)[0] == "offer_lapsed"
        assert kinds(world.staff.company, wish)[0] == "reservation_over"
        assert claim(world.staff.company, wish).status == 201

    def test_a_lapsed_offer_can_be_made_again_before_the_clock_comes_by(self, world: World) -> None:
        wish = offered(world)

        with later(hours=72, minutes=1):
            liaison = world.anyone.sign_in("17000090003")
            assert offer(liaison, wish, phone=COMPANY).status == 200

        assert [line["act"] for line in world.history(wish)[:3]] == ["offer", "lapse", "offer"]

    def test_a_withdrawn_wish_is_kept_for_nobody(self, world: World) -> None:
        wish = offered(world)
        world.staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "搬走了"})

        assert reserving.look(wish, clock.stamp())

        assert world.full(wish)["reserved_until"] is None
        assert wish not in records.on_standby(world.staff.company.account)
        assert kinds(world.staff.company, wish)[0] == "reservation_over"
