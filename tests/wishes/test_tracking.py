"""Tracking by receipt: where a wish stands, what is expected now, whom to ask, and nothing beyond the public fields."""

from typing import Any, get_args

import pytest

from chalicelib.base.words import STAGES, WishState
from chalicelib.wishes import sayings
from tests.world import World, is_chinese

PHONE = "17000091234"
FIELDS = {"id", "round", "title", "story", "kind", "category", "subject", "subdistrict", "wisher_name", "age_band",
          "state", "says", "expected", "ask"}  # fmt: skip


def tracked(world: World, wish_id: str, language: str = "zh-CN") -> dict[str, Any]:
    """What the receipt of the wish shows to whoever has it and the last four digits."""
    receipt = world.full(wish_id)["receipt"]
    path = f"/v1/wishes/lookup?receipt={receipt}&phone_last4={PHONE[-4:]}"
    found: dict[str, Any] = world.anyone.must("GET", path, headers={"Accept-Language": language})
    return found


@pytest.mark.parametrize("state", get_args(WishState))
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_state_has_its_words_and_somebody_to_ask(state: str, language: str) -> None:
    found = sayings.say(state, "南码头路街道", language, stage=None, visit_at=None, hidden=False)

    assert is_chinese(found.says) == (language == "zh-CN")
    assert "南码头路街道" in found.ask
    assert not {"{", "}"} & set(f"{found}")


@pytest.mark.parametrize("stage", STAGES)
def test_a_claimed_wish_says_how_far_it_has_come(world: World, stage: str) -> None:
    wish_id, claim = world.claimed()
    before = tracked(world, wish_id)["says"]

    world.staff.company.must("POST", f"/v1/claims/{claim}/progress", {"stage": stage})

    after = tracked(world, wish_id)
    assert after["says"] == sayings.STAGES[stage][0] != before
    assert after["expected"] is None


def test_an_agreed_visit_is_told_in_the_districts_own_time(world: World) -> None:
    wish_id, claim = world.claimed(kind="spiritual", category="陪伴")
    visit = {"stage": "contacted", "visit_at": "2030-01-01T20:00:00Z"}
    world.staff.company.must("POST", f"/v1/claims/{claim}/progress", visit)

    assert "2030-01-02 04:00" in tracked(world, wish_id)["says"]
    assert "2030-01-02 04:00" in tracked(world, wish_id, "en")["says"]


def test_what_was_said_of_a_claim_is_gone_with_it(world: World) -> None:
    wish_id, claim = world.claimed()
    world.staff.company.must("POST", f"/v1/claims/{claim}/progress", {"stage": "on_the_way"})
    world.staff.company.must("POST", f"/v1/claims/{claim}/release", {})

    assert tracked(world, wish_id)["says"] == sayings.STATES["published"][0]


def test_a_delivered_wish_asks_to_be_confirmed_and_a_fulfilled_one_asks_nothing(world: World) -> None:
    delivered, _ = world.delivered()
    fulfilled, _ = world.fulfilled()

    assert "确认" in tracked(world, delivered)["expected"]
    assert tracked(world, fulfilled)["expected"] is None


def test_a_returned_wish_says_what_to_do_and_not_why(world: World) -> None:
    made = world.declared()
    world.staff.local.must("POST", f"/v1/wishes/{made['id']}/return", {"reason": "秦阿姨的病历不全"})

    found = tracked(world, made["id"])

    assert "重新提交" in found["expected"]
    assert "病历" not in str(found)


def test_a_hidden_wish_says_that_it_is_not_shown(world: World) -> None:
    made = world.published()
    world.staff.local.must("POST", f"/v1/wishes/{made['id']}/hide", {})

    assert sayings.NOT_SHOWN[0] in tracked(world, made["id"])["says"]


def test_a_hidden_wish_shows_no_words_and_no_name_until_it_is_cleared(world: World) -> None:
    made = world.published()
    world.staff.local.must("POST", f"/v1/wishes/{made['id']}/hide", {})

    found = tracked(world, made["id"])

    assert [found[name] for name in ("title", "story", "wisher_name", "age_band")] == [None] * 4
    assert found["state"] == "published"
    world.staff.local.must("POST", f"/v1/wishes/{made['id']}/hide", {"hidden": False})
    assert tracked(world, made["id"])["title"] == world.full(made["id"])["title"]


def test_never_more_than_the_public_fields(world: World) -> None:
    wish_id, claim = world.delivered(particulars="三楼无电梯")

    found = tracked(world, wish_id)

    assert set(found) == FIELDS
    secrets = ("秦明华", PHONE, "浦东某路1号", "低保", "三楼", claim, world.staff.company.account)
    assert not [secret for secret in secrets if secret in str(found)]
