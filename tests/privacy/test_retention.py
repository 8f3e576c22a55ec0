"""Retention: counted from the act of closing, a round's people go and its numbers stay (product.md section 3)."""

from typing import Any

import pytest

from chalicelib.base import clock
from chalicelib.privacy import records, retention, rules
from chalicelib.reminders import actions as schedules
from chalicelib.wishes.records import Wish
from tests.people import Api, Staff, wish
from tests.privacy.test_requests import raw_items

FAR = 13
"""Months after which everything is over."""


@pytest.fixture
def staff(fresh_api: Api) -> Staff:
    """The usual people on empty tables: retention runs over everything there is."""
    return fresh_api.staff()


@pytest.fixture
def round_id(staff: Staff) -> str:
    """A round open for claims."""
    return staff.open_round(2)


def run(months: int) -> dict[str, int]:
    """A run so many months from now."""
    with clock.pinned(clock.moment(rules.months_later(clock.stamp(), months))):
        return schedules.retain()


def fulfilled(staff: Staff, round_id: str, **changes: Any) -> tuple[str, str]:
    made = staff.published(round_id, **changes)["id"]
    claim = staff.company.must("POST", f"/v1/wishes/{made}/claim", {"message": "加油丙"})["id"]
    staff.company.must("POST", f"/v1/claims/{claim}/deliver", {"note": "已送丙"})
    staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit", "thanks": "谢谢丙"})
    return made, claim


def close(staff: Staff, round_id: str) -> None:
    staff.administrator.must("POST", f"/v1/rounds/{round_id}/close", {})


def statistics(staff: Staff, round_id: str) -> dict[str, Any]:
    found: dict[str, Any] = staff.administrator.must("GET", f"/v1/rounds/{round_id}/statistics")
    return {name: value for name, value in found.items() if name != "as_of"}


class TestWhen:
    def test_nothing_goes_before_its_time_or_from_a_round_that_is_not_closed(self, staff: Staff, round_id: str) -> None:
        made, _ = fulfilled(staff, round_id)
        run(FAR)
        close(staff, round_id)

        assert run(5)["hidden"] == run(11)["erased"] == 0
        assert staff.administrator.must("GET", f"/v1/wishes/{made}")["wisher"]["name"] == "秦明华"

    def test_public_pages_go_first(self, staff: Staff, round_id: str) -> None:
        made, _ = fulfilled(staff, round_id)
        close(staff, round_id)

        counts = run(7)

        assert (counts["hidden"], counts["erased"]) == (1, 0)
        assert Api().get(f"/v1/wishes/{made}").status == 404
        assert Api().must("GET", f"/v1/wishes?round={round_id}")["items"] == []
        assert staff.local.must("GET", f"/v1/wishes/{made}")["wisher"]["name"] == "秦明华"

    def test_the_months_are_the_stages(self, staff: Staff, round_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
        fulfilled(staff, round_id)
        close(staff, round_id)
        monkeypatch.setenv("RETENTION_MONTHS", "2")
        monkeypatch.setenv("PUBLIC_MONTHS", "1")

        assert run(3)["erased"] == 1

    @pytest.mark.parametrize(
        ("at", "months", "then"),
        [
            ("2026-01-31T08:00:00Z", 1, "2026-02-28T08:00:00Z"),
            ("2028-01-31T08:00:00Z", 1, "2028-02-29T08:00:00Z"),
            ("2026-11-25T08:00:00Z", 2, "2027-01-25T08:00:00Z"),
            ("2026-03-31T08:00:00Z", -1, "2026-02-28T08:00:00Z"),
            ("2026-01-15T08:00:00Z", 24, "2028-01-15T08:00:00Z"),
        ],
    )
    def test_months_are_the_calendars(self, at: str, months: int, then: str) -> None:
        assert rules.months_later(at, months) == then


class TestWhat:
    def test_persons_words_and_messages_go_and_numbers_stay(self, staff: Staff, round_id: str) -> None:
        marks = {"title": "一台丙收音机", "story": "丙故事", "particulars": "丙三楼"}
        fulfilled(staff, round_id, **marks)
        staff.published(round_id, **marks)
        close(staff, round_id)
        before = statistics(staff, round_id)
        assert "丙" in raw_items()

        counts = run(FAR)

        assert counts["erased"] == 2
        assert statistics(staff, round_id) == before
        left = raw_items()
        assert not [word for word in ("丙", "秦明华", "17000091234") if word in left]

    def test_an_imported_claimants_name_goes_too(self, staff: Staff) -> None:
        found = staff.open_round(1, declare_from="2016-01-01T00:00:00Z")
        for kind in ("wishes", "claims"):
            content = register(kind)
            headers = {"Content-Type": "text/csv"}
            staff.administrator.must("POST", "/v1/imports", raw=content, headers=headers, kind=kind, round=found)
        close(staff, found)
        before = statistics(staff, found)

        run(FAR)

        claims = [item for item in records_of_claims() if item.imported]
        assert claims
        assert not [item for item in claims if item.sealed or item.thanks]
        assert statistics(staff, found) == before

    def test_an_account_that_was_only_a_contact_goes_and_others_stay(self, staff: Staff, round_id: str) -> None:
        elder, helper = "17000092401", "17000092402"
        staff.citizen.must("POST", "/v1/wishes", wish(round_id, wisher=wish("0")["wisher"] | {"phone": elder}))
        claimant = Api(outbox=staff.citizen.outbox).sign_in(helper)
        made = staff.published(round_id, wisher=wish("0")["wisher"] | {"phone": helper})["id"]
        other = staff.published(round_id)["id"]
        claim = claimant.must("POST", f"/v1/wishes/{other}/claim", {})["id"]
        claimant.must("POST", f"/v1/claims/{claim}/deliver", {})
        contact = str(Wish.get(made, "wish").contact)
        close(staff, round_id)

        run(FAR)

        assert claimant.must("GET", "/v1/me")["id"] == contact
        anew = Api(outbox=staff.citizen.outbox).sign_in(elder)
        assert anew.must("GET", "/v1/me/inbox")["items"] == []
        assert staff.local.must("GET", "/v1/me")["roles"] == ["liaison"]

    def test_a_wish_still_claimed_ends_and_frees_its_place(self, staff: Staff, round_id: str) -> None:
        made = staff.published(round_id)["id"]
        claim = staff.company.must("POST", f"/v1/wishes/{made}/claim", {})["id"]
        close(staff, round_id)

        run(FAR)

        assert staff.local.must("GET", f"/v1/claims/{claim}")["state"] == "revoked"
        assert staff.local.must("GET", f"/v1/wishes/{made}")["erased_at"]


class TestHow:
    def test_a_second_run_finds_nothing_to_do(self, staff: Staff, round_id: str) -> None:
        made, _ = fulfilled(staff, round_id)
        close(staff, round_id)
        run(FAR)
        version = Wish.get(made, "wish").version

        counts = run(FAR)

        assert (counts["hidden"], counts["erased"], counts["failed"]) == (0, 0, 0)
        assert Wish.get(made, "wish").version == version

    def test_a_run_out_of_time_is_taken_up_by_the_next(
        self, staff: Staff, round_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(5):
            staff.declared(round_id)
        close(staff, round_id)
        monkeypatch.setattr(retention, "PAGE", 2)
        monkeypatch.setattr(retention, "BUDGET_SECONDS", 0.0)  # a page that has begun is finished

        erased = [run(FAR)["erased"] for _ in range(12)]

        assert sum(erased) == 5
        assert max(erased) == 2

    def test_one_wish_that_cannot_be_erased_does_not_stop_the_others_and_is_tried_again(
        self, staff: Staff, round_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stubborn = staff.declared(round_id)["id"]
        for _ in range(2):
            staff.declared(round_id)
        close(staff, round_id)
        as_it_is = retention.erasing.wish

        def failing(wish_id: str, *rest: Any, **more: Any) -> Any:
            if wish_id == stubborn:
                raise retention.Problem("unavailable")
            return as_it_is(wish_id, *rest, **more)

        monkeypatch.setattr(retention.erasing, "wish", failing)
        first = run(FAR)
        monkeypatch.undo()
        second = run(FAR)

        assert (first["erased"], first["failed"]) == (2, 1)
        assert (second["erased"], second["failed"]) == (1, 0)

    def test_who_holds_a_pass_keeps_others_out_until_the_lease_is_over(self, staff: Staff, round_id: str) -> None:
        ours, theirs = records.progress(round_id, "persons"), records.progress(round_id, "persons")

        assert records.take(ours, 1_000, 60)
        assert not records.take(records.progress(round_id, "persons"), 1_059, 60)
        assert not records.take(theirs, 1_059, 60)
        assert records.take(records.progress(round_id, "persons"), 1_060, 60)
        assert not records.note(ours, 1_061, 60)

    def test_what_is_logged_is_numbers(self, staff: Staff, round_id: str, caplog: pytest.LogCaptureFixture) -> None:
        fulfilled(staff, round_id)
        close(staff, round_id)
        caplog.clear()

        run(FAR)

        assert "retention_erased count=1" in caplog.text
        assert "电饭煲" not in caplog.text


class TestOverdueRequests:
    def test_administrators_are_reminded_once_a_day(self, staff: Staff, round_id: str) -> None:
        made = staff.declared(round_id)["id"]
        staff.administrator.must("POST", "/v1/privacy-requests", {"kind": "see", "wish": made})
        late = clock.later(clock.stamp(), days=16)

        told = []
        for at in (late, late, clock.later(late, days=1)):
            with clock.pinned(clock.moment(at)):
                told.append(schedules.retain()["reminded"])

        assert told == [1, 0, 1]
        kinds = [each["kind"] for each in staff.administrator.must("GET", "/v1/me/inbox")["items"]]
        assert kinds.count("privacy_overdue") == 2

    def test_nobody_is_reminded_of_what_is_not_late_or_answered(self, staff: Staff, round_id: str) -> None:
        made = staff.declared(round_id)["id"]
        path = "/v1/privacy-requests"
        request = staff.administrator.must("POST", path, {"kind": "correct", "wish": made})["id"]
        early = run(0)
        staff.administrator.must("POST", f"{path}/{request}/answer", {"outcome": "done"})

        with clock.pinned(clock.moment(clock.later(clock.stamp(), days=20))):
            late = schedules.retain()

        assert (early["reminded"], late["reminded"]) == (0, 0)


def register(kind: str) -> bytes:
    """The first rows of the demo's register of that kind."""
    from tests.costs import many_wishes

    content = (many_wishes.REGISTER if kind == "wishes" else many_wishes.CLAIMS).read_bytes()
    return b"".join(content.splitlines(keepends=True)[:8])


def records_of_claims() -> list[Any]:
    from chalicelib.claims.records import ClaimRecord

    return list(ClaimRecord.scan(ClaimRecord.sk.startswith("claim#")))
