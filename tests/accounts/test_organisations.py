"""Organisations with several members: any of them acts for it, none of them judges its claims."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from chalicelib.accounts import keeping, organisations
from chalicelib.accounts.actions import seed_account
from tests.people import COMMITTEE, COMPANY, PLACE, Api, Reply
from tests.world import World, assert_problem

_phones = (f"1700007{number:04d}" for number in count(1_000))


def add(world: World, organisation: str, member: str) -> Reply:
    return world.staff.administrator.post(f"/v1/accounts/{organisation}/members", {"account": member})


def remove(world: World, organisation: str, member: str) -> Reply:
    return world.staff.administrator.call("DELETE", f"/v1/accounts/{organisation}/members/{member}")


@pytest.fixture
def organisation(world: World) -> str:
    """A company's account."""
    return str(
        world.staff.administrator.must(
            "POST",
            "/v1/accounts",
            {"phone": next(_phones), "name": "浦东好邻居公司", "claimant_type": "company", "sector": "零售",
             "basis": "roster"},
        )["id"]
    )  # fmt: skip


@pytest.fixture
def members(world: World, organisation: str) -> tuple[Api, Api]:
    """Two people who act for it."""
    two = tuple(world.anyone.sign_in(next(_phones)) for _ in range(2))
    for member in two:
        assert add(world, organisation, member.account).status == 201
    return two[0], two[1]


def claim_for(world: World, organisation: str, by: Api, **changes: Any) -> tuple[str, str]:
    """Ids of a wish and of the organisation's claim for it."""
    wish = world.published(**changes)["id"]
    return wish, by.must("POST", f"/v1/wishes/{wish}/claim", {"for_organisation": organisation})["id"]


class TestMembership:
    def test_a_member_sees_for_whom_they_act(self, organisation: str, members: tuple[Api, Api]) -> None:
        me = members[0].must("GET", "/v1/me")

        assert me["organisations"] == [{"id": organisation, "name": "浦东好邻居公司", "claimant_type": "company"}]
        assert me["claimant_type"] == "citizen"

    def test_adding_somebody_again_changes_nothing(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        before = members[0].must("GET", "/v1/me")

        assert add(world, organisation, members[0].account).status == 200
        assert members[0].must("GET", "/v1/me") == before

    def test_somebody_new_is_added_by_their_phone(self, world: World, organisation: str) -> None:
        phone = next(_phones)

        added = world.staff.administrator.post(f"/v1/accounts/{organisation}/members", {"phone": phone})

        assert added.status == 201
        assert world.anyone.sign_in(phone).must("GET", "/v1/me")["organisations"][0]["id"] == organisation

    @pytest.mark.parametrize("body", [{}, {"phone": "17000070001", "account": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}])
    def test_a_member_is_named_in_one_way(self, world: World, organisation: str, body: dict[str, str]) -> None:
        reply = world.staff.administrator.post(f"/v1/accounts/{organisation}/members", body)

        assert set(assert_problem(reply, 422, "invalid_fields")) == {"account"}

    def test_an_administrator_lists_the_members_page_by_page(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        path = f"/v1/accounts/{organisation}/members"

        first = world.staff.administrator.must("GET", path, limit=1)
        second = world.staff.administrator.must("GET", path, limit=1, cursor=first["next"])

        assert [page["items"][0]["id"] for page in (first, second)] == sorted(each.account for each in members)
        assert second["next"] is None

    def test_only_an_organisation_has_members(self, world: World, members: tuple[Api, Api]) -> None:
        citizen, nobody = world.staff.citizen.account, "01ARZ3NDEKTSV4RRFFQ69G5FAV"

        assert_problem(add(world, citizen, members[0].account), 422, "not_an_organisation")
        assert_problem(add(world, nobody, members[0].account), 404, "not_found")
        assert_problem(add(world, "nobody", members[0].account), 404, "not_found")

    def test_only_somebody_can_be_a_member(self, world: World, organisation: str) -> None:
        assert_problem(add(world, organisation, "01ARZ3NDEKTSV4RRFFQ69G5FAV"), 404, "not_found")
        assert_problem(add(world, organisation, organisation), 422, "not_an_organisation")

    def test_one_person_acts_for_so_many_at_most(
        self, world: World, organisation: str, members: tuple[Api, Api], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(organisations, "MOST_OF_A_PERSON", 1)
        other = seed_account(next(_phones), claimant_type="social_organisation")

        assert_problem(add(world, other, members[0].account), 409, "too_many_organisations")

    def test_whoever_is_removed_acts_no_more(self, world: World, organisation: str, members: tuple[Api, Api]) -> None:
        _, claim = claim_for(world, organisation, members[0])

        assert remove(world, organisation, members[0].account).json["organisations"] == []

        assert members[0].post(f"/v1/claims/{claim}/progress", {"stage": "contacted"}).status == 404
        assert members[0].must("GET", "/v1/me/claims")["items"] == []
        assert members[1].post(f"/v1/claims/{claim}/progress", {"stage": "contacted"}).status == 200

    def test_whoever_is_no_member_cannot_be_removed(self, world: World, organisation: str) -> None:
        for stranger in (world.staff.citizen.account, "nobody"):
            assert_problem(remove(world, organisation, stranger), 404, "not_found")

    def test_an_organisation_with_members_stays_one(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        path = f"/v1/accounts/{organisation}"
        version = world.staff.administrator.must("GET", path)["version"]

        reply = world.staff.administrator.call("PUT", path, {"claimant_type": "citizen"}, version=version)

        assert_problem(reply, 409, "organisation_has_members")

    def test_joining_and_leaving_are_in_both_audit_trails(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        remove(world, organisation, members[0].account)

        def trail(account: str) -> list[str]:
            found = world.staff.administrator.must("GET", "/v1/audit", subject=f"account/{account}")
            return [entry["action"] for entry in found["items"]]

        assert trail(members[0].account) == ["removed", "granted"]
        assert trail(organisation)[:3] == ["member_removed", "member_added", "member_added"]

    def test_nobody_makes_themselves_a_member(self, world: World, organisation: str) -> None:
        citizen = world.staff.citizen

        assert citizen.post(f"/v1/accounts/{organisation}/members", {"account": citizen.account}).status == 403
        assert citizen.call("PATCH", "/v1/me", {"organisations": [organisation]}).status == 422


class TestClaiming:
    def test_the_claim_is_the_organisations_and_the_history_names_the_person(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        wish, claim = claim_for(world, organisation, members[0])

        shown = world.staff.local.must("GET", f"/v1/claims/{claim}")
        assert (shown["claimant_type"], shown["basis"], shown["sector"]) == ("company", "roster", "零售")
        assert shown["claimant_name"] == "浦东好邻居公司"
        entry = world.history(wish)[0]
        assert (entry["act"], entry["by"], entry["role"]) == ("claim", members[0].account, "claimant")

    def test_a_stranger_cannot_claim_for_it(self, world: World, organisation: str) -> None:
        wish = world.published()["id"]

        reply = world.staff.member.post(f"/v1/wishes/{wish}/claim", {"for_organisation": organisation})

        assert_problem(reply, 403, "not_a_member")

    def test_a_person_is_no_organisation_to_claim_for(self, world: World) -> None:
        wish, citizen = world.published()["id"], world.staff.member

        reply = citizen.post(f"/v1/wishes/{wish}/claim", {"for_organisation": citizen.account})

        assert_problem(reply, 403, "not_a_member")

    def test_an_organisation_that_signs_in_itself_claims_as_itself(self, world: World) -> None:
        wish, company = world.published()["id"], world.staff.company

        reply = company.post(f"/v1/wishes/{wish}/claim", {"for_organisation": company.account})

        assert (reply.status, reply.json["claimant_type"]) == (201, "company")

    def test_a_claim_is_for_an_organisation_or_for_somebody_offline(self, world: World, organisation: str) -> None:
        wish = world.published()["id"]
        body = {"for_organisation": organisation, "on_behalf_of": {"name": "某人", "phone": "17000095555"}}

        errors = assert_problem(world.staff.local.post(f"/v1/wishes/{wish}/claim", body), 422, "invalid_fields")

        assert set(errors) == {"for_organisation"}

    def test_another_member_asking_again_gets_the_organisations_claim(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        wish, claim = claim_for(world, organisation, members[0])

        again = members[1].post(f"/v1/wishes/{wish}/claim", {"for_organisation": organisation})
        for_themselves = members[1].post(f"/v1/wishes/{wish}/claim", {})

        assert (again.status, again.json["id"]) == (200, claim)
        assert_problem(for_themselves, 409, "wish_already_claimed")

    def test_the_organisations_cap_counts_and_not_the_persons(
        self, world: World, organisation: str, members: tuple[Api, Api], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CAP_OF_A_PERSON", "1")
        monkeypatch.setenv("CAP_OF_AN_ORGANISATION", "2")

        for member in members:
            claim_for(world, organisation, member)

        wish = world.published()["id"]
        assert_problem(
            members[0].post(f"/v1/wishes/{wish}/claim", {"for_organisation": organisation}), 409, "claim_cap_reached"
        )
        assert members[0].post(f"/v1/wishes/{wish}/claim", {}).status == 201

    def test_any_member_carries_the_claim_to_its_delivery(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        wish, claim = claim_for(world, organisation, members[0])

        members[1].must("POST", f"/v1/claims/{claim}/progress", {"stage": "prepared"})
        members[1].must("POST", f"/v1/claims/{claim}/extend", {})
        members[1].must("POST", f"/v1/claims/{claim}/deliver", {"note": "已送到"})

        acts = [(entry["act"], entry["by"], entry["role"]) for entry in world.history(wish)[:3]]
        assert acts == [(act, members[1].account, "claimant") for act in ("deliver", "extend", "progress")]

    def test_any_member_gives_the_wish_back(self, world: World, organisation: str, members: tuple[Api, Api]) -> None:
        wish, claim = claim_for(world, organisation, members[0])

        members[1].must("POST", f"/v1/claims/{claim}/release", {})

        assert world.full(wish)["state"] == "published"

    def test_every_member_sees_what_the_claimant_sees(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        wish, claim = claim_for(world, organisation, members[0])
        world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})

        seen = members[1].must("GET", f"/v1/wishes/{wish}")

        assert seen["contact"]["name"] == "秦明华"
        remove(world, organisation, members[1].account)
        assert "contact" not in members[1].must("GET", f"/v1/wishes/{wish}")


class TestConfirming:
    @pytest.fixture
    def as_member(self, world: World, organisation: str) -> Iterator[Callable[..., Api]]:
        """Makes an account with roles and has it join; the roles are taken again, for accounts are shared."""
        phones = []

        def join(**account: Any) -> Api:
            phones.append(next(_phones))
            seed_account(phones[-1], **account)
            member = world.anyone.sign_in(phones[-1])
            assert add(world, organisation, member.account).status == 201
            return member

        yield join
        for phone in phones:
            seed_account(phone)

    def test_no_member_confirms_with_the_wishers_code(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        wish, claim = claim_for(world, organisation, members[0])
        members[0].must("POST", f"/v1/claims/{claim}/deliver", {})
        code = world.staff.worker.must("GET", f"/v1/wishes/{wish}")["confirmation_code"]

        reply = members[1].post(f"/v1/claims/{claim}/confirm", {"method": "slip", "code": code})

        assert_problem(reply, 403, "own_claim")

    @pytest.mark.parametrize(
        "account",
        [
            {"roles": ["committee_worker"], "committees": [(PLACE, COMMITTEE)]},
            {"roles": ["liaison"], "subdistricts": [PLACE]},
            {"roles": ["administrator"]},
        ],
        ids=["committee worker", "liaison", "administrator"],
    )
    def test_no_staff_member_of_it_confirms_or_sees_the_code(
        self, world: World, organisation: str, as_member: Callable[..., Api], account: dict[str, Any]
    ) -> None:
        member = as_member(**account)
        wish, claim = claim_for(world, organisation, member)

        shown = member.must("GET", f"/v1/wishes/{wish}")
        member.must("POST", f"/v1/claims/{claim}/deliver", {})

        assert not shown.get("confirmation_code")
        assert_problem(member.post(f"/v1/claims/{claim}/confirm", {"method": "visit"}), 403, "own_claim")

    def test_a_member_who_is_the_wisher_too_neither_confirms_nor_sees_the_code(
        self, world: World, organisation: str, members: tuple[Api, Api], as_member: Callable[..., Api]
    ) -> None:
        wisher = as_member()
        wish = world.published(wisher={"name": "秦明华", "phone": wisher.must("GET", "/v1/me")["phone"]})["id"]
        claim = members[0].must("POST", f"/v1/wishes/{wish}/claim", {"for_organisation": organisation})["id"]

        assert not wisher.must("GET", f"/v1/wishes/{wish}").get("confirmation_code")
        members[0].must("POST", f"/v1/claims/{claim}/deliver", {})
        assert_problem(wisher.post(f"/v1/claims/{claim}/confirm", {"method": "phone"}), 403, "own_claim")
        assert wisher.post(f"/v1/claims/{claim}/return", {"reason": "unsuitable"}).status == 403


class TestBeingTold:
    def test_every_member_reads_what_the_organisation_is_told(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        wish, claim = claim_for(world, organisation, members[0])
        world.staff.local.must("POST", f"/v1/claims/{claim}/revoke", {"reason": "联系不上"})

        for member in members:
            newest = member.must("GET", "/v1/me/inbox")["items"][0]
            assert (newest["kind"], newest["wish"], newest["organisation"]) == ("claim_revoked", wish, organisation)
        remove(world, organisation, members[1].account)
        assert members[1].must("GET", "/v1/me/inbox")["items"] == []

    def test_own_messages_and_the_organisations_run_in_one_order_page_by_page(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        told = []
        for turn in range(5):
            wish = world.published()["id"]
            body = {"for_organisation": organisation} if turn % 2 else {}
            claim = members[0].must("POST", f"/v1/wishes/{wish}/claim", body)["id"]
            world.staff.local.must("POST", f"/v1/claims/{claim}/revoke", {"reason": "联系不上"})
            told.append(wish)

        found, cursor = [], None
        while True:
            page = members[0].must("GET", "/v1/me/inbox", limit=2, **({"cursor": cursor} if cursor else {}))
            found += [(item["wish"], item["organisation"] is not None) for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break

        assert found == [(wish, turn % 2 == 1) for turn, wish in enumerate(told)][::-1]

    def test_one_without_a_phone_is_reached_through_a_member(self, world: World) -> None:
        somebody = world.anyone.sign_in(next(_phones))
        somebody.must("PATCH", "/v1/me", {"claimant_type": "company", "organisation_name": "无电话公司"})
        granted = world.staff.administrator.must(
            "POST", f"/v1/accounts/{somebody.account}/application", {"decision": "grant"}
        )

        organisation = granted["organisations"][0]["id"]

        assert keeping.reach(organisation) == keeping.reach(somebody.account)
        assert keeping.reach(organisation).phone


class TestTheirClaims:
    def test_a_member_lists_their_own_and_the_organisations_claims_in_one_order(
        self, world: World, organisation: str, members: tuple[Api, Api]
    ) -> None:
        made = []
        for turn in range(6):
            wish = world.published()["id"]
            body = {"for_organisation": organisation} if turn % 2 else {}
            claim = members[turn % 2 if turn % 2 else 0].must("POST", f"/v1/wishes/{wish}/claim", body)["id"]
            if turn < 3:
                members[0].must("POST", f"/v1/claims/{claim}/release", {})
            made.append(claim)

        found, cursor = [], None
        while True:
            page = members[0].must("GET", "/v1/me/claims", limit=2, **({"cursor": cursor} if cursor else {}))
            found += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break

        assert found == made[::-1]

    def test_the_organisation_itself_sees_them_too(self, world: World) -> None:
        company, member = world.staff.company, world.anyone.sign_in(next(_phones))
        assert add(world, company.account, member.account).status == 201

        _, claim = claim_for(world, company.account, member)

        assert claim in [item["id"] for item in company.must("GET", "/v1/me/claims", limit=100)["items"]]
        assert company.must("GET", "/v1/me")["phone"] == COMPANY
