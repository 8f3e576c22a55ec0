"""The wisher's slip and its code: whom it reaches, what it says, and that it confirms once, for its own claim alone."""

import html
import re
from typing import Any

import pytest

from chalicelib.claims import confirming, records
from tests.people import Api, Reply
from tests.world import World, assert_problem

WISHER = "17000091234"
SECRETS = ("秦明华", "秦", WISHER, "浦东某路", "某公司", "17000090006", "居村工作者")


def slip(who: Api, claim: str) -> Reply:
    return who.get(f"/v1/claims/{claim}/slip")


def code_on(page: str) -> str:
    """The code as somebody reads it off the slip."""
    return " ".join(re.findall(r"<span>([2-9A-Z]{4})</span>", page))


def confirm(who: Api, claim: str, key: str = "", **body: Any) -> Reply:
    return who.post(f"/v1/claims/{claim}/confirm", {"method": "slip"} | body, key=key)


def links_of(page: str) -> list[str]:
    """What the page loads or leads to."""
    return re.findall(r"(?:src|href|action)=", page)


class TestThePage:
    def test_it_is_chinese_large_and_a6_and_names_nobody(self, world: World) -> None:
        _, claim = world.claimed(title="一个<b>电饭煲</b>")

        reply = slip(world.staff.worker, claim)

        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert 'lang="zh-CN"' in reply.text
        assert "size:A6" in reply.text
        sizes = [int(size) for size in re.findall(r"font(?:-size)?:[^;}]*?([0-9]+)px", reply.text)]
        assert min(sizes) >= 18
        assert "南码头路街道第一居民区" in reply.text
        assert not [secret for secret in SECRETS if secret in reply.text]
        assert "<b>" not in reply.text
        assert html.escape("<b>") in reply.text

    def test_it_loads_nothing_and_runs_nothing(self, world: World) -> None:
        _, claim = world.claimed()

        page = slip(world.staff.worker, claim).text

        assert links_of(page) == []
        assert "<script" not in page
        assert "default-src 'none'" in page
        assert "<svg" in page

    def test_code_and_claim_are_in_the_part_of_the_link_that_no_server_sees(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import segno

        drawn: list[str] = []
        make = segno.make
        monkeypatch.setattr(segno, "make", lambda text, **options: drawn.append(text) or make(text, **options))
        _, claim = world.claimed()

        page = world.staff.worker.call(
            "GET", f"/v1/claims/{claim}/slip", headers={"Host": "wish.example.org", "X-Forwarded-Proto": "https"}
        ).text

        code = code_on(page).replace(" ", "")
        assert drawn == [f"https://wish.example.org/confirm#{claim}.{code}"]


class TestWhomItReaches:
    def test_the_committees_worker_and_the_wishers_side_get_the_same_one(self, world: World) -> None:
        _, claim = world.claimed()
        wisher = world.anyone.sign_in(WISHER)

        assert slip(world.staff.worker, claim).text == slip(wisher, claim).text == slip(world.staff.citizen, claim).text

    def test_nobody_else_does(self, world: World) -> None:
        _, claim = world.claimed()

        assert_problem(slip(world.staff.company, claim), 403, "own_claim")
        for who in (world.staff.local, world.staff.administrator):
            assert_problem(slip(who, claim), 403, "forbidden")
        for who in (world.staff.member, world.staff.observer):
            assert_problem(slip(who, claim), 404, "not_found")
        assert slip(world.anyone, claim).status == 401

    def test_not_a_worker_who_claims_themselves(self, world: World) -> None:
        wish_id, claim = world.claimed(by=world.staff.worker)

        assert_problem(slip(world.staff.worker, claim), 403, "own_claim")
        assert world.staff.worker.must("GET", f"/v1/wishes/{wish_id}")["confirmation_code"] is None
        world.staff.worker.must("POST", f"/v1/claims/{claim}/release", {})

    def test_every_look_is_recorded(self, world: World) -> None:
        wish_id, claim = world.claimed()

        slip(world.staff.worker, claim)

        (entry, *_) = world.staff.administrator.must("GET", "/v1/audit", subject=f"wish/{wish_id}")["items"]
        assert (entry["action"], entry["actor"]) == ("viewed_slip", world.staff.worker.account)
        assert entry["detail"]["claim"] == claim

    def test_none_is_made_of_a_claim_that_is_over(self, world: World) -> None:
        _, released = world.claimed()
        world.staff.company.must("POST", f"/v1/claims/{released}/release", {})
        _, fulfilled = world.fulfilled()

        for claim in (released, fulfilled):
            assert_problem(slip(world.staff.worker, claim), 409, "claim_over")

    def test_nothing_the_claimant_can_ask_for_holds_the_code(self, world: World) -> None:
        wish_id, claim = world.delivered()
        code = confirming.slip_code(claim)
        company = world.staff.company
        replies = [company.get(path) for path in (
            f"/v1/claims/{claim}", f"/v1/wishes/{wish_id}", "/v1/me/claims", "/v1/me/wishes", "/v1/me/inbox",
            f"/v1/claims/{claim}/messages", f"/v1/claims/{claim}/slip", f"/v1/wishes/{wish_id}/history", "/v1/wishes",
        )]  # fmt: skip
        replies += [company.post(f"/v1/wishes/{wish_id}/claim"), confirm(company, claim, code="WRONG234"),
                    company.post(f"/v1/claims/{claim}/messages", {"text": "您好"})]  # fmt: skip

        assert not [reply for reply in replies if code in reply.text or code[:4] + "</span>" in reply.text]


class TestTheCode:
    def test_as_it_stands_on_the_slip_it_confirms_and_says_by_whom(self, world: World) -> None:
        wish_id, claim = world.delivered()
        code = code_on(slip(world.staff.worker, claim).text)
        neighbour = world.anyone.sign_in("17000090098")

        reply = confirm(neighbour, claim, code=code.lower())

        assert (reply.status, reply.json["state"]) == (200, "fulfilled")
        latest = world.history(wish_id)[0]
        assert (latest["act"], latest["reason_code"], latest["by"]) == ("confirm", "slip", neighbour.account)

    def test_read_out_to_the_liaison_it_confirms_too(self, world: World) -> None:
        _, claim = world.delivered()

        assert confirm(world.staff.local, claim, method="slip", code=confirming.slip_code(claim)).status == 200

    def test_a_wrong_one_read_out_confirms_nothing_though_staff_could_vouch(self, world: World) -> None:
        wish_id, claim = world.delivered()

        assert_problem(confirm(world.staff.local, claim, method="phone", code="WRONG234"), 422, "wrong_code")
        assert world.full(wish_id)["state"] == "delivered"

    def test_it_is_good_once(self, world: World) -> None:
        _, claim = world.delivered()
        code = confirming.slip_code(claim)
        confirm(world.staff.citizen, claim, code=code)

        assert_problem(confirm(world.staff.citizen, claim, code=code), 409, "wrong_state")

    def test_a_retry_under_its_key_is_told_the_same_and_costs_no_try(self, world: World) -> None:
        _, claim = world.delivered()
        code = confirming.slip_code(claim)

        replies = [confirm(world.staff.citizen, claim, key="c", code=code) for _ in range(8)]

        assert {reply.status for reply in replies} == {200}
        assert all(reply.json == replies[0].json for reply in replies)

    def test_an_earlier_claims_code_is_void(self, world: World) -> None:
        wish_id, first = world.delivered()
        old = confirming.slip_code(first)
        world.staff.local.must("POST", f"/v1/claims/{first}/return", {"reason": "not_received"})
        world.staff.company.must("POST", f"/v1/claims/{first}/release", {})
        second = world.staff.observer.must("POST", f"/v1/wishes/{wish_id}/claim", {})["id"]
        world.staff.observer.must("POST", f"/v1/claims/{second}/deliver", {})
        wisher = world.anyone.sign_in(WISHER)

        assert_problem(confirm(wisher, second, code=old), 422, "wrong_code")
        assert_problem(confirm(wisher, first, code=old), 409, "claim_over")
        assert world.full(wish_id)["state"] == "delivered"

    def test_before_the_delivery_it_confirms_nothing_and_afterwards_it_does(self, world: World) -> None:
        _, claim = world.claimed()
        code = confirming.slip_code(claim)

        assert_problem(confirm(world.staff.citizen, claim, code=code), 409, "wrong_state")
        world.staff.company.must("POST", f"/v1/claims/{claim}/deliver", {})
        assert confirm(world.staff.citizen, claim, code=code).status == 200

    def test_after_not_received_it_waits_for_the_next_delivery(self, world: World) -> None:
        _, claim = world.delivered()
        code = confirming.slip_code(claim)
        world.staff.local.must("POST", f"/v1/claims/{claim}/return", {"reason": "not_received"})

        assert_problem(confirm(world.staff.citizen, claim, code=code), 409, "wrong_state")
        world.staff.company.must("POST", f"/v1/claims/{claim}/deliver", {})
        assert confirm(world.staff.citizen, claim, code=code).status == 200

    def test_after_five_wrong_ones_even_the_right_one_waits(self, world: World) -> None:
        _, claim = world.delivered()
        guesses = [confirm(world.staff.member, claim, code=f"WRONG{n}") for n in range(5)]

        assert {guess.status for guess in guesses} == {422}
        assert_problem(confirm(world.staff.member, claim, code=confirming.slip_code(claim)), 429, "too_many_requests")
        assert confirm(world.staff.local, claim, method="visit").status == 200

    def test_a_worker_elsewhere_and_a_stranger_without_it_hear_of_nothing(self, world: World) -> None:
        _, claim = world.delivered()

        assert_problem(confirm(world.staff.member, claim, method="visit"), 404, "not_found")
        assert_problem(confirm(world.staff.observer, claim, method="visit"), 403, "forbidden")

    def test_two_claims_of_one_wish_have_two_codes(self, world: World) -> None:
        claims = [f"{world.some_wish}-{version}" for version in range(4, 40)]

        assert len({confirming.slip_code(each) for each in claims}) == len(claims)


class TestThanks:
    def given(self, world: World, text: str = "谢谢好心人，电饭煲很好用", **changes: Any) -> tuple[str, str]:
        """Ids of a wish confirmed with words of thanks, and of its claim."""
        wish_id, claim = world.delivered(**changes)
        world.staff.worker.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit", "thanks": text})
        return wish_id, claim

    def moderate(self, who: Api, claim: str, key: str = "", **body: Any) -> Reply:
        return who.post(f"/v1/claims/{claim}/thanks", body, key=key)

    def test_until_a_liaison_has_read_them_only_staff_see_them(self, world: World) -> None:
        wish_id, claim = self.given(world)

        assert world.staff.local.must("GET", f"/v1/claims/{claim}")["thanks_waiting"] == "谢谢好心人，电饭煲很好用"
        assert "电饭煲很好用" not in world.staff.company.get(f"/v1/claims/{claim}").text
        assert world.anyone.must("GET", f"/v1/wishes/{wish_id}")["thanks"] is None
        stored = records.get(wish_id, int(claim.rpartition("-")[2]))
        assert stored is not None
        assert "很好用".encode() not in stored.thanks_waiting
        told = [each["kind"] for each in world.staff.local.must("GET", "/v1/me/inbox")["items"]]
        assert "thanks_waiting" in told

    def test_approved_they_reach_the_claimant_and_the_wish(self, world: World) -> None:
        wish_id, claim = self.given(world)

        reply = self.moderate(world.staff.local, claim, approve=True)

        assert (reply.json["thanks"], reply.json["thanks_waiting"]) == ("谢谢好心人，电饭煲很好用", None)
        assert world.staff.company.must("GET", f"/v1/claims/{claim}")["thanks"] == "谢谢好心人，电饭煲很好用"
        assert world.anyone.must("GET", f"/v1/wishes/{wish_id}")["thanks"] == "谢谢好心人，电饭煲很好用"
        told = [each for each in world.staff.company.must("GET", "/v1/me/inbox")["items"] if each["wish"] == wish_id]
        assert told[0]["kind"] == "thanks_received"
        assert "很好用" not in told[0]["text"]
        assert world.history(wish_id)[0]["act"] == "thank"

    def test_declined_they_are_gone_and_nobody_is_told(self, world: World) -> None:
        wish_id, claim = self.given(world)

        reply = self.moderate(world.staff.local, claim, approve=False)

        assert (reply.json["thanks"], reply.json["thanks_waiting"]) == (None, None)
        told = [each for each in world.staff.company.must("GET", "/v1/me/inbox")["items"] if each["wish"] == wish_id]
        assert told[0]["kind"] == "wish_fulfilled"
        assert_problem(self.moderate(world.staff.local, claim, approve=True), 409, "no_thanks_waiting")

    def test_what_would_give_somebody_away_is_reworded_or_cleared_but_never_sealed_fields(self, world: World) -> None:
        _, claim = self.given(world, "我是秦明华，电话17000091234，微信 abc12345")

        refusal = self.moderate(world.staff.local, claim, approve=True, cleared=["秦明华", WISHER, "微信 abc12345"])

        assert_problem(refusal, 409, "text_not_clear")
        assert {each["kind"] for each in refusal.json["found"]} >= {"name", "phone"}
        reworded = self.moderate(world.staff.local, claim, approve=True, text="谢谢大家")
        assert reworded.json["thanks"] == "谢谢大家"

    def test_on_the_wish_only_while_its_story_may_be_public_and_it_is_not_hidden(self, world: World) -> None:
        wish_id, claim = self.given(world)
        self.moderate(world.staff.local, claim, approve=True)
        path = f"/v1/wishes/{wish_id}"

        world.staff.local.must("POST", f"{path}/hide", {})

        assert world.staff.company.must("GET", path)["thanks"] is None
        assert world.staff.company.must("GET", f"/v1/claims/{claim}")["thanks"] is not None
        assert world.staff.local.must("GET", path)["thanks"] is not None

    @pytest.mark.parametrize("role", ["worker", "company", "observer", "citizen"])
    def test_letting_them_out_is_for_the_liaison_and_the_administrator(self, world: World, role: str) -> None:
        _, claim = self.given(world)

        assert_problem(self.moderate(getattr(world.staff, role), claim, approve=True), 403, "forbidden")

    def test_a_retry_under_its_key_is_one_act(self, world: World) -> None:
        wish_id, claim = self.given(world)

        replies = [self.moderate(world.staff.local, claim, key="t", approve=True) for _ in range(2)]

        assert [reply.status for reply in replies] == [200, 200]
        assert [line["act"] for line in world.history(wish_id)[:2]] == ["thank", "confirm"]

    def test_where_nothing_was_said_nothing_waits(self, world: World) -> None:
        _, claim = world.fulfilled()
        _, live = world.claimed()

        for each in (claim, live):
            assert_problem(self.moderate(world.staff.local, each, approve=True), 409, "no_thanks_waiting")

    @pytest.mark.parametrize(
        ("body", "named"),
        [({}, "approve"), ({"approve": "yes"}, "approve"), ({"approve": True, "text": ""}, "text"),
         ({"approve": False, "text": "谢谢"}, "text"), ({"approve": True, "text": "x" * 501}, "text")],
    )  # fmt: skip
    def test_wrong_fields_are_named(self, world: World, body: dict[str, Any], named: str) -> None:
        _, claim = self.given(world)

        assert set(assert_problem(self.moderate(world.staff.local, claim, **body), 422, "invalid_fields")) == {named}
