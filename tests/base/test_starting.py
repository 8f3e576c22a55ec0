"""A function starts with what it uses: docs/adr/0028. Here the house's modules run late, as they do in Lambda."""

import pytest

import app
from chalicelib.base import surface, web
from dev import openapi
from tests.base import starts
from tests.world import World

NEVER = {"xlsxwriter", "openpyxl", "segno", "nacl", "smtplib", "urllib.robotparser", "zoneinfo", "sqlite3", "asyncio"}
ROOMS_APART = ("imports", "reports", "reminders", "desk", "privacy", "notices")
"""Rooms that no wish looked at needs to run."""


def of_rooms(ran: frozenset[str], *rooms: str) -> set[str]:
    """The modules of these rooms that were run."""
    return {name for name in ran for room in rooms if name.startswith(f"chalicelib.{room}.")}


def modules() -> list[str]:
    """Every module of the house."""
    files = sorted((starts.CHECKOUT / "chalicelib").rglob("*.py"))
    return [".".join(file.relative_to(starts.CHECKOUT).with_suffix("").parts) for file in files if file.stem[0] != "_"]


def test_chalice_is_told_of_every_route_that_is_declared() -> None:
    assert openapi.SURFACE.read_text(encoding="utf-8") == openapi.surface(web.every_route()), "python -m dev.openapi"
    told = {(path, method) for path, methods in app.app.routes.items() for method in methods}
    assert told == {(route.path, route.method) for route in web.every_route()}


def test_every_module_with_routes_is_named_by_the_composition_root() -> None:
    assert set(app.ROOMS) == {name for name in modules() if name.endswith("routes")} == set(surface.ROUTES)


def test_starting_runs_no_room() -> None:
    ran = starts.start("import app").ran

    assert {name for name in ran if name.startswith("chalicelib.") and name.count(".") > 1} == of_rooms(ran, "base")
    assert not NEVER & ran


def test_the_collector_works_again_once_a_function_has_started() -> None:
    assert starts.start("import app, gc\nanswer = gc.isenabled() and gc.get_freeze_count() > 0").answer is True


@pytest.mark.parametrize("order", ["names", "reversed(names)"])
def test_every_module_runs_by_itself_in_any_order(order: str) -> None:
    code = f"import app, importlib\nnames = {modules()!r}\nfor name in {order}:\n importlib.import_module(name).__doc__"

    assert set(modules()) <= starts.start(code).ran


def test_a_wish_is_shown_without_the_rooms_it_does_not_need(world: World) -> None:
    wish = world.published()["id"]

    shown = starts.answered("GET", "/v1/wishes/{wish_id}", f"/v1/wishes/{wish}")

    assert shown.answer["statusCode"] == 200
    assert not of_rooms(shown.ran, *ROOMS_APART, "rounds")
    assert not NEVER & shown.ran
    assert not {"itsdangerous", "chalicelib.claims.reserving", "chalicelib.accounts.granting"} & shown.ran


def test_wishes_are_listed_without_the_rooms_they_do_not_need(world: World) -> None:
    world.published()

    listed = starts.answered("GET", "/v1/wishes", f"/v1/wishes?round={world.round_id}&state=published")

    assert listed.answer["statusCode"] == 200
    assert not of_rooms(listed.ran, *ROOMS_APART)
    assert not NEVER & listed.ran
    assert not {"itsdangerous", "chalicelib.claims.reserving", "chalicelib.accounts.granting"} & listed.ran


def test_a_wish_is_claimed_without_the_rooms_it_does_not_need(world: World) -> None:
    wish = world.published()["id"]

    claimed = starts.answered(
        "POST", "/v1/wishes/{wish_id}/claim", f"/v1/wishes/{wish}/claim", world.staff.company.token, {}
    )

    assert claimed.answer["statusCode"] == 201
    assert not of_rooms(claimed.ran, "imports", "reports", "reminders", "desk", "privacy")
    assert not NEVER - {"nacl"} & claimed.ran
    assert "chalicelib.accounts.granting" not in claimed.ran
