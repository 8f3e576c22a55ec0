"""What is made of a round after one of its wishes was erased: exports and summaries go on, without the person."""

from chalicelib.wishes import comparing
from tests.imports.handmade import csv_text, good_wish
from tests.imports.test_imports_routes import counts, send
from tests.imports.test_round_trip import exported, returned
from tests.privacy.test_requests import a_life, answered, raw_items
from tests.world import World


def test_exports_and_summaries_go_on_without_the_person(world: World) -> None:
    made, _ = a_life(world, "17000092341", "戊")
    other = world.published()["id"]
    answered(world, "erase", wish=made)

    exported = world.staff.administrator.post("/v1/exports", {"round": world.round_id})
    report = world.staff.administrator.post(f"/v1/rounds/{world.round_id}/reports")
    closed = world.staff.administrator.post(f"/v1/rounds/{world.round_id}/close")

    assert (exported.status, report.status, closed.status) == (201, 201, 200), (exported.text, report.text)
    assert report.json["figures"]["collected"] == 2
    assert report.json["figures"]["reconciled"] is True
    assert "戊字" not in raw_items()
    assert world.full(other)["state"] == "closed"


def test_a_register_that_still_has_the_person_says_plainly_that_the_wish_was_erased(world: World) -> None:
    """Nothing of the person comes back, and whoever imports knows which row to take out."""
    kept, gone = good_wish(1), good_wish(2, 心愿标题="一台己字收音机")
    send(world, csv_text([kept, gone]).encode())
    answered(world, "erase", wish=comparing.wish_id(world.round_id, gone["编号"]))

    again = send(world, csv_text([kept, gone]).encode())
    without = send(world, csv_text([kept]).encode())

    assert again.status == 422
    [fault] = again.json["errors"]
    assert (fault["row"], fault["column"]) == (3, "编号")
    assert "已清除" in fault["message"]
    assert counts(without) == (1, 1, 0, 0, 1)
    assert "己字" not in raw_items()


def test_an_export_leaves_the_erased_wish_out_and_comes_back_in(world: World) -> None:
    made, _ = a_life(world, "17000092342", "庚")
    other = world.published()["id"]
    answered(world, "erase", wish=made)

    lines = exported(world)

    assert [line["编号"] for line in lines] == [other]
    assert counts(returned(world, lines)) == (1, 1, 0, 0, 1)
