"""Section 3 by relation: what a claimant keeps of a wish that is no longer theirs, what an observer learns; and that
nothing sealed is on the path of a rush."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.base import aws, clock, sealing
from chalicelib.reminders import actions as schedules
from tests.people import Api, wish
from tests.world import World

SEALED = ("秦明华", "17000091234", "浦东某路1号", "低保", "丁字三楼", "王邻居", "17000091277")
CONTACT = {"name": "王邻居", "relation": "邻居", "phone": "17000091277"}


def introduced(world: World, **changes: Any) -> tuple[str, str]:
    """A wish with something in every field, its claimant introduced."""
    made, claim = world.claimed(particulars="丁字三楼", contact=CONTACT, **changes)
    world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})
    return made, claim


def everything_of(world: World, reader: Api, made: str, claim: str) -> str:
    """All a reader can get at about a wish, error bodies included."""
    paths = [f"/v1/wishes/{made}", f"/v1/wishes/{made}/history", f"/v1/wishes/{made}/consents", f"/v1/claims/{claim}",
             f"/v1/claims/{claim}/messages", f"/v1/wishes?round={world.round_id}",
             f"/v1/wishes?round={world.round_id}&q=秦明华", f"/v1/rounds/{world.round_id}/statistics",
             f"/v1/rounds/{world.round_id}/reports", "/v1/me", "/v1/me/inbox", "/v1/me/claims", "/v1/me/wishes",
             "/v1/desk", "/v1/desk/forgotten", f"/v1/audit?subject=wish/{made}", "/v1/privacy-requests",
             "/v1/me/privacy-requests", f"/v1/wishes/lookup?receipt={made[:8]}&phone_last4=1234"]  # fmt: skip
    return "".join(reader.get(path).text for path in paths)


def _release(world: World, made: str, claim: str) -> None:
    world.staff.company.must("POST", f"/v1/claims/{claim}/release", {"reason": "来不及"})


def _revoke(world: World, made: str, claim: str) -> None:
    world.staff.local.must("POST", f"/v1/claims/{claim}/revoke", {"reason": "联系不上"})


def _withdraw(world: World, made: str, claim: str) -> None:
    world.staff.local.must("POST", f"/v1/wishes/{made}/withdraw", {"reason": "不需要了"})


def _fulfil(world: World, made: str, claim: str) -> None:
    world.staff.company.must("POST", f"/v1/claims/{claim}/deliver", {})
    world.staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "visit"})


def _expire(world: World, made: str, claim: str) -> None:
    with clock.pinned(clock.moment(clock.later(clock.stamp(), days=9))):
        schedules.sweep()


def _erase(world: World, made: str, claim: str) -> None:
    path = "/v1/privacy-requests"
    request = world.staff.administrator.must("POST", path, {"kind": "erase", "wish": made})["id"]
    world.staff.administrator.must("POST", f"{path}/{request}/answer", {"outcome": "done"})


def _withdraw_processing(world: World, made: str, claim: str) -> None:
    body = {"process": False, "by": "self", "method": "signed"}
    world.staff.local.must("POST", f"/v1/wishes/{made}/consents", body)


ENDINGS = (_release, _revoke, _withdraw, _fulfil, _expire, _erase, _withdraw_processing)


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__.strip("_"))
def test_nothing_that_was_opened_lingers_with_the_claimant(
    world: World, end: Callable[[World, str, str], None]
) -> None:
    made, claim = introduced(world)
    company = world.staff.company
    assert company.must("GET", f"/v1/wishes/{made}")["contact"]["name"] == "秦明华"

    end(world, made, claim)

    kept = {"丁字三楼"} if end is _fulfil else set()  # of the claim that stands
    seen = everything_of(world, company, made, claim)
    assert {word for word in SEALED if word in seen} == kept


def test_a_hidden_wish_tells_its_former_claimant_nothing(world: World) -> None:
    made, claim = introduced(world, title="一台丁字收音机")
    _release(world, made, claim)
    assert world.staff.company.must("GET", f"/v1/claims/{claim}")["title"] == "一台丁字收音机"

    world.staff.local.must("POST", f"/v1/wishes/{made}/hide", {})

    assert world.staff.company.must("GET", f"/v1/claims/{claim}")["title"] is None
    assert world.staff.company.get(f"/v1/wishes/{made}").status == 404
    assert "丁字" not in world.staff.company.get("/v1/me/claims").text  # what they were told then stays told


@pytest.mark.parametrize("state", ["published", "claimed", "delivered", "fulfilled"])
def test_no_sealed_field_reaches_whom_it_is_not_for(world: World, state: str) -> None:
    found = getattr(world, state)(particulars="丁字三楼", contact=CONTACT)
    made, claim = found if isinstance(found, tuple) else (found["id"], f"{found['id']}-9")

    for reader in (world.anyone, world.staff.member, world.staff.observer, world.staff.company):
        seen = everything_of(world, reader, made, claim)
        mine = {"丁字三楼"} if reader is world.staff.company and state != "published" else set()
        assert {word for word in SEALED if word in seen} == mine


def test_an_observer_learns_the_claimants_type_and_nothing_else(world: World) -> None:
    made, claim = world.claimed()

    seen = world.staff.observer.must("GET", f"/v1/wishes/{made}")

    assert seen["claimant_type"] == "company"
    assert "claimant_type" not in world.anyone.must("GET", f"/v1/wishes/{made}")
    told = everything_of(world, world.staff.observer, made, claim)
    assert "某公司" not in told
    assert "17000090006" not in told


class TestIntroducing:
    def test_the_wishers_own_phone_is_opened_and_no_third_persons_name(self, world: World) -> None:
        made, _ = introduced(world)

        contact = world.staff.company.must("GET", f"/v1/wishes/{made}")["contact"]

        assert contact == {"name": "秦明华", "phone": "17000091234", "address": "浦东某路1号"}

    def test_without_one_it_is_the_contacts(self, world: World) -> None:
        person = {name: value for name, value in wish("0")["wisher"].items() if name != "phone"}
        made, _ = introduced(world, wisher=person)

        contact = world.staff.company.must("GET", f"/v1/wishes/{made}")["contact"]

        assert (contact["name"], contact["phone"]) == ("秦明华", "17000091277")

    def test_a_guardians_phone_is_never_opened(self, world: World) -> None:
        person = {name: value for name, value in wish("0")["wisher"].items() if name != "phone"}
        guardian = {"name": "秦大山", "relation": "父亲", "phone": "17000091299"}
        made, claim = world.claimed(wisher=person, guardian=guardian)
        world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})

        seen = world.staff.company.must("GET", f"/v1/wishes/{made}")

        assert seen["contact"]["phone"] is None
        assert "17000091299" not in str(seen)


class Counted:
    """Counts the calls of the KMS client."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        aws.client("kms").meta.events.register("before-call.kms", self._note)

    def _note(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)


def test_browsing_and_claiming_make_no_kms_call(world: World) -> None:
    made, other = world.published()["id"], world.published()["id"]
    counted = Counted()
    sealing.forget_keys()  # nothing may come out of a memory either
    in_round = f"/v1/wishes?round={world.round_id}"

    for path in (in_round, f"{in_round}&state=published", f"{in_round}&q=电饭煲", f"{in_round}&kind=material",
                 f"/v1/wishes/{made}", f"/v1/rounds/{world.round_id}/statistics", "/v1/rounds"):  # fmt: skip
        world.anyone.must("GET", path)
        world.staff.member.must("GET", path)
    won = world.staff.company.must("POST", f"/v1/wishes/{made}/claim", {})
    lost = world.staff.citizen.post(f"/v1/wishes/{made}/claim")
    again = world.staff.company.post(f"/v1/wishes/{made}/claim")
    world.staff.company.must("GET", "/v1/me/claims")

    assert (won["state"], lost.code, again.status) == ("live", "wish_already_claimed", 200)
    assert counted.calls == []
    world.full(other)
    assert counted.calls == ["Decrypt"]  # the counter does count
