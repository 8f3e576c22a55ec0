"""Upload forms: what the API hands out, and what S3 holds them to."""

import base64
import json
from typing import Any

import pytest

from chalicelib.base import clock, files
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Unprocessable
from chalicelib.uploads import actions, rules
from tests.people import Api
from tests.uploads.forms import opened, send, uploaded
from tests.world import World, assert_problem

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


def policy_of(form: dict[str, Any]) -> dict[str, Any]:
    """What S3 will hold the form to."""
    found: dict[str, Any] = json.loads(base64.b64decode(form["fields"]["policy"]))
    return found


class TestTheForm:
    def test_it_names_one_file_of_its_owners_and_nothing_else(self, world: World) -> None:
        form = opened(world.staff.citizen)

        assert set(form) == {"key", "url", "fields", "expires_at"}
        assert form["key"].startswith(f"uploads/{world.staff.citizen.account}/")
        assert rules.is_own(form["key"], world.staff.citizen.account)
        assert form["fields"]["key"] == form["key"]

    def test_its_policy_fixes_key_type_size_and_time(self, world: World) -> None:
        form = opened(world.staff.citizen, content_type="image/webp")
        policy = policy_of(form)

        assert {"key": form["key"]} in policy["conditions"]
        assert {"Content-Type": "image/webp"} in policy["conditions"]
        assert ["content-length-range", 1, 10 * 1024 * 1024] in policy["conditions"]
        assert not any(each[0] == "starts-with" for each in policy["conditions"] if isinstance(each, list))
        lasts = clock.moment(policy["expiration"]) - clock.now()
        assert 800 < lasts.total_seconds() <= 900
        assert form["expires_at"][:16] == policy["expiration"][:16]

    def test_a_size_told_beforehand_is_the_most_it_takes(self, world: World) -> None:
        policy = policy_of(opened(world.staff.citizen, bytes=1234))

        assert ["content-length-range", 1, 1234] in policy["conditions"]

    @pytest.mark.parametrize("media", ["text/csv", rules.XLSX])
    @pytest.mark.parametrize("role", ["local", "administrator"])
    def test_registers_are_taken_from_liaisons_and_administrators(self, world: World, role: str, media: str) -> None:
        form = opened(getattr(world.staff, role), content_type=media, purpose="import")

        assert ["content-length-range", 1, 50 * 1024 * 1024] in policy_of(form)["conditions"]

    @pytest.mark.parametrize("media", ["text/csv", rules.XLSX])
    def test_a_register_needs_no_purpose_said(self, world: World, media: str) -> None:
        form = opened(world.staff.local, content_type=media)

        assert ["content-length-range", 1, 50 * 1024 * 1024] in policy_of(form)["conditions"]

    @pytest.mark.parametrize("role", ["citizen", "worker", "observer", "company"])
    def test_nobody_else_uploads_a_register(self, world: World, role: str) -> None:
        reply = getattr(world.staff, role).post("/v1/uploads", {"content_type": "text/csv", "purpose": "import"})

        assert_problem(reply, 403, "forbidden")

    @pytest.mark.parametrize(
        ("body", "named"),
        [({"content_type": "image/gif"}, "content_type"), ({"content_type": "text/html"}, "content_type"),
         ({"content_type": "text/csv"}, "content_type"), ({"content_type": "IMAGE/JPEG"}, "content_type"),
         ({}, "content_type"),
         ({"content_type": "image/png", "bytes": 0}, "bytes"),
         ({"content_type": "image/png", "bytes": 10 * 1024 * 1024 + 1}, "bytes"),
         ({"content_type": "image/png", "bytes": "1"}, "bytes"),
         ({"content_type": "image/png", "purpose": "avatar"}, "purpose"),
         ({"content_type": "image/png", "key": "uploads/x/y"}, "key")],
    )  # fmt: skip
    def test_other_types_and_sizes_are_refused(self, world: World, body: dict[str, Any], named: str) -> None:
        reply = world.staff.citizen.post("/v1/uploads", body)

        assert set(assert_problem(reply, 422, "invalid_fields")) == {named}

    def test_a_picture_is_no_register(self, world: World) -> None:
        reply = world.staff.local.post("/v1/uploads", {"content_type": "image/png", "purpose": "import"})

        assert set(assert_problem(reply, 422, "invalid_fields")) == {"content_type"}

    def test_a_retry_under_its_key_names_the_same_file(self, world: World) -> None:
        body = {"content_type": "image/png"}
        first, again = (world.staff.citizen.must("POST", "/v1/uploads", body, key="u") for _ in range(2))
        others = world.staff.company.must("POST", "/v1/uploads", body, key="u")

        assert first["key"] == again["key"]
        assert others["key"].rpartition("/")[2] != first["key"].rpartition("/")[2]

    def test_an_account_draws_only_so_many_forms_a_day(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "FORMS_PER_DAY", (2, 86_400))
        somebody = world.anyone.sign_in("17000090071")

        with clock.pinned(clock.now()):  # no day begins in between
            replies = [somebody.post("/v1/uploads", {"content_type": "image/png"}) for _ in range(3)]

        assert [reply.status for reply in replies] == [201, 201, 429]
        assert_problem(replies[2], 429, "too_many_requests")
        assert int(replies[2].headers["Retry-After"]) > 0


class TestS3HoldsItToItsPolicy:
    def test_the_file_lands_under_its_key(self, world: World) -> None:
        key = uploaded(world.staff.citizen, JPEG)

        assert files.get(key) == JPEG

    @pytest.mark.parametrize(
        ("changes", "content"),
        [({"key": "uploads/somebody/else"}, JPEG), ({"key": "photos/a/b"}, JPEG), ({"Content-Type": "text/html"}, JPEG),
         ({"acl": "public-read"}, JPEG), ({}, b"x" * 101), ({}, b"")],
        ids=["another key", "a photo's key", "another type", "a field more", "a byte too many", "nothing"],
    )  # fmt: skip
    def test_what_the_form_does_not_say_is_refused(self, world: World, changes: dict[str, str], content: bytes) -> None:
        form = opened(world.staff.citizen, bytes=100)

        assert send(form, content, **changes) >= 400
        assert files.get(form["key"]) is None


class TestUsingOne:
    def of(self, who: Api) -> Caller:
        return Caller(who.account)

    def test_its_owner_gets_it_and_nobody_else(self, world: World) -> None:
        key = uploaded(world.staff.citizen, JPEG)

        assert actions.fetch(key, self.of(world.staff.citizen), "photo", "key") == JPEG
        with pytest.raises(Unprocessable):
            actions.fetch(key, self.of(world.staff.company), "photo", "key")

    def test_a_register_may_be_csv_or_a_workbook_but_no_picture(self, world: World) -> None:
        local = world.staff.local
        csv = uploaded(local, "编号,标题\n1,一口锅\n".encode(), "text/csv", purpose="import")
        disguised = uploaded(local, JPEG, "text/csv", purpose="import")

        assert actions.fetch(csv, self.of(local), "import", "key")
        with pytest.raises(Unprocessable):
            actions.fetch(disguised, self.of(local), "import", "key")


@pytest.mark.parametrize(
    "key",
    ["uploads/{me}/../{other}/01J00000000000000000000000", "uploads/{me}/", "uploads/{me}/01J00000000000000000000000/x",
     "uploads//{me}/01J00000000000000000000000", "/uploads/{me}/01J00000000000000000000000",
     "uploads/{me}/01j00000000000000000000000", "uploads/{other}/01J00000000000000000000000",
     "uploads/{me}/01J00000000000000000000000\n", "imports/01J00000000000000000000000", ""],
)  # fmt: skip
def test_a_key_that_was_never_given_out_is_nobodys(key: str) -> None:
    me, other = "01J00000000000000000000001", "01J00000000000000000000002"

    assert not rules.is_own(key.format(me=me, other=other), me)
    assert rules.is_own(rules.key_for(me, "01J00000000000000000000000"), me)
