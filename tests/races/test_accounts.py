"""Accounts under a rush: administrators who remove each other, members, applications, sessions."""

import base64
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from chalicelib.accounts import keeping, organisations, records, tokens, wechat_signin
from chalicelib.accounts.actions import seed_account
from chalicelib.base import sealing
from chalicelib.base.problems import Conflict
from tests.people import ADMINISTRATOR, Api, Staff
from tests.races.contenders import Contenders, Request

pytestmark = pytest.mark.races

TURNS = 4
_phones = (f"1780009{number:04d}" for number in count(1_000))


def sign_in(anyone: Api, phone: str) -> dict[str, str]:
    anyone.must("POST", "/v1/auth/codes", {"phone": phone})
    code = next(sent.code for sent in reversed(anyone.outbox) if sent.to == phone)
    found: dict[str, str] = anyone.must("POST", "/v1/auth/tokens", {"phone": phone, "code": code})
    return found


def administrators() -> set[str]:
    return {holder.sk for holder in records.holders("administrator", strongly=True)}


def removal(by: str, whom: str) -> Request:
    version = int(records.Account.get(whom, records.ITSELF, consistent_read=True).version)
    return Request(by, "PUT", f"/v1/accounts/{whom}", {"roles": []}, headers={"If-Match": str(version)})


class TestAdministrators:
    def test_two_who_remove_each_other_leave_one(self, anyone: Api, staff: Staff, contenders: Contenders) -> None:
        for _ in range(TURNS):
            phone, token = next(_phones), sign_in(anyone, ADMINISTRATOR)["access_token"]
            first, second = staff.administrator.account, seed_account(phone, roles=["administrator"])
            other = sign_in(anyone, phone)["access_token"]

            outcomes = contenders.race([removal(token, second), removal(other, first)])

            assert len(administrators()) == 1
            assert Counter(outcome.status == 200 for outcome in outcomes) == {True: 1, False: 1}
            assert {outcome.code for outcome in outcomes} <= {"", "last_administrator", "forbidden"}
            seed_account(ADMINISTRATOR, name="管理员", roles=["administrator"])
            if second in administrators():
                seed_account(phone)

    def test_of_three_who_go_in_a_circle_one_stays(self, anyone: Api, staff: Staff, contenders: Contenders) -> None:
        for _ in range(TURNS):
            others = [next(_phones) for _ in range(2)]
            three = [staff.administrator.account, *(seed_account(each, roles=["administrator"]) for each in others)]
            tokens = [sign_in(anyone, each)["access_token"] for each in (ADMINISTRATOR, *others)]

            contenders.race([removal(tokens[place], three[(place + 1) % 3]) for place in range(3)])

            assert len(administrators()) >= 1
            seed_account(ADMINISTRATOR, name="管理员", roles=["administrator"])
            for phone in others:
                seed_account(phone)
            assert administrators() == {staff.administrator.account}


class TestMembers:
    def test_one_person_added_many_times_at_once_joins_once(self, staff: Staff, contenders: Contenders) -> None:
        for _ in range(TURNS):
            organisation = seed_account(next(_phones), claimant_type="company")
            member = seed_account(next(_phones))
            add = Request(
                staff.administrator.token, "POST", f"/v1/accounts/{organisation}/members", {"account": member}
            )

            outcomes = contenders.race([add] * 8)

            assert Counter(outcome.status for outcome in outcomes) == {201: 1, 200: 7}
            assert records.Account.get(member, records.ITSELF, consistent_read=True).version == 2

    def test_nobody_joins_what_is_no_organisation_any_more(self, staff: Staff, contenders: Contenders) -> None:
        for _ in range(TURNS):
            phone = next(_phones)
            organisation, member = seed_account(phone, claimant_type="company"), seed_account(next(_phones))
            version = int(records.Account.get(organisation, records.ITSELF, consistent_read=True).version)
            join = Request(
                staff.administrator.token, "POST", f"/v1/accounts/{organisation}/members", {"account": member}
            )
            retype = Request(
                staff.administrator.token, "PUT", f"/v1/accounts/{organisation}", {"claimant_type": "citizen"},
                headers={"If-Match": str(version)},
            )  # fmt: skip

            joined, retyped = contenders.race([join, retype])

            now = records.Account.get(organisation, records.ITSELF, consistent_read=True)
            assert (joined.status, retyped.status) in {(201, 409), (201, 412), (422, 200)}
            assert (now.claimant_type == "company") is bool(records.members(organisation)) is (joined.status == 201)

    def test_the_most_organisations_of_a_person_is_exact(self, staff: Staff, contenders: Contenders) -> None:
        member, most = seed_account(next(_phones)), organisations.MOST_OF_A_PERSON
        many = [seed_account(next(_phones), claimant_type="company") for _ in range(most + 5)]
        paths = [f"/v1/accounts/{organisation}/members" for organisation in many]
        for path in paths[: most - 2]:
            staff.administrator.must("POST", path, {"account": member})

        token = staff.administrator.token
        outcomes = contenders.race([Request(token, "POST", path, {"account": member}) for path in paths[most - 2 :]])

        assert Counter(outcome.code for outcome in outcomes) == {"": 2, "too_many_organisations": 5}
        assert len(records.Account.get(member, records.ITSELF, consistent_read=True).organisations) == most

    def test_an_application_is_decided_once(self, anyone: Api, staff: Staff, contenders: Contenders) -> None:
        for _ in range(TURNS):
            somebody = anyone.sign_in(next(_phones))
            somebody.must("PATCH", "/v1/me", {"claimant_type": "company", "organisation_name": "某公司"})
            path, token = f"/v1/accounts/{somebody.account}/application", staff.administrator.token

            outcomes = contenders.race(
                [Request(token, "POST", path, {"decision": "grant"})] * 4
                + [Request(token, "POST", path, {"decision": "refuse", "reason": "不符合"})] * 4
            )

            assert Counter(outcome.code for outcome in outcomes) == {"": 1, "no_application": 7}
            granted = any(outcome.status == 200 for outcome in outcomes[:4])
            assert len(somebody.must("GET", "/v1/me")["organisations"]) == granted
            assert len(somebody.must("GET", "/v1/me/inbox")["items"]) == 1


class TestSessions:
    def test_a_refresh_beside_a_sign_out_brings_no_session_back(self, anyone: Api, contenders: Contenders) -> None:
        for _ in range(TURNS):
            tokens = sign_in(anyone, next(_phones))
            body = {"refresh_token": tokens["refresh_token"]}

            outcomes = contenders.race(
                [Request("", "POST", "/v1/auth/refresh", body)] * 8 + [Request("", "POST", "/v1/auth/sign-out", body)]
            )

            assert outcomes[-1].status == 200
            assert {outcome.code for outcome in outcomes} <= {"", "bad_token"}
            for outcome in outcomes[:-1]:
                if outcome.status == 200:
                    again = {"refresh_token": outcome.json["refresh_token"]}
                    assert anyone.post("/v1/auth/refresh", again).status == 401

    def test_no_token_given_beside_a_sign_out_everywhere_outlives_it(self, anyone: Api, contenders: Contenders) -> None:
        for _ in range(TURNS):
            phone = next(_phones)
            sessions = [sign_in(anyone, phone) for _ in range(4)]
            refreshes = [
                Request("", "POST", "/v1/auth/refresh", {"refresh_token": each["refresh_token"]}) for each in sessions
            ]
            out = Request(sessions[0]["access_token"], "POST", "/v1/me/sign-out-everywhere", {})

            outcomes = contenders.race([*refreshes, out])

            assert outcomes[-1].status == 200
            given = [outcome.json for outcome in outcomes[:-1] if outcome.status == 200] + sessions
            assert {Api(each["access_token"]).get("/v1/me").status for each in given} == {401}
            refreshed = [
                anyone.post("/v1/auth/refresh", {"refresh_token": each["refresh_token"]}).status for each in given
            ]
            assert set(refreshed) == {401}

    def test_a_stolen_token_used_beside_the_owners_next_one_ends_the_session(
        self, anyone: Api, contenders: Contenders
    ) -> None:
        for _ in range(TURNS):
            first = sign_in(anyone, next(_phones))
            second = anyone.must("POST", "/v1/auth/refresh", {"refresh_token": first["refresh_token"]})
            later = {"refresh_token": second["refresh_token"]}
            third = anyone.must("POST", "/v1/auth/refresh", later)

            contenders.race(
                [Request("", "POST", "/v1/auth/refresh", {"refresh_token": each["refresh_token"]})
                 for each in (first, third)] * 4
            )  # fmt: skip

            assert anyone.post("/v1/auth/refresh", {"refresh_token": third["refresh_token"]}).status == 401


def test_a_first_sign_in_beside_an_administrators_making_is_one_account(
    anyone: Api, staff: Staff, contenders: Contenders
) -> None:
    for _ in range(TURNS):
        phone = next(_phones)
        anyone.must("POST", "/v1/auth/codes", {"phone": phone})
        code = next(sent.code for sent in reversed(anyone.outbox) if sent.to == phone)

        made, signed_in = contenders.race(
            [
                Request(staff.administrator.token, "POST", "/v1/accounts", {"phone": phone, "roles": ["observer"]}),
                Request("", "POST", "/v1/auth/tokens", {"phone": phone, "code": code}),
            ]
        )

        assert signed_in.status == 200
        assert made.status in (201, 409)
        pointer = records.pointer(sealing.blind("phone", phone))
        assert pointer is not None
        assert pointer.account == signed_in.json["account"] == made.json.get("id", made.json.get("account"))


class TestWechat:
    def link_token(self, openid: str) -> str:
        sealed = base64.urlsafe_b64encode(sealing.seal("accounts", "wechat-link", openid)).decode()
        return tokens.sign("wechat-link", sealed, seconds=600)

    def redeeming(self, anyone: Api, phone: str, link: str) -> Request:
        anyone.must("POST", "/v1/auth/codes", {"phone": phone})
        code = next(sent.code for sent in reversed(anyone.outbox) if sent.to == phone)
        return Request("", "POST", "/v1/auth/tokens", {"phone": phone, "code": code, "link": link})

    def test_one_user_is_linked_to_one_of_many_accounts(self, anyone: Api, contenders: Contenders) -> None:
        for turn in range(TURNS):
            openid = f"one-user-{turn}"
            phones = [next(_phones) for _ in range(8)]

            outcomes = contenders.race([self.redeeming(anyone, each, self.link_token(openid)) for each in phones])

            assert Counter(outcome.code for outcome in outcomes) == {"": 1, "wechat_linked_elsewhere": 7}
            winner = next(outcome.json["account"] for outcome in outcomes if outcome.status == 200)
            numbers = [records.pointer(sealing.blind("phone", each)) for each in phones]
            holders = [keeping.get(each.account) for each in numbers if each is not None]
            assert [each.pk for each in holders if each.openid] == [winner]

    def test_one_account_is_linked_to_one_of_many_users(self, anyone: Api, contenders: Contenders) -> None:
        for turn in range(TURNS):
            account = seed_account(next(_phones))

            def attempt(openid: str, account: str = account) -> str:
                try:
                    wechat_signin.link(account, openid)
                except Conflict as refusal:
                    return refusal.code
                return ""

            with ThreadPoolExecutor(8) as pool:
                outcomes = list(pool.map(attempt, [f"many-users-{turn}-{each}" for each in range(8)]))

            assert Counter(outcomes) == {"": 1, "account_has_wechat": 7}
            assert keeping.get(account).openid
