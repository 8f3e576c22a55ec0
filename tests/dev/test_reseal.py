"""`python -m dev.admin reseal`: what was sealed before a day is sealed anew, and whoever edits meanwhile wins."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.base import clock, sealing
from chalicelib.wishes.records import SealedWish, Wish
from dev import admin_privacy
from tests.people import Api, Staff

SOON = 2**33  # an epoch second after every key
YEARS = 800


@pytest.fixture
def staff(fresh_api: Api) -> Staff:
    """The usual people on empty tables."""
    return fresh_api.staff()


def held(made: str) -> bytes:
    return bytes(SealedWish.get(made, "sealed").sealed)


def age(made: str) -> None:
    """As if the wish had been sealed long ago."""
    with clock.pinned(clock.now() - timedelta(days=YEARS)):
        sealing.forget_keys()
        SealedWish(made, "sealed", sealed=sealing.reseal("wishes", made, held(made))).save()
    sealing.forget_keys()


def last_year() -> int:
    return int((clock.now() - timedelta(days=365)).timestamp())


def test_what_is_old_is_sealed_anew_and_still_opens(staff: Staff) -> None:
    round_id = staff.open_round(2)
    old, new = staff.declared(round_id)["id"], staff.declared(round_id)["id"]
    age(old)
    before = held(new)

    counts = admin_privacy.reseal_room("wishes", last_year())

    assert counts == (1, 0, 0)
    assert sealing.epoch_of(held(old)) > last_year()
    assert held(new) == before
    assert staff.local.must("GET", f"/v1/wishes/{old}")["wisher"]["name"] == "秦明华"
    assert admin_privacy.reseal_room("wishes", last_year()) == (0, 0, 0)


def test_every_room_opens_afterwards(staff: Staff) -> None:
    round_id = staff.open_round(2)
    made, claim = staff.claimed(round_id)
    staff.member.must("POST", f"/v1/claims/{claim['id']}/messages", {"text": "您好，周末方便吗"})
    staff.administrator.must("POST", "/v1/privacy-requests", {"kind": "see", "wish": made["id"], "note": "来电"})

    counts = [admin_privacy.reseal_room(room, SOON) for room in admin_privacy.ROOMS]

    assert all(count.resealed and not count.moved and not count.broken for count in counts)
    assert staff.local.must("GET", f"/v1/wishes/{made['id']}")["verification"]["method"] == "visit"
    assert staff.local.must("GET", f"/v1/claims/{claim['id']}/messages")["items"][0]["text"] == "您好，周末方便吗"
    assert staff.administrator.must("GET", "/v1/privacy-requests")["items"][0]["note"] == "来电"
    assert staff.administrator.must("GET", f"/v1/accounts/{staff.member.account}")["name"] == "党员甲"


@pytest.mark.parametrize("erased", [False, True], ids=["edited", "erased"])
def test_whoever_changes_it_meanwhile_wins(staff: Staff, monkeypatch: pytest.MonkeyPatch, erased: bool) -> None:
    made = staff.declared(staff.open_round(2))["id"]
    age(made)
    as_it_is = sealing.reseal

    def meddled(table: str, item: str, sealed: bytes) -> bytes:
        if item == made and erased:
            path = "/v1/privacy-requests"
            request = staff.administrator.must("POST", path, {"kind": "erase", "wish": made})["id"]
            staff.administrator.must("POST", f"{path}/{request}/answer", {"outcome": "done"})
        elif item == made:
            staff.local.must("PATCH", f"/v1/wishes/{made}", {"particulars": "新的尺寸"}, version=1)
        return as_it_is(table, item, sealed)

    monkeypatch.setattr(sealing, "reseal", meddled)
    counts = admin_privacy.reseal_room("wishes", last_year())

    assert (counts.resealed, counts.moved) == (0, 1)
    if erased:
        assert SealedWish.count(made, SealedWish.sk == "sealed") == 0
        assert Wish.get(made, "wish").erased_at
    else:
        assert staff.local.must("GET", f"/v1/wishes/{made}")["particulars"] == "新的尺寸"


def test_what_does_not_open_is_counted_and_stops_nothing(staff: Staff) -> None:
    round_id = staff.open_round(2)
    moved_here, good = staff.declared(round_id)["id"], staff.declared(round_id)["id"]
    SealedWish(moved_here, "sealed", sealed=held(good)).save()

    counts: Any = admin_privacy.reseal_room("wishes", SOON)

    assert (counts.resealed, counts.broken) == (1, 1)
    reply = Api(staff.local.token).get(f"/v1/wishes/{moved_here}")
    assert (reply.status, reply.code) == (503, "unavailable")
    assert "秦明华" not in reply.text
