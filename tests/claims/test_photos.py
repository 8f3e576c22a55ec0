"""Photos of a delivery: stripped, staff's and the claimant's until the wisher agrees, nobody else's upload."""

from typing import Any
from urllib.request import urlopen

import pytest

from chalicelib.base import files
from chalicelib.claims import photos
from tests.people import Api, Reply, wish
from tests.uploads.forms import opened, send, uploaded
from tests.uploads.photographs import MEDIA, SECRET, photo
from tests.uploads.photographs import opened as seen
from tests.world import World, assert_problem

AGREED = wish("0")["consent"] | {"photos": True}
MINOR = {
    "wisher": wish("0")["wisher"] | {"birth_year": 2015},
    "guardian": {"name": "秦大山", "relation": "父亲", "phone": "17000091299"},
}


def deliver(who: Api, claim: str, keys: list[str], key: str = "", **body: Any) -> Reply:
    return who.post(f"/v1/claims/{claim}/deliver", {"photos": keys} | body, key=key)


def delivered(world: World, **changes: Any) -> tuple[str, str]:
    """Ids of a wish delivered with a photo, and of its claim."""
    wish_id, claim = world.claimed(**changes)
    reply = deliver(world.staff.company, claim, [uploaded(world.staff.company, photo())])
    assert reply.status == 200, reply
    return wish_id, claim


def fetched(url: str) -> bytes:
    with urlopen(url) as answer:
        found: bytes = answer.read()
        return found


class TestDelivering:
    @pytest.mark.parametrize("kind", sorted(MEDIA))
    def test_a_photo_is_stripped_kept_under_its_wish_and_the_upload_is_gone(self, world: World, kind: str) -> None:
        wish_id, claim = world.claimed()
        key = uploaded(world.staff.company, photo(kind), MEDIA[kind])

        reply = deliver(world.staff.company, claim, [key])

        (found,) = reply.json["photos"]
        stored = files.get(f"photos/{wish_id}/{found['id']}")
        assert stored is not None
        assert SECRET not in stored
        assert seen(stored).tobytes() == seen(photo(kind)).tobytes()
        assert fetched(found["url"]) == stored
        assert files.get(key) is None

    def test_nine_are_taken_in_their_order_and_ten_are_not(self, world: World) -> None:
        _, claim = world.claimed()
        keys = [uploaded(world.staff.company, photo(turned=1 + n % 8)) for n in range(10)]

        assert_problem(deliver(world.staff.company, claim, keys), 422, "invalid_fields")
        reply = deliver(world.staff.company, claim, keys[:9])

        turned = [seen(fetched(each["url"])).getexif().get(0x0112, 1) for each in reply.json["photos"]]
        assert turned == [1, 2, 3, 4, 5, 6, 7, 8, 1]

    def test_one_named_twice_is_kept_once(self, world: World) -> None:
        _, claim = world.claimed()
        key = uploaded(world.staff.company, photo())

        assert len(deliver(world.staff.company, claim, [key, key]).json["photos"]) == 1

    def test_anothers_upload_is_refused_and_stays_theirs(self, world: World) -> None:
        _, claim = world.claimed()
        own, others = uploaded(world.staff.company, photo()), uploaded(world.staff.citizen, photo())

        refusal = deliver(world.staff.company, claim, [own, others])

        assert set(assert_problem(refusal, 422, "invalid_fields")) == {"photos[1]"}
        assert files.get(others) is not None
        assert files.get(own) is not None

    def test_a_key_that_leads_elsewhere_is_refused(self, world: World) -> None:
        _, claim = world.claimed()
        me, other = world.staff.company.account, world.staff.citizen.account
        target = uploaded(world.staff.citizen, photo()).rpartition("/")[2]

        for key in (f"uploads/{me}/../{other}/{target}", f"uploads/{other}/{target}", f"photos/{me}/{target}"):
            assert_problem(deliver(world.staff.company, claim, [key]), 422, "invalid_fields")

    def test_a_form_without_a_file_is_no_photo(self, world: World) -> None:
        _, claim = world.claimed()

        refusal = deliver(world.staff.company, claim, [opened(world.staff.company)["key"]])

        assert set(assert_problem(refusal, 422, "invalid_fields")) == {"photos[0]"}

    @pytest.mark.parametrize(
        "content",
        [b"<html><script>alert(1)</script>", b"GIF89a" + bytes(50), b"%PDF-1.7", b"PK\x03\x04", b"MZ" + bytes(9)],
    )
    def test_another_type_under_a_photos_name_is_refused(self, world: World, content: bytes) -> None:
        wish_id, claim = world.claimed()
        key = uploaded(world.staff.company, content)

        refusal = deliver(world.staff.company, claim, [key])

        assert set(assert_problem(refusal, 422, "invalid_fields")) == {"photos[0]"}
        assert world.full(wish_id)["state"] == "claimed"

    def test_a_photo_that_breaks_off_is_refused(self, world: World) -> None:
        _, claim = world.claimed()
        key = uploaded(world.staff.company, photo("PNG")[:60], "image/png")

        assert set(assert_problem(deliver(world.staff.company, claim, [key]), 422, "invalid_fields")) == {"photos[0]"}

    def test_a_png_sent_as_jpeg_is_kept_as_what_it_is(self, world: World) -> None:
        _, claim = world.claimed()
        key = uploaded(world.staff.company, photo("PNG"), "image/jpeg")

        (found,) = deliver(world.staff.company, claim, [key]).json["photos"]

        with urlopen(found["url"]) as answer:
            assert answer.headers["Content-Type"] == "image/png"

    def test_a_retry_under_its_key_finds_the_same_photos(self, world: World) -> None:
        wish_id, claim = world.claimed()
        keys = [uploaded(world.staff.company, photo()) for _ in range(2)]

        first, again = (deliver(world.staff.company, claim, keys, key="d") for _ in range(2))

        assert (first.status, again.status) == (200, 200)
        assert [each["id"] for each in again.json["photos"]] == [each["id"] for each in first.json["photos"]]
        assert len(files.names(f"photos/{wish_id}/")) == 2

    def test_after_a_try_that_got_as_far_as_the_photos_the_next_one_goes_on(self, world: World) -> None:
        from chalicelib.base.callers import Caller

        wish_id, claim = world.claimed()
        key = uploaded(world.staff.company, photo())
        photos.keep(wish_id, [key], Caller(world.staff.company.account))

        reply = deliver(world.staff.company, claim, [key])

        assert (reply.status, len(reply.json["photos"])) == (200, 1)

    def test_nothing_is_read_or_kept_for_an_act_that_is_refused(self, world: World) -> None:
        wish_id, claim = world.delivered()
        key = uploaded(world.staff.company, photo())

        assert_problem(deliver(world.staff.company, claim, [key]), 409, "wrong_state")
        assert files.get(key) is not None
        assert files.names(f"photos/{wish_id}/") == []

    def test_a_second_delivery_shows_its_own_photos(self, world: World) -> None:
        wish_id, claim = delivered(world)
        before = world.full(wish_id)["photos"][0]["id"]
        world.staff.local.must("POST", f"/v1/claims/{claim}/return", {"reason": "unsuitable"})

        deliver(world.staff.company, claim, [uploaded(world.staff.company, photo("PNG"), "image/png")])

        (after,) = world.full(wish_id)["photos"]
        assert after["id"] != before

    def test_minutes_belong_to_a_spiritual_wish(self, world: World) -> None:
        _, material = world.claimed()
        _, spiritual = world.claimed(kind="spiritual", category="陪伴")

        refusal = deliver(world.staff.company, material, [], minutes=90)

        assert set(assert_problem(refusal, 422, "invalid_fields")) == {"minutes"}
        assert deliver(world.staff.company, spiritual, [], minutes=90).json["minutes"] == 90

    def test_staff_read_what_was_noted_in_the_history(self, world: World) -> None:
        wish_id, claim = world.claimed()
        world.staff.company.must("POST", f"/v1/claims/{claim}/progress", {"stage": "prepared", "note": "已买好"})
        deliver(world.staff.company, claim, [], note="放在居委会")

        assert [line["note"] for line in world.history(wish_id)[:2]] == ["放在居委会", "已买好"]


class TestWhoSeesThem:
    def test_staff_and_the_claimant_do_and_before_the_consent_nobody_else(self, world: World) -> None:
        wish_id, claim = delivered(world)
        staff = world.staff
        wisher = world.anyone.sign_in("17000091234")

        assert len(staff.company.must("GET", f"/v1/claims/{claim}")["photos"]) == 1
        for who in (staff.local, staff.worker, staff.administrator):
            assert len(who.must("GET", f"/v1/claims/{claim}")["photos"]) == 1
            assert len(who.must("GET", f"/v1/wishes/{wish_id}")["photos"]) == 1
        for reader in (world.anyone, staff.observer, staff.member, wisher, staff.company):
            assert reader.must("GET", f"/v1/wishes/{wish_id}")["photos"] == []

    def test_whoever_confirms_by_the_code_does_not(self, world: World) -> None:
        wish_id, claim = delivered(world)
        wisher = world.anyone.sign_in("17000091234")
        code = wisher.must("GET", f"/v1/wishes/{wish_id}")["confirmation_code"]

        confirmed = staff_member(world).must("POST", f"/v1/claims/{claim}/confirm", {"method": "slip", "code": code})

        assert confirmed["photos"] == []

    def test_with_the_consent_everybody_does_until_the_wish_is_hidden(self, world: World) -> None:
        wish_id, _ = delivered(world, consent=AGREED)
        path = f"/v1/wishes/{wish_id}"

        (found,) = world.anyone.must("GET", path)["photos"]
        assert SECRET not in fetched(found["url"])
        world.staff.local.must("POST", f"{path}/hide", {})

        assert world.staff.observer.get(path).status == 404
        assert world.staff.company.must("GET", path)["photos"] == []
        assert len(world.staff.local.must("GET", path)["photos"]) == 1

    def test_a_minors_are_seen_by_the_guardians_consent(self, world: World) -> None:
        wish_id, _ = delivered(world, **MINOR, consent=AGREED | {"by": "guardian"})

        assert len(world.anyone.must("GET", f"/v1/wishes/{wish_id}")["photos"]) == 1

    def test_staff_record_the_consent_later_and_the_wisher_takes_it_back(self, world: World) -> None:
        wish_id, _ = delivered(world)
        path, wisher = f"/v1/wishes/{wish_id}", world.anyone.sign_in("17000091234")

        world.staff.local.must("POST", f"{path}/consents", {"photos": True, "by": "self", "method": "signed"})
        assert len(world.anyone.must("GET", path)["photos"]) == 1
        wisher.must("POST", f"{path}/consents", {"photos": False})

        assert world.anyone.must("GET", path)["photos"] == []

    def test_a_link_ends_after_five_minutes_and_names_nobody(self, world: World) -> None:
        wish_id, _ = delivered(world, consent=AGREED)

        (found,) = world.anyone.must("GET", f"/v1/wishes/{wish_id}")["photos"]

        assert "X-Amz-Expires=300" in found["url"]
        assert world.staff.company.account not in found["url"]


def test_erasing_takes_every_photo_of_the_wish_and_no_others(world: World) -> None:
    erased, kept = delivered(world), delivered(world)

    photos.erase(erased[0])
    photos.erase(erased[0])

    assert files.names(f"photos/{erased[0]}/") == []
    assert len(files.names(f"photos/{kept[0]}/")) == 1


def test_an_oversized_photo_never_reaches_the_bucket(world: World) -> None:
    form = opened(world.staff.company)

    assert send(form, photo() + bytes(10 * 1024 * 1024)) >= 400
    assert files.get(form["key"]) is None


def staff_member(world: World) -> Api:
    """Somebody who is neither claimant nor staff nor the wisher: a neighbour with the slip."""
    return world.anyone.sign_in("17000090098")
