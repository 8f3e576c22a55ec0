"""What is made of a round after one of its wishes was erased: exports and summaries go on, without the person."""

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
