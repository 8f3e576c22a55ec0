"""Summaries over the API: made, numbered, listed and handed out through links that expire."""

import io
import urllib.request
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from openpyxl import load_workbook

from chalicelib.base import clock
from tests.world import World, assert_problem


def make(world: World, key: str = "") -> dict[str, object]:
    found: dict[str, object] = world.staff.administrator.must(
        "POST", f"/v1/rounds/{world.round_id}/reports", {}, key=key
    )
    return found


def test_a_summary_is_made_on_demand_with_its_figures_and_files(world: World) -> None:
    world.claimed()

    reply = world.staff.administrator.post(f"/v1/rounds/{world.round_id}/reports")

    assert reply.status == 201
    assert (reply.json["edition"], reply.json["kind"]) == (1, "demand")
    figures = reply.json["figures"]
    live = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")
    assert {name: figures[name] for name in live} | {"as_of": ""} == live | {"as_of": ""}
    assert figures["reconciled"] is True
    assert [each["format"] for each in reply.json["files"]] == ["json", "csv", "xlsx", "html"]
    assert {each["name"] for each in reply.json["files"]} == {
        f"rounds/{world.round_id}/summary-1.{form}" for form in ("json", "csv", "xlsx", "html")
    }
    assert all(each["bytes"] > 0 for each in reply.json["files"])


def test_links_are_signed_and_end_after_minutes(world: World) -> None:
    for each in make(world)["files"]:  # type: ignore[attr-defined]
        query = parse_qs(urlsplit(each["url"]).query)
        assert 0 < int(query["X-Amz-Expires"][0]) <= 600
        assert query["X-Amz-Signature"]


def test_editions_are_numbered_and_listed_newest_first_page_by_page(world: World) -> None:
    for _ in range(3):
        make(world)
    path = f"/v1/rounds/{world.round_id}/reports"

    first = world.staff.observer.must("GET", path, limit=2)
    second = world.staff.observer.must("GET", path, limit=2, cursor=first["next"])

    assert [each["edition"] for each in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next"] is None


def test_an_edition_is_frozen(world: World) -> None:
    world.declared()
    first = make(world)["figures"]
    world.declared()
    make(world)

    items = world.staff.observer.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"]

    assert [each["figures"]["collected"] for each in items] == [2, 1]
    assert items[1]["figures"] == first


def test_a_retry_under_its_key_makes_one_edition(world: World) -> None:
    first, again = make(world, key="r"), make(world, key="r")

    assert first["edition"] == again["edition"] == 1
    assert len(world.staff.observer.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"]) == 1


def test_a_cursor_of_another_rounds_list_is_refused(world: World) -> None:
    for _ in range(2):
        make(world)
    cursor = world.staff.observer.must("GET", f"/v1/rounds/{world.round_id}/reports", limit=1)["next"]
    other = world.with_round(710_000 + int(world.round_id))

    reply = world.staff.observer.get(f"/v1/rounds/{other.round_id}/reports", cursor=cursor)

    assert_problem(reply, 400, "bad_cursor")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_there_are_none_of_a_round_that_is_not_there(world: World, method: str) -> None:
    body = {} if method == "POST" else None

    assert_problem(world.staff.administrator.call(method, "/v1/rounds/999999/reports", body), 404, "not_found")


def test_nothing_in_the_list_or_the_names_tells_who_anybody_is(world: World) -> None:
    world.fulfilled()
    make(world)

    text = world.staff.observer.get(f"/v1/rounds/{world.round_id}/reports").text

    assert not [canary for canary in ("秦明华", "17000091234", "某公司", "17000090006") if canary in text]


def workbook_of(report: dict[str, Any]) -> Any:
    [link] = [each["url"] for each in report["files"] if each["format"] == "xlsx"]
    with urllib.request.urlopen(link) as answer:
        return load_workbook(io.BytesIO(answer.read()))


def rows_of(book: Any, sheet: str) -> list[dict[str, Any]]:
    head, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_administrators_get_the_full_workbook_and_observers_the_masked_one(world: World) -> None:
    world.fulfilled()
    full = workbook_of(make(world))
    [listed] = world.staff.observer.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"]
    masked = workbook_of(listed)

    [wish], [claim] = rows_of(full, "心愿"), rows_of(full, "认领")
    assert (wish["许愿人"], wish["联系电话"], wish["住址"]) == ("秦明华", "17000091234", "浦东某路1号")
    assert claim["认领人电话"] == "17000090006"
    assert [each["edition"] for each in listed["files"]] == ["masked"] * 4
    everything = [str(cell) for sheet in masked for row in sheet.iter_rows(values_only=True) for cell in row]
    canaries = ("秦明华", "17000091234", "浦东某路1号", "17000090006")
    assert not [cell for cell in everything for canary in canaries if canary in cell]
    assert {row["编号"] for row in rows_of(masked, "心愿")} == {wish["编号"]}


def test_a_title_that_looks_like_a_formula_is_text_in_both_editions(world: World) -> None:
    title = "=cmd|'/c calc'!A1"
    world.claimed(title=title)
    full = workbook_of(make(world))
    [listed] = world.staff.observer.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"]

    for book in (full, workbook_of(listed)):
        found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == title]
        assert {cell.parent.title for cell in found} >= {"心愿", "认领"}
        assert {cell.data_type for cell in found} == {"s"}


def test_a_full_edition_is_no_longer_offered_when_it_is_about_to_expire(world: World) -> None:
    make(world)

    with clock.pinned(clock.moment(clock.later(clock.stamp(), days=30))):
        admin = world.anyone.sign_in("17000090001")
        [listed] = admin.must("GET", f"/v1/rounds/{world.round_id}/reports")["items"]

    assert {each["edition"] for each in listed["files"]} == {"masked"}


def test_the_trend_lays_the_rounds_one_after_the_other(world: World) -> None:
    world.fulfilled()
    make(world)
    later = world.with_round(int(world.round_id) + 300_000)
    later.published()

    rows = rows_of(workbook_of(make(later)), "历期趋势")

    told = [(row["期次"], row["征集心愿"], row["已实现"]) for row in rows]
    assert told[-1] == (int(later.round_id), 1, 0)
    assert (int(world.round_id), 1, 1) in told
    assert told == sorted(told)
