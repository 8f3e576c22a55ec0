"""Lists of wishes: filters, pages that neither skip nor repeat, and cursors of other lists."""

from typing import Any

import pytest

from tests.people import Api
from tests.world import World, assert_problem

PLACES = ("南码头路街道", "花木街道")


@pytest.fixture(scope="module")
def wall(standing_world: World) -> list[str]:
    """Seven published wishes and one that is not, of all kinds; in the order they were published."""
    made = []
    for number in range(7):
        changes: dict[str, Any] = {
            "title": f"第{number}个心愿", "subdistrict": PLACES[number % 2],
            "kind": "material" if number % 3 else "spiritual", "category": "生活电器" if number % 3 else "陪伴",
        } | ({"subject": "team", "team_size": 9} if number == 5 else {})  # fmt: skip
        declared = standing_world.declared(**changes)
        reviewer = standing_world.staff.administrator
        body = {"method": "visit", "identity": True, "income": "not_applicable", "feasible": True, "on": "2026-01-05"}
        reviewer.must("POST", f"/v1/wishes/{declared['id']}/verify", body)
        reviewer.must("POST", f"/v1/wishes/{declared['id']}/publish", {})
        made.append(declared["id"])
    standing_world.declared(title="还没公布的")
    return made


def walked(reader: Api, world: World, limit: int, **query: Any) -> list[str]:
    """Every id of a list, page by page."""
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = reader.must("GET", "/v1/wishes", round=world.round_id, limit=limit, **query, **cursor)
        assert len(page["items"]) <= limit
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 100])
@pytest.mark.parametrize("query", [{}, {"state": "published"}, {"q": "心愿"}])
def test_pages_of_any_size_show_every_wish_once(
    standing_world: World, wall: list[str], limit: int, query: dict[str, str]
) -> None:
    found = walked(standing_world.anyone, standing_world, limit, **query)

    assert sorted(found) == sorted(wall)
    assert len(found) == len(wall)


@pytest.mark.parametrize("query", [{}, {"state": "published"}])
def test_the_longest_waiting_comes_first(standing_world: World, wall: list[str], query: dict[str, str]) -> None:
    items = standing_world.anyone.must("GET", "/v1/wishes", round=standing_world.round_id, **query)["items"]

    assert len(items) == len(wall)
    assert [each["published_at"] for each in items] == sorted(each["published_at"] for each in items)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [({"subdistrict": PLACES[0]}, [0, 2, 4, 6]), ({"kind": "spiritual"}, [0, 3, 6]), ({"subject": "team"}, [5]),
     ({"category": "陪伴"}, [0, 3, 6]), ({"q": "第4个"}, [4]), ({"q": "电饭煲坏了"}, range(7)),
     ({"q": "没有这样的"}, []),
     ({"kind": "spiritual", "subdistrict": PLACES[1]}, [3]), ({"state": "claimed"}, []), ({"q": "还没公布的"}, [])],
)  # fmt: skip
def test_filters_narrow_the_list_and_add_up(
    standing_world: World, wall: list[str], query: dict[str, str], numbers: list[int]
) -> None:
    found = walked(standing_world.anyone, standing_world, 2, **query)

    assert sorted(found) == sorted(wall[number] for number in numbers)


def test_a_cursor_is_good_for_its_own_list_only(standing_world: World, wall: list[str]) -> None:
    def page(**query: Any) -> Any:
        return standing_world.anyone.get("/v1/wishes", round=standing_world.round_id, limit=2, **query)

    of_the_wall, of_all = page(state="published").json["next"], page().json["next"]
    assert wall

    for cursor, query in ((of_the_wall, {}), (of_all, {"state": "published"}), (of_all, {"kind": "material"})):
        assert_problem(page(cursor=cursor, **query), 400, "bad_cursor")
    assert_problem(standing_world.anyone.get("/v1/rounds", cursor=of_all), 400, "bad_cursor")


@pytest.mark.parametrize("query", [{}, {"state": "published"}])
def test_a_cursor_cut_short_is_refused(standing_world: World, wall: list[str], query: dict[str, str]) -> None:
    assert wall
    first = standing_world.anyone.must("GET", "/v1/wishes", round=standing_world.round_id, limit=2, **query)

    for length in range(1, len(first["next"]), 7):
        reply = standing_world.anyone.get(
            "/v1/wishes", round=standing_world.round_id, limit=2, cursor=first["next"][:length], **query
        )
        assert_problem(reply, 400, "bad_cursor")


@pytest.mark.parametrize(
    "place", [[["", ""]], [["x", "y"]], [["2026-01-01T00:00:00Z", "not-an-id"]], [[None, None]], []]
)
def test_a_cursor_made_by_hand_is_refused(standing_world: World, wall: list[str], place: list[Any]) -> None:
    import msgspec

    from chalicelib.base import paging
    from chalicelib.wishes import listing

    assert wall
    name = msgspec.json.encode([standing_world.round_id, True, listing.Filter(("published",))]).decode()
    forged = paging.cursor(name, (place,))

    reply = standing_world.anyone.get("/v1/wishes", round=standing_world.round_id, state="published", cursor=forged)

    assert_problem(reply, 400, "bad_cursor")


def test_what_changes_between_two_pages_is_neither_shown_twice_nor_skipped(world: World) -> None:
    made = [world.published()["id"] for _ in range(4)]
    first = world.anyone.must("GET", "/v1/wishes", round=world.round_id, state="published", limit=2)
    seen = [each["id"] for each in first["items"]]
    world.staff.company.must("POST", f"/v1/wishes/{seen[0]}/claim", {})

    rest = world.anyone.must(
        "GET", "/v1/wishes", round=world.round_id, state="published", limit=2, cursor=first["next"]
    )

    assert sorted(seen + [each["id"] for each in rest["items"]]) == sorted(made)


def test_the_current_round_is_the_default(standing_world: World) -> None:
    world = standing_world.with_round(999_998)  # above every other test's
    made = world.published()

    assert [each["id"] for each in world.anyone.must("GET", "/v1/wishes")["items"]] == [made["id"]]


def test_staff_list_what_waits_for_review_within_their_scope(standing_world: World, wall: list[str]) -> None:
    assert wall
    query = {"round": standing_world.round_id, "state": "submitted"}
    staff = standing_world.staff

    counts = {
        name: len(getattr(staff, name).must("GET", "/v1/wishes", **query)["items"])
        for name in ("administrator", "liaison", "local", "worker", "observer")
    }

    assert counts == dict.fromkeys(counts, 1)
    observed = staff.observer.must("GET", "/v1/wishes", **query)["items"][0]
    assert (observed["title"], observed["story"]) == (None, None)


def test_my_wishes_come_newest_first_page_by_page(world: World) -> None:
    somebody = world.anyone.sign_in("17000090077")
    from tests.people import wish

    made = [somebody.must("POST", "/v1/wishes", wish(world.round_id))["id"] for _ in range(3)]

    first = somebody.must("GET", "/v1/me/wishes", limit=2)
    second = somebody.must("GET", "/v1/me/wishes", limit=2, cursor=first["next"])

    found = [each["id"] for each in first["items"] + second["items"]]
    assert sorted(found) == sorted(made)
    assert second["next"] is None
    assert_problem(world.staff.company.get("/v1/me/wishes", cursor=first["next"]), 400, "bad_cursor")


def test_a_history_comes_newest_first_page_by_page(world: World) -> None:
    wish, _ = world.fulfilled()

    first = world.staff.local.must("GET", f"/v1/wishes/{wish}/history", limit=4)
    second = world.staff.local.must("GET", f"/v1/wishes/{wish}/history", limit=4, cursor=first["next"])

    acts = [line["act"] for line in first["items"] + second["items"]]
    assert acts == ["confirm", "deliver", "claim", "publish", "verify", "declare"]
    assert [line["version"] for line in first["items"] + second["items"]] == [6, 5, 4, 3, 2, 1]
    assert second["next"] is None
