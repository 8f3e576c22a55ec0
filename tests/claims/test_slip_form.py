"""The page behind the slip's QR code: confirming from any phone, without a script, by somebody who can be named."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.claims import confirming, slip_form_page
from tests.people import Api, Reply
from tests.world import World, assert_problem

NEIGHBOUR, COMPANY = "17000090097", "17000090006"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def send(anyone: Api, **fields: str) -> Reply:
    """The page's form, as a browser sends it."""
    return anyone.call("POST", "/confirm", raw=urlencode(fields).encode(), headers=FORM)


def digits(anyone: Api, phone: str) -> str:
    """What the SMS says."""
    return str(next(sent.code for sent in reversed(anyone.outbox) if sent.to == phone and sent.code))


def confirmed_by(anyone: Api, code: str, phone: str, **more: str) -> Reply:
    """Both steps of the page."""
    asked = send(anyone, code=code, phone=phone)
    assert asked.status == 200, asked
    return send(anyone, code=code, phone=phone, sms=digits(anyone, phone), **more)


class TestThePage:
    def test_it_is_whole_without_a_script_and_runs_none_but_its_own(self, world: World) -> None:
        page = world.anyone.get("/confirm")

        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "unsafe" not in policy
        assert re.findall(r"<script[^>]*>(.*?)</script>", page.text) == [""]
        assert 'method="post" action="confirm"' in page.text
        assert not re.search(r" on[a-z]+=", page.text)

    def test_its_script_takes_the_code_from_behind_the_hash(self, world: World) -> None:
        script = world.anyone.get("/confirm.js")

        assert script.headers["Content-Type"].startswith("text/javascript")
        assert "location.hash" in script.text
        form = re.search(r"/\^#(.*)\$/", script.text)
        assert form is not None
        assert re.fullmatch(form[1].replace("\\\\", "\\"), "01M8A9HNXBNS9K9WCTK5NS96PW-4.ABCD2345")

    @pytest.mark.parametrize("language", ["zh-CN", "en"])
    @pytest.mark.parametrize("step", ["code", "sms", "done"])
    def test_old_eyes_and_fingers_are_served(self, step: str, language: str) -> None:
        page = slip_form_page.render(step, language)

        assert "font:22px" in page
        assert "min-height:60px" in page
        for field in re.findall(r'<(?:input|textarea) id="(\w+)"', page):
            assert f'<label for="{field}">' in page

    def test_what_was_written_comes_back_escaped(self, world: World) -> None:
        reply = send(world.anyone, code='"><script>x', phone=NEIGHBOUR)

        assert "<script>x" not in reply.text
        assert reply.status == 422

    @pytest.mark.parametrize("fields", [{}, {"code": "AAAA-AAAA"}, {"code": "", "phone": "12"}, {"phone": NEIGHBOUR}])
    def test_what_is_left_out_is_told_on_the_page(self, world: World, fields: dict[str, str]) -> None:
        reply = send(world.anyone, **fields)

        assert reply.status == 422
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"


class TestConfirming:
    def test_whoever_has_the_slip_confirms_and_the_history_knows_who(self, world: World) -> None:
        wish_id, claim = world.delivered()
        code = confirming.slip_code(claim)

        reply = confirmed_by(world.anyone, f"{code[:4]} {code[4:].lower()}", NEIGHBOUR, thanks="谢谢大家")

        assert reply.status == 200
        assert "已经确认" in reply.text
        assert world.full(wish_id)["state"] == "fulfilled"
        latest = world.history(wish_id)[0]
        assert (latest["act"], latest["by"]) == ("confirm", world.anyone.sign_in(NEIGHBOUR).account)
        assert world.staff.local.must("GET", f"/v1/claims/{claim}")["thanks_waiting"] == "谢谢大家"

    def test_nothing_is_confirmed_before_the_sms(self, world: World) -> None:
        wish_id, claim = world.delivered()

        send(world.anyone, code=confirming.slip_code(claim), phone=NEIGHBOUR)

        assert world.full(wish_id)["state"] == "delivered"

    def test_the_claimants_own_phone_is_refused(self, world: World) -> None:
        wish_id, claim = world.delivered()

        reply = confirmed_by(world.anyone, confirming.slip_code(claim), COMPANY)

        assert reply.status == 403
        assert world.full(wish_id)["state"] == "delivered"

    def test_sent_twice_it_says_again_that_it_is_done(self, world: World) -> None:
        wish_id, claim = world.delivered()
        code = confirming.slip_code(claim)
        fields = {"code": code, "phone": NEIGHBOUR}
        send(world.anyone, **fields)
        fields["sms"] = digits(world.anyone, NEIGHBOUR)

        replies = [send(world.anyone, **fields) for _ in range(2)]

        assert [reply.status for reply in replies] == [200, 200]
        assert [line["act"] for line in world.history(wish_id)].count("confirm") == 1

    def test_wrong_digits_are_asked_for_again_with_everything_else_kept(self, world: World) -> None:
        _, claim = world.delivered()
        code = confirming.slip_code(claim)
        send(world.anyone, code=code, phone=NEIGHBOUR)
        wrong = "000000" if digits(world.anyone, NEIGHBOUR) != "000000" else "000001"

        reply = send(world.anyone, code=code, phone=NEIGHBOUR, sms=wrong, thanks="谢谢")

        assert reply.status == 401
        assert 'name="sms"' in reply.text
        assert code in reply.text
        assert "谢谢" in reply.text

    def test_a_wrong_code_sends_no_sms_and_five_a_day_are_all(self, world: World) -> None:
        phone = "17000090096"
        before = len(world.anyone.outbox)

        statuses = [send(world.anyone, code=f"WRNG{n:04d}", phone=phone).status for n in range(6)]

        assert statuses == [422] * 5 + [429]
        assert len(world.anyone.outbox) == before

    def test_right_codes_are_not_counted(self, world: World) -> None:
        _, claim = world.delivered()

        statuses = {send(world.anyone, code=confirming.slip_code(claim), phone="17000090095").status for _ in range(7)}

        assert statuses == {200}

    def test_a_code_is_unknown_before_the_delivery_and_void_after_the_claim(self, world: World) -> None:
        _, live = world.claimed()
        wish_id, over = world.delivered()
        world.staff.local.must("POST", f"/v1/claims/{over}/return", {"reason": "not_received"})
        waiting = send(world.anyone, code=confirming.slip_code(over), phone=NEIGHBOUR)
        world.staff.company.must("POST", f"/v1/claims/{over}/release", {})

        assert send(world.anyone, code=confirming.slip_code(live), phone=NEIGHBOUR).status == 422
        assert waiting.status == 409
        assert send(world.anyone, code=confirming.slip_code(over), phone=NEIGHBOUR).status == 409
        assert world.full(wish_id)["state"] == "published"

    @pytest.mark.parametrize(
        "fields",
        [{}, {"code": "ABCD2345"}, {"code": "ABCD2345", "phone": "123"}, {"code": "ABCD2345", "phone": "021-58880000"},
         {"code": "x" * 41, "phone": NEIGHBOUR}, {"code": "ABCD2345", "phone": NEIGHBOUR, "method": "visit"}],
    )  # fmt: skip
    def test_what_is_missing_or_wrong_is_refused(self, world: World, fields: dict[str, Any]) -> None:
        assert send(world.anyone, **fields).status == 422

    def test_only_the_pages_own_form_is_taken(self, world: World) -> None:
        reply = world.anyone.call("POST", "/confirm", raw=b"{}", headers={"Content-Type": "application/json"})

        assert_problem(reply, 415, "unsupported_form")
        assert world.anyone.call("POST", "/confirm", raw=b"\xff=\xff", headers=FORM).status == 400
