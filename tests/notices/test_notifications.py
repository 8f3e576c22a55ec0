"""The list of what failed and what is dead, for administrators; and sending it off again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.base import clock, tables
from chalicelib.notices import actions, channels, records
from chalicelib.notices.channels import SendingFailed
from tests.people import Api, Staff
from tests.world import assert_problem

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PHONE = "17000090070"


@pytest.fixture
def staff(fresh_api: Api) -> Staff:
    """The usual people."""
    return fresh_api.staff()


@pytest.fixture
def down(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No SMS goes out; whoever undoes it mends the provider."""

    def refuse(message: channels.Message) -> str:
        raise SendingFailed("sns: Throttled")

    monkeypatch.setitem(channels.SENDERS, "sms", refuse)
    return monkeypatch


def told(reader: Api, subject: str, at: datetime = NOON) -> None:
    with clock.pinned(at):
        tables.commit([actions.message(reader.account, "claim_revoked", subject, {"title": "锅", "reason": "秘密"})])
        actions.deliver_due()


def failed(staff: Staff, state: str = "failed", **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = staff.administrator.must("GET", "/v1/notifications", state=state, **query)["items"]
    return items


def test_what_failed_is_listed_with_its_code_and_without_its_text_or_address(
    staff: Staff, down: pytest.MonkeyPatch
) -> None:
    told(staff.member, "s")

    (item,) = failed(staff)

    assert item["account"] == staff.member.account
    assert item["group"] is None
    assert (item["kind"], item["channel"], item["state"], item["tries"]) == ("claim_revoked", "sms", "failed", 1)
    assert (item["at"], item["last_error"], item["sent_at"]) == (clock.stamp(NOON), "sns: Throttled", None)
    assert item["next_try_at"] > clock.stamp(NOON)
    assert not any(secret in str(item) for secret in ("锅", "秘密", "17000090005"))


def test_the_dead_are_among_the_failed_and_listed_by_themselves(staff: Staff, down: pytest.MonkeyPatch) -> None:
    told(staff.member, "dies")
    for hours in range(1, 60):
        with clock.pinned(NOON + timedelta(hours=hours)):
            actions.deliver_due()
    told(staff.company, "fails", NOON + timedelta(days=5))

    assert [item["state"] for item in failed(staff)] == ["failed", "dead"]
    assert [item["account"] for item in failed(staff, "dead")] == [staff.member.account]
    assert failed(staff, "sent") == failed(staff, "queued") == []


def test_what_went_out_is_listed_as_sent(staff: Staff) -> None:
    told(staff.member, "s")

    (item,) = failed(staff, "sent")

    assert (item["state"], item["sent_at"]) == ("sent", clock.stamp(NOON))
    assert failed(staff) == []


def test_the_list_comes_newest_first_page_by_page(staff: Staff, down: pytest.MonkeyPatch) -> None:
    for number in range(5):
        told(staff.member, str(number), NOON + timedelta(minutes=number))

    pages, cursor = [], None
    while True:
        page = staff.administrator.must(
            "GET", "/v1/notifications", state="failed", limit=2, **({"cursor": cursor} if cursor else {})
        )
        pages.append([item["at"] for item in page["items"]])
        cursor = page["next"]
        if cursor is None:
            break

    assert [len(page) for page in pages] == [2, 2, 1]
    times = [at for page in pages for at in page]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 5


def test_failed_is_what_is_listed_where_no_state_is_asked_for(staff: Staff, down: pytest.MonkeyPatch) -> None:
    told(staff.member, "s")

    assert staff.administrator.must("GET", "/v1/notifications")["items"] == failed(staff)


def test_another_state_is_refused(staff: Staff) -> None:
    assert_problem(staff.administrator.get("/v1/notifications", state="lost"), 400, "bad_parameter")


def test_a_cursor_of_another_list_is_refused(staff: Staff, down: pytest.MonkeyPatch) -> None:
    for number in range(2):
        told(staff.member, str(number))
    cursor = staff.administrator.must("GET", "/v1/notifications", state="failed", limit=1)["next"]

    assert_problem(staff.administrator.get("/v1/notifications", state="sent", cursor=cursor), 400, "bad_cursor")


def test_sent_off_again_it_goes_out_once(staff: Staff, down: pytest.MonkeyPatch) -> None:
    told(staff.member, "s")
    item = failed(staff)[0]
    down.undo()

    with clock.pinned(NOON + timedelta(minutes=5)):
        again = staff_now(staff).must("POST", f"/v1/notifications/{item['id']}/retry")
        sent = [actions.deliver_due(), actions.deliver_due()]

    assert (again["state"], again["tries"], again["id"]) == ("queued", 0, item["id"])
    assert sent == [1, 0]
    assert failed(staff) == []


def staff_now(staff: Staff) -> Api:
    """The administrator with a token good at the pinned time."""
    from chalicelib.accounts import tokens

    token = tokens.sign("access", staff.administrator.account, 0, seconds=60)
    return Api(token, staff.administrator.outbox, staff.administrator.account, strict=True)


def test_sent_off_at_night_it_waits_for_the_morning(staff: Staff, down: pytest.MonkeyPatch) -> None:
    told(staff.member, "s")
    item = failed(staff)[0]

    with clock.pinned(datetime(2026, 11, 22, 23, 0, tzinfo=clock.SHANGHAI)):
        again = staff_now(staff).must("POST", f"/v1/notifications/{item['id']}/retry")

    assert clock.moment(again["next_try_at"]).astimezone(clock.SHANGHAI).hour == 8


def test_what_has_not_failed_is_not_sent_off_again(staff: Staff) -> None:
    told(staff.member, "s")
    item = failed(staff, "sent")[0]

    assert_problem(staff.administrator.post(f"/v1/notifications/{item['id']}/retry"), 409, "notification_not_failed")


def test_a_retry_under_its_key_is_answered_again_and_done_once(staff: Staff, down: pytest.MonkeyPatch) -> None:
    told(staff.member, "s")
    path = f"/v1/notifications/{failed(staff)[0]['id']}/retry"

    first = staff.administrator.post(path, key="again")
    second = staff.administrator.post(path, key="again")

    assert (first.status, second.status) == (200, 200)
    assert first.json == second.json
    assert_problem(staff.administrator.post(path, key="other"), 409, "notification_not_failed")


@pytest.mark.parametrize("notification", ["x", "W10", "WyJhIiwicyMiXQ", "WyJhIiwibSNhIl0", "a" * 600])
def test_an_id_of_nothing_is_not_found(staff: Staff, notification: str) -> None:
    assert_problem(staff.administrator.post(f"/v1/notifications/{notification}/retry"), 404, "not_found")


def test_a_message_for_a_group_names_the_group(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(message: channels.Message) -> str:
        raise SendingFailed("wecom: 45009")

    monkeypatch.setitem(channels.SENDERS, "wecom", refuse)
    with clock.pinned(NOON):
        tables.commit([actions.message(f"{records.GROUP}花木街道", "unclaimed", "s", {"count": 1, "titles": "锅"})])
        actions.deliver_due()

    (item,) = failed(staff)

    assert (item["account"], item["group"], item["channel"]) == (None, "花木街道", "wecom")
