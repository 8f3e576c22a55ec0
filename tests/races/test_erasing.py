"""Erasing, retention and consents against everything else: two at once, one in every gap of the other, and every call
of AWS made to fail."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.accounts.records import Account
from chalicelib.base import clock
from chalicelib.claims.records import ClaimRecord
from chalicelib.privacy import retention, rules
from chalicelib.reminders import actions as schedules
from chalicelib.wishes.records import HistoryEntry, SealedWish, Wish
from tests.people import Api, Staff
from tests.races import books
from tests.races.between import doing, on_the_wire
from tests.races.contenders import Contenders, Request, Schedule
from tests.races.faults import BOTH, MOST_CALLS, send, until_nothing_fails

pytestmark = pytest.mark.races

SIGNED = {"by": "self", "method": "signed"}
NO_CONTACT = {"share_contact": False, **SIGNED}
NO_PROCESS = {"process": False, **SIGNED}
NOT_PUBLIC = {"publish_story": False, **SIGNED}


def _erasure(staff: Staff, **about: str) -> Request:
    """The answer that erases a wish or an account."""
    path = "/v1/privacy-requests"
    request = staff.administrator.must("POST", path, {"kind": "erase", **about})["id"]
    return Request(staff.administrator.token, "POST", f"{path}/{request}/answer", {"outcome": "done"}, f"x-{request}")


def _consent(staff: Staff, made: str, body: dict[str, Any]) -> Request:
    return Request(staff.local.token, "POST", f"/v1/wishes/{made}/consents", body)


def _is_erased(made: str) -> None:
    """Nothing of the person lies with the wish, and its history is whole."""
    wish = Wish.get(made, "wish", consistent_read=True)
    assert wish.erased_at
    assert (wish.title, wish.story, wish.contact, wish.consents) == ("", None, None, "")
    assert SealedWish.count(made, SealedWish.sk == "sealed", consistent_read=True) == 0
    entries = list(HistoryEntry.query(made, HistoryEntry.sk.startswith("h#"), consistent_read=True))
    assert not [entry for entry in entries if entry.reason or entry.sealed]
    assert [entry.act for entry in entries].count("erase") == 1
    claims = list(ClaimRecord.query(made, ClaimRecord.sk.startswith("claim#"), consistent_read=True))
    assert not [claim for claim in claims if claim.message or claim.thanks]


def _claimed(staff: Staff, round_id: str) -> tuple[str, str]:
    made, claim = staff.claimed(round_id)
    return made["id"], claim["id"]


def _published(staff: Staff, round_id: str) -> str:
    return str(staff.published(round_id)["id"])


ACTS: dict[str, Callable[[Staff, str], tuple[str, Request]]] = {}


def act(start: Callable[[Staff, str], tuple[str, Request]]) -> Callable[[Staff, str], tuple[str, Request]]:
    """An act that an erasure of its wish meets."""
    ACTS[start.__name__] = start
    return start


@act
def claim(staff: Staff, round_id: str) -> tuple[str, Request]:
    made = _published(staff, round_id)
    return made, Request(staff.company.token, "POST", f"/v1/wishes/{made}/claim", {"message": "加油"})


@act
def verify(staff: Staff, round_id: str) -> tuple[str, Request]:
    made = staff.declared(round_id)["id"]
    body = {"cosigned_by": "居委会", "method": "visit", "identity": True, "income": "confirmed", "feasible": True,
            "on": "2026-01-05", "note": "核实"}  # fmt: skip
    return made, Request(staff.local.token, "POST", f"/v1/wishes/{made}/verify", body)


@act
def introduce(staff: Staff, round_id: str) -> tuple[str, Request]:
    made, held = _claimed(staff, round_id)
    return made, Request(staff.local.token, "POST", f"/v1/claims/{held}/introduce", {})


@act
def photos_consented(staff: Staff, round_id: str) -> tuple[str, Request]:
    made = _published(staff, round_id)
    return made, _consent(staff, made, {"photos": True, **SIGNED})


@pytest.mark.parametrize("name", ["claim", "verify", "introduce", "photos_consented"])
def test_an_act_in_any_gap_of_an_erasure_leaves_nothing_behind(name: str, staff: Staff, round_id: str) -> None:
    for gap in range(1, MOST_CALLS, 3):
        made, other = ACTS[name](staff, round_id)
        erasure, within = _erasure(staff, wish=made), []

        with on_the_wire(
            doing(lambda other=other, within=within: within.append(send(other)), before=gap)  # type: ignore[misc]
        ):
            reply = send(erasure)

        assert reply.status == 200, reply.json
        _is_erased(made)
        if not within:
            break
        assert within[0].status in (200, 201, 404, 409)
    books.in_order(round_id)


def test_two_erasures_at_once_erase_once(staff: Staff, contenders: Contenders, round_id: str) -> None:
    for _ in range(3):
        made, _held = _claimed(staff, round_id)
        erasure, other = _erasure(staff, wish=made), _erasure(staff, wish=made)

        outcomes = contenders.race([erasure, other, erasure, other])

        assert {outcome.status for outcome in outcomes} == {200}
        _is_erased(made)
    books.in_order(round_id)


def test_a_claim_and_the_erasure_of_its_claimant_end_one_way_or_the_other(
    anyone: Api, staff: Staff, contenders: Contenders, round_id: str
) -> None:
    for turn in range(4):
        person = anyone.sign_in(f"1700009250{turn}")
        made = _published(staff, round_id)
        rush = Request(person.token, "POST", f"/v1/wishes/{made}/claim", {})

        erased, claimed = contenders.race([_erasure(staff, account=person.account), rush])

        assert (erased.status, claimed.status) in {(409, 201), (200, 401), (200, 201)}
        gone = Account.count(person.account, Account.sk == "account", consistent_read=True) == 0
        assert gone is (erased.status == 200)


@pytest.mark.parametrize(
    ("body", "rival"),
    [(NO_CONTACT, "introduce"), (NOT_PUBLIC, "publish"), (NO_PROCESS, "claim")],
    ids=["contact and introduce", "publishing and publish", "processing and claim"],
)
def test_what_was_withdrawn_is_shut_whoever_was_first(
    body: dict[str, Any], rival: str, staff: Staff, contenders: Contenders, round_id: str
) -> None:
    for turn in range(4):
        if rival == "introduce":
            made, held = _claimed(staff, round_id)
            other = Request(staff.local.token, "POST", f"/v1/claims/{held}/introduce", {})
        elif rival == "publish":
            made = staff.verified(round_id)["id"]
            other = Request(staff.local.token, "POST", f"/v1/wishes/{made}/publish", {})
        else:
            made = _published(staff, round_id)
            other = Request(staff.company.token, "POST", f"/v1/wishes/{made}/claim", {})
        pair = [_consent(staff, made, body), other]

        outcomes = contenders.race(pair if turn % 2 else pair[::-1])

        assert sorted(outcome.status for outcome in outcomes)[-1] in (201, 404, 409)
        wish = Wish.get(made, "wish", consistent_read=True)
        assert not wish.introduced_at
        assert Api().get(f"/v1/wishes/{made}").status == (200 if rival == "introduce" else 404)
        if wish.state == "claimed":
            staff.liaison.must("POST", f"/v1/wishes/{made}/withdraw", {"reason": "清理"})
    books.in_order(round_id)


def _far(months: int = 13) -> str:
    return rules.months_later(clock.stamp(), months)


def _closed(staff: Staff, round_id: str) -> list[str]:
    """A closed round with a wish come true and one never published; their ids."""
    made, held = _claimed(staff, round_id)
    staff.member.must("POST", f"/v1/claims/{held}/deliver", {"note": "送到"})
    staff.local.must("POST", f"/v1/claims/{held}/confirm", {"method": "visit", "thanks": "谢谢"})
    other = staff.declared(round_id)["id"]
    staff.administrator.must("POST", f"/v1/rounds/{round_id}/close", {})
    return [made, other]


def test_two_retentions_at_once_erase_once(staff: Staff, contenders: Contenders, round_id: str) -> None:
    made = _closed(staff, round_id)

    outcomes = contenders.race([Schedule("retain", _far())] * 4)

    assert {outcome.status for outcome in outcomes} == {200}
    assert sum(outcome.json["erased"] for outcome in outcomes) >= len(made)
    for each in made:
        _is_erased(each)
    books.in_order(round_id)


@BOTH
@pytest.mark.usefixtures("sdk_without_retries")
def test_an_erasure_that_fails_anywhere_is_finished_by_its_retry(staff: Staff, round_id: str, landed: bool) -> None:
    made, _ = _claimed(staff, round_id)
    erasure = _erasure(staff, wish=made)

    reply = until_nothing_fails(landed, lambda: send(erasure))

    assert reply.json["state"] == "done"
    _is_erased(made)
    books.in_order(round_id)


@BOTH
@pytest.mark.usefixtures("sdk_without_retries")
def test_an_account_erased_with_failures_is_gone_in_the_end(
    anyone: Api, staff: Staff, landed: bool, round_id: str
) -> None:
    person = anyone.sign_in(f"1700009260{int(landed)}")
    erasure = _erasure(staff, account=person.account)

    reply = until_nothing_fails(landed, lambda: send(erasure))

    assert reply.json["state"] == "done"
    assert Account.count(person.account, Account.sk == "account", consistent_read=True) == 0
    assert anyone.sign_in(f"1700009260{int(landed)}").account != person.account


@BOTH
@pytest.mark.usefixtures("sdk_without_retries")
def test_a_retention_that_fails_anywhere_is_finished_by_later_runs(
    staff: Staff, round_id: str, landed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _closed(staff, round_id)
    monkeypatch.setattr(retention, "LEASE_SECONDS", -1)  # what a dead run held is free at once

    def run() -> Any:
        with clock.pinned(clock.moment(_far())):
            return schedules.retain()

    until_nothing_fails(landed, run)
    run()

    for each in made:
        _is_erased(each)
    books.in_order(round_id)
