"""What people ask about their data: recorded, answered from the record, erased for good (product.md section 3)."""

import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.base import aws, clock, files, settings
from tests.people import Api, Reply, verification, wish
from tests.world import World, assert_problem

PHONE = "17000091234"
WORDS = (
    "一台甲字收音机", "甲字故事", "甲字三楼无电梯", "甲字请走北门",
    "甲字旧物", "甲字谢谢好心人", "甲字理由", "甲字核实",
)  # fmt: skip
"""What a wish's life leaves behind, each where people write something."""


def file(world: World, kind: str, **about: Any) -> str:
    """A request an administrator recorded; its id."""
    made = world.staff.administrator.must("POST", "/v1/privacy-requests", {"kind": kind, **about})
    return str(made["id"])


def answer(world: World, request: str, key: str = "", **body: Any) -> Reply:
    path = f"/v1/privacy-requests/{request}/answer"
    return world.staff.administrator.post(path, {"outcome": "done"} | body, key=key)


def answered(world: World, kind: str, **about: Any) -> dict[str, Any]:
    """The answer to a request of that kind."""
    reply = answer(world, file(world, kind, **about))
    assert reply.status == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def raw_items() -> str:
    """Everything that lies in the stack's tables, but for the trail and what is sealed for others."""
    dynamodb, found = aws.client("dynamodb"), []
    tables = [name for page in dynamodb.get_paginator("list_tables").paginate() for name in page["TableNames"]]
    for name in tables:
        if name.startswith(f"{settings.table_prefix()}-"):
            for page in dynamodb.get_paginator("scan").paginate(TableName=name):
                found += page["Items"]
    text = str(found)  # what lies in JSON spells its characters out
    return re.sub(r"\\+u([0-9a-f]{4})", lambda spelt: chr(int(spelt[1], 16)), text)


def a_life(world: World, phone: str, mark: str = "甲") -> tuple[str, str]:
    """A wish with something in every field and every act's words, come true; and its claim."""
    title, story, particulars, note, returned, thanks, reason, checked = (word.replace("甲", mark) for word in WORDS)
    staff = world.staff
    person = wish("0")["wisher"] | {"phone": phone}
    made = world.declared(wisher=person, title=title, story=story, particulars=particulars)
    path = f"/v1/wishes/{made['id']}"
    staff.local.must("POST", f"{path}/return", {"reason": reason})
    staff.citizen.must("PATCH", path, {"story": story}, version=2)
    staff.local.must("POST", f"{path}/verify", verification() | {"note": checked})
    staff.local.must("POST", f"{path}/publish", {})
    claim = staff.company.must("POST", f"{path}/claim", {"message": note})["id"]
    staff.company.must("POST", f"/v1/claims/{claim}/release", {"reason": reason})
    claim = staff.company.must("POST", f"{path}/claim", {"message": note})["id"]
    staff.company.must("POST", f"/v1/claims/{claim}/progress", {"stage": "contacted", "note": note})
    staff.company.must("POST", f"/v1/claims/{claim}/deliver", {"note": note})
    staff.local.must("POST", f"/v1/claims/{claim}/return", {"reason": "unsuitable", "note": returned})
    staff.company.must("POST", f"/v1/claims/{claim}/deliver", {})
    staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit", "thanks": thanks})
    return made["id"], claim


class TestFiling:
    def test_a_request_is_recorded_with_its_due_date(self, world: World) -> None:
        made = world.staff.administrator.must(
            "POST", "/v1/privacy-requests", {"kind": "see", "wish": world.some_wish, "note": "本人来电"}
        )

        assert (made["state"], made["note"], made["wish"]) == ("open", "本人来电", world.some_wish)
        assert clock.moment(made["due_at"]) - clock.moment(made["filed_at"]) == timedelta(days=15)

    def test_the_days_to_answer_in_are_the_stages(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PRIVACY_DAYS", "3")

        made = world.staff.administrator.must("POST", "/v1/privacy-requests", {"kind": "see", "wish": world.some_wish})

        assert clock.moment(made["due_at"]) - clock.moment(made["filed_at"]) == timedelta(days=3)

    def test_its_words_lie_sealed(self, world: World) -> None:
        file(world, "complain", note="我的电话是17000094321")

        assert "17000094321" not in raw_items()

    @pytest.mark.parametrize(
        ("about", "named"),
        [({}, "wish"), ({"wish": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "wish"),
         ({"account": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "account"), ({"wish": "x"}, "wish")],
    )  # fmt: skip
    def test_it_is_about_something_that_is_there(self, world: World, about: dict[str, str], named: str) -> None:
        reply = world.staff.administrator.post("/v1/privacy-requests", {"kind": "erase", **about})

        assert named in assert_problem(reply, 422, "invalid_fields")

    def test_a_retry_records_it_once(self, world: World) -> None:
        body = {"kind": "see", "wish": world.some_wish}
        replies = [world.staff.administrator.post("/v1/privacy-requests", body, key="ask-once") for _ in range(2)]

        assert [reply.status for reply in replies] == [201, 201]
        assert replies[0].json == replies[1].json
        other = world.staff.administrator.post("/v1/privacy-requests", body | {"kind": "copy"}, key="ask-once")
        assert_problem(other, 422, "idempotency_key_reused")

    def test_they_are_listed_newest_first_by_state(self, world: World) -> None:
        first, second = file(world, "see", wish=world.some_wish), file(world, "correct", wish=world.some_wish)
        answer(world, first)

        listed = world.staff.administrator.must("GET", "/v1/privacy-requests", limit=2)
        opened = world.staff.administrator.must("GET", "/v1/privacy-requests", state="open", limit=1)

        assert {each["id"] for each in listed["items"]} == {first, second}
        assert [each["id"] for each in opened["items"]] == [second]
        assert first in {
            each["id"] for each in world.staff.administrator.must("GET", "/v1/privacy-requests", state="done")["items"]
        }

    def test_pages_follow_each_other_without_gap(self, world: World) -> None:
        made = [file(world, "see", wish=world.some_wish) for _ in range(3)]
        found: list[str] = []
        cursor = None
        while len(found) < 3:
            query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = world.staff.administrator.must("GET", "/v1/privacy-requests", **query)
            found += [each["id"] for each in page["items"]]
            cursor = page["next"]

        assert set(found[:3]) == set(made)

    def test_anybody_asks_for_themselves_and_sees_the_answer(self, world: World) -> None:
        asker = world.anyone.sign_in("17000092301")
        made = asker.must("POST", "/v1/me/privacy-requests", {"kind": "correct", "note": "名字写错了"})

        answer(world, made["id"], reason="已更正")

        mine = asker.must("GET", "/v1/me/privacy-requests")["items"]
        assert [(each["state"], each["note"], each["reason"]) for each in mine] == [("done", "名字写错了", "已更正")]
        assert "answered_by" not in mine[0]
        assert asker.must("GET", "/v1/me/inbox")["items"][0]["kind"] == "privacy_answered"

    def test_nobody_asks_about_somebody_elses_wish(self, world: World) -> None:
        reply = world.staff.company.post("/v1/me/privacy-requests", {"kind": "erase", "wish": world.some_wish})

        assert reply.status == 404

    def test_the_wisher_asks_about_their_wish(self, world: World) -> None:
        asker = world.anyone.sign_in(PHONE)

        made = asker.must("POST", "/v1/me/privacy-requests", {"kind": "copy", "wish": world.some_wish})

        assert made["wish"] == world.some_wish

    def test_withdrawn_processing_queues_the_erasure(self, world: World) -> None:
        made = world.published()["id"]
        body = {"process": False, "by": "self", "method": "signed"}
        world.staff.local.must("POST", f"/v1/wishes/{made}/consents", body)

        opened = world.staff.administrator.must("GET", "/v1/privacy-requests", state="open")["items"]

        queued = next(each for each in opened if each["wish"] == made)
        assert (queued["kind"], queued["source"]) == ("erase", "consent")


class TestAnswering:
    def test_who_asks_to_see_gets_everything_and_who_viewed_it(self, world: World) -> None:
        made, _ = a_life(world, "17000092311")
        world.staff.local.must("GET", f"/v1/wishes/{made}")

        found = answered(world, "see", wish=made)

        told = str(found["data"])
        assert all(word in told for word in ("秦明华", "17000092311", "浦东某路1号", *WORDS[:5]))
        assert any(each["by"] == world.staff.local.account for each in found["viewers"])
        assert "17000090006" not in told  # the claimant's phone is the claimant's

    def test_a_copy_comes_behind_a_link_that_expires(self, world: World) -> None:
        made = world.declared()["id"]

        found = answered(world, "copy", wish=made)

        name = found["url"].partition("?")[0].rpartition("/exports/")[2]
        content = files.get(f"exports/{name}")
        assert content is not None
        assert "秦明华" in content.decode()
        assert "Expires=300" in found["url"]
        assert "秦明华" not in found["url"]

    def test_an_accounts_holder_gets_their_claims_and_their_viewers(self, world: World) -> None:
        claimant = world.anyone.sign_in("17000092312")
        _, claim = world.claimed(by=claimant)
        world.staff.local.must("GET", f"/v1/claims/{claim}")

        found = answered(world, "see", account=claimant.account)

        assert found["data"]["phone"] == "17000092312"
        assert [each["id"] for each in found["data"]["claims"]] == [claim]
        assert any(each["action"] == "viewed_claimant" for each in found["viewers"])

    def test_a_refusal_gives_its_reason(self, world: World) -> None:
        request = file(world, "erase", wish=world.some_wish)

        bare = answer(world, request, outcome="refused")
        refused = answer(world, request, outcome="refused", reason="法定保存期未满")

        assert "reason" in assert_problem(bare, 422, "invalid_fields")
        assert (refused.json["state"], refused.json["reason"]) == ("refused", "法定保存期未满")
        assert world.full(world.some_wish)["wisher"]["name"] == "秦明华"

    def test_a_request_is_answered_once(self, world: World) -> None:
        request = file(world, "correct", wish=world.some_wish)
        answer(world, request, key="answer-once")

        again, other = answer(world, request, key="answer-once"), answer(world, request)

        assert again.status == 200
        assert_problem(other, 409, "already_answered")

    def test_filing_and_answering_are_in_the_trail(self, world: World) -> None:
        request = file(world, "see", wish=world.some_wish)
        answer(world, request)

        trail = world.staff.administrator.must("GET", "/v1/audit", subject=f"privacy/{request}")["items"]

        assert [each["action"] for each in trail] == ["answered", "filed"]
        assert trail[0]["detail"]["wish"] == world.some_wish


class TestErasingAWish:
    def test_nothing_of_the_person_is_left_anywhere(self, world: World) -> None:
        made, claim = a_life(world, "17000092321", "乙")
        receipt = world.full(made)["receipt"]
        assert "乙字" in raw_items()

        found = answered(world, "erase", wish=made)

        assert "personal_fields" in found["statement"]["erased"]
        assert found["viewers"]
        staff = world.staff
        readers = (world.anyone, staff.company, staff.local, staff.worker, staff.observer, staff.administrator)
        paths = (f"/v1/wishes/{made}", f"/v1/wishes/{made}/history", f"/v1/wishes/{made}/consents",
                 f"/v1/claims/{claim}", f"/v1/wishes?round={world.round_id}", f"/v1/rounds/{world.round_id}/statistics",
                 "/v1/me/claims", "/v1/desk")  # fmt: skip
        seen = "".join(reader.get(path).text for reader in readers for path in paths)
        assert not [word for word in ("乙字", "17000092321") if word in seen + raw_items()]
        assert not [item for reader in readers[1:] for item in reader.must("GET", "/v1/me/inbox")["items"]
                    if item.get("wish") == made]  # fmt: skip
        assert world.anyone.get("/v1/wishes/lookup", receipt=receipt, phone_last4="2321").status == 404
        assert world.anyone.get(f"/v1/wishes/{made}").status == 404

    def test_the_numbers_stay(self, world: World) -> None:
        made, _ = a_life(world, "17000092322")
        before = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")

        answered(world, "erase", wish=made)

        after = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")
        assert {name: after[name] for name in before if name != "as_of"} == {
            name: before[name] for name in before if name != "as_of"
        }

    @pytest.mark.parametrize("state", ["declared", "verified", "published"])
    def test_an_open_wish_is_withdrawn_by_it(self, world: World, state: str) -> None:
        made = getattr(world, state)()["id"]

        answered(world, "erase", wish=made)

        full = world.full(made)
        assert (full["state"], full["wisher"], full["title"]) == ("withdrawn", None, None)
        assert full["erased_at"]

    def test_a_live_claim_ends_with_it(self, world: World) -> None:
        made, claim = world.claimed()

        answered(world, "erase", wish=made)

        assert world.staff.local.must("GET", f"/v1/claims/{claim}")["state"] == "revoked"

    def test_nothing_can_be_done_with_it_any_more(self, world: World) -> None:
        made, claim = world.delivered()
        version = world.full(made)["version"]
        answered(world, "erase", wish=made)

        local = world.staff.local
        replies = [
            local.post(f"/v1/claims/{claim}/confirm", {"method": "visit"}),
            local.post(f"/v1/claims/{claim}/return", {"reason": "unsuitable"}),
            local.post(f"/v1/wishes/{made}/hide", {"hidden": False}),
            local.post(f"/v1/wishes/{made}/consents", {"photos": True, "by": "self", "method": "signed"}),
            local.call("PATCH", f"/v1/wishes/{made}", {"title": "新"}, version=version + 1),
        ]

        assert {reply.status for reply in replies} == {409}

    def test_erased_twice_is_erased_once(self, world: World) -> None:
        made = world.published()["id"]
        answered(world, "erase", wish=made)
        version = world.full(made)["version"]

        answered(world, "erase", wish=made)

        assert world.full(made)["version"] == version

    def test_a_duplicate_is_not_warned_of_any_more(self, world: World) -> None:
        first, second = world.declared()["id"], world.declared()["id"]
        assert second in world.full(first)["duplicates"]

        answered(world, "erase", wish=second)

        assert second not in world.full(first)["duplicates"]


class TestErasingAnAccount:
    def test_the_person_is_gone_and_their_tokens_are_dead(self, world: World) -> None:
        person = world.anyone.sign_in("17000092331")
        person.must("PATCH", "/v1/me", {"name": "赵认领"})
        _, claim = world.fulfilled(by=person)

        found = answered(world, "erase", account=person.account)

        assert "phone" in found["statement"]["erased"]
        assert person.get("/v1/me").status == 401
        assert world.staff.administrator.get(f"/v1/accounts/{person.account}").status == 404
        seen = world.staff.local.must("GET", f"/v1/claims/{claim}")
        assert (seen["claimant_name"] or "", seen["claimant_phone"] or "") == ("", "")

    def test_the_phone_signs_up_anew_as_a_stranger(self, world: World) -> None:
        person = world.anyone.sign_in("17000092332")
        world.fulfilled(by=person)
        answered(world, "erase", account=person.account)

        anew = world.anyone.sign_in("17000092332")

        assert anew.account != person.account
        assert anew.must("GET", "/v1/me/claims")["items"] == []
        assert anew.must("GET", "/v1/me/inbox")["items"] == []

    def test_open_claims_stand_in_its_way(self, world: World) -> None:
        person = world.anyone.sign_in("17000092333")
        _, claim = world.claimed(by=person)
        request = file(world, "erase", account=person.account)

        refused = answer(world, request)
        person.must("POST", f"/v1/claims/{claim}/release", {})
        done = answer(world, request)

        assert_problem(refused, 409, "open_claims")
        assert refused.json["claims"] == [claim]
        assert done.json["state"] == "done"

    def test_the_last_administrator_stays(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        # whatever claims other tests left with the administrator they share
        monkeypatch.setattr("chalicelib.privacy.erasing.claims.live_ids", lambda account: [])
        request = file(world, "erase", account=world.staff.administrator.account)

        assert_problem(answer(world, request), 409, "last_administrator")

    def test_wishes_of_theirs_are_named_and_stay_until_they_are_asked_for(self, world: World) -> None:
        person = world.anyone.sign_in("17000092335")
        made = person.must("POST", "/v1/wishes", wish(world.round_id))["id"]

        found = answered(world, "erase", account=person.account)

        assert found["statement"]["wishes"] == [made]
        assert world.full(made)["wisher"]["name"] == "秦明华"

    def test_who_viewed_them_is_told_and_the_trail_stays(self, world: World) -> None:
        person = world.anyone.sign_in("17000092336")
        world.staff.administrator.must("GET", f"/v1/accounts/{person.account}")

        found = answered(world, "erase", account=person.account)

        assert any(each["by"] == world.staff.administrator.account for each in found["viewers"])
        checked = world.staff.administrator.must("GET", "/v1/audit/verify", subject=f"account/{person.account}")
        assert checked["intact"] is True


def test_an_anonymous_caller_asks_nothing(world: World) -> None:
    assert Api(world.anyone.token).post("/v1/me/privacy-requests", {"kind": "see"}).status == 401
