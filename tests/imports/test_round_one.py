"""The first round of 2016 from its two registers: the numbers everybody knows come out again, and reconcile."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.imports.test_imports_routes import counts, send
from tests.people import Reply
from tests.world import World

DATA = Path(__file__).parents[2] / "dev" / "data"


def register(kind: str) -> bytes:
    return (DATA / f"round-1-{kind}.csv").read_bytes()


@pytest.fixture(scope="module")
def imported(standing_world: World) -> tuple[World, list[Reply]]:
    """Both registers in a round of their own."""
    world = standing_world.with_round(
        800_001,
        name="2016年第一期",
        declare_from="2016-01-20T00:00:00+08:00",
        claim_from="2016-02-01T09:00:00+08:00",
        claim_until="2016-02-29T00:00:00+08:00",
        deliver_until="2016-03-31T00:00:00+08:00",
    )
    return world, [send(world, register(kind), kind) for kind in ("wishes", "claims")]


@pytest.fixture(scope="module")
def report(imported: tuple[World, list[Reply]]) -> dict[str, Any]:
    world, _ = imported
    found: dict[str, Any] = world.staff.administrator.must("POST", f"/v1/rounds/{world.round_id}/reports", {})
    return found


def test_every_row_of_both_registers_comes_in(imported: tuple[World, list[Reply]]) -> None:
    _, replies = imported

    assert [(reply.status, counts(reply)) for reply in replies] == [(200, (414, 414, 414, 0, 0))] * 2


def test_the_numbers_are_those_of_2016(imported: tuple[World, list[Reply]]) -> None:
    world, _ = imported

    found = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")

    assert (found["collected"], found["claimed"]) == (414, 414)
    assert found["by_subject"] == {"individual": 390, "team": 24}
    assert found["by_kind"] == {"material": 361, "spiritual": 53}
    assert found["claim_rate"] == 1.0
    assert found["by_claimant_type"]["party_member"] == 284
    assert sum(found["by_claimant_type"].values()) == 414
    assert sum(found["by_subdistrict"].values()) == 414
    assert found["minutes_to_claim"]["fastest"] == 4


def test_the_summary_reconciles_and_says_what_the_statistics_say(
    imported: tuple[World, list[Reply]], report: dict[str, Any]
) -> None:
    world, _ = imported
    live = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")

    assert report["figures"]["reconciled"] is True
    assert {name: value for name, value in live.items() if name != "as_of"} == {
        name: report["figures"][name] for name in live if name != "as_of"
    }


def test_the_files_can_be_downloaded_and_name_nobody(report: dict[str, Any]) -> None:
    assert {each["format"] for each in report["files"]} == {"json", "csv", "xlsx", "html"}
    for each in report["files"]:
        with urllib.request.urlopen(each["url"], timeout=10) as answer:
            content = answer.read()
        assert len(content) == each["bytes"]
        if each["format"] != "xlsx":
            text = content.decode("utf-8-sig")
            assert "414" in text
            assert "曹斌磊" not in text
            assert "17000000150" not in text
        if each["format"] == "json":
            assert json.loads(content)["collected"] == 414


@pytest.mark.parametrize("kind", ["wishes", "claims"])
def test_importing_again_changes_nothing_and_says_so(imported: tuple[World, list[Reply]], kind: str) -> None:
    world, _ = imported
    before = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")

    again = send(world, register(kind), kind)

    assert (again.status, counts(again)) == (200, (414, 414, 0, 0, 414))
    after = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")
    assert after | {"as_of": ""} == before | {"as_of": ""}


def test_all_of_them_can_be_walked_through_without_a_name(imported: tuple[World, list[Reply]]) -> None:
    world, _ = imported
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.anyone.must("GET", "/v1/wishes", round=world.round_id, limit=100, **cursor)
        seen += [each["id"] for each in page["items"]]
        assert all(each["wisher_name"] is None or "*" in each["wisher_name"] or each["subject"] == "team"
                   for each in page["items"])  # fmt: skip
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(seen) == len(set(seen)) == 414
