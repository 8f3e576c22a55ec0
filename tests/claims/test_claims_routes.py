"""A claim from the rush to its fulfilment, over the API (product.md sections 2 and 6)."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.base import clock
from tests.people import Api, Reply, wish
from tests.world import World, assert_problem


def claim(who: Api, wish_id: str, key: str = "", **body: Any) -> Reply:
    return who.post(f"/v1/wishes/{wish_id}/claim", body, key=key)


def act(who: Api, claim_id: str, name: str, key: str = "", **body: Any) -> Reply:
    return who.post(f"/v1/claims/{claim_id}/{name}", body, key=key)


class TestClaiming:
    def test_the_first_to_come_gets_it(self, world: World) -> None:
        made = world.published()

        reply = claim(world.staff.company, made["id"], message="周末送到", contributors=12)

        assert reply.status == 201
        assert reply.json["wish"] == made["id"]
        assert (reply.json["state"], reply.json["stage"]) == ("live", None)
        assert (reply.json["message"], reply.json["contributors"]) == ("周末送到", 12)
        days = clock.moment(reply.json["expires_at"]) - clock.moment(reply.json["claimed_at"])
        assert days == timedelta(days=7)
        assert world.anyone.must("GET", f"/v1/wishes/{made['id']}")["state"] == "claimed"
        assert world.staff.company.must("GET", f"/v1/claims/{reply.json['id']}") == reply.json

    def test_the_second_is_told_without_being_told_who_won(self, world: World) -> None:
        wish_id, _ = world.claimed()

        refusal = claim(world.staff.member, wish_id)

        assert_problem(refusal, 409, "wish_already_claimed")
        assert world.staff.company.account not in refusal.text

    def test_the_same_claimant_gets_their_own_claim_again(self, world: World) -> None:
        wish_id, claim_id = world.claimed()

        again = claim(world.staff.company, wish_id)

        assert (again.status, again.json["id"]) == (200, claim_id)
        assert len(world.history(wish_id)) == 4

    def test_a_retry_under_its_key_gets_the_first_answer_again(self, world: World) -> None:
        made = world.published()

        first, again = (claim(world.staff.company, made["id"], key="c") for _ in range(2))

        assert (again.status, again.json) == (201, first.json)
        assert_problem(claim(world.staff.company, made["id"], key="c", message="x"), 422, "idempotency_key_reused")

    @pytest.mark.parametrize("then", ["release", "deliver", "confirm", "withdraw"])
    def test_a_retry_gets_its_claim_however_that_has_gone_since_and_claims_nothing_anew(
        self, world: World, then: str
    ) -> None:
        wish_id = world.published()["id"]
        first = claim(world.staff.company, wish_id, key="c").json
        if then == "withdraw":
            world.staff.local.must("POST", f"/v1/wishes/{wish_id}/withdraw", {"reason": "搬走"})
        else:
            act(world.staff.company, first["id"], "release" if then == "release" else "deliver")
        if then == "confirm":
            act(world.staff.local, first["id"], "confirm", method="visit")
        before = world.history(wish_id)

        again = claim(world.staff.company, wish_id, key="c")

        assert (again.status, again.json["id"]) == (201, first["id"])
        ended = {"release": "released", "deliver": "delivered", "confirm": "fulfilled", "withdraw": "revoked"}
        assert again.json["state"] == ended[then]
        assert world.history(wish_id) == before

    def test_three_live_claims_are_the_cap_of_a_person_and_a_delivered_one_makes_room(self, world: World) -> None:
        person = world.anyone.sign_in("17000095556")
        made = [world.published()["id"] for _ in range(4)]
        claims = [claim(person, wish_id) for wish_id in made[:3]]

        refusal = claim(person, made[3])

        assert [each.status for each in claims] == [201, 201, 201]
        assert_problem(refusal, 409, "claim_cap_reached")
        assert refusal.json["cap"] == 3
        act(person, claims[0].json["id"], "deliver")
        assert claim(person, made[3]).status == 201

    def test_an_organisation_may_hold_more(self, world: World) -> None:
        statuses = {claim(world.staff.company, world.published()["id"]).status for _ in range(4)}

        assert statuses == {201}

    @pytest.mark.parametrize("days", [-1.5, 31])
    def test_outside_the_claim_window_nobody_claims(self, world: World, days: float) -> None:
        made = world.published()

        with clock.pinned(clock.now() + timedelta(days=days)):
            early = world.anyone.sign_in("17000090008")
            assert_problem(claim(early, made["id"]), 409, "claims_not_open")

    def test_a_subdistricts_own_window_counts_there(self, world: World) -> None:
        made = world.published()
        opens = clock.stamp(clock.now() + timedelta(hours=1))
        place = made["subdistrict"]
        world.staff.administrator.must(
            "PATCH", f"/v1/rounds/{world.round_id}", {"overrides": {place: {"claim_from": opens}}}, version=1
        )

        assert_problem(claim(world.staff.member, made["id"]), 409, "claims_not_open")

    def test_a_subdistrict_may_open_before_all_others_and_close_after_them(self, world: World) -> None:
        made, now = world.published(), clock.now()
        own = {
            "claim_from": clock.stamp(now - timedelta(hours=1)),
            "claim_until": clock.stamp(now + timedelta(days=40)),
        }
        world.staff.administrator.must(
            "PATCH",
            f"/v1/rounds/{world.round_id}",
            {"claim_from": clock.stamp(now + timedelta(days=1)), "overrides": {made["subdistrict"]: own}},
            version=1,
        )

        assert claim(world.staff.company, made["id"]).status == 201

    def test_the_window_opens_on_its_first_second_and_is_shut_on_its_last(self, world: World) -> None:
        made = [world.published()["id"] for _ in range(3)]
        window = world.anyone.must("GET", f"/v1/rounds/{world.round_id}")
        opens, ends = (clock.moment(window[name]) for name in ("claim_from", "claim_until"))

        for at, wish_id, status in (
            (opens - timedelta(seconds=1), made[0], 409),
            (opens, made[0], 201),
            (ends - timedelta(seconds=1), made[1], 201),
            (ends, made[2], 409),
        ):
            with clock.pinned(at):
                assert claim(world.anyone.sign_in("17000090006"), wish_id).status == status

    def test_the_wishers_side_does_not_claim_its_own_wish(self, world: World) -> None:
        wisher = world.anyone.sign_in("17000091234")  # the contact of every test's wish, which the citizen declared
        made = world.published()["id"]

        behalf = {"name": "秦", "phone": "17000091234", "claimant_type": "citizen"}

        assert_problem(claim(wisher, made), 403, "own_wish")
        assert_problem(claim(world.staff.local, made, on_behalf_of=behalf), 403, "own_wish")
        assert world.full(made)["state"] == "published"

    @pytest.mark.parametrize("by", [{"self": True}, {"name": "好邻居", "relation": "邻居"}])
    def test_whoever_only_keyed_a_wish_may_grant_it(self, world: World, by: dict[str, Any]) -> None:
        made = world.published(declared_by=by)["id"]  # from an account that is not the contact's

        assert claim(world.staff.citizen, made).status == 201

    def test_who_declared_it_for_somebody_and_grants_it_can_deliver_it(self, world: World) -> None:
        made, granted = world.claimed(by=world.staff.citizen)
        world.staff.local.must("POST", f"/v1/claims/{granted}/introduce", {})

        seen = world.staff.citizen.must("GET", f"/v1/wishes/{made}")

        assert seen["hand_over"]["committee"]
        assert seen["contact"]["phone"] == "17000091234"
        assert "confirmation_code" not in seen

    def test_an_unpublished_wish_is_nothing_to_a_stranger(self, world: World) -> None:
        assert_problem(claim(world.staff.member, world.declared()["id"]), 404, "not_found")

    @pytest.mark.parametrize(
        ("body", "named"),
        [({"message": "x" * 501}, "message"), ({"contributors": 0}, "contributors"), ({"amount": 100}, "amount"),
         ({"contributors": 5}, "contributors"),  # an organisation's claim may carry them, a person's not
         ({"on_behalf_of": {"name": "某人"}}, "on_behalf_of.phone"), ({"message": "a\x00b"}, "message"),
         ({"on_behalf_of": {"name": "某人", "phone": "17000095555", "claimant_type": "king"}},
          "on_behalf_of.claimant_type")],
    )  # fmt: skip
    def test_wrong_fields_are_named(self, world: World, body: dict[str, Any], named: str) -> None:
        reply = claim(world.staff.member, world.published()["id"], **body)

        assert set(assert_problem(reply, 422, "invalid_fields")) == {named}


class TestForAnOfflineCitizen:
    BEHALF = {"name": "周大爷", "phone": "17000095555", "claimant_type": "party_member"}

    def test_a_liaison_claims_and_is_named_in_the_history(self, world: World) -> None:
        made = world.published()

        reply = claim(world.staff.local, made["id"], on_behalf_of=self.BEHALF)

        assert (reply.status, reply.json["claimant_type"]) == (201, "party_member")
        latest = world.history(made["id"])[0]
        assert (latest["act"], latest["by"], latest["role"]) == ("claim", world.staff.local.account, "liaison")
        citizen = world.anyone.sign_in(self.BEHALF["phone"])
        assert reply.json["id"] in [each["id"] for each in citizen.must("GET", "/v1/me/claims")["items"]]
        seen = world.staff.local.must("GET", f"/v1/claims/{reply.json['id']}")
        assert seen["claimant_phone"] == self.BEHALF["phone"]

    def test_a_retry_under_its_key_gets_the_first_answer_again(self, world: World) -> None:
        made = world.published()

        replies = [claim(world.staff.local, made["id"], key="b", on_behalf_of=self.BEHALF) for _ in range(2)]

        assert [reply.status for reply in replies] == [201, 201]
        assert replies[0].json["id"] == replies[1].json["id"]

    def test_the_citizens_cap_counts_not_the_liaisons(self, world: World) -> None:
        behalf = self.BEHALF | {"phone": "17000095556"}
        statuses = [claim(world.staff.local, world.published()["id"], on_behalf_of=behalf).status for _ in range(4)]

        assert statuses == [201, 201, 201, 409]

    @pytest.mark.parametrize("role", ["member", "worker", "observer"])
    def test_nobody_else_does(self, world: World, role: str) -> None:
        reply = claim(getattr(world.staff, role), world.published()["id"], on_behalf_of=self.BEHALF)

        assert_problem(reply, 403, "forbidden")


class TestProgress:
    def test_stages_go_forward_and_may_be_skipped(self, world: World) -> None:
        _, made = world.claimed()
        company = world.staff.company

        assert act(company, made, "progress", stage="prepared").json["stage"] == "prepared"
        assert_problem(act(company, made, "progress", stage="contacted"), 409, "stage_order")
        assert act(company, made, "progress", stage="on_the_way").json["expires_at"] is None

    def test_contact_starts_the_clock_anew(self, world: World) -> None:
        _, made = world.claimed()
        before = world.staff.company.must("GET", f"/v1/claims/{made}")["expires_at"]

        with clock.pinned(clock.now() + timedelta(minutes=20)):
            after = act(world.staff.company, made, "progress", stage="contacted").json["expires_at"]

        assert after > before

    @pytest.mark.parametrize("stage", ["arrived", "", 1, None])
    def test_there_are_three_stages(self, world: World, stage: object) -> None:
        _, made = world.claimed()

        assert set(assert_problem(act(world.staff.company, made, "progress", stage=stage), 422, "invalid_fields")) == {
            "stage"
        }

    def test_a_visit_belongs_to_a_spiritual_wish(self, world: World) -> None:
        _, material = world.claimed()
        _, spiritual = world.claimed(kind="spiritual", category="陪伴")
        visit = {"stage": "contacted", "visit_at": "2030-01-01T09:00:00+08:00"}

        assert_problem(act(world.staff.company, material, "progress", **visit), 422, "invalid_fields")
        assert act(world.staff.company, spiritual, "progress", **visit).json["visit_at"] == "2030-01-01T01:00:00Z"

    @pytest.mark.parametrize("visit_at", ["tomorrow at nine", "9999-12-31T23:59:59-14:00", "2030-01-01T09:00:00"])
    def test_a_visit_is_at_a_time(self, world: World, visit_at: str) -> None:
        _, made = world.claimed(kind="spiritual", category="陪伴")

        reply = act(world.staff.company, made, "progress", stage="contacted", visit_at=visit_at)

        assert set(assert_problem(reply, 422, "invalid_fields")) == {"visit_at"}

    def test_one_extension_on_request(self, world: World) -> None:
        _, made = world.claimed()
        before = clock.moment(world.staff.company.must("GET", f"/v1/claims/{made}")["expires_at"])

        extended = act(world.staff.company, made, "extend")

        assert clock.moment(extended.json["expires_at"]) == before + timedelta(days=7)
        assert extended.json["extended"] is True
        assert_problem(act(world.staff.company, made, "extend"), 409, "already_extended")

    def test_what_is_on_the_way_needs_no_extension(self, world: World) -> None:
        _, made = world.claimed()
        act(world.staff.company, made, "progress", stage="on_the_way")

        assert_problem(act(world.staff.company, made, "extend"), 409, "not_expiring")


class TestGivingBack:
    def test_a_released_wish_is_on_the_wall_again_and_open_to_others(self, world: World) -> None:
        wish_id, made = world.claimed()

        reply = act(world.staff.company, made, "release", reason="缺货")

        assert (reply.status, reply.json["state"]) == (200, "released")
        assert reply.json["ended_at"]
        assert claim(world.staff.member, wish_id).status == 201
        assert_problem(act(world.staff.company, made, "deliver"), 409, "claim_over")

    def test_a_revoked_claimant_is_told_why(self, world: World) -> None:
        _, made = world.claimed()

        reply = act(world.staff.local, made, "revoke", reason="多次联系不上")

        assert reply.json["state"] == "revoked"
        items = world.staff.company.must("GET", "/v1/me/inbox")["items"]
        assert any("多次联系不上" in each["text"] for each in items)

    def test_a_revocation_needs_a_reason(self, world: World) -> None:
        _, made = world.claimed()

        assert set(assert_problem(act(world.staff.local, made, "revoke"), 422, "invalid_fields")) == {"reason"}

    def test_both_are_refused_once_delivered(self, world: World) -> None:
        _, made = world.delivered()

        assert_problem(act(world.staff.company, made, "release"), 409, "wrong_state")
        assert_problem(act(world.staff.local, made, "revoke", reason="x"), 409, "wrong_state")

    def test_an_act_retried_under_its_key_is_done_once(self, world: World) -> None:
        wish_id, made = world.claimed()

        replies = [act(world.staff.company, made, "release", key="r") for _ in range(2)]

        assert [reply.status for reply in replies] == [200, 200]
        assert replies[0].json == replies[1].json
        assert len(world.history(wish_id)) == 5
        assert_problem(act(world.staff.company, made, "release", key="r", reason="x"), 422, "idempotency_key_reused")


class TestDelivering:
    def test_what_did_not_arrive_is_live_again(self, world: World) -> None:
        wish_id, made = world.delivered()

        reply = act(world.staff.worker, made, "return", reason="unsuitable", note="尺寸不对")

        assert (reply.status, reply.json["state"]) == (200, "live")
        assert reply.json["expires_at"]
        assert world.full(wish_id)["state"] == "claimed"

    def test_the_claimant_cannot_return_their_own_delivery(self, world: World) -> None:
        _, made = world.delivered()

        assert act(world.staff.company, made, "return", reason="unsuitable").status == 403

    @pytest.mark.parametrize(
        "body", [{"photos": ["uploads/x/1.jpg"] * 10}, {"photos": ["uploads/somebody/1.jpg"]}, {"photos": ["../a"]},
                 {"minutes": -1}, {"note": "x" * 1001}]
    )  # fmt: skip
    def test_what_may_not_be_said_of_a_delivery_is_refused(self, world: World, body: dict[str, Any]) -> None:
        wish_id, made = world.claimed()

        assert_problem(act(world.staff.company, made, "deliver", **body), 422, "invalid_fields")
        assert world.full(wish_id)["state"] == "claimed"


class TestConfirming:
    def slip(self, world: World, wish_id: str) -> str:
        """The code as the wisher reads it on their own page."""
        wisher = world.anyone.sign_in("17000091234")
        return str(wisher.must("GET", f"/v1/wishes/{wish_id}")["confirmation_code"])

    @pytest.mark.parametrize(("role", "method"), [("local", "phone"), ("worker", "visit"), ("administrator", "phone")])
    def test_staff_confirm_after_a_call_or_a_visit(self, world: World, role: str, method: str) -> None:
        wish_id, made = world.delivered()

        reply = act(getattr(world.staff, role), made, "confirm", method=method, thanks="谢谢好心人")

        assert (reply.status, reply.json["state"]) == (200, "fulfilled")
        assert world.full(wish_id)["state"] == "fulfilled"
        assert reply.json["fulfilled_at"]

    def test_the_wisher_confirms_by_the_code(self, world: World) -> None:
        wish_id, made = world.delivered()
        code = self.slip(world, wish_id).lower()

        reply = act(world.anyone.sign_in("17000091234"), made, "confirm", method="slip", code=code)

        assert (reply.status, reply.json["state"]) == (200, "fulfilled")

    def test_the_code_is_refused_from_the_claimants_own_account(self, world: World) -> None:
        wish_id, made = world.delivered()

        reply = act(world.staff.company, made, "confirm", method="slip", code=self.slip(world, wish_id))

        assert_problem(reply, 403, "own_claim")
        assert world.full(wish_id)["state"] == "delivered"

    def test_a_slip_needs_its_code_from_staff_too(self, world: World) -> None:
        _, made = world.delivered()

        assert set(assert_problem(act(world.staff.local, made, "confirm", method="slip"), 422, "invalid_fields")) == {
            "code"
        }

    def test_guessing_the_code_ends(self, world: World) -> None:
        _, made = world.delivered()

        replies = [act(world.staff.member, made, "confirm", method="slip", code=f"AAAA{n}") for n in range(6)]

        assert_problem(replies[0], 422, "wrong_code")
        assert_problem(replies[-1], 429, "too_many_requests")

    def test_a_stranger_who_guesses_does_not_keep_the_wisher_out(self, world: World) -> None:
        wish_id, made = world.delivered()
        code = self.slip(world, wish_id)
        for number in range(6):
            act(world.staff.member, made, "confirm", method="slip", code=f"AAAA{number}")

        reply = act(world.anyone.sign_in("17000091234"), made, "confirm", method="slip", code=code)

        assert (reply.status, reply.json["state"]) == (200, "fulfilled")

    def test_the_claimant_is_thanked(self, world: World) -> None:
        _, made = world.fulfilled()

        kinds = [each["kind"] for each in world.staff.company.must("GET", "/v1/me/inbox")["items"]]

        assert "wish_fulfilled" in kinds
        assert world.staff.company.must("GET", f"/v1/claims/{made}")["state"] == "fulfilled"


class TestMyClaims:
    def test_live_ones_come_first_then_the_past_newest_first_page_by_page(self, world: World) -> None:
        claimant = world.anyone.sign_in("17000090055")
        past = []
        for _ in range(3):
            _, made = world.claimed(by=claimant)
            act(claimant, made, "release")
            past.append(made)
        _, live = world.claimed(by=claimant)

        first = claimant.must("GET", "/v1/me/claims", limit=2)
        second = claimant.must("GET", "/v1/me/claims", limit=2, cursor=first["next"])

        found = [each["id"] for each in first["items"] + second["items"]]
        assert found[0] == live
        assert sorted(found[1:]) == sorted(past)
        assert second["next"] is None
        ended = [each["claimed_at"] for each in (first["items"] + second["items"])[1:]]
        assert ended == sorted(ended, reverse=True)

    def test_nobody_elses_are_there(self, world: World) -> None:
        _, made = world.claimed()

        items = world.staff.citizen.must("GET", "/v1/me/claims")["items"]

        assert made not in [each["id"] for each in items]

    def test_a_cursor_made_by_hand_is_refused(self, world: World) -> None:
        from chalicelib.base import paging

        account = world.staff.company.account
        forged = paging.cursor(f"claims#{account}", ("", "claim#", "x"))

        assert_problem(world.staff.company.get("/v1/me/claims", cursor=forged), 400, "bad_cursor")


def test_a_minors_wish_is_handed_over_at_the_committee_whatever_was_consented_to(world: World) -> None:
    wish_id, made = world.claimed(
        wisher=wish("0")["wisher"] | {"birth_year": 2015},
        guardian={"name": "秦大山", "relation": "父亲", "phone": "17000091299"},
        consent=wish("0")["consent"] | {"by": "guardian"},
    )

    assert_problem(act(world.staff.local, made, "introduce"), 409, "minor_handed_over_at_committee")
    assert world.staff.company.must("GET", f"/v1/wishes/{wish_id}")["contact"] is None
