"""Messages about a claim: who writes, who reads, what they never carry, and when nothing more is said."""

from typing import Any

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.base import clock
from chalicelib.claims import messages as claim_messages
from chalicelib.claims.message_records import Message
from chalicelib.wishes.records import Wish
from tests.people import Api, Reply, wish
from tests.world import World, assert_problem

PHONE, NAME, ADDRESS = "17000091234", "秦明华", "浦东某路1号"


def say(who: Api, claim: str, text: str, key: str = "", **body: Any) -> Reply:
    return who.post(f"/v1/claims/{claim}/messages", {"text": text} | body, key=key)


def read(who: Api, claim: str) -> list[dict[str, Any]]:
    """The thread as somebody reads it, newest first."""
    items: list[dict[str, Any]] = who.must("GET", f"/v1/claims/{claim}/messages")["items"]
    return items


def introduced(world: World, **changes: Any) -> tuple[str, str]:
    """Ids of a wish whose claimant was introduced, and of the claim."""
    wish_id, claim = world.claimed(**changes)
    world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})
    return wish_id, claim


class TestTalking:
    def test_claimant_and_liaison_read_each_other_newest_first(self, world: World) -> None:
        _, claim = world.claimed()

        first = say(world.staff.company, claim, "周六上午送到可以吗？")
        second = say(world.staff.local, claim, "可以，放在居委会。\n请带上发票。")

        assert (first.status, second.status) == (201, 201)
        assert set(first.json) == {"id", "at", "from", "to", "text"}
        assert (first.json["from"], first.json["to"]) == ("claimant", "liaison")
        for reader in (world.staff.company, world.staff.local, world.staff.administrator):
            assert read(reader, claim) == [second.json, first.json]

    def test_nobody_is_named(self, world: World) -> None:
        _, claim = world.claimed()

        replies = [say(world.staff.company, claim, "您好"), say(world.staff.local, claim, "您好")]

        texts = "".join(reply.text for reply in replies) + str(read(world.staff.company, claim))
        for who in (world.staff.company, world.staff.local):
            assert who.account not in texts
        assert "街道联络员" not in texts
        assert "某公司" not in texts

    def test_page_by_page(self, world: World) -> None:
        _, claim = world.claimed()
        said = [say(world.staff.company, claim, f"第{n}条").json for n in range(5)]
        path = f"/v1/claims/{claim}/messages"

        first = world.staff.local.must("GET", path, limit=2)
        second = world.staff.local.must("GET", path, limit=2, cursor=first["next"])
        third = world.staff.local.must("GET", path, limit=2, cursor=second["next"])

        assert first["items"] + second["items"] + third["items"] == said[::-1]
        assert third["next"] is None

    def test_a_cursor_of_another_thread_is_refused(self, world: World) -> None:
        _, claim = world.claimed()
        _, other = world.claimed()
        for n in range(2):
            say(world.staff.company, claim, f"第{n}条")
        cursor = world.staff.local.must("GET", f"/v1/claims/{claim}/messages", limit=1)["next"]

        assert_problem(world.staff.local.get(f"/v1/claims/{other}/messages", cursor=cursor), 400, "bad_cursor")

    def test_the_other_side_is_told_by_title_and_not_by_the_words(self, world: World) -> None:
        wish_id, claim = world.claimed(title="一台收音机")

        say(world.staff.company, claim, "周六上午送到可以吗？")
        say(world.staff.local, claim, "可以，放在居委会。")

        for reader, kind in ((world.staff.local, "message_for_liaison"), (world.staff.company, "message_for_claimant")):
            about = [each for each in reader.must("GET", "/v1/me/inbox")["items"] if each["wish"] == wish_id]
            (told,) = [each for each in about if each["kind"] == kind]
            assert "一台收音机" in told["text"]
            assert "居委会。" not in told["text"]
            assert "周六" not in told["text"]

    def test_they_are_no_acts_on_the_wish(self, world: World) -> None:
        wish_id, claim = world.claimed()
        before = world.full(wish_id)["version"], len(world.history(wish_id))

        say(world.staff.company, claim, "您好")

        assert (world.full(wish_id)["version"], len(world.history(wish_id))) == before

    def test_in_the_table_they_are_sealed(self, world: World) -> None:
        wish_id, claim = world.claimed()
        say(world.staff.company, claim, "周六上午送到可以吗？")

        (stored,) = Message.query(wish_id, Message.sk.startswith("msg#"))

        assert "周六".encode() not in stored.sealed

    def test_a_retry_under_its_key_says_it_once(self, world: World) -> None:
        _, claim = world.claimed()

        first, again = (say(world.staff.company, claim, "您好", key="m") for _ in range(2))

        assert (first.status, again.status) == (201, 201)
        assert again.json == first.json
        assert len(read(world.staff.local, claim)) == 1
        assert_problem(say(world.staff.company, claim, "再见", key="m"), 422, "idempotency_key_reused")

    @pytest.mark.parametrize(
        ("body", "named"),
        [({"text": ""}, "text"), ({"text": "x" * 1001}, "text"), ({"text": "a\x00b"}, "text"), ({}, "text"),
         ({"text": "好", "to": "claimant"}, "to"), ({"text": "好", "from": "liaison"}, "from"),
         ({"text": "好", "by": "x"}, "by")],
    )  # fmt: skip
    def test_wrong_fields_are_named(self, world: World, body: dict[str, Any], named: str) -> None:
        _, claim = world.claimed()

        reply = world.staff.local.post(f"/v1/claims/{claim}/messages", body)

        assert set(assert_problem(reply, 422, "invalid_fields")) == {named}

    def test_a_day_has_only_so_many(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claim_messages, "MESSAGES_PER_DAY", (2, 86_400))
        _, claim = world.claimed()

        replies = [say(world.staff.company, claim, "您好") for _ in range(3)]

        assert [reply.status for reply in replies] == [201, 201, 429]


class TestWhoMay:
    def test_strangers_hear_of_nothing(self, world: World) -> None:
        _, claim = world.claimed()
        seed_account("17000090064", roles=["liaison"], subdistricts=["花木街道"])
        elsewhere, wisher = world.anyone.sign_in("17000090064"), world.anyone.sign_in(PHONE)

        for who in (world.staff.member, world.staff.observer, world.staff.citizen, elsewhere, wisher):
            assert_problem(say(who, claim, "您好"), 404, "not_found")
            assert_problem(who.get(f"/v1/claims/{claim}/messages"), 404, "not_found")
        assert world.anyone.get(f"/v1/claims/{claim}/messages").status == 401

    def test_the_committee_worker_has_no_part_in_them(self, world: World) -> None:
        _, claim = world.claimed()

        assert_problem(say(world.staff.worker, claim, "您好"), 403, "forbidden")
        assert_problem(world.staff.worker.get(f"/v1/claims/{claim}/messages"), 403, "forbidden")

    def test_a_claimant_cannot_speak_as_the_wisher_nor_clear_anything(self, world: World) -> None:
        _, claim = world.claimed()

        assert_problem(say(world.staff.company, claim, "谢谢", **{"from": "wisher"}), 403, "forbidden")
        refusal = say(world.staff.company, claim, "请打电话 17000095555", cleared=["17000095555"])
        assert set(assert_problem(refusal, 422, "invalid_fields")) == {"cleared"}

    def test_the_liaison_writes_down_what_the_wisher_said(self, world: World) -> None:
        _, claim = world.claimed()

        reply = say(world.staff.local, claim, "老人说下午在家", **{"from": "wisher"})

        assert (reply.json["from"], reply.json["to"]) == ("wisher", "claimant")
        assert read(world.staff.company, claim) == [reply.json]


class TestWhenItIsOver:
    @pytest.mark.parametrize("end", ["release", "revoke", "withdraw", "confirm"])
    def test_nothing_is_added_and_what_was_said_can_be_read(self, world: World, end: str) -> None:
        wish_id, claim = world.claimed()
        said = say(world.staff.company, claim, "您好").json
        self.over(world, end, wish_id, claim)

        for who in (world.staff.company, world.staff.local):
            assert_problem(say(who, claim, "还在吗"), 409, "claim_over")
            assert read(who, claim) == [said]

    def test_a_former_claimant_reads_nothing_of_the_next_ones(self, world: World) -> None:
        wish_id, claim = world.claimed()
        world.staff.local.must("POST", f"/v1/claims/{claim}/revoke", {"reason": "联系不上"})
        following = world.staff.observer.must("POST", f"/v1/wishes/{wish_id}/claim", {})["id"]
        say(world.staff.observer, following, "我来送")

        assert read(world.staff.company, claim) == []
        assert_problem(world.staff.company.get(f"/v1/claims/{following}/messages"), 404, "not_found")
        assert_problem(say(world.staff.company, following, "您好"), 404, "not_found")

    def test_a_delivered_one_is_still_talked_about(self, world: World) -> None:
        _, claim = world.delivered()

        assert say(world.staff.local, claim, "请问放在哪里了？").status == 201

    def over(self, world: World, end: str, wish_id: str, claim: str) -> None:
        staff = world.staff
        if end == "release":
            staff.company.must("POST", f"/v1/claims/{claim}/release", {})
        elif end == "revoke":
            staff.local.must("POST", f"/v1/claims/{claim}/revoke", {"reason": "联系不上"})
        elif end == "withdraw":
            staff.local.must("POST", f"/v1/wishes/{wish_id}/withdraw", {"reason": "已搬走"})
        else:
            staff.company.must("POST", f"/v1/claims/{claim}/deliver", {})
            staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit"})


class TestWhatTheyNeverCarry:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [(f"老人的电话是{PHONE}", "phone"), ("电话 170-0009-1234", "phone"), ("电话一七零零零零九一二三四", "phone"),
         (f"请找{NAME}", "name"), ("请找 秦 明 华", "name"), ("请找明华阿姨", "name"),
         (f"送到{ADDRESS}", "address"), ("送到浦东某路１号", "address")],
    )  # fmt: skip
    def test_sealed_fields_not_even_when_a_liaison_clears_them(self, world: World, text: str, kind: str) -> None:
        _, claim = world.claimed()

        refusal = say(world.staff.local, claim, text, cleared=[text, PHONE, NAME, ADDRESS])

        assert_problem(refusal, 409, "text_not_clear")
        assert kind in {each["kind"] for each in refusal.json["found"]}
        assert read(world.staff.company, claim) == []

    def test_not_after_an_introduction_either_for_it_ends_and_messages_stay(self, world: World) -> None:
        _, claim = introduced(world)

        for who in (world.staff.local, world.staff.company):
            assert_problem(say(who, claim, f"电话是{PHONE}"), 409, "text_not_clear")

    def test_not_of_guardian_and_contact(self, world: World) -> None:
        _, claim = world.claimed(
            wisher=wish("0")["wisher"] | {"birth_year": 2015},
            guardian={"name": "秦大山", "relation": "父亲", "phone": "17000091299"},
            contact={"name": "王邻居", "relation": "邻居", "phone": "17000091277"},
            consent=wish("0")["consent"] | {"by": "guardian"},
        )

        for text in ("请联系秦大山", "联系 17000091299", "找王邻居", "打 17000091277"):
            assert_problem(say(world.staff.local, claim, text), 409, "text_not_clear")

    @pytest.mark.parametrize("text", ["加微信 abc12345", "打我电话 17000095555", "转账到 6222 0202 0000 0000 000"])
    def test_other_ways_to_somebody_wait_for_the_liaison_to_answer_for_them(self, world: World, text: str) -> None:
        _, claim = world.claimed()

        refusal = say(world.staff.local, claim, text)

        assert_problem(refusal, 409, "text_not_clear")
        found = [each["text"] for each in refusal.json["found"]]
        assert say(world.staff.local, claim, text, cleared=found).status == 201

    def test_a_claimant_tells_the_liaison_their_own_phone(self, world: World) -> None:
        _, claim = world.claimed()

        assert say(world.staff.company, claim, "我的电话 17000090006").status == 201

    def test_a_claimant_who_was_not_introduced_cannot_find_out_by_guessing(self, world: World) -> None:
        _, claim = world.claimed()

        replies = [say(world.staff.company, claim, text) for text in (f"是{NAME}吗", "是秦明月吗", f"是{PHONE}吗")]

        assert [reply.status for reply in replies] == [201, 201, 201]


class TestToTheWisher:
    def sent(self, world: World) -> list[str]:
        """What has gone out to the wisher's phone by SMS."""
        from chalicelib.notices import actions as notices

        with clock.pinned(clock.moment(f"{clock.later(clock.stamp(), days=1)[:10]}T02:00:00Z")):
            notices.deliver_due()
        return [message.text for message in world.anyone.outbox if message.to == PHONE and message.channel == "sms"]

    def test_it_goes_by_sms_without_any_number_and_is_kept(self, world: World) -> None:
        _, claim = world.claimed()

        reply = say(world.staff.company, claim, "周六上午十点送到，您在家吗？", to="wisher")

        assert (reply.json["from"], reply.json["to"]) == ("claimant", "wisher")
        assert read(world.staff.local, claim) == [reply.json]
        (text,) = [text for text in self.sent(world) if "周六上午十点送到" in text]
        assert not any(number in text for number in (PHONE, "17000090006", "17000090003"))

    def test_a_retry_rings_once(self, world: World) -> None:
        _, claim = world.claimed()

        for _ in range(2):
            assert say(world.staff.company, claim, "周日下午送到", key="r", to="wisher").status == 201

        assert len([text for text in self.sent(world) if "周日下午送到" in text]) == 1

    def test_not_without_the_consent_to_share_the_contact(self, world: World) -> None:
        _, claim = world.claimed(consent=wish("0")["consent"] | {"share_contact": False})

        for who in (world.staff.company, world.staff.local):
            assert_problem(say(who, claim, "您好", to="wisher"), 409, "contact_consent_required")

    def test_not_after_the_consent_was_withdrawn(self, world: World) -> None:
        wish_id, claim = world.claimed()
        Wish(wish_id, "wish").update(actions=[Wish.consents.set("ps")])

        assert_problem(say(world.staff.company, claim, "您好", to="wisher"), 409, "contact_consent_required")

    def test_not_to_a_child(self, world: World) -> None:
        _, claim = world.claimed(
            wisher=wish("0")["wisher"] | {"birth_year": 2015},
            guardian={"name": "秦大山", "relation": "父亲", "phone": "17000091299"},
            consent=wish("0")["consent"] | {"by": "guardian"},
        )

        assert_problem(say(world.staff.company, claim, "您好", to="wisher"), 409, "minor_handed_over_at_committee")

    def test_not_to_a_landline(self, world: World) -> None:
        _, claim = world.claimed(wisher=wish("0")["wisher"] | {"phone": "021-58880000"})

        assert_problem(say(world.staff.local, claim, "您好", to="wisher"), 409, "wisher_not_reachable")

    @pytest.mark.parametrize(
        "text", ["我的电话 17000090006", "加微信 abc12345", "先转账", "见 https://example.org/a", "卡号 622202020000"]
    )
    def test_a_claimant_leads_the_wisher_nowhere(self, world: World, text: str) -> None:
        _, claim = world.claimed()

        assert_problem(say(world.staff.company, claim, text, to="wisher"), 409, "text_not_clear")

    def test_the_wishers_phone_rings_only_so_often_a_day(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claim_messages, "RELAYS_PER_DAY", (2, 86_400))
        _, claim = world.claimed()

        statuses = [say(world.staff.company, claim, f"第{n}条", to="wisher").status for n in range(3)]

        assert statuses == [201, 201, 429]
        assert say(world.staff.company, claim, "您好").status == 201
