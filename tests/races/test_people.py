"""Messages, photos, confirmations and thanks under concurrency, and with every call of AWS failing once."""

from collections import Counter
from typing import Any

import pytest

from chalicelib.base import files
from chalicelib.claims import confirming
from chalicelib.claims.message_records import Message
from chalicelib.claims.records import ClaimRecord
from chalicelib.notices.records import Notice
from chalicelib.wishes.records import Wish
from tests.people import Api, Reply, Staff
from tests.races import books
from tests.races.between import doing, on_the_wire
from tests.races.contenders import Contenders, Request
from tests.races.faults import BOTH, MOST_CALLS, until_nothing_fails
from tests.uploads.forms import uploaded
from tests.uploads.photographs import photo

pytestmark = pytest.mark.races

TURNS = 5


def delivered(staff: Staff, round_id: str) -> tuple[str, str]:
    """Ids of a wish the company delivered, and of its claim."""
    made = staff.published(round_id)["id"]
    claim = staff.company.must("POST", f"/v1/wishes/{made}/claim", {})["id"]
    staff.company.must("POST", f"/v1/claims/{claim}/deliver", {})
    return made, claim


def claimed(staff: Staff, round_id: str) -> tuple[str, str]:
    """Ids of a wish, and of the company's claim for it."""
    made = staff.published(round_id)["id"]
    return made, str(staff.company.must("POST", f"/v1/wishes/{made}/claim", {})["id"])


def said(wish: str) -> list[Message]:
    """The messages that lie under a wish."""
    return list(Message.query(wish, Message.sk.startswith("msg#"), consistent_read=True))


def told(who: Api, kind: str) -> int:
    """How many messages of a kind lie in an inbox."""
    found = Notice.query(who.account, Notice.sk.startswith("m#"), consistent_read=True)
    return sum(notice.kind == kind for notice in found)


def post(who: Api, path: str, body: Any) -> Request:
    return Request(who.token, "POST", path, body)


class TestAtOnce:
    def test_one_key_says_one_thing_and_tells_it_once(
        self, staff: Staff, contenders: Contenders, round_id: str
    ) -> None:
        for turn in range(TURNS):
            wish, claim = claimed(staff, round_id)
            before = told(staff.local, "message_for_liaison")
            request = Request(staff.company.token, "POST", f"/v1/claims/{claim}/messages", {"text": "您好"}, f"m{turn}")

            outcomes = contenders.race([request] * 8)

            assert {(each.status, each.json["id"]) for each in outcomes} == {(201, said(wish)[0].id)}
            assert len(said(wish)) == 1
            assert told(staff.local, "message_for_liaison") == before + 1

    def test_many_voices_are_all_heard(self, staff: Staff, contenders: Contenders, round_id: str) -> None:
        wish, claim = claimed(staff, round_id)
        path = f"/v1/claims/{claim}/messages"
        who = [staff.company, staff.local] * 4

        outcomes = contenders.race([post(each, path, {"text": f"第{n}条"}) for n, each in enumerate(who)])

        assert {each.status for each in outcomes} == {201}
        assert len(said(wish)) == 8

    def test_nothing_is_said_on_a_claim_that_has_ended(
        self, staff: Staff, contenders: Contenders, round_id: str
    ) -> None:
        for _ in range(TURNS):
            wish, claim = claimed(staff, round_id)
            says = post(staff.company, f"/v1/claims/{claim}/messages", {"text": "您好"})
            ends = post(staff.local, f"/v1/claims/{claim}/revoke", {"reason": "情况有变"})

            outcomes = contenders.race([says] * 7 + [ends])

            assert outcomes[-1].status == 200
            assert {each.status for each in outcomes[:-1]} <= {201, 409}
            assert len(said(wish)) == sum(each.status == 201 for each in outcomes[:-1])
        books.in_order(round_id)

    def test_a_claim_that_ends_before_any_write_of_the_message_ends_it(self, staff: Staff, round_id: str) -> None:
        for gap in range(1, MOST_CALLS):
            wish, claim = claimed(staff, round_id)
            ended: list[Reply] = []

            def end(claim: str = claim, ended: list[Reply] = ended) -> None:
                ended.append(staff.local.post(f"/v1/claims/{claim}/revoke", {"reason": "情况有变"}))

            with on_the_wire(doing(end, before=gap), only_writes=True):
                reply = staff.company.post(f"/v1/claims/{claim}/messages", {"text": "您好"})

            if not ended:  # the message has no such call any more
                assert (reply.status, gap > 1) == (201, True)
                return
            assert (reply.status, said(wish)) == (409, []), gap
        pytest.fail("the message never ends")

    def test_of_many_with_the_code_one_confirms(self, staff: Staff, contenders: Contenders, round_id: str) -> None:
        for _ in range(TURNS):
            wish, claim = delivered(staff, round_id)
            body = {"method": "slip", "code": confirming.slip_code(claim)}
            path = f"/v1/claims/{claim}/confirm"

            # As many as the code has tries for a day: right ones are given back, but only after they were taken.
            outcomes = contenders.race([post(who, path, body) for who in (staff.citizen, staff.local) * 2])

            assert Counter(each.status for each in outcomes) == {200: 1, 409: 3}
            assert Wish.get(wish, "wish", consistent_read=True).state == "fulfilled"
        books.in_order(round_id)

    def test_confirmed_or_returned_and_never_both(self, staff: Staff, contenders: Contenders, round_id: str) -> None:
        for _ in range(TURNS):
            wish, claim = delivered(staff, round_id)
            slip = post(
                staff.citizen, f"/v1/claims/{claim}/confirm", {"method": "slip", "code": confirming.slip_code(claim)}
            )
            back = post(staff.worker, f"/v1/claims/{claim}/return", {"reason": "not_received"})

            confirmed, returned = contenders.race([slip, back])

            state = Wish.get(wish, "wish", consistent_read=True).state
            assert (confirmed.status, returned.status, state) in {(200, 409, "fulfilled"), (409, 200, "claimed")}
            if state == "claimed":
                staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "清理"})
        books.in_order(round_id)

    def test_guesses_at_once_share_the_five_tries(self, staff: Staff, contenders: Contenders, round_id: str) -> None:
        _, claim = delivered(staff, round_id)
        path = f"/v1/claims/{claim}/confirm"

        outcomes = contenders.race(
            [post(staff.member, path, {"method": "slip", "code": f"WRNG{n:04d}"}) for n in range(16)]
        )

        assert Counter(each.status for each in outcomes) == {422: 5, 429: 11}

    def test_thanks_are_decided_once(self, staff: Staff, contenders: Contenders, round_id: str) -> None:
        for _ in range(TURNS):
            wish, claim = delivered(staff, round_id)
            staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit", "thanks": "谢谢大家"})
            before = told(staff.company, "thanks_received")
            path = f"/v1/claims/{claim}/thanks"
            verdicts = [post(staff.local, path, {"approve": n % 2 == 0}) for n in range(8)]

            outcomes = contenders.race(verdicts)

            assert Counter(each.status for each in outcomes) == {200: 1, 409: 7}
            approved = next(n % 2 == 0 for n, each in enumerate(outcomes) if each.status == 200)
            record = next(iter(ClaimRecord.query(wish, ClaimRecord.sk.startswith("claim#"), consistent_read=True)))
            assert (record.thanks, record.thanks_waiting) == ("谢谢大家" if approved else None, None)
            assert told(staff.company, "thanks_received") == before + approved
        books.in_order(round_id)

    def test_one_delivery_keeps_its_photos_however_often_it_is_sent(
        self, staff: Staff, contenders: Contenders, round_id: str
    ) -> None:
        wish, claim = claimed(staff, round_id)
        keys = [uploaded(staff.company, photo()) for _ in range(2)]
        body = {"photos": keys}
        request = Request(staff.company.token, "POST", f"/v1/claims/{claim}/deliver", body, "deliver-once")

        outcomes = contenders.race([request] * 8)

        assert {each.status for each in outcomes} == {200}
        assert len({tuple(each["id"] for each in outcome.json["photos"]) for outcome in outcomes}) == 1
        assert len(files.names(f"photos/{wish}/")) == 2
        assert [files.get(key) for key in keys] == [None, None]
        books.in_order(round_id)


@pytest.mark.usefixtures("sdk_without_retries")
class TestWithEveryCallFailing:
    @BOTH
    def test_a_message_is_written_and_told_once(self, landed: bool, staff: Staff, round_id: str) -> None:
        wish, claim = claimed(staff, round_id)
        before = told(staff.local, "message_for_liaison")
        path = f"/v1/claims/{claim}/messages"

        reply = until_nothing_fails(landed, lambda: staff.company.post(path, {"text": "您好"}, key=f"m{landed}"))

        assert reply.status == 201
        assert [each.id for each in said(wish)] == [reply.json["id"]]
        assert told(staff.local, "message_for_liaison") == before + 1

    @BOTH
    def test_an_sms_to_the_wisher_waits_once(self, landed: bool, staff: Staff, round_id: str) -> None:
        wish, claim = claimed(staff, round_id)
        contact = Wish.get(wish, "wish").contact
        before = told(Api(account=contact), "message_to_wisher")
        body = {"text": "周六送到", "to": "wisher"}

        reply = until_nothing_fails(
            landed, lambda: staff.company.post(f"/v1/claims/{claim}/messages", body, key=f"r{landed}")
        )

        assert reply.status == 201
        assert told(Api(account=contact), "message_to_wisher") == before + 1

    @BOTH
    def test_photos_are_kept_once_and_no_upload_is_left(self, landed: bool, staff: Staff, round_id: str) -> None:
        wish, claim = claimed(staff, round_id)
        keys = [uploaded(staff.company, photo()) for _ in range(2)]
        body = {"photos": keys, "note": "已送到"}

        reply = until_nothing_fails(
            landed, lambda: staff.company.post(f"/v1/claims/{claim}/deliver", body, key=f"d{landed}")
        )

        assert (reply.status, len(reply.json["photos"])) == (200, 2)
        assert sorted(files.names(f"photos/{wish}/")) == sorted(
            f"photos/{wish}/{each['id']}" for each in reply.json["photos"]
        )
        assert [files.get(key) for key in keys] == [None, None]
        assert int(Wish.get(wish, "wish", consistent_read=True).version) == 5
        books.in_order(round_id)

    @BOTH
    def test_staff_confirm_with_thanks_once(self, landed: bool, staff: Staff, round_id: str) -> None:
        wish, claim = delivered(staff, round_id)
        before = told(staff.company, "wish_fulfilled")
        body = {"method": "visit", "thanks": "谢谢"}

        reply = until_nothing_fails(
            landed, lambda: staff.local.post(f"/v1/claims/{claim}/confirm", body, key=f"c{landed}")
        )

        assert (reply.status, reply.json["thanks_waiting"]) == (200, "谢谢")
        assert told(staff.company, "wish_fulfilled") == before + 1
        assert int(Wish.get(wish, "wish", consistent_read=True).version) == 6
        books.in_order(round_id)

    @BOTH
    def test_the_wisher_confirms_by_code_once(self, landed: bool, staff: Staff, round_id: str) -> None:
        wish, claim = delivered(staff, round_id)
        before = told(staff.company, "wish_fulfilled")
        path = f"/v1/claims/{claim}/confirm"
        body = {"method": "slip", "code": confirming.slip_code(claim)}

        reply = until_nothing_fails(landed, lambda: staff.citizen.post(path, body, key=f"s{landed}"))
        again = staff.citizen.post(path, body, key=f"s{landed}")

        assert (reply.status, again.status, again.json) == (200, 200, reply.json)
        assert told(staff.company, "wish_fulfilled") == before + 1
        assert int(Wish.get(wish, "wish", consistent_read=True).version) == 6
        books.in_order(round_id)

    @BOTH
    def test_thanks_are_let_out_once(self, landed: bool, staff: Staff, round_id: str) -> None:
        wish, claim = delivered(staff, round_id)
        staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit", "thanks": "谢谢"})
        before = told(staff.company, "thanks_received")

        reply = until_nothing_fails(
            landed, lambda: staff.local.post(f"/v1/claims/{claim}/thanks", {"approve": True}, key=f"t{landed}")
        )

        assert (reply.status, reply.json["thanks"]) == (200, "谢谢")
        assert told(staff.company, "thanks_received") == before + 1
        assert int(Wish.get(wish, "wish", consistent_read=True).version) == 7
        books.in_order(round_id)
