"""Acts on many wishes at once: a result per item, and each item as if it had been sent by itself."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.base import clock
from chalicelib.base.problems import Unavailable
from chalicelib.desk import batch
from chalicelib.wishes import actions as wishes
from tests.imports.handmade import csv_bytes, good_row, good_wish
from tests.imports.test_imports_routes import listed
from tests.imports.test_imports_routes import send as bring_in
from tests.people import Api, Reply, verification, wish
from tests.world import World, assert_problem, is_chinese

REASON = {"reason": "请补充"}


def send(caller: Api, act: str, items: list[Any], key: str = "", **more: Any) -> list[dict[str, Any]]:
    reply: Reply = caller.post("/v1/desk/batch", {"act": act, "items": items, **more}, key=key)
    assert reply.status == 200, reply.json
    results: list[dict[str, Any]] = reply.json["items"]
    assert len(results) == len(items)
    return results


def codes(results: list[dict[str, Any]]) -> list[tuple[int, str | None]]:
    return [(each["status"], each.get("code")) for each in results]


def declared(world: World, number: int, **changes: Any) -> list[str]:
    return [str(world.declared(**changes)["id"]) for _ in range(number)]


class TestABatch:
    def test_many_wishes_are_verified_with_one_record_and_published(self, world: World) -> None:
        made = declared(world, 3)

        verified = send(world.staff.local, "verify", made, body=verification())
        published = send(world.staff.local, "publish", made)

        assert verified == [{"id": each, "ok": True, "status": 200, "state": "verified", "version": 2} for each in made]
        assert [(each["id"], each["state"]) for each in published] == [(each, "published") for each in made]
        for each in made:
            assert [line["act"] for line in world.history(each)] == ["publish", "verify", "declare"]
            assert world.full(each)["verification"]["method"] == "visit"

    def test_what_an_item_says_itself_goes_before_what_is_said_for_all(self, world: World) -> None:
        first, second = declared(world, 2)

        send(world.staff.local, "verify", [first, {"id": second, "method": "documents"}], body=verification())

        assert world.full(first)["verification"]["method"] == "visit"
        assert world.full(second)["verification"]["method"] == "documents"

    def test_everything_that_can_go_wrong_goes_wrong_alone_and_in_order(self, world: World) -> None:
        good, elsewhere = declared(world, 1) + declared(world, 1, subdistrict="花木街道")
        own = world.staff.local.must("POST", "/v1/wishes", wish(world.round_id))["id"]
        done = world.verified()["id"]

        results = send(
            world.staff.local,
            "verify",
            [
                elsewhere,
                "0" * 26,
                "nonsense",
                own,
                done,
                {"id": good, "identity": False},
                {"id": good, "colour": "red"},
                {"method": "visit"},
                {"id": 5},
                good,
            ],
            body=verification(),
        )

        assert codes(results) == [
            (403, "forbidden"), (404, "not_found"), (404, "not_found"), (403, "declarer_may_not_review"),
            (409, "wrong_state"), (422, "invalid_fields"), (422, "invalid_fields"), (422, "invalid_fields"),
            (422, "invalid_fields"), (200, None),
        ]  # fmt: skip
        assert [each["ok"] for each in results] == [False] * 9 + [True]
        assert all(is_chinese(each["detail"]) for each in results[:9])
        assert results[4]["state"] == "verified"
        assert [fault["field"] for fault in results[6]["errors"]] == ["colour"]
        assert [each["id"] for each in results[7:9]] == [None, None]

    def test_a_text_that_is_not_clear_comes_back_with_what_was_found(self, world: World) -> None:
        told = world.verified(story="请联系秦明华")["id"]
        clean = world.verified()["id"]

        refused, published = send(world.staff.local, "publish", [told, clean])

        assert (refused["code"], refused["found"][0]["text"]) == ("text_not_clear", "秦明华")
        assert published["ok"]
        (again,) = send(world.staff.local, "publish", [{"id": told, "cleared": refused["found"]}])
        assert again["state"] == "published"

    @pytest.mark.parametrize(("act", "state"), [("return", "returned"), ("reject", "rejected")])
    def test_wishes_are_sent_back_with_the_reason(self, world: World, act: str, state: str) -> None:
        made = declared(world, 2)

        results = send(world.staff.local, act, made, body=REASON)

        assert [each["state"] for each in results] == [state, state]
        assert [world.history(each)[0]["reason"] for each in made] == ["请补充", "请补充"]

    def test_a_reason_may_have_lines(self, world: World) -> None:
        (made,) = declared(world, 1)

        send(world.staff.local, "return", [{"id": made, "reason": "一、缺照片\n二、缺地址"}])

        assert world.history(made)[0]["reason"] == "一、缺照片\n二、缺地址"

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({"act": "fulfil", "items": ["x"]}, "act"),
            ({"act": "claim", "items": ["x"]}, "act"),
            ({"act": "publish", "items": []}, "items"),
            ({"act": "publish", "items": ["x"] * 101}, "items"),
            ({"act": "publish"}, "items"),
            ({"act": "publish", "items": [5]}, "items[0]"),
            ({"act": "publish", "items": ["x"], "wishes": []}, "wishes"),
        ],
    )
    def test_what_is_no_batch_is_refused_as_a_whole(self, world: World, body: dict[str, Any], named: str) -> None:
        assert named in assert_problem(world.staff.local.post("/v1/desk/batch", body), 422, "invalid_fields")


class TestSentAgain:
    def test_the_same_batch_gives_the_same_results_and_one_history(self, world: World) -> None:
        made = declared(world, 2)
        key = f"batch-{world.round_id}"

        first, again = (send(world.staff.local, "verify", made, key, body=verification()) for _ in range(2))

        assert first == again
        assert [len(world.history(each)) for each in made] == [2, 2]

    def test_a_part_of_it_under_the_same_key_does_nothing_twice(self, world: World) -> None:
        made = declared(world, 3)
        key = f"part-{world.round_id}"
        send(world.staff.local, "verify", made[:2], key, body=verification())

        results = send(world.staff.local, "verify", made, key, body=verification())

        assert [each["ok"] for each in results] == [True] * 3
        assert [len(world.history(each)) for each in made] == [2, 2, 2]

    def test_another_record_under_the_same_key_is_refused_for_that_item(self, world: World) -> None:
        made = declared(world, 2)
        key = f"other-{world.round_id}"
        send(world.staff.local, "verify", made, key, body=verification())

        changed = {"id": made[1], "method": "documents"}
        results = send(world.staff.local, "verify", [made[0], changed], key, body=verification())

        assert codes(results) == [(200, None), (422, "idempotency_key_reused")]

    def test_what_the_time_did_not_reach_is_said_and_can_be_sent_again(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = declared(world, 3)
        key = f"time-{world.round_id}"
        ticks = iter([0.0, 1.0, batch.BUDGET_SECONDS + 1, batch.BUDGET_SECONDS + 2])
        with monkeypatch.context() as patch:
            patch.setattr(batch, "monotonic", lambda: next(ticks))
            first = send(world.staff.local, "verify", made, key, body=verification())

        assert codes(first) == [(200, None), (503, "not_reached"), (503, "not_reached")]
        assert [len(world.history(each)) for each in made] == [2, 1, 1]
        again = send(world.staff.local, "verify", made, key, body=verification())
        assert [each["ok"] for each in again] == [True] * 3
        assert [len(world.history(each)) for each in made] == [2, 2, 2]

    @pytest.mark.parametrize(
        ("error", "code"), [(Unavailable("dynamodb: gone"), "unavailable"), (LookupError("秦明华"), "internal_error")]
    )
    def test_an_outage_or_a_bug_in_one_item_leaves_the_others_their_results(
        self,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        error: Exception,
        code: str,
    ) -> None:
        made = declared(world, 3)
        verify = wishes.verify

        def stumble(wish_id: str, *rest: Any) -> Any:
            if wish_id == made[1]:
                raise error
            return verify(wish_id, *rest)

        monkeypatch.setattr(wishes, "verify", stumble)

        results = send(world.staff.local, "verify", made, body=verification())

        assert [each.get("code") for each in results] == [None, code, None]
        assert "秦明华" not in str(results) + caplog.text


class TestReminding:
    def test_a_claimant_is_reminded_once_a_day_however_often_they_are_reminded(self, world: World) -> None:
        claimed, _ = world.claimed()
        before = _told(world.staff.company, "claim_reminder")

        sent = [send(caller, "remind", [claimed])[0]["sent"] for caller in (world.staff.local, world.staff.liaison)]

        assert sent == [1, 0]
        assert _told(world.staff.company, "claim_reminder") == before + 1
        with clock.pinned(clock.now() + timedelta(days=1)):
            local = world.anyone.sign_in("17000090003")
            assert send(local, "remind", [claimed])[0]["sent"] == 1

    def test_a_delivery_reminds_the_wishers_side_and_a_returned_wish_its_declarer(self, world: World) -> None:
        delivered, _ = world.delivered()
        (returned,) = declared(world, 1)
        world.staff.local.must("POST", f"/v1/wishes/{returned}/return", REASON)

        results = send(world.staff.local, "remind", [delivered, returned])

        assert [each["ok"] for each in results] == [True, True]
        latest = world.staff.citizen.must("GET", "/v1/me/inbox", limit=5)["items"]
        assert {"confirmation_reminder", "returned_reminder"} <= {each["kind"] for each in latest}
        assert {each["wish"] for each in latest} >= {delivered, returned}

    def test_what_waits_for_nobody_else_is_not_reminded_of(self, world: World) -> None:
        submitted, published = world.declared()["id"], world.published()["id"]

        results = send(world.staff.local, "remind", [submitted, published])

        assert codes(results) == [(409, "wrong_state"), (409, "wrong_state")]

    def test_only_the_liaison_of_the_place_reminds(self, world: World) -> None:
        claimed, _ = world.claimed()
        seed_account("17000090071", roles=["liaison"], subdistricts=["花木街道"])
        away = world.anyone.sign_in("17000090071")
        before = _told(world.staff.company, "claim_reminder")

        assert codes(send(away, "remind", [claimed])) == [(403, "forbidden")]
        assert _told(world.staff.company, "claim_reminder") == before

    def test_a_claimant_known_to_a_register_only_cannot_be_reminded(self, world: World) -> None:
        number = f"{world.round_id}-1"
        assert bring_in(world, csv_bytes([good_wish(编号=number)])).status == 200
        claim = good_row("claims", 编号=number, 完成时间="", 感言="")
        assert bring_in(world, csv_bytes([claim]), "claims").status == 200
        (claimed,) = listed(world, "claimed")

        results = send(world.staff.administrator, "remind", [claimed["id"]])

        assert codes(results) == [(409, "nobody_to_remind")]


def _told(reader: Api, kind: str) -> int:
    return sum(each["kind"] == kind for each in reader.must("GET", "/v1/me/inbox", limit=100)["items"])
