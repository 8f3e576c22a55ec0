"""A wish from its declaration to its publication, over the API (product.md sections 2 and 6)."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.base import clock, sealing
from chalicelib.wishes import records
from tests.people import Api, Reply, verification, wish
from tests.world import World, assert_problem

PHONE = "17000091234"


def declare(world: World, by: Api | None = None, key: str = "", **changes: Any) -> Reply:
    return (by or world.staff.citizen).post("/v1/wishes", wish(world.round_id, **changes), key=key)


def wisher(**changes: Any) -> dict[str, Any]:
    """The usual wisher with some fields changed; None takes a field out."""
    whole = wish("0")["wisher"] | changes
    return {name: value for name, value in whole.items() if value is not None}


def consent(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = wish("0")["consent"] | changes
    return found


def told(reader: Api, kind: str) -> str:
    """The text of the latest message of that kind in somebody's inbox."""
    items = reader.must("GET", "/v1/me/inbox")["items"]
    return str(next(each["text"] for each in items if each["kind"] == kind))


GUARDIAN = {"name": "秦大山", "relation": "父亲", "phone": "17000091299"}


class TestDeclaring:
    def test_a_declaration_gives_a_receipt_and_a_submitted_wish(self, world: World) -> None:
        reply = declare(world)

        assert reply.status == 201
        assert reply.json["state"] == "submitted"
        assert reply.json["version"] == 1
        assert len(reply.json["receipt"]) == 8
        assert reply.headers["ETag"] == '"1"'
        assert world.history(reply.json["id"])[0]["act"] == "declare"

    def test_an_administrator_sees_everything_that_was_declared(self, world: World) -> None:
        found = world.full(declare(world).json["id"])

        assert found["wisher"] == wisher()
        assert found["circumstances"] == wish("0")["circumstances"]
        assert found["declared_by"] == {"self": True, "name": None, "relation": None}
        assert {name: found["consent"][name] for name in consent()} == consent()
        assert found["consent"]["text_version"]
        assert found["consent"]["at"]

    def test_the_contact_finds_the_wish_among_their_own_by_signing_in(self, world: World) -> None:
        made = declare(world).json

        contact = world.anyone.sign_in(PHONE)

        assert made["id"] in [each["id"] for each in contact.must("GET", "/v1/me/wishes")["items"]]
        assert contact.must("GET", f"/v1/wishes/{made['id']}")["receipt"] == made["receipt"]

    @pytest.mark.parametrize(
        ("changes", "code", "named"),
        [
            ({"subdistrict": "火星街道"}, "invalid_fields", "subdistrict"),
            ({"category": "现金"}, "invalid_fields", "category"),
            ({"consent": consent(process=False)}, "process_consent_required", "consent.process"),
            ({"consent": consent(method="spoken")}, "invalid_fields", "consent.witness"),
            ({"wisher": wisher(phone=None)}, "invalid_fields", "contact"),
            ({"wisher": wisher(birth_year=2999)}, "invalid_fields", "wisher.birth_year"),
            ({"wisher": wisher(birth_year=2020)}, "guardian_required", "guardian"),
            ({"wisher": wisher(birth_year=2020), "guardian": GUARDIAN}, "guardian_required", "consent.by"),
            ({"subject": "team"}, "invalid_fields", "team_size"),
            ({"team_size": 5}, "invalid_fields", "team_size"),
            ({"declared_by": {"self": False}}, "invalid_fields", "declared_by.name"),
            ({"declared_by": {"self": True, "name": "张三"}}, "invalid_fields", "declared_by"),
            ({"declared_by": {"name": "张三"}}, "invalid_fields", "declared_by.relation"),
            ({"contact": {"name": "张三", "relation": "邻居", "phone": "12345"}}, "invalid_fields", "contact.phone"),
        ],
    )
    def test_what_may_not_be_declared_is_named(
        self, world: World, changes: dict[str, Any], code: str, named: str
    ) -> None:
        assert named in assert_problem(declare(world, **changes), 422, code)

    @pytest.mark.parametrize(
        "changes",
        [
            {"wisher": wisher(phone=None), "contact": {"name": "张三", "relation": "邻居", "phone": "17000091288"}},
            {"wisher": wisher(birth_year=2020), "guardian": GUARDIAN, "consent": consent(by="guardian")},
            {"wisher": wisher(birth_year=None)},
            {"wisher": wisher(phone="021-58880000")},
            {"subject": "team", "team_size": 28},
            {"declared_by": {"name": "王社工", "relation": "社工"}},
            {"consent": consent(method="spoken", witness="李证人")},
            {"wisher": {"name": "秦·明"}, "contact": {"name": "张三", "relation": "邻居", "phone": "+8617000091288"}},
        ],
    )
    def test_what_may_be_declared_is(self, world: World, changes: dict[str, Any]) -> None:
        assert declare(world, **changes).status == 201

    def test_self_does_not_ask_for_the_accounts_own_phone(self, world: World) -> None:
        assert declare(world, by=world.staff.member).status == 201

    def test_a_likely_duplicate_is_shown_at_review_and_never_blocked(self, world: World) -> None:
        first, second = declare(world).json["id"], declare(world, title="一条被子").json["id"]

        assert world.full(first)["duplicates"] == [second]
        assert world.full(second)["duplicates"] == [first]

    def test_the_id_number_is_never_given_back(self, world: World) -> None:
        made = declare(world, wisher=wisher(id_number="11010519491231002X")).json

        assert "11010519491231002" not in str(world.full(made["id"]))

    @pytest.mark.parametrize(
        ("number", "told"), [("11010519491231002x", "valid"), ("110105194912310021", "doubtful"), (None, None)]
    )
    def test_a_doubtful_id_number_blocks_nobody_and_the_reviewer_is_told(
        self, world: World, number: str | None, told: str | None
    ) -> None:
        made = declare(world, wisher=wisher(id_number=number)).json

        assert world.full(made["id"])["id_number_check"] == told

    @pytest.mark.parametrize("days", [-3, 31])
    def test_outside_the_rounds_dates_nothing_is_declared(self, world: World, days: int) -> None:
        with clock.pinned(clock.now() + timedelta(days=days)):
            citizen = world.anyone.sign_in("17000090008")
            assert_problem(declare(world, by=citizen), 409, "declaring_not_open")

    def test_a_subdistricts_own_dates_count_there(self, world: World) -> None:
        ended = clock.stamp(clock.now() - timedelta(hours=1))
        path = f"/v1/rounds/{world.round_id}"
        world.staff.administrator.must("PATCH", path, {"overrides": {"花木街道": {"claim_until": ended}}}, version=1)

        assert_problem(declare(world, subdistrict="花木街道"), 409, "declaring_not_open")
        assert declare(world).status == 201

    def test_a_retry_gives_the_same_wish_and_another_body_is_refused(self, world: World) -> None:
        key = f"retry-{world.round_id}"
        first, again = declare(world, key=key), declare(world, key=key)

        assert (again.status, again.json) == (201, first.json)
        assert_problem(declare(world, key=key, title="别的"), 422, "idempotency_key_reused")
        assert len(world.history(first.json["id"])) == 1

    def test_two_people_may_use_the_same_key(self, world: World) -> None:
        key = f"both-{world.round_id}"

        ids = {declare(world, by=who, key=key).json["id"] for who in (world.staff.citizen, world.staff.member)}

        assert len(ids) == 2

    def test_without_a_key_the_same_words_are_two_wishes(self, world: World) -> None:
        assert declare(world).json["id"] != declare(world).json["id"]


class TestReviewing:
    def test_a_verification_is_a_record(self, world: World) -> None:
        made = world.declared()
        body = verification() | {"cosigned_by": "第一居民区", "note": "看过"}

        reply = world.staff.local.post(f"/v1/wishes/{made['id']}/verify", body)

        assert (reply.status, reply.json["state"], reply.json["version"]) == (200, "verified", 2)
        assert world.full(made["id"])["verification"] == body

    @pytest.mark.parametrize(
        ("changes", "named"),
        [({"identity": False}, "identity"), ({"feasible": False}, "feasible"), ({"on": "2999-01-01"}, "on"),
         ({"on": "2026-02-30"}, "on"), ({"on": "2026-W01-1"}, "on"), ({"on": "yesterday!"}, "on"),
         ({"method": "guess"}, "method"), ({"income": "unknown"}, "income")],
    )  # fmt: skip
    def test_an_unfit_verification_is_refused(self, world: World, changes: dict[str, Any], named: str) -> None:
        made = world.declared()

        reply = world.staff.local.post(f"/v1/wishes/{made['id']}/verify", verification() | changes)

        assert named in assert_problem(reply, 422, "invalid_fields")
        assert world.full(made["id"])["version"] == 1

    @pytest.mark.parametrize(
        ("act", "body"), [("verify", verification()), ("return", {"reason": "x"}), ("reject", {"reason": "x"})]
    )
    def test_nobody_reviews_what_they_declared_not_even_an_administrator(
        self, world: World, act: str, body: dict[str, Any]
    ) -> None:
        for who in (world.staff.local, world.staff.administrator):
            made = declare(world, by=who).json

            assert_problem(who.post(f"/v1/wishes/{made['id']}/{act}", body), 403, "declarer_may_not_review")

    def test_the_declarer_is_told_the_reason_of_a_return(self, world: World) -> None:
        made = world.declared()

        world.staff.local.must("POST", f"/v1/wishes/{made['id']}/return", {"reason": "请写明尺寸"})

        assert "请写明尺寸" in told(world.staff.citizen, "wish_returned")
        assert world.staff.citizen.must("GET", f"/v1/wishes/{made['id']}")["reason"] == "请写明尺寸"

    def test_a_wish_for_money_is_rejected_with_a_referral(self, world: World) -> None:
        made = world.declared()

        world.staff.local.must(
            "POST", f"/v1/wishes/{made['id']}/reject", {"reason": "不接受现金", "reason_code": "money"}
        )

        assert "救助" in told(world.staff.citizen, "wish_rejected_money")
        assert world.history(made["id"])[0]["reason_code"] == "money"

    @pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 501}, {"reason": "x", "reason_code": "A B"}])
    def test_a_return_needs_a_reason(self, world: World, body: dict[str, Any]) -> None:
        made = world.declared()

        assert_problem(world.staff.local.post(f"/v1/wishes/{made['id']}/return", body), 422, "invalid_fields")

    def test_an_act_retried_under_its_key_is_done_once(self, world: World) -> None:
        made = world.declared()
        path = f"/v1/wishes/{made['id']}/verify"

        first, again = (world.staff.local.post(path, verification(), key="v") for _ in range(2))

        assert (first.status, again.status) == (200, 200)
        assert first.json == again.json
        assert len(world.history(made["id"])) == 2
        other = world.staff.local.post(path, verification() | {"note": "x"}, key="v")
        assert_problem(other, 422, "idempotency_key_reused")

    def test_a_retry_after_the_wish_moved_on_gives_it_as_it_is_today(self, world: World) -> None:
        made = world.declared()
        world.staff.local.must("POST", f"/v1/wishes/{made['id']}/verify", verification(), key="v")
        world.staff.local.must("POST", f"/v1/wishes/{made['id']}/publish", {})

        again = world.staff.local.post(f"/v1/wishes/{made['id']}/verify", verification(), key="v")

        assert (again.status, again.json["state"]) == (200, "published")


class TestPublishing:
    def publish(self, world: World, made: dict[str, Any], **body: Any) -> Reply:
        return world.staff.local.post(f"/v1/wishes/{made['id']}/publish", body)

    def test_a_published_wish_is_on_the_wall(self, world: World) -> None:
        made = world.published()

        items = world.anyone.must("GET", "/v1/wishes", state="published", round=world.round_id)["items"]

        assert [each["id"] for each in items] == [made["id"]]
        assert items[0]["published_at"]

    def test_without_consent_to_publish_it_stays(self, world: World) -> None:
        made = world.verified(consent=consent(publish_story=False))

        assert_problem(self.publish(world, made), 409, "publish_consent_required")

    @pytest.mark.parametrize("given_away", ["秦明华", "17000091234", "微信qinminghua88", "请打款到6222021234567890123"])
    def test_text_that_gives_somebody_away_stops_it_until_cleared(self, world: World, given_away: str) -> None:
        made = world.verified(story=f"家里的电饭煲坏了，{given_away}，谢谢")

        refusal = self.publish(world, made)

        assert_problem(refusal, 409, "text_not_clear")
        assert refusal.json["found"]
        assert world.full(made["id"])["state"] == "verified"
        found = refusal.json["found"]
        assert self.publish(world, made, cleared=found).status == 200

    def test_the_reviewed_words_go_out_and_the_declared_ones_are_kept_for_staff(self, world: World) -> None:
        made = world.verified(story="我叫秦明华，家里的电饭煲坏了")

        reply = self.publish(world, made, story="家里的电饭煲坏了", title="想要电饭煲")

        assert reply.status == 200
        public = world.anyone.must("GET", f"/v1/wishes/{made['id']}")
        assert (public["title"], public["story"]) == ("想要电饭煲", "家里的电饭煲坏了")

    def test_a_long_story_goes_out_whole(self, world: World) -> None:
        story = "家里需要一个电饭煲" * 200

        made = world.published(story=story)

        assert world.anyone.must("GET", f"/v1/wishes/{made['id']}")["story"] == story
        items = world.anyone.must("GET", "/v1/wishes", round=world.round_id)["items"]
        assert items[0]["story"] == story


class TestHiding:
    def test_a_hidden_wish_vanishes_from_every_public_output_and_comes_back(self, world: World) -> None:
        made = world.published()
        path = f"/v1/wishes/{made['id']}"
        lists = [{"round": world.round_id} | more for more in ({}, {"state": "published"}, {"q": "电饭煲"})]

        world.staff.local.must("POST", f"{path}/hide", {"reason": "投诉"})

        for reader in (world.anyone, world.staff.member):
            assert_problem(reader.get(path), 404, "not_found")
            assert [reader.must("GET", "/v1/wishes", **query)["items"] for query in lists] == [[], [], []]
        assert_problem(world.staff.member.post(f"{path}/claim"), 404, "not_found")
        assert world.full(made["id"])["hidden"] is True
        world.staff.local.must("POST", f"{path}/hide", {"hidden": False})
        assert world.anyone.get(path).status == 200
        assert len(world.anyone.must("GET", "/v1/wishes", **lists[1])["items"]) == 1

    def test_hiding_twice_is_hiding_once(self, world: World) -> None:
        made = world.published()

        versions = [world.staff.local.must("POST", f"/v1/wishes/{made['id']}/hide", {})["version"] for _ in range(2)]

        assert versions == [4, 4]


class TestEditing:
    def test_the_declarer_changes_the_words(self, world: World) -> None:
        made = world.declared()

        reply = world.staff.citizen.call(
            "PATCH", f"/v1/wishes/{made['id']}", {"title": "一口锅", "particulars": "26厘米"}, version=1
        )

        assert (reply.status, reply.json["title"], reply.json["version"]) == (200, "一口锅", 2)
        assert reply.headers["ETag"] == '"2"'
        assert world.full(made["id"])["particulars"] == "26厘米"

    def test_of_two_who_edit_the_same_version_the_second_is_told(self, world: World) -> None:
        made = world.declared()
        path = f"/v1/wishes/{made['id']}"
        world.staff.citizen.must("PATCH", path, {"title": "甲"}, version=1)

        assert_problem(world.staff.local.call("PATCH", path, {"title": "乙"}, version=1), 412, "stale")
        assert world.full(made["id"])["title"] == "甲"

    def test_a_minor_by_a_new_birth_year_needs_a_guardian(self, world: World) -> None:
        made = world.declared()

        reply = world.staff.citizen.call(
            "PATCH", f"/v1/wishes/{made['id']}", {"wisher": wisher(birth_year=2020)}, version=1
        )

        assert "guardian" in assert_problem(reply, 422, "guardian_required")

    def test_a_wrong_age_put_right_changes_what_the_public_sees(self, world: World) -> None:
        made = world.declared()
        body = {"wisher": wisher(birth_year=2020), "guardian": GUARDIAN}
        edited = world.staff.citizen.must("PATCH", f"/v1/wishes/{made['id']}", body, version=1)

        assert (edited["wisher_name"], edited["age_band"]) == (None, None)

    def test_a_published_text_is_scanned_again(self, world: World) -> None:
        made = world.published()
        path = f"/v1/wishes/{made['id']}"

        reply = world.staff.local.call("PATCH", path, {"story": "请打电话17000091234"}, version=3)

        assert_problem(reply, 409, "text_not_clear")
        assert "17000091234" not in world.anyone.get(path).text

    @pytest.mark.parametrize("state", ["verified", "published"])
    def test_what_was_reviewed_is_not_its_declarers_to_rewrite_whatever_else_they_are(
        self, world: World, state: str
    ) -> None:
        made = world.staff.local.must("POST", "/v1/wishes", wish(world.round_id))
        path = f"/v1/wishes/{made['id']}"
        version = world.staff.liaison.must("POST", f"{path}/verify", verification())["version"]
        if state == "published":
            version = world.staff.liaison.must("POST", f"{path}/publish", {})["version"]
        told = {"story": "请打电话17000091234", "cleared": ["17000091234"]}

        reply = world.staff.local.call("PATCH", path, told, version=version)

        assert_problem(reply, 403, "declarer_may_not_review")
        assert "17000091234" not in world.anyone.get(path).text

    def test_what_an_edit_cleared_is_kept_with_it(self, world: World) -> None:
        made = world.published()
        told = {"story": "请打13800000000咨询", "cleared": ["13800000000"]}
        world.staff.local.must("PATCH", f"/v1/wishes/{made['id']}", told, version=3)

        entry = records.last_entry(made["id"])
        assert entry is not None
        kept = sealing.unseal("wishes", made["id"], entry.sealed, dict)
        assert kept == {"fields": ["cleared", "story"], "cleared": ["13800000000"]}

    def test_a_stranger_may_not_edit_a_public_wish(self, world: World) -> None:
        made = world.published()

        reply = world.staff.member.call("PATCH", f"/v1/wishes/{made['id']}", {"title": "x"}, version=3)

        assert_problem(reply, 403, "forbidden")


class TestTracking:
    def test_the_receipt_and_four_digits_find_the_wish_in_plain_words(self, world: World) -> None:
        made = world.declared()

        found = world.anyone.must("GET", "/v1/wishes/lookup", receipt=made["receipt"], phone_last4=PHONE[-4:])

        assert (found["id"], found["state"]) == (made["id"], "submitted")
        assert "审核" in found["says"]
        assert found["wisher_name"] == "秦**"
        assert "秦明华" not in str(found)

    def test_the_receipt_is_forgiving_about_case_and_hyphens(self, world: World) -> None:
        receipt = world.declared()["receipt"].lower()

        written = f"{receipt[:4]}-{receipt[4:]}"

        assert world.anyone.get("/v1/wishes/lookup", receipt=written, phone_last4=PHONE[-4:]).status == 200

    def test_wrong_digits_and_an_unknown_receipt_are_told_the_same(self, world: World) -> None:
        made = world.declared()

        wrong = world.anyone.get("/v1/wishes/lookup", receipt=made["receipt"], phone_last4="0000")
        unknown = world.anyone.get("/v1/wishes/lookup", receipt="ZZZZ9999", phone_last4="0000")

        assert_problem(wrong, 404, "not_found")
        assert wrong.json == unknown.json

    def test_guessing_digits_ends_and_right_ones_are_not_counted(self, world: World) -> None:
        made = world.declared()
        query = {"receipt": made["receipt"], "phone_last4": PHONE[-4:]}
        assert {world.anyone.get("/v1/wishes/lookup", **query).status for _ in range(12)} == {200}

        statuses = [world.anyone.get("/v1/wishes/lookup", **query | {"phone_last4": "0000"}).status for _ in range(12)]

        assert statuses[0] == 404
        assert statuses[-1] == 429


class TestWithdrawing:
    @pytest.mark.parametrize("state", ["declared", "verified", "published"])
    def test_the_wisher_withdraws_before_a_claim(self, world: World, state: str) -> None:
        made = getattr(world, state)()

        reply = world.staff.citizen.post(f"/v1/wishes/{made['id']}/withdraw", {"reason": "不需要了"})

        assert (reply.status, reply.json["state"]) == (200, "withdrawn")
        assert_problem(world.anyone.get(f"/v1/wishes/{made['id']}"), 404, "not_found")

    def test_after_a_claim_only_a_liaison_does_and_the_claimant_is_told_kindly(self, world: World) -> None:
        made, claim = world.claimed()
        path = f"/v1/wishes/{made}/withdraw"

        assert_problem(world.staff.citizen.post(path, {"reason": "不需要了"}), 403, "forbidden")
        world.staff.local.must("POST", path, {"reason": "已搬走"})

        assert "谢谢" in told(world.staff.company, "wish_withdrawn")
        assert world.staff.company.must("GET", f"/v1/claims/{claim}")["state"] == "revoked"
