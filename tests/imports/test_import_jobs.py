"""Registers too large for a request: uploaded, named by their key, imported by a job that can be watched."""

from typing import Any

import pytest

from chalicelib.base import clock, files, tables
from chalicelib.imports import actions, pace
from tests.imports.handmade import csv_bytes, csv_text, good_wish
from tests.imports.test_imports_routes import listed, send
from tests.people import Api, Reply
from tests.world import World, assert_problem


def uploaded(by: Api, content: bytes, name: str = "register") -> str:
    """The key of a file the caller has uploaded."""
    account = by.must("GET", "/v1/me")["id"]
    key = f"uploads/{account}/{name}"
    files.put(key, content, "text/csv")
    return key


def named(world: World, key: str, by: Api | None = None, idempotency: str = "", **query: Any) -> Reply:
    caller = by or world.staff.administrator
    return caller.post(
        "/v1/imports", {"key": key}, key=idempotency, **{"kind": "wishes", "round": world.round_id} | query
    )


def watched(world: World, job: str) -> dict[str, Any]:
    found: dict[str, Any] = world.staff.administrator.must("GET", f"/v1/imports/{job}")
    return found


@pytest.fixture
def register() -> bytes:
    return csv_bytes([good_wish(number) for number in range(1, 31)])


def test_an_uploaded_register_is_imported_by_a_job(world: World, register: bytes) -> None:
    key = uploaded(world.staff.administrator, register)

    reply = named(world, key)

    assert (reply.status, reply.json["state"]) == (202, "queued")
    assert reply.headers["Location"] == f"/v1/imports/{reply.json['id']}"
    assert listed(world) == []
    assert actions.work()["ended"] >= 1
    job = watched(world, reply.json["id"])
    assert (job["state"], job["rows"], job["done"], job["created"], job["errors"]) == ("done", 30, 30, 30, [])
    assert len(listed(world)) == 30
    assert files.get(key) is None
    assert files.get(f"imports/{job['id']}") is None


def test_a_faulty_register_is_told_whole_and_nothing_of_it_comes_in(world: World) -> None:
    rows = [good_wish(1), good_wish(2, 街镇="火星"), good_wish(3, 联系电话="不知道")]
    reply = named(world, uploaded(world.staff.administrator, csv_bytes(rows)))

    actions.work()

    job = watched(world, reply.json["id"])
    assert (job["state"], job["code"], job["created"]) == ("failed", "register_faulty", 0)
    assert [(fault["row"], fault["column"]) for fault in job["errors"]] == [(3, "街镇"), (4, "联系电话")]
    assert listed(world) == []


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", csv_text([{"a": "b"}]).encode()])
def test_what_is_no_register_fails_with_a_reason(world: World, content: bytes) -> None:
    reply = named(world, uploaded(world.staff.administrator, content))

    actions.work()

    job = watched(world, reply.json["id"])
    assert (job["state"], job["code"]) == ("failed", "unreadable_file")
    assert job["detail"]


def test_a_dry_run_of_a_large_register_writes_nothing(world: World, register: bytes) -> None:
    reply = named(world, uploaded(world.staff.administrator, register), dry_run="true")

    actions.work()

    job = watched(world, reply.json["id"])
    assert (job["state"], job["dry_run"], job["created"]) == ("done", True, 30)
    assert listed(world) == []


def test_another_accounts_upload_is_not_there(world: World, register: bytes) -> None:
    key = uploaded(world.staff.citizen, register)

    for wrong in (key, f"{key}/../x", "imports/whatever", "uploads/"):
        assert_problem(named(world, wrong), 422, "invalid_fields")


def test_a_retried_request_makes_one_job(world: World, register: bytes) -> None:
    key = uploaded(world.staff.administrator, register)

    first, second = (named(world, key, idempotency=f"large-{world.round_id}") for _ in range(2))

    assert (first.status, second.status) == (202, 202)
    assert first.json["id"] == second.json["id"]
    actions.work()
    assert len(listed(world)) == 30


def test_an_import_that_takes_longer_than_its_sender_can_wait_goes_on_as_a_job(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORT_WAIT_SECONDS", "-1")
    rows = csv_bytes([good_wish(number) for number in range(1, 41)])

    reply = send(world, rows)

    assert (reply.status, reply.json["state"]) == (202, "applying")
    assert 0 < len(listed(world)) < 40
    with clock.pinned(clock.moment(clock.later(clock.stamp(), seconds=1))):
        actions.work()
    assert watched(world, reply.json["id"])["state"] == "done"
    assert len(listed(world)) == 40


def test_an_act_that_overtakes_a_row_wins_and_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    send(world, csv_bytes([good_wish(1), good_wish(2)]))
    first = listed(world)[0]["id"]
    from chalicelib.wishes import importing

    def overtaken(*args: Any) -> Any:
        world.staff.administrator.must("POST", f"/v1/wishes/{first}/withdraw", {"reason": "不需要了"})
        monkeypatch.undo()
        return importing.write(*args)

    monkeypatch.setattr(importing, "write", overtaken)

    reply = send(world, csv_bytes([good_wish(number, 家庭人口="5") for number in (1, 2)]))

    assert reply.status == 200
    assert [fault["row"] for fault in reply.json["errors"]] == [1 + int(world.full(first)["source"][-4:])]
    assert reply.json["accepted"] == 1
    assert world.full(first)["state"] == "withdrawn"
    assert [world.full(each["id"])["circumstances"]["household_size"] for each in listed(world)] == [5]


def test_an_import_that_died_half_way_is_finished(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, calls = tables.commit, 0

    def dies(parts: Any) -> None:
        nonlocal calls
        calls += any(part.record.room == "wishes" for part in parts)
        if calls == 2:
            raise SystemExit
        commit(parts)

    with monkeypatch.context() as patch:
        patch.setattr(tables, "commit", dies)
        with pytest.raises(SystemExit):
            send(world, csv_bytes([good_wish(number) for number in range(1, 40)]))
    half = len(listed(world))

    with clock.pinned(clock.moment(clock.later(clock.stamp(), seconds=pace.RESUME_AFTER_SECONDS + 1))):
        actions.work()
        assert actions.work()["ended"] == 0

    assert 0 < half < 39
    assert len(listed(world)) == 39
