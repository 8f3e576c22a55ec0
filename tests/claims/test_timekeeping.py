"""The claims' clock on an AWS of its own: each thing done once, however often, late or side by side it runs."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.base import clock
from chalicelib.base.problems import Unavailable
from chalicelib.claims import ending, timekeeping
from chalicelib.claims.records import ClaimRecord, Quota
from chalicelib.reminders import actions as reminders
from tests.people import CITIZEN, COMPANY, Api
from tests.world import World

MORNING = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai, in years to come: what lapses by itself is not there yet to the emulator's clock."""
LATEST = 60.0  # seconds a run may take


@pytest.fixture
def now() -> Any:
    with clock.pinned(MORNING):
        yield MORNING


@pytest.fixture
def world(now: datetime, fresh_api: Api) -> World:
    """An AWS with nothing in it but the usual people and a round."""
    staff = fresh_api.staff()
    return World(staff, fresh_api, staff.open_round())


def after(**delta: float) -> Any:
    return clock.pinned(MORNING + timedelta(**delta))


def run(**delta: float) -> dict[str, int]:
    with after(**delta):
        return timekeeping.run(clock.stamp(), LATEST)


def kinds(who: Api) -> Counter[str]:
    """What lies in somebody's inbox, but for what the acts themselves said of the wish before the claim."""
    found = Counter(message["kind"] for message in who.must("GET", "/v1/me/inbox", limit=100)["items"])
    for kind in ("own_wish_verified", "own_wish_published"):
        del found[kind]
    return found


def today(world: World, phone: str) -> Api:
    """Somebody of the usual people, signed in once more: the tokens of the morning are long over."""
    return world.anyone.sign_in(phone)


def act(who: Api, claim: str, name: str, **body: Any) -> None:
    who.must("POST", f"/v1/claims/{claim}/{name}", body)


def test_a_claim_is_announced_to_the_liaisons_and_the_wishers_side_and_to_nobody_twice(world: World) -> None:
    world.claimed()

    assert [run()["looks"] for _ in range(2)] == [1, 0]

    assert kinds(world.staff.local) == kinds(world.staff.liaison) == {"claim_made": 1}
    assert kinds(world.staff.citizen) == {"own_wish_claimed": 1}
    assert kinds(world.staff.company) == {}


def test_the_liaison_who_claimed_for_an_offline_citizen_is_not_told_of_it(world: World) -> None:
    made = world.published()["id"]
    behalf = {"name": "周大爷", "phone": "17000095555", "claimant_type": "citizen"}
    world.staff.local.must("POST", f"/v1/wishes/{made}/claim", {"on_behalf_of": behalf})

    run()

    assert (kinds(world.staff.local), kinds(world.staff.liaison)) == ({}, {"claim_made": 1})


def test_a_day_without_contact_reminds_the_claimant_and_the_liaison(world: World) -> None:
    world.claimed()
    run()

    assert [run(hours=hours)["looks"] for hours in (23, 24, 24)] == [0, 1, 0]

    assert kinds(world.staff.company) == {"contact_due": 1}
    assert kinds(world.staff.local) == {"claim_made": 1, "contact_due_liaison": 1}


def test_contact_reported_in_time_needs_no_reminder(world: World) -> None:
    _, claim = world.claimed()
    run()
    act(world.staff.company, claim, "progress", stage="contacted")

    run(hours=25)

    assert kinds(world.staff.company) == {}


def test_contact_reported_before_the_announcement_does_not_swallow_it(world: World) -> None:
    _, claim = world.claimed()
    act(world.staff.company, claim, "progress", stage="contacted")

    assert [run()["looks"] for _ in range(2)] == [1, 0]

    assert kinds(world.staff.citizen) == {"own_wish_claimed": 1}


def test_two_days_and_one_day_before_it_expires_the_claimant_is_warned(world: World) -> None:
    world.claimed()
    run(days=1)

    assert [run(days=days)["looks"] for days in (4.99, 5, 5.5, 6, 6.5)] == [0, 1, 0, 1, 0]

    assert kinds(world.staff.company) == {"contact_due": 1, "claim_expiring": 2}
    newest = world.staff.company.must("GET", "/v1/me/inbox")["items"][0]
    assert "2031-03-10 10:00" in newest["text"]  # Asia/Shanghai


def test_a_claim_without_progress_goes_back_to_the_pool(world: World) -> None:
    wish, claim = world.claimed()
    run(days=6)

    assert [run(days=7)["looks"] for _ in range(2)] == [1, 0]

    found, (latest, *_) = world.full(wish), world.history(wish)
    assert (found["state"], found["claim"]) == ("published", None)
    assert (latest["act"], latest["by"], latest["from"], latest["to"]) == ("expire", "system", "claimed", "published")
    assert latest["reason_code"] == "no_progress"
    assert world.staff.company.must("GET", f"/v1/claims/{claim}")["state"] == "expired"
    assert not Quota.get(f"claimant#{world.staff.company.account}", f"quota#{world.round_id}").open
    assert kinds(world.staff.company)["claim_expired"] == 1
    assert kinds(world.staff.local)["claim_lapsed"] == 1


def test_a_run_that_comes_a_week_late_expires_without_warning_first(world: World) -> None:
    wish, _ = world.claimed()

    assert run(days=8) == {"looks": 1, "failed": 0}

    assert world.full(wish)["state"] == "published"
    assert kinds(world.staff.company) == {"claim_expired": 1}


def test_a_run_that_comes_late_warns_once_of_what_it_missed_twice(world: World) -> None:
    world.claimed()
    run(days=1)

    run(days=6.5)

    assert kinds(world.staff.company) == {"contact_due": 1, "claim_expiring": 1}


def test_while_delivery_is_on_its_way_nothing_expires(world: World) -> None:
    wish, claim = world.claimed()
    run()
    act(world.staff.company, claim, "progress", stage="on_the_way")

    run(days=20)

    assert world.full(wish)["state"] == "claimed"
    assert kinds(world.staff.company) == {}


def test_an_extension_moves_warnings_and_expiry(world: World) -> None:
    wish, claim = world.claimed()
    run(days=1)
    with after(days=1):
        act(today(world, COMPANY), claim, "extend")

    assert [run(days=days)["looks"] for days in (8, 12, 13)] == [0, 1, 1]
    assert world.full(wish)["state"] == "claimed"
    run(days=14)
    assert world.full(wish)["state"] == "published"


def test_progress_moves_the_limit_on_but_never_forward(world: World) -> None:
    _, claim = world.claimed()
    act(world.staff.company, claim, "extend")  # to day 14

    with after(days=1):
        act(today(world, COMPANY), claim, "progress", stage="contacted")
        early = today(world, COMPANY).must("GET", f"/v1/claims/{claim}")["expires_at"]
    with after(days=10):
        act(today(world, COMPANY), claim, "progress", stage="prepared")
        late = today(world, COMPANY).must("GET", f"/v1/claims/{claim}")["expires_at"]

    assert early == clock.stamp(MORNING + timedelta(days=14))
    assert late == clock.stamp(MORNING + timedelta(days=17))


def test_a_claim_does_not_expire_before_the_visit_that_was_agreed(world: World) -> None:
    wish, claim = world.claimed(kind="spiritual", category="陪伴")
    visit = clock.stamp(MORNING + timedelta(days=10))
    act(world.staff.company, claim, "progress", stage="contacted", visit_at=visit)

    run(days=10.5)
    assert world.full(wish)["state"] == "claimed"
    run(days=11)
    assert world.full(wish)["state"] == "published"


def test_a_visit_in_a_hundred_years_holds_no_wish_beyond_the_rounds_deliveries(world: World) -> None:
    _, claim = world.claimed(kind="spiritual", category="陪伴")

    act(world.staff.company, claim, "progress", stage="contacted", visit_at="2126-01-01T00:00:00Z")

    expires_at = world.staff.company.must("GET", f"/v1/claims/{claim}")["expires_at"]
    assert expires_at == clock.stamp(MORNING + timedelta(days=61))


def test_three_days_unconfirmed_asks_the_liaison_and_the_wishers_side_once(world: World) -> None:
    world.delivered()
    run()

    assert [run(days=days)["looks"] for days in (2.9, 3, 10)] == [0, 1, 0]

    assert kinds(world.staff.local)["unconfirmed_liaison"] == 1
    assert kinds(world.staff.citizen)["unconfirmed"] == 1


def test_what_was_delivered_and_sent_back_expires_anew(world: World) -> None:
    wish, claim = world.delivered()
    run()
    with after(days=1):
        act(today(world, CITIZEN), claim, "return", reason="not_received")

    assert [run(days=days)["looks"] for days in (3, 5.9, 6, 7)] == [0, 0, 1, 1]
    run(days=8)
    assert world.full(wish)["state"] == "published"


@pytest.mark.parametrize("then", ["released", "confirmed", "withdrawn"])
def test_nothing_is_said_of_a_claim_that_is_over(world: World, then: str) -> None:
    wish, claim = world.claimed() if then != "confirmed" else world.fulfilled()
    if then == "released":
        act(world.staff.company, claim, "release")
    elif then == "withdrawn":
        world.staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "搬走了"})

    assert run(days=9) == {"looks": 0, "failed": 0}


def test_a_claim_in_a_round_that_has_closed_closes_its_wish_when_it_expires(world: World) -> None:
    wish, _ = world.claimed()
    world.close()

    run(days=7)

    assert world.full(wish)["state"] == "closed"


def test_one_look_that_fails_stops_no_other_and_is_made_up_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = {world.claimed()[0] for _ in range(3)}
    expire, unlucky = ending.expire, min(wishes)

    def failing(wish_id: str, *rest: Any) -> bool:
        if wish_id == unlucky:
            raise Unavailable("dynamodb: unreachable")
        return expire(wish_id, *rest)

    monkeypatch.setattr(ending, "expire", failing)
    assert run(days=7) == {"looks": 2, "failed": 1}
    monkeypatch.undo()
    assert run(days=7) == {"looks": 1, "failed": 0}
    assert {world.full(wish)["state"] for wish in wishes} == {"published"}


def test_a_run_out_of_time_leaves_the_rest_to_the_next(world: World) -> None:
    for _ in range(2):
        world.claimed()

    with after(days=7):
        assert timekeeping.run(clock.stamp(), 0.0)["looks"] == 0
    assert run(days=7)["looks"] == 2


def test_more_than_a_page_of_what_is_due_is_looked_at_in_one_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeping, "_PAGE", 1)
    for _ in range(6):
        world.claimed()

    assert run()["looks"] == 6


def test_the_sweep_keeps_time_and_goes_on_when_it_cannot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wish, _ = world.claimed()

    def down(at: str, seconds: float) -> dict[str, int]:
        raise Unavailable("dynamodb: unreachable")

    with after(days=7), monkeypatch.context() as patch:
        patch.setattr(timekeeping, "run", down)
        assert reminders.sweep()["failed"] == 1
    with after(days=7):
        assert reminders.sweep()["looks"] == 1
    assert world.full(wish)["state"] == "published"


def test_the_due_index_holds_only_what_the_clock_has_to_look_at(world: World) -> None:
    wish, claim = world.claimed()
    run(days=7)

    record = ClaimRecord.get(wish, f"claim#{int(claim.rpartition('-')[2]):06d}")

    assert (record.due, record.due_at) == (None, None)
