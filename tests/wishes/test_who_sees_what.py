"""Section 3's table: what each reader gets of a wish, state by state; canaries in every field nobody else may see."""

from typing import Any

import pytest

from tests.people import Api, wish
from tests.world import World

PUBLIC = {"id", "round", "title", "story", "kind", "category", "subject", "subdistrict", "wisher_name", "age_band",
          "state", "published_at", "version", "photos", "thanks", "reserved_until"}  # fmt: skip
NEVER_PUBLIC = ("秦明华", "17000091234", "浦东某路1号", "低保", "1200", "王邻居", "17000091277", "三楼无电梯", "孙女")


def filled(world: World) -> dict[str, Any]:
    """A wish with something in every field."""
    return {
        "contact": {"name": "王邻居", "relation": "邻居", "phone": "17000091277"},
        "particulars": "三楼无电梯",
        "declared_by": {"name": "王邻居", "relation": "孙女"},
        "title": "一个电饭煲",
    }


def texts(world: World, reader: Api, wish_id: str, claim: str) -> str:
    """Everything a reader can get at about the wish."""
    paths = [f"/v1/wishes/{wish_id}", f"/v1/wishes?round={world.round_id}", f"/v1/wishes/{wish_id}/history",
             f"/v1/claims/{claim}", f"/v1/rounds/{world.round_id}/statistics", "/v1/me/inbox", "/v1/me/claims",
             f"/v1/rounds/{world.round_id}/reports", f"/v1/wishes?round={world.round_id}&state=submitted"]  # fmt: skip
    return "".join(reader.get(path).text for path in paths)


@pytest.mark.parametrize("state", ["published", "claimed", "delivered", "fulfilled"])
def test_the_public_sees_the_allow_list_and_nothing_else(world: World, state: str) -> None:
    found = getattr(world, state)(**filled(world))
    wish_id, claim = found if isinstance(found, tuple) else (found["id"], "x-1")

    for reader in (world.anyone, world.staff.member, world.staff.observer):
        seen = reader.must("GET", f"/v1/wishes/{wish_id}")
        assert set(seen) == PUBLIC | ({"claimant_type"} if reader is world.staff.observer else set())
        assert seen["wisher_name"] == "秦**"
        everything = texts(world, reader, wish_id, claim)
        assert not [canary for canary in NEVER_PUBLIC if canary in everything]


def test_of_a_minor_neither_name_nor_age_is_shown(world: World) -> None:
    changes = {
        "wisher": wish("0")["wisher"] | {"birth_year": 2015},
        "guardian": {"name": "秦大山", "relation": "父亲", "phone": "17000091299"},
        "consent": wish("0")["consent"] | {"by": "guardian"},
    }

    made = world.published(**changes)

    seen = world.anyone.must("GET", f"/v1/wishes/{made['id']}")
    assert (seen["wisher_name"], seen["age_band"]) == (None, None)
    assert world.full(made["id"])["guardian"]["name"] == "秦大山"


@pytest.mark.parametrize("role", ["local", "worker", "liaison", "administrator"])
def test_staff_in_scope_see_everything(world: World, role: str) -> None:
    wish_id, _ = world.claimed(**filled(world))

    seen = getattr(world.staff, role).must("GET", f"/v1/wishes/{wish_id}")

    assert seen["wisher"]["name"] == "秦明华"
    assert seen["wisher"]["address"] == "浦东某路1号"
    assert seen["contact"]["phone"] == "17000091277"
    assert seen["circumstances"]["monthly_income"] == 1200
    assert seen["particulars"] == "三楼无电梯"
    assert seen["verification"]["method"] == "visit"


def test_the_claimant_sees_particulars_at_once_and_the_contact_only_between_introduction_and_fulfilment(
    world: World,
) -> None:
    wish_id, claim = world.claimed(**filled(world))
    company = world.staff.company

    def contact() -> Any:
        return company.must("GET", f"/v1/wishes/{wish_id}").get("contact")

    before = company.must("GET", f"/v1/wishes/{wish_id}")
    assert (before["particulars"], before["contact"]) == ("三楼无电梯", None)
    assert before["hand_over"]["committee"] == "第一居民区"
    world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})
    assert contact()["name"] == "秦明华"
    assert contact()["address"] == "浦东某路1号"
    company.must("POST", f"/v1/claims/{claim}/deliver", {})
    assert contact()
    world.staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit"})
    assert contact() is None
    everything = texts(world, company, wish_id, claim)
    assert not [canary for canary in ("秦明华", "17000091234", "浦东某路1号", "17000091277") if canary in everything]


def test_the_claimant_never_sees_why_it_was_wished_or_who_declared_it(world: World) -> None:
    wish_id, claim = world.claimed(**filled(world))
    world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})

    seen = world.staff.company.must("GET", f"/v1/wishes/{wish_id}")

    assert not {"circumstances", "declared_by", "guardian", "consent", "verification", "wisher"} & set(seen)
    assert "低保" not in str(seen)
    assert "孙女" not in str(seen)


def test_what_was_opened_is_closed_again_by_a_release(world: World) -> None:
    wish_id, claim = world.claimed()
    world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})

    world.staff.company.must("POST", f"/v1/claims/{claim}/release", {})

    assert set(world.staff.company.must("GET", f"/v1/wishes/{wish_id}")) == PUBLIC
    world.staff.member.must("POST", f"/v1/wishes/{wish_id}/claim", {})
    assert world.staff.member.must("GET", f"/v1/wishes/{wish_id}")["contact"] is None


def test_without_consent_to_share_the_contact_stays_shut(world: World) -> None:
    wish_id, claim = world.claimed(consent=wish("0")["consent"] | {"share_contact": False})

    reply = world.staff.local.post(f"/v1/claims/{claim}/introduce")

    assert (reply.status, reply.code) == (409, "contact_consent_required")
    assert world.staff.company.must("GET", f"/v1/wishes/{wish_id}")["contact"] is None


def test_staff_see_who_claims_and_the_public_does_not(world: World) -> None:
    wish_id, claim = world.claimed()

    assert world.staff.local.must("GET", f"/v1/claims/{claim}")["claimant_phone"] == "17000090006"
    assert "claimant_phone" not in world.staff.company.must("GET", f"/v1/claims/{claim}")
    assert "17000090006" not in world.anyone.get(f"/v1/wishes/{wish_id}").text
    assert world.staff.observer.get(f"/v1/claims/{claim}").status == 404


def test_an_observer_reads_no_words_that_no_reviewer_let_out(world: World) -> None:
    made = world.declared(**filled(world))

    seen = world.staff.observer.must("GET", f"/v1/wishes/{made['id']}")

    assert (seen["title"], seen["story"]) == (None, None)
    assert not [canary for canary in NEVER_PUBLIC if canary in str(seen)]
