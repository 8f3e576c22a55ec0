"""The same for what writes more than one transaction: rounds, imports, closing, summaries, the scheduled functions."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.base import aws, clock
from chalicelib.base.problems import Problem
from chalicelib.notices.records import Notice
from chalicelib.reminders import actions as schedules
from chalicelib.reports.records import Edition
from tests.conftest import forget_everything
from tests.costs.many_wishes import REGISTER
from tests.people import Api, Staff
from tests.races import books
from tests.races.between import failing, on_the_wire

pytestmark = pytest.mark.races

MOST_CALLS = 60
CSV = {"Content-Type": "text/csv"}
BOTH = pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "after it landed"])
_numbers = count(700)


@pytest.fixture(autouse=True)
def sdk_without_retries(on_stack: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clients that give up at once."""
    monkeypatch.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(retries={"total_max_attempts": 1})))
    forget_everything()
    yield
    monkeypatch.undo()
    forget_everything()


def _until_nothing_fails(landed: bool, act: Callable[[], Any]) -> Any:
    """Do the act again and again, each time with the next call failing, until it goes through; its answer."""
    for number in range(1, MOST_CALLS):
        try:
            with on_the_wire(failing(number, landed=landed), only_writes=landed) as wire:
                answer = act()
        except (Problem, PynamoDBException, BotoCoreError):
            continue  # the scheduled functions end with the failure; their next run is the retry
        if wire.calls < number and getattr(answer, "status", 200) < 300:
            assert number > 1
            return answer
    return pytest.fail("it never goes through")


@BOTH
def test_a_round_is_opened_once(staff: Staff, landed: bool) -> None:
    number = next(_numbers)
    body = {
        "number": number, "name": "重试", "declare_from": "2026-01-01T00:00:00Z", "claim_from": "2026-01-02T00:00:00Z",
        "claim_until": "2026-01-03T00:00:00Z", "deliver_until": "2026-01-04T00:00:00Z",
    }  # fmt: skip

    reply = _until_nothing_fails(landed, lambda: staff.administrator.post("/v1/rounds", body, key=f"open-{number}"))

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

    reply = _until_nothing_fails(landed, bring_in)

    assert (reply.status, reply.json["created"]) == (200, 30)
    assert len(books.every_wish(found)) == 30
    books.in_order(found)


@BOTH
def test_a_round_is_closed_with_all_its_wishes_and_one_summary(staff: Staff, landed: bool) -> None:
    found = staff.open_round(next(_numbers))
    for _ in range(3):
        staff.published(found)

    reply = _until_nothing_fails(
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

    reply = _until_nothing_fails(
        landed, lambda: staff.administrator.post(f"/v1/rounds/{found}/reports", key=f"report-{found}")
    )

    assert reply.status == 201
    assert [edition.number for edition in _editions(found)] == [reply.json["edition"]]


@BOTH
def test_a_reminder_run_writes_each_digest_once(anyone: Api, staff: Staff, landed: bool) -> None:
    found = staff.open_round(next(_numbers))
    for _ in range(2):
        staff.published(found)
    morning = f"{clock.later(clock.stamp(), days=30 + landed)[:10]}T02:00:00Z"  # ten in the morning: SMS may go out

    with clock.pinned(clock.moment(morning)):
        _until_nothing_fails(landed, schedules.remind)

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

    reply = _until_nothing_fails(
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
