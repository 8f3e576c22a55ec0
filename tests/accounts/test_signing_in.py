"""Signing in: codes by SMS, tokens, refreshing; what is refused tells nothing about who has an account."""

from datetime import timedelta

import pytest

from chalicelib.accounts import rules, tokens
from chalicelib.base import clock, sealing, settings
from chalicelib.base.problems import Unauthorized
from chalicelib.notices import channels
from tests.people import Api, Reply
from tests.world import World, assert_problem

PHONE = "17000080001"


def code_for(anyone: Api, phone: str) -> str:
    anyone.must("POST", "/v1/auth/codes", {"phone": phone})
    return str(next(sent.code for sent in reversed(anyone.outbox) if sent.to == phone))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def redeem(anyone: Api, phone: str, code: str) -> Reply:
    return anyone.post("/v1/auth/tokens", {"phone": phone, "code": code})


def test_a_code_gives_tokens_and_a_new_phone_an_account(world: World) -> None:
    reply = redeem(world.anyone, PHONE, code_for(world.anyone, PHONE))

    assert reply.status == 200
    assert (reply.json["token_type"], reply.json["expires_in"]) == ("Bearer", 1800)
    me = Api(reply.json["access_token"]).must("GET", "/v1/me")
    assert (me["id"], me["phone"], me["claimant_type"], me["roles"]) == (reply.json["account"], PHONE, "citizen", [])


def test_signing_in_again_finds_the_same_account_however_the_phone_is_written(world: World) -> None:
    first = world.anyone.sign_in(PHONE)
    code = code_for(world.anyone, PHONE)

    again = redeem(world.anyone, "+86 170-0008-0001", code)

    assert again.json["account"] == first.account


def test_known_and_unknown_phones_get_the_same_answer(world: World) -> None:
    world.anyone.sign_in(PHONE)

    known = world.anyone.post("/v1/auth/codes", {"phone": PHONE})
    unknown = world.anyone.post("/v1/auth/codes", {"phone": "17000080099"})

    assert (known.status, known.json) == (unknown.status, unknown.json) == (202, {"expires_in": 300})


def test_a_code_is_six_digits_and_never_in_the_answer(world: World) -> None:
    reply = world.anyone.post("/v1/auth/codes", {"phone": PHONE})
    code = world.anyone.outbox[-1].code

    assert len(code) == 6
    assert code.isdigit()
    assert code not in reply.text


@pytest.mark.parametrize("phone", ["021-58880000", "12345", "17000080001x", "+1 202 555 0100"])
def test_only_a_mobile_is_sent_a_code(world: World, phone: str) -> None:
    errors = assert_problem(world.anyone.post("/v1/auth/codes", {"phone": phone}), 422, "invalid_fields")

    assert set(errors) == {"phone"}


def test_a_wrong_code_and_a_phone_without_one_are_told_the_same(world: World) -> None:
    code = code_for(world.anyone, PHONE)

    wrong_code = redeem(world.anyone, PHONE, wrong(code))
    no_code = redeem(world.anyone, "17000080098", code)

    assert_problem(wrong_code, 401, "wrong_code")
    assert wrong_code.json == no_code.json


def test_a_code_works_once(world: World) -> None:
    code = code_for(world.anyone, PHONE)

    assert redeem(world.anyone, PHONE, code).status == 200
    assert_problem(redeem(world.anyone, PHONE, code), 401, "wrong_code")


def test_a_new_code_replaces_the_old_one(world: World) -> None:
    old, new = code_for(world.anyone, PHONE), code_for(world.anyone, PHONE)

    if old != new:
        assert_problem(redeem(world.anyone, PHONE, old), 401, "wrong_code")
    assert redeem(world.anyone, PHONE, new).status == 200


def test_after_five_wrong_tries_the_right_code_is_refused_too_and_a_new_one_helps(world: World) -> None:
    code = code_for(world.anyone, PHONE)

    for _ in range(5):
        assert_problem(redeem(world.anyone, PHONE, wrong(code)), 401, "wrong_code")

    assert_problem(redeem(world.anyone, PHONE, code), 429, "too_many_tries")
    assert redeem(world.anyone, PHONE, code_for(world.anyone, PHONE)).status == 200


def test_a_code_ends_after_five_minutes(world: World) -> None:
    code = code_for(world.anyone, PHONE)

    with clock.pinned(clock.now() + timedelta(seconds=rules.CODE_SECONDS + 1)):
        assert_problem(redeem(world.anyone, PHONE, code), 401, "wrong_code")


def test_in_production_a_phone_is_sent_so_many_codes_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_RUN")

    replies = [world.anyone.post("/v1/auth/codes", {"phone": "17000080077"}) for _ in range(6)]

    assert [reply.status for reply in replies] == [202] * 5 + [429]
    assert_problem(replies[-1], 429, "too_many_requests")
    assert int(replies[-1].headers["Retry-After"]) > 0


def test_in_a_local_run_asking_for_codes_has_no_limit(world: World) -> None:
    statuses = {world.anyone.post("/v1/auth/codes", {"phone": PHONE}).status for _ in range(8)}

    assert statuses == {202}


def test_a_channel_that_is_down_is_an_outage_not_a_mistake(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(message: channels.Message) -> None:
        raise channels.SendingFailed("ConnectTimeout")

    monkeypatch.setitem(channels.SENDERS, "sms", fail)

    assert_problem(Api().post("/v1/auth/codes", {"phone": PHONE}), 503, "unavailable")


def test_a_provider_that_limits_the_phone_says_how_long_to_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def limit(message: channels.Message) -> None:
        raise channels.RateLimited("tencent: LimitExceeded.PhoneNumberThirtySecondLimit", 30)

    monkeypatch.setitem(channels.SENDERS, "sms", limit)
    reply = world.anyone.post("/v1/auth/codes", {"phone": PHONE})

    assert_problem(reply, 429, "too_many_requests")
    assert reply.headers["Retry-After"] == "30"


def test_an_outage_does_not_use_up_a_phones_codes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(message: channels.Message) -> None:
        raise channels.SendingFailed("ConnectTimeout")

    monkeypatch.delenv("LOCAL_RUN")
    with pytest.MonkeyPatch.context() as outage:
        outage.setitem(channels.SENDERS, "sms", fail)
        statuses = [Api().post("/v1/auth/codes", {"phone": "17000080066"}).status for _ in range(6)]

    assert statuses == [503] * 6
    assert world.anyone.post("/v1/auth/codes", {"phone": "17000080066"}).status == 202


def test_a_number_that_cannot_be_reached_is_answered_like_any_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(message: channels.Message) -> None:
        raise channels.SendingFailed("NumberUnknown", permanent=True)

    usual = world.anyone.post("/v1/auth/codes", {"phone": PHONE})
    monkeypatch.setitem(channels.SENDERS, "sms", fail)
    unreachable = world.anyone.post("/v1/auth/codes", {"phone": "17000080067"})

    assert (unreachable.status, unreachable.json) == (usual.status, usual.json)


class TestAddresses:
    """So many codes an hour go out for one address, whichever phones they are for."""

    @pytest.fixture(autouse=True)
    def in_production(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("LOCAL_RUN")
        monkeypatch.setattr(rules, "CODES_PER_ADDRESS", (3, 3600))

    def ask(self, world: World, number: int, headers: dict[str, str] | None = None) -> int:
        return world.anyone.post("/v1/auth/codes", {"phone": f"1700009{number:04d}"}, headers=headers).status

    @pytest.fixture
    def behind_cloudfront(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VIEWER_ADDRESS_HEADER", "CloudFront-Viewer-Address")

    def test_the_limit_holds_over_many_phones(self, world: World, behind_cloudfront: None) -> None:
        seen = [{"CloudFront-Viewer-Address": f"198.51.100.1:{40_000 + turn}"} for turn in range(4)]

        assert [self.ask(world, 2_000 + turn, seen[turn]) for turn in range(4)] == [202, 202, 202, 429]
        assert self.ask(world, 2_100, {"CloudFront-Viewer-Address": "198.51.100.2:40000"}) == 202

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "CloudFront-Viewer-Address", "Forwarded", "X-Real-Ip"])
    def test_what_a_client_says_of_its_address_means_nothing(self, world: World, header: str) -> None:
        for turn in range(3):
            self.ask(world, 4_000 + turn)

        assert self.ask(world, 4_100, {header: "203.0.113.4"}) == 429

    def test_an_ipv6_household_is_one_address(self, world: World, behind_cloudfront: None) -> None:
        seen = [{"CloudFront-Viewer-Address": f"2001:db8::{turn + 1}:50123"} for turn in range(4)]

        assert [self.ask(world, 5_000 + turn, seen[turn]) for turn in range(4)] == [202, 202, 202, 429]

    def test_no_address_lies_in_the_table_in_clear(self, world: World, behind_cloudfront: None) -> None:
        from chalicelib.accounts import records

        self.ask(world, 6_000, {"CloudFront-Viewer-Address": "198.51.100.77:443"})

        assert not [tally for tally in records.Tally.scan() if "198.51.100.77" in tally.pk]


class TestRefreshing:
    def signed_in(self, world: World) -> Reply:
        return redeem(world.anyone, PHONE, code_for(world.anyone, PHONE))

    def refresh(self, world: World, token: str) -> Reply:
        return world.anyone.post("/v1/auth/refresh", {"refresh_token": token})

    def test_a_refresh_token_gives_new_tokens_that_work(self, world: World) -> None:
        first = self.signed_in(world).json

        second = self.refresh(world, first["refresh_token"])

        assert second.status == 200
        assert second.json["refresh_token"] != first["refresh_token"]
        assert Api(second.json["access_token"]).must("GET", "/v1/me")["id"] == first["account"]

    def test_a_retry_within_a_minute_is_no_theft(self, world: World) -> None:
        first = self.signed_in(world).json

        replies = [self.refresh(world, first["refresh_token"]) for _ in range(2)]

        assert [reply.status for reply in replies] == [200, 200]

    def test_an_old_refresh_token_ends_the_session(self, world: World) -> None:
        first = self.signed_in(world).json
        second = self.refresh(world, first["refresh_token"]).json
        third = self.refresh(world, second["refresh_token"]).json

        assert_problem(self.refresh(world, first["refresh_token"]), 401, "bad_token")
        assert_problem(self.refresh(world, third["refresh_token"]), 401, "bad_token")

    def test_a_refresh_token_ends_after_its_days(self, world: World) -> None:
        first = self.signed_in(world).json

        with clock.pinned(clock.now() + timedelta(seconds=tokens.REFRESH_SECONDS + 1)):
            assert_problem(self.refresh(world, first["refresh_token"]), 401, "bad_token")

    def test_neither_token_works_in_the_others_place(self, world: World) -> None:
        found = self.signed_in(world).json

        assert_problem(Api(found["refresh_token"]).get("/v1/me"), 401, "bad_token")
        assert_problem(self.refresh(world, found["access_token"]), 401, "bad_token")


class TestTokens:
    def test_an_access_token_ends_after_half_an_hour(self, world: World) -> None:
        somebody = world.anyone.sign_in(PHONE)

        with clock.pinned(clock.now() + timedelta(minutes=29)):
            assert somebody.get("/v1/me").status == 200
        with clock.pinned(clock.now() + timedelta(minutes=31)):
            assert_problem(somebody.get("/v1/me"), 401, "bad_token")

    def test_any_changed_character_makes_it_invalid(self, world: World) -> None:
        token = world.staff.citizen.token
        last = len(token) - 1  # its lowest bits are padding: the one character where a change may mean the same

        for place in range(0, last, 5):
            changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            with pytest.raises(Unauthorized):
                tokens.verify("access", changed)

    def test_another_accounts_id_cannot_be_put_in(self, world: World) -> None:
        import base64
        import json

        key, payload, *signature = world.staff.citizen.token.split(".")
        until, _, epoch = json.loads(base64.urlsafe_b64decode(payload + "=="))
        forged = base64.urlsafe_b64encode(
            json.dumps([until, world.staff.administrator.account, epoch], separators=(",", ":")).encode()
        ).rstrip(b"=")

        reply = Api(".".join([key, forged.decode(), *signature])).get("/v1/me")

        assert_problem(reply, 401, "bad_token")
        assert reply.headers["WWW-Authenticate"] == "Bearer"

    def test_a_token_of_an_account_that_is_not_there_is_no_token(self, world: World) -> None:
        stranger = Api(tokens.sign("access", "01ARZ3NDEKTSV4RRFFQ69G5FAV", 0, seconds=60))

        assert stranger.get(f"/v1/rounds/{world.round_id}/reports").status == 401

    def test_a_token_signed_before_signing_out_everywhere_is_no_token(self, world: World) -> None:
        account = world.staff.citizen.account

        reply = Api(tokens.sign("access", account, 7, seconds=60)).get(f"/v1/rounds/{world.round_id}/reports")

        assert_problem(reply, 401, "bad_token")

    def test_a_key_that_was_rotated_out_of_signing_still_verifies_until_it_is_removed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = tokens.sign("access", "A", 0, seconds=60)
        keys = settings.secrets()
        rotated = settings.Secrets(keys.token_keys | {"k2": "c" * 48}, "k2", keys.blind_key)
        monkeypatch.setattr(settings, "secrets", lambda: rotated)

        new = tokens.sign("access", "A", 0, seconds=60)

        assert new.startswith("k2.")
        assert tokens.verify("access", old) == tokens.verify("access", new) == ["A", 0]
        monkeypatch.setattr(settings, "secrets", lambda: settings.Secrets({"k2": "c" * 48}, "k2", keys.blind_key))
        with pytest.raises(Unauthorized):
            tokens.verify("access", old)


def test_neither_phone_nor_code_lies_in_the_table_in_clear(world: World) -> None:
    code_for(world.anyone, "17000080055")

    from chalicelib.accounts import records

    waiting = records.sign_in_code(sealing.blind("phone", "17000080055"))

    assert waiting is not None
    stored = str(waiting.to_dynamodb_dict())
    assert "17000080055" not in stored
    assert world.anyone.outbox[-1].code not in stored
