"""Writing an entry: no view without one, none twice, and whoever comes second follows the first."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.audit import actions as audit
from chalicelib.audit import records
from chalicelib.base import tables
from chalicelib.base.problems import Unavailable
from tests.audit.chains import acted, claimed
from tests.people import Staff


@pytest.fixture
def lost_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit table takes no entry any more."""

    def lost(entry: audit.Entry) -> None:
        raise Unavailable("dynamodb: lost")

    monkeypatch.setattr(audit, "write", lost)


def test_a_view_whose_entry_cannot_be_written_is_refused(staff: Staff, round_id: str, lost_writes: None) -> None:
    made, claim = claimed(staff, round_id, particulars="三十七码")

    for reader, path in (
        (staff.local, f"/v1/wishes/{made['id']}"),
        (staff.local, f"/v1/wishes/{made['id']}/history"),
        (staff.local, f"/v1/claims/{claim['id']}"),
        (staff.company, f"/v1/wishes/{made['id']}"),
        (staff.administrator, f"/v1/accounts/{staff.citizen.account}"),
        (staff.administrator, f"/v1/audit?subject=wish/{made['id']}"),
        (staff.administrator, f"/v1/audit/verify?subject=wish/{made['id']}"),
        (staff.administrator, f"/v1/audit/export?subject=wish/{made['id']}"),
    ):
        refused = replace(reader, strict=False).get(path)
        assert (refused.status, refused.code) == (503, "unavailable"), path
        assert "秦明华" not in refused.text
        assert "17000091234" not in refused.text
    staff.citizen.must("GET", f"/v1/wishes/{made['id']}")


def test_an_entry_that_landed_though_its_answer_was_lost_counts_once(
    staff: Staff, round_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = staff.declared(round_id)
    kept, turns = tables.place, iter([True])

    def lands_and_is_sent_again(record: Any) -> Any:
        landed = kept(record)
        return kept(record) if next(turns, False) else landed

    monkeypatch.setattr(tables, "place", lands_and_is_sent_again)
    staff.local.must("GET", f"/v1/wishes/{made['id']}")

    assert acted(f"wish/{made['id']}") == ["viewed_full"]


def test_a_writer_who_comes_second_follows_the_first(
    staff: Staff, round_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = staff.published(round_id)
    subject = f"wish/{made['id']}"
    kept, once = records.last, iter([True])

    def overtaken(asked: str) -> audit.Entry | None:
        end = kept(asked)
        if asked == subject and next(once, False):  # between the look at the end and the write
            audit.record(audit.Deed(subject, staff.worker.account, "committee_worker", "viewed_full"))
        return end

    monkeypatch.setattr(audit, "last", overtaken)
    staff.local.must("POST", f"/v1/wishes/{made['id']}/hide", {})

    assert acted(subject) == ["viewed_full", "hidden"]
    assert staff.administrator.must("GET", "/v1/audit/verify", subject=subject)["intact"]


def test_a_grant_overtaken_by_a_view_is_done_once(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    made = staff.administrator.must("POST", "/v1/accounts", {"phone": "17000065557", "roles": ["observer"]})
    subject = f"account/{made['id']}"
    kept, once = records.last, iter([True])

    def overtaken(asked: str) -> audit.Entry | None:
        end = kept(asked)
        if asked == subject and next(once, False):
            audit.record(audit.Deed(subject, staff.administrator.account, "administrator", "viewed_full"))
        return end

    monkeypatch.setattr(audit, "last", overtaken)
    changed = staff.administrator.must("PUT", f"/v1/accounts/{made['id']}", {"roles": ["liaison"]}, version=1)

    assert changed["version"] == 2
    assert acted(subject) == ["granted", "viewed_full", "granted"]
