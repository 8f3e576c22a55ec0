"""Organisations apply: who waits, who decides, and what follows from it."""

from itertools import count
from typing import Any

import pytest

from tests.people import Api, Reply
from tests.world import World, assert_problem

_phones = (f"1700006{number:04d}" for number in count(1_000))


def applicant(world: World, kind: str = "company", name: str | None = "浦东灯塔书店") -> Api:
    somebody = world.anyone.sign_in(next(_phones))
    body = {"claimant_type": kind, "sector": "文化"} | ({"organisation_name": name} if name else {})
    somebody.must("PATCH", "/v1/me", body)
    return somebody


def decide(world: World, somebody: Api, key: str = "", **body: Any) -> Reply:
    return world.staff.administrator.post(f"/v1/accounts/{somebody.account}/application", body, key=key)


def waiting(world: World, **query: Any) -> list[str]:
    found, cursor = [], None
    while True:
        page = world.staff.administrator.must(
            "GET", "/v1/accounts", limit=3, **query, **({"cursor": cursor} if cursor else {})
        )
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found


class TestTheQueue:
    def test_who_applies_waits_in_it_the_longest_waiting_first(self, world: World) -> None:
        before = waiting(world, applies_for="any")

        new = [applicant(world).account for _ in range(4)]

        assert [each for each in waiting(world, applies_for="any") if each not in before] == new

    def test_it_is_looked_through_by_type(self, world: World) -> None:
        company, party = applicant(world), applicant(world, "party_organisation")

        assert company.account in waiting(world, applies_for="company")
        assert party.account not in waiting(world, applies_for="company")

    def test_an_application_tells_what_a_decision_needs(self, world: World) -> None:
        somebody = applicant(world)

        page = world.staff.administrator.must("GET", "/v1/accounts", applies_for="any", limit=100)
        shown = next(item for item in page["items"] if item["id"] == somebody.account)

        assert (shown["applies_for"], shown["applies_as"], shown["sector"]) == ("company", "浦东灯塔书店", "文化")
        assert shown["claimant_type"] == "citizen"
        assert shown["applied_at"]

    def test_applying_for_another_type_keeps_the_place(self, world: World) -> None:
        first, second = applicant(world), applicant(world)

        first.must("PATCH", "/v1/me", {"claimant_type": "social_organisation"})

        found = waiting(world, applies_for="any")
        assert found.count(first.account) == 1
        assert found.index(first.account) < found.index(second.account)
        assert first.account in waiting(world, applies_for="social_organisation")

    def test_a_page_of_accounts_leaves_one_entry_in_the_audit_trail(self, world: World) -> None:
        somebody = applicant(world)

        world.staff.administrator.must("GET", "/v1/accounts", applies_for="any", limit=100)

        entry = world.staff.administrator.must("GET", "/v1/audit", subject="accounts")["items"][0]
        assert entry["action"] == "listed"
        assert somebody.account in entry["detail"]["accounts"]

    def test_staff_are_listed_by_their_role(self, world: World) -> None:
        found = waiting(world, role="liaison")

        assert {world.staff.liaison.account, world.staff.local.account} <= set(found)
        assert world.staff.citizen.account not in found

    @pytest.mark.parametrize("query", [{}, {"role": "liaison", "applies_for": "any"}, {"role": "king"}])
    def test_a_list_needs_one_thing_to_go_by(self, world: World, query: dict[str, str]) -> None:
        assert_problem(world.staff.administrator.get("/v1/accounts", **query), 400, "bad_parameter")

    def test_a_cursor_of_another_list_is_refused(self, world: World) -> None:
        for _ in range(2):
            applicant(world)
        cursor = world.staff.administrator.must("GET", "/v1/accounts", applies_for="any", limit=1)["next"]

        reply = world.staff.administrator.get("/v1/accounts", role="liaison", cursor=cursor)

        assert_problem(reply, 400, "bad_cursor")

    def test_an_organisations_name_is_for_applicants(self, world: World) -> None:
        somebody = world.anyone.sign_in(next(_phones))

        errors = assert_problem(
            somebody.call("PATCH", "/v1/me", {"organisation_name": "某公司"}), 422, "invalid_fields"
        )

        assert set(errors) == {"organisation_name"}

    def test_declaring_what_one_is_already_is_no_application(self, world: World) -> None:
        company = world.staff.company

        assert company.must("PATCH", "/v1/me", {"claimant_type": "company"})["applies_for"] is None
        assert company.account not in waiting(world, applies_for="any")


class TestGranting:
    def test_the_applicant_acts_for_a_new_organisation(self, world: World) -> None:
        somebody = applicant(world)

        reply = decide(world, somebody, decision="grant", basis="roster")

        assert reply.status == 200
        me = somebody.must("GET", "/v1/me")
        assert [(each["name"], each["claimant_type"]) for each in me["organisations"]] == [("浦东灯塔书店", "company")]
        assert (me["claimant_type"], me["applies_for"], me["applies_as"], me["applied_at"]) == ("citizen", *[None] * 3)
        assert somebody.account not in waiting(world, applies_for="any")
        made = world.staff.administrator.must("GET", f"/v1/accounts/{me['organisations'][0]['id']}")
        assert (made["claimant_type"], made["basis"], made["sector"], made["phone"]) == (
            "company",
            "roster",
            "文化",
            "",
        )

    def test_and_can_claim_for_it_at_once(self, world: World) -> None:
        somebody, wish = applicant(world), world.published()["id"]
        organisation = decide(world, somebody, decision="grant").json["organisations"][0]["id"]

        claim = somebody.post(f"/v1/wishes/{wish}/claim", {"for_organisation": organisation})

        assert (claim.status, claim.json["claimant_type"]) == (201, "company")

    def test_liaisons_find_whom_to_call(self, world: World) -> None:
        somebody, wish = applicant(world), world.published()["id"]
        somebody.must("PATCH", "/v1/me", {"name": "陈店长"})
        organisation = decide(world, somebody, decision="grant").json["organisations"][0]["id"]
        claim = somebody.must("POST", f"/v1/wishes/{wish}/claim", {"for_organisation": organisation})["id"]

        shown = world.staff.local.must("GET", f"/v1/claims/{claim}")

        assert (shown["claimant_name"], shown["claimant_contact"]) == ("浦东灯塔书店", "陈店长")
        assert shown["claimant_phone"] == somebody.must("GET", "/v1/me")["phone"]

    def test_the_applicant_may_join_an_organisation_that_is_there(self, world: World) -> None:
        somebody = applicant(world, name=None)

        reply = decide(world, somebody, decision="grant", organisation=world.staff.company.account)

        assert [each["id"] for each in reply.json["organisations"]] == [world.staff.company.account]

    def test_a_new_organisation_needs_a_name(self, world: World) -> None:
        somebody = applicant(world, name=None)

        assert set(assert_problem(decide(world, somebody, decision="grant"), 422, "invalid_fields")) == {"name"}
        assert decide(world, somebody, decision="grant", name="新公司").status == 200

    def test_a_persons_account_cannot_be_joined(self, world: World) -> None:
        somebody, citizen = applicant(world), world.staff.citizen.account

        reply = decide(world, somebody, decision="grant", organisation=citizen)

        assert_problem(reply, 422, "not_an_organisation")
        assert somebody.account in waiting(world, applies_for="any")

    def test_the_applicant_is_told(self, world: World) -> None:
        somebody = applicant(world)

        decide(world, somebody, decision="grant")

        assert [message["kind"] for message in somebody.must("GET", "/v1/me/inbox")["items"]] == ["application_granted"]

    def test_it_is_decided_once(self, world: World) -> None:
        somebody = applicant(world)
        decide(world, somebody, decision="grant")

        assert_problem(decide(world, somebody, decision="refuse", reason="晚了"), 409, "no_application")

    def test_a_retry_is_the_same_decision(self, world: World) -> None:
        somebody = applicant(world)

        first = decide(world, somebody, "k1", decision="grant")
        again = decide(world, somebody, "k1", decision="grant")
        other = decide(world, somebody, "k1", decision="refuse", reason="改主意了")

        assert (again.status, again.json) == (200, first.json)
        assert_problem(other, 422, "idempotency_key_reused")

    def test_both_trails_know_of_it(self, world: World) -> None:
        somebody = applicant(world)
        organisation = decide(world, somebody, decision="grant").json["organisations"][0]["id"]

        def trail(account: str) -> list[dict[str, Any]]:
            found = world.staff.administrator.must("GET", "/v1/audit", subject=f"account/{account}")["items"]
            return [entry for entry in found if entry["action"] != "viewed_full"]

        assert [(each["action"], each["detail"]) for each in trail(somebody.account)] == [
            ("granted", {"organisation": organisation})
        ]
        assert trail(organisation)[0]["detail"]["claimant_after"] == ["company", "declared"]


class TestRefusing:
    def test_the_applicant_is_told_why_and_may_apply_again(self, world: World) -> None:
        somebody = applicant(world)

        refused = decide(world, somebody, decision="refuse", reason="请补充营业执照")

        assert (refused.status, refused.json["applies_for"], refused.json["organisations"]) == (200, None, [])
        message = somebody.must("GET", "/v1/me/inbox")["items"][0]
        assert message["kind"] == "application_refused"
        assert "请补充营业执照" in message["text"]
        somebody.must("PATCH", "/v1/me", {"claimant_type": "company", "organisation_name": "浦东灯塔书店"})
        assert decide(world, somebody, decision="grant").status == 200

    def test_it_needs_a_reason(self, world: World) -> None:
        somebody = applicant(world)

        assert set(assert_problem(decide(world, somebody, decision="refuse"), 422, "invalid_fields")) == {"reason"}

    def test_making_the_account_itself_an_organisations_decides_the_application_too(self, world: World) -> None:
        somebody = applicant(world)
        version = somebody.must("GET", "/v1/me")["version"]

        path = f"/v1/accounts/{somebody.account}"
        world.staff.administrator.must("PUT", path, {"claimant_type": "company"}, version=version)

        assert somebody.account not in waiting(world, applies_for="any")
        assert_problem(decide(world, somebody, decision="grant"), 409, "no_application")
