"""What must happen once, asked for many times at the same moment: rounds, declarations, sign-ins, messages."""

from collections import Counter

import pytest

from chalicelib.accounts.records import Account, Session
from chalicelib.base import clock
from chalicelib.notices.records import Key, Notice, sendings_of
from chalicelib.wishes.records import Wish
from tests.people import Api, Staff, wish
from tests.races import books
from tests.races.contenders import MOST, Contenders, Request, Schedule

pytestmark = pytest.mark.races

TURNS = 5


def _round_body(number: int) -> dict[str, object]:
    return {
        "number": number,
        "name": "同号",
        "declare_from": "2026-01-01T00:00:00Z",
        "claim_from": "2026-01-02T00:00:00Z",
        "claim_until": "2026-01-03T00:00:00Z",
        "deliver_until": "2026-01-04T00:00:00Z",
    }


def _ask_for_code(anyone: Api, phone: str) -> str:
    anyone.must("POST", "/v1/auth/codes", {"phone": phone})
    return str(next(sent.code for sent in reversed(anyone.outbox) if sent.to == phone))


def test_a_round_number_is_given_once(staff: Staff, contenders: Contenders) -> None:
    for turn in range(TURNS):
        body = _round_body(1000 + turn)

        outcomes = contenders.race([Request(staff.administrator.token, "POST", "/v1/rounds", body)] * 8)

        assert Counter(outcome.code for outcome in outcomes) == {"": 1, "round_number_taken": 7}


def test_one_key_opens_one_round_and_tells_everybody_the_same(staff: Staff, contenders: Contenders) -> None:
    for turn in range(TURNS):
        request = Request(staff.administrator.token, "POST", "/v1/rounds", _round_body(2000 + turn), key=f"open-{turn}")

        outcomes = contenders.race([request] * 8)

        assert {(outcome.status, outcome.json["id"]) for outcome in outcomes} == {(201, str(2000 + turn))}


def test_one_key_declares_one_wish(staff: Staff, contenders: Contenders, round_id: str) -> None:
    for turn in range(TURNS):
        request = Request(staff.citizen.token, "POST", "/v1/wishes", wish(round_id), key=f"declare-{turn}")

        outcomes = contenders.race([request] * 8)

        assert {outcome.status for outcome in outcomes} == {201}
        assert len({(outcome.json["id"], outcome.json["receipt"]) for outcome in outcomes}) == 1
        assert len(books.every_wish(round_id)) == turn + 1
    books.in_order(round_id)


def test_one_key_reports_one_stage(staff: Staff, contenders: Contenders, round_id: str) -> None:
    for turn in range(3):
        made, claim = staff.claimed(round_id)
        path, body = f"/v1/claims/{claim['id']}/progress", {"stage": "contacted", "note": "已联系"}

        outcomes = contenders.race([Request(staff.member.token, "POST", path, body, key=f"stage-{turn}")] * 8)

        assert {outcome.status for outcome in outcomes} == {200}
        assert Wish.get(made["id"], "wish", consistent_read=True).version == 5
    books.in_order(round_id)


def test_a_code_signs_in_once_and_a_phone_gets_one_account(anyone: Api, contenders: Contenders) -> None:
    for turn in range(TURNS):
        phone = f"1740009{turn:04d}"
        code = _ask_for_code(anyone, phone)
        body = {"phone": phone, "code": code}

        outcomes = contenders.race([Request("", "POST", "/v1/auth/tokens", body)] * MOST)

        assert Counter(outcome.code for outcome in outcomes) == {"": 1, "wrong_code": MOST - 1}


def test_wishes_declared_at_once_for_one_new_phone_share_one_account(
    staff: Staff, contenders: Contenders, round_id: str
) -> None:
    for turn in range(TURNS):
        contact = {"name": "王小明", "relation": "邻居", "phone": f"1750009{turn:04d}"}
        before = _accounts()

        outcomes = contenders.race(
            [Request(staff.citizen.token, "POST", "/v1/wishes", wish(round_id, contact=contact))] * 8
        )

        made = [Wish.get(outcome.json["id"], "wish", consistent_read=True) for outcome in outcomes]
        assert len({each.contact for each in made}) == 1
        assert _accounts() == before + 1
    books.in_order(round_id)


def _accounts() -> int:
    return sum(1 for _ in Account.scan(Account.sk == "account", consistent_read=True))


def test_guesses_in_parallel_share_the_five_tries(anyone: Api, contenders: Contenders) -> None:
    for turn in range(TURNS):
        phone = f"1760009{turn:04d}"
        code = _ask_for_code(anyone, phone)
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"

        outcomes = contenders.race([Request("", "POST", "/v1/auth/tokens", {"phone": phone, "code": wrong})] * MOST)

        assert Counter(outcome.code for outcome in outcomes) == {"wrong_code": 5, "too_many_tries": MOST - 5}
        assert anyone.post("/v1/auth/tokens", {"phone": phone, "code": code}).status == 429


def test_a_refresh_token_used_by_many_at_once_moves_the_session_on_once(anyone: Api, contenders: Contenders) -> None:
    for turn in range(TURNS):
        phone = f"1770009{turn:04d}"
        pair = anyone.must("POST", "/v1/auth/tokens", {"phone": phone, "code": _ask_for_code(anyone, phone)})
        before = {session.pk for session in Session.scan(Session.generation == 2)}

        outcomes = contenders.race(
            [Request("", "POST", "/v1/auth/refresh", {"refresh_token": pair["refresh_token"]})] * 8
        )

        assert {outcome.status for outcome in outcomes} == {200}
        moved = [session for session in Session.scan(Session.generation == 2) if session.pk not in before]
        assert [session.account for session in moved] == [pair["account"]]


def test_reminder_runs_at_once_write_and_send_one_digest_per_liaison(
    staff: Staff, contenders: Contenders, round_id: str
) -> None:
    for _ in range(6):
        staff.published(round_id)
    tomorrow = f"{clock.later(clock.stamp(), days=2)[:10]}T02:00:00Z"  # ten in the morning: SMS may go out

    outcomes = contenders.race([Schedule("remind", tomorrow)] * 8)

    assert {outcome.status for outcome in outcomes} == {200}
    digests = list(
        Notice.scan((Notice.kind == "unclaimed") & Notice.sk.startswith(f"m#{tomorrow[:10]}"), consistent_read=True)
    )
    assert sorted(digest.pk for digest in digests) == sorted([staff.liaison.account, staff.local.account])
    sendings = [each for digest in digests for each in sendings_of(Key(digest.pk, digest.sk))]
    assert [sending.state for sending in sendings] == ["sent", "sent"]
    assert sum(outcome.json["digests"] for outcome in outcomes) == 2
    assert sum(outcome.sent for outcome in outcomes) == 2
    assert contenders.race([Schedule("remind", tomorrow)])[0].json == {"due": 0, "digests": 0}
    books.in_order(round_id)
