"""The scheduled functions on an AWS of their own: each safe to run twice, late, or after a death half-way."""

from typing import Any

import pytest

from chalicelib.base import metrics
from chalicelib.reminders import actions as reminders
from chalicelib.reports import actions as reports
from tests.people import ADMINISTRATOR, LIAISON, LOCAL_LIAISON
from tests.reminders.days import after, now, sms
from tests.world import World


def test_a_day_after_publication_the_liaisons_get_one_digest_however_often_it_runs(world: World) -> None:
    for number in range(2):
        world.published(title=f"第{number}个")

    with after(days=1):
        first, second = reminders.remind(), reminders.remind()
    with after(days=1, hours=1):
        third = reminders.remind()

    assert (first["due"], first["digests"]) == (2, 2)
    assert (second["due"], second["digests"], third["digests"]) == (0, 0, 0)
    for phone in (LIAISON, LOCAL_LIAISON):
        assert len(sms(world, phone)) == 1
        assert "2 个心愿" in sms(world, phone)[0]


def test_before_a_day_is_over_nobody_is_reminded(world: World) -> None:
    world.published()

    with after(hours=23, minutes=59):
        assert reminders.remind()["due"] == 0


@pytest.mark.parametrize("days", [1, 3, 7])
def test_reminders_come_after_one_three_and_seven_days(world: World, days: int) -> None:
    world.published()
    for earlier in (1, 3, 7):
        if earlier < days:
            with after(days=earlier):
                reminders.remind()

    with after(days=days):
        assert reminders.remind()["due"] == 1
    with after(days=days, hours=23):
        assert reminders.remind()["due"] == 0


def test_a_run_that_comes_days_late_reminds_once(world: World) -> None:
    world.published()

    with after(days=8):
        reminders.remind()
        reminders.remind()

    assert len(sms(world, LOCAL_LIAISON)) == 1


def test_three_days_before_the_window_ends_it_is_reminded_of_again(world: World) -> None:
    world.published()
    with after(days=8):
        reminders.remind()

    with after(days=27):
        assert reminders.remind()["due"] == 1
    with after(days=29):
        assert reminders.remind()["due"] == 0


@pytest.mark.parametrize("then", ["claimed", "withdrawn", "hidden"])
def test_nothing_is_said_of_what_is_no_longer_waiting(world: World, then: str) -> None:
    made = world.published()["id"]
    if then == "claimed":
        world.staff.company.must("POST", f"/v1/wishes/{made}/claim", {})
    elif then == "withdrawn":
        world.staff.citizen.must("POST", f"/v1/wishes/{made}/withdraw", {"reason": "x"})
    else:
        world.staff.local.must("POST", f"/v1/wishes/{made}/hide", {})

    with after(days=1):
        assert reminders.remind() == {"due": 0, "digests": 0}


def test_a_wish_given_back_is_reminded_of_from_then_on(world: World) -> None:
    made, claim = world.claimed()
    with after(minutes=25):
        world.staff.company.must("POST", f"/v1/claims/{claim}/release", {})

    with after(days=1):
        early = reminders.remind()["due"]
    with after(days=1, minutes=25):
        due = reminders.remind()["due"]

    assert (early, due) == (0, 1)
    assert world.full(made)["state"] == "published"


def test_a_subdistrict_without_a_liaison_reminds_the_administrator(world: World) -> None:
    version = world.staff.administrator.must("GET", f"/v1/accounts/{world.staff.liaison.account}")["version"]
    world.staff.administrator.must("PUT", f"/v1/accounts/{world.staff.liaison.account}", {}, version=version)
    made = world.declared(subdistrict="花木街道")
    for act, body in (("verify", {"method": "visit", "identity": True, "income": "confirmed", "feasible": True,
                                  "on": "2026-01-05"}), ("publish", {})):  # fmt: skip
        world.staff.administrator.must("POST", f"/v1/wishes/{made['id']}/{act}", body)

    with after(days=1):
        reminders.remind()

    assert len(sms(world, ADMINISTRATOR)) == 1
    assert sms(world, LOCAL_LIAISON) == []


def test_a_digest_names_titles_only(world: World) -> None:
    world.published(title="一条被子")

    with after(days=1):
        reminders.remind()

    assert "一条被子" in sms(world, LOCAL_LIAISON)[0]
    assert not any(secret in sms(world, LOCAL_LIAISON)[0] for secret in ("秦", "17000091234", "浦东某路"))


def test_at_night_the_digest_lies_in_the_inbox_and_is_sent_in_the_morning(world: World) -> None:
    world.published()

    with after(days=1, hours=12):  # 22:00 in Shanghai
        reminders.remind()
        assert sms(world, LOCAL_LIAISON) == []
        assert now(world.staff.local).must("GET", "/v1/me/inbox")["items"][0]["kind"] == "unclaimed"
    with after(days=1, hours=21, minutes=59):
        reminders.sweep()
        assert sms(world, LOCAL_LIAISON) == []
    with after(days=1, hours=22):
        reminders.sweep()
    assert len(sms(world, LOCAL_LIAISON)) == 1


def test_the_summary_of_an_open_round_is_made_once_a_day(world: World) -> None:
    for _ in range(2):
        reminders.summarise()
    with after(days=1):
        reminders.summarise()

    items = editions(world)
    assert [(each["edition"], each["kind"]) for each in items] == [(2, "daily"), (1, "daily")]


def test_a_big_round_s_summary_on_demand_is_followed_by_one_with_the_full_workbook_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.published()
    world.close()
    monkeypatch.setattr(reports, "FULL_ON_DEMAND", 0)
    asked_for = world.staff.administrator.must("POST", f"/v1/rounds/{world.round_id}/reports", {}, key="big")
    assert workbook_edition(asked_for) == "masked"

    assert [reminders.summarise(), reminders.summarise()] == [{"rounds": 1}, {"rounds": 0}]

    newest = world.staff.administrator.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"][0]
    assert (newest["edition"], newest["kind"]) == (asked_for["edition"] + 1, "full")
    assert workbook_edition(newest) == "full"


def workbook_edition(report: dict[str, Any]) -> str:
    return str(next(each["edition"] for each in report["files"] if each["format"] == "xlsx"))


def editions(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.staff.observer.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"]
    return found


def test_a_round_that_has_not_begun_or_is_closed_gets_no_daily_summary(world: World) -> None:
    world.staff.open_round(
        7, declare_from="2099-01-01T00:00:00Z", claim_from="2099-01-01T00:00:00Z",
        claim_until="2099-02-01T00:00:00Z", deliver_until="2099-02-01T00:00:00Z",
    )  # fmt: skip
    world.close()

    assert reminders.summarise() == {"rounds": 0}


def test_the_sweep_finishes_a_close_that_died_half_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.published()["id"]

    def dies(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(reports, "make", dies)
        with pytest.raises(SystemExit):
            world.close()

    reminders.sweep()

    assert world.full(made)["state"] == "closed"
    assert world.anyone.must("GET", f"/v1/rounds/{world.round_id}")["state"] == "closed"
    assert [each["kind"] for each in editions(world)] == ["close"]
    assert reminders.sweep()["finished"] == 0


def test_with_nothing_to_do_nothing_is_done(world: World) -> None:
    assert reminders.remind() == {"due": 0, "digests": 0}
    assert reminders.sweep() == {"finished": 0, "looks": 0, "failed": 0, "sent": 0}


@pytest.mark.parametrize(("holidays", "missing"), [("", True), ("2031-10-01/2031-10-07", False)])
def test_a_run_tells_the_operator_of_a_year_whose_holidays_it_does_not_know(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, holidays: str, missing: bool
) -> None:
    monkeypatch.setenv("HOLIDAYS", holidays)

    with metrics.gathered() as counted:
        reminders.remind()

    assert counted.get("holidays_unknown", 0) == missing
    assert ("holidays_unknown" in caplog.text) == missing
