"""The same for what writes more than one transaction: rounds, imports, closing, summaries, the scheduled functions."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.base import clock
from chalicelib.notices.records import Notice
from chalicelib.reminders import actions as schedules
from chalicelib.reports.records import Edition
from tests.costs.many_wishes import REGISTER
from tests.people import Api, Reply, Staff, verification
from tests.races import books
from tests.races.contenders import Request
from tests.races.faults import BOTH, send, until_nothing_fails

pytestmark = [pytest.mark.races, pytest.mark.usefixtures("sdk_without_retries")]

CSV = {"Content-Type": "text/csv"}
_numbers = count(700)
_phones = count(8_100)


@BOTH
def test_a_round_is_opened_once(staff: Staff, landed: bool) -> None:
    number = next(_numbers)
    body = {
        "number": number, "name": "重试", "declare_from": "2026-01-01T00:00:00Z", "claim_from": "2026-01-02T00:00:00Z",
        "claim_until": "2026-01-03T00:00:00Z", "deliver_until": "2026-01-04T00:00:00Z",
    }  # fmt: skip

    reply = until_nothing_fails(landed, lambda: staff.administrator.post("/v1/rounds", body, key=f"open-{number}"))

    assert (reply.status, reply.json["id"]) == (201, str(number))


def _first_rows(number: int) -> bytes:
    return b"".join(REGISTER.read_bytes().splitlines(keepends=True)[: number + 1])


@BOTH
def test_a_register_is_in_once(staff: Staff, landed: bool) -> None:
    found = staff.open_round(next(_numbers), declare_from="2016-01-01T00:00:00Z")

    def bring_in() -> Any:
        return staff.administrator.call(
            "POST", "/v1/imports", raw=_first_rows(30), headers=CSV, key=f"import-{found}", kind="wishes", round=found
        )

    reply = until_nothing_fails(landed, bring_in)

    assert (reply.status, reply.json["created"]) == (200, 30)
    assert len(books.every_wish(found)) == 30
    books.in_order(found)


@BOTH
def test_a_round_is_closed_with_all_its_wishes_and_one_summary(staff: Staff, landed: bool) -> None:
    found = staff.open_round(next(_numbers))
    for _ in range(3):
        staff.published(found)

    reply = until_nothing_fails(
        landed, lambda: staff.administrator.post(f"/v1/rounds/{found}/close", key=f"close-{found}")
    )

    assert reply.json["state"] == "closed"
    assert [wish.state for wish in books.every_wish(found)] == ["closed"] * 3
    assert len(_editions(found)) == 1
    books.in_order(found)


@BOTH
def test_a_summary_on_demand_is_one_edition_and_no_try_waits_for_the_one_before(staff: Staff, landed: bool) -> None:
    found = staff.open_round(next(_numbers))
    staff.published(found)

    reply = until_nothing_fails(
        landed, lambda: staff.administrator.post(f"/v1/rounds/{found}/reports", key=f"report-{found}")
    )

    assert reply.status == 201
    assert [edition.number for edition in _editions(found)] == [reply.json["edition"]]


@BOTH
def test_a_reminder_run_writes_each_digest_once(anyone: Api, staff: Staff, landed: bool) -> None:
    found = staff.open_round(next(_numbers))
    for _ in range(2):
        staff.published(found)
    morning = f"{clock.later(clock.stamp(), days=8 + landed)[:10]}T02:00:00Z"  # ten in the morning, a week's look due

    with clock.pinned(clock.moment(morning)):
        until_nothing_fails(landed, schedules.remind)

    digests = list(
        Notice.scan((Notice.kind == "unclaimed") & Notice.sk.startswith(f"m#{morning[:10]}"), consistent_read=True)
    )
    assert sorted(each.pk for each in digests) == sorted([staff.liaison.account, staff.local.account])
    books.in_order(found)


def _editions(found: str) -> list[Edition]:
    return list(Edition.query(found, Edition.sk.startswith("edition#"), consistent_read=True))


@BOTH
def test_a_carry_over_takes_every_wish_along_once(staff: Staff, landed: bool) -> None:
    old, new = staff.open_round(next(_numbers)), staff.open_round(next(_numbers))
    for _ in range(3):
        staff.published(old)
    staff.administrator.must("POST", f"/v1/rounds/{old}/close", {})
    before = Notice.count(staff.citizen.account)

    reply = until_nothing_fails(
        landed, lambda: staff.administrator.post(f"/v1/rounds/{old}/carry-over", {"to": new}, key=f"carry-{old}")
    )

    assert (reply.json["total"], reply.json["done"]) == (3, True)
    assert [wish.state for wish in books.every_wish(new)] == ["published"] * 3
    assert sorted(wish.carried_from for wish in books.every_wish(new)) == sorted(
        wish.pk for wish in books.every_wish(old)
    )
    assert Notice.count(staff.citizen.account) == before + 3
    books.in_order(old)
    books.in_order(new)


@BOTH
def test_a_batch_does_every_item_once(staff: Staff, landed: bool) -> None:
    found = staff.open_round(next(_numbers))
    made = [staff.declared(found)["id"] for _ in range(3)]
    body = {"act": "verify", "items": made, "body": verification()}

    def verify() -> Reply:
        reply = staff.local.post("/v1/desk/batch", body, key=f"batch-{found}")
        # One whose call failed is told as 503 among the others' results, and is sent again with them.
        failed = [item for item in reply.json["items"] if item["status"] == 503] if reply.status == 200 else []
        return replace(reply, status=503) if failed else reply

    reply = until_nothing_fails(landed, verify)

    assert [(item["ok"], item["version"]) for item in reply.json["items"]] == [(True, 2)] * 3
    books.in_order(found)


def _request_of(staff: Staff, key: str) -> Request:
    body = {"kind": "see", "account": staff.citizen.account}
    return Request(staff.administrator.token, "POST", "/v1/privacy-requests", body, key)


def _own_request(staff: Staff, key: str) -> Request:
    return Request(staff.citizen.token, "POST", "/v1/me/privacy-requests", {"kind": "see"}, key)


def _account(staff: Staff, key: str) -> Request:
    body = {"phone": f"1700009{next(_phones):04d}", "roles": ["observer"]}
    return Request(staff.administrator.token, "POST", "/v1/accounts", body, key)


def _member(staff: Staff, key: str) -> Request:
    somebody = seed_account(f"1700009{next(_phones):04d}")
    path = f"/v1/accounts/{staff.company.account}/members"
    return Request(staff.administrator.token, "POST", path, {"account": somebody}, key)


@BOTH
@pytest.mark.parametrize("made", [_request_of, _own_request, _account, _member], ids=lambda made: made.__name__[1:])
def test_what_is_made_under_a_key_is_made_once(
    made: Callable[[Staff, str], Request], staff: Staff, landed: bool
) -> None:
    request = made(staff, f"{made.__name__}-{landed}")

    reply = until_nothing_fails(landed, lambda: send(request))

    again = send(request)
    # A member who is one already is told so with 200, whoever made them one: their retry, too.
    assert reply.status in ((200, 201) if made is _member else (201,))
    assert (again.status, again.json) == (reply.status, reply.json)
