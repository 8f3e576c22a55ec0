"""Sixteen at once on one claim, fifty times over: what ends it and what moves it on, the clock among them."""

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest

from chalicelib.base import clock
from chalicelib.claims import confirming, timekeeping
from chalicelib.notices.records import Notice
from chalicelib.wishes.records import HistoryEntry, Wish
from tests.people import Api, Staff
from tests.races import books, stock
from tests.races.between import doing, on_the_wire
from tests.races.contenders import MOST, Contenders, Request, Schedule
from tests.races.often import ROUNDS

pytestmark = pytest.mark.races

WHY = {"reason": "情况有变"}
_phones = (f"1710008{number:04d}" for number in count())


@pytest.fixture(scope="module")
def rivals(anyone: Api) -> list[Api]:
    """Fifteen citizens."""
    return [anyone.sign_in(next(_phones)) for _ in range(MOST - 1)]


def _wish(wish: str) -> Wish:
    return Wish.get(wish, "wish", consistent_read=True)


def _acts(wish: str, since: int) -> list[str]:
    """What was done to the wish after that version, in order."""
    later = HistoryEntry.sk.between(f"h#{since + 1:06d}", "h#999999")
    return [entry.act for entry in HistoryEntry.query(wish, later, consistent_read=True)]


def _on(who: Api, path: str, body: object) -> Request:
    return Request(who.token, "POST", f"/v1/{path}", body)


def test_of_claims_and_a_withdrawal_the_withdrawal_is_never_lost(
    staff: Staff, contenders: Contenders, rivals: list[Api], round_id: str
) -> None:
    for wish in stock.published(staff, round_id, ROUNDS):
        claims = [_on(who, f"wishes/{wish}/claim", {}) for who in rivals]

        withdrawn, *outcomes = contenders.race([_on(staff.local, f"wishes/{wish}/withdraw", WHY), *claims])

        assert withdrawn.status == 200
        assert sum(outcome.status == 201 for outcome in outcomes) <= 1
        assert {outcome.code for outcome in outcomes} <= {"", "wish_already_claimed", "not_found", "claim_cap_reached"}
        assert (_wish(wish).state, _acts(wish, 3)) == ("withdrawn", ["withdraw"])
    books.in_order(round_id)


def test_a_claim_is_delivered_or_revoked_and_never_both(staff: Staff, contenders: Contenders, round_id: str) -> None:
    for wish in stock.published(staff, round_id, ROUNDS):
        claim = staff.company.must("POST", f"/v1/wishes/{wish}/claim", {})
        deliver = _on(staff.company, f"claims/{claim['id']}/deliver", {})
        revoke = _on(staff.local, f"claims/{claim['id']}/revoke", WHY)

        outcomes = contenders.race([deliver, revoke] * (MOST // 2))

        statuses = Counter(outcome.status for outcome in outcomes)
        assert statuses == {200: 1, 409: MOST - 1}
        won = next(outcome for outcome in outcomes if outcome.status == 200).json["state"]
        ending = {"delivered": ("delivered", ["deliver"]), "revoked": ("published", ["revoke"])}[won]
        assert (_wish(wish).state, _acts(wish, 4)) == ending
    books.in_order(round_id)


def test_a_claim_expires_or_goes_on_whoever_comes_first(staff: Staff, contenders: Contenders, round_id: str) -> None:
    """Six clocks at the moment it expires, five reports of progress, five requests for the one extension."""
    ended: Counter[str] = Counter()
    _settle_what_is_due(staff)
    for _ in range(ROUNDS):
        with clock.pinned(clock.now() - timedelta(minutes=1)):  # so that progress made now is made later
            made, claim = staff.claimed(round_id)
        path = f"claims/{claim['id']}"
        tick = Schedule("keep_time", claim["expires_at"])
        contact = _on(staff.member, f"{path}/progress", {"stage": "contacted"})
        extend = _on(staff.member, f"{path}/extend", {})

        outcomes = contenders.race([tick] * 6 + [contact] * 5 + [extend] * 5)

        acts = _acts(made["id"], 4)
        extended = Counter(outcome.status for outcome in outcomes[11:])
        if "expire" in acts:
            assert acts == ["expire"]
            assert {outcome.status for outcome in outcomes[6:]} == {409}
            assert sum(outcome.json["looks"] for outcome in outcomes[:6]) >= 1
        else:
            assert sorted(acts) == ["extend", "progress"]
            assert extended == {200: 1, 409: 4}
            assert {outcome.status for outcome in outcomes[6:11]} == {200}
            staff.local.must("POST", f"/v1/{path}/revoke", WHY)
        assert Notice.count(staff.member.account, Notice.sk.startswith("m#"), Notice.kind == "claim_expired") == (
            ended["expire"] + ("expire" in acts)
        )
        ended.update(acts)
    books.in_order(round_id)


def test_a_round_that_closes_under_claims_leaves_each_wish_claimed_once_or_closed(
    staff: Staff, contenders: Contenders, rivals: list[Api]
) -> None:
    for number in range(ROUNDS):
        round_id = staff.open_round(7_000 + number)
        wishes = stock.published(staff, round_id, 3)
        claims = [_on(who, f"wishes/{wishes[index % 3]}/claim", {}) for index, who in enumerate(rivals)]

        closed, *outcomes = contenders.race([_on(staff.administrator, f"rounds/{round_id}/close", {}), *claims])

        assert closed.status == 200
        assert {outcome.code for outcome in outcomes} <= {
            "", "wish_already_claimed", "claims_not_open", "not_found", "wrong_state",
        }  # fmt: skip
        for index, wish in enumerate(wishes):
            won = sum(outcome.status == 201 for outcome in outcomes[index::3])
            found = _wish(wish)
            assert (won, found.state, _acts(wish, 3)) in [(1, "claimed", []), (0, "closed", ["close"])]
        books.in_order(round_id)


def _delivered(staff: Staff, round_id: str) -> list[tuple[str, str]]:
    """Wishes the company delivered, a round's worth each, with their claims."""
    found = []
    for wish in stock.published(staff, round_id, ROUNDS):
        claim = staff.company.must("POST", f"/v1/wishes/{wish}/claim", {})["id"]
        staff.company.must("POST", f"/v1/claims/{claim}/deliver", {})
        found.append((wish, claim))
    return found


def test_of_sixteen_confirmations_one_counts(staff: Staff, contenders: Contenders, round_id: str) -> None:
    for wish, claim in _delivered(staff, round_id):
        confirmations = [
            _on(who, f"claims/{claim}/confirm", {"method": method})
            for who in (staff.local, staff.liaison, staff.worker, staff.administrator)
            for method in ("visit", "phone")
        ]

        outcomes = contenders.race(confirmations * 2)

        assert Counter(outcome.code for outcome in outcomes) == {"": 1, "wrong_state": MOST - 1}
        assert (_wish(wish).state, _acts(wish, 4)) == ("fulfilled", ["deliver", "confirm"])
    books.in_order(round_id)


def test_of_sixteen_with_the_code_one_confirms(
    staff: Staff, contenders: Contenders, rivals: list[Api], round_id: str
) -> None:
    for wish, claim in _delivered(staff, round_id):
        body = {"method": "slip", "code": confirming.slip_code(claim)}
        holders = [staff.citizen, *rivals[:12], staff.local, staff.worker, staff.liaison]

        outcomes = contenders.race([_on(who, f"claims/{claim}/confirm", body) for who in holders])

        # Right codes give their try back, but only after they took it: beyond five at once some are told to wait.
        codes = Counter(outcome.code for outcome in outcomes)
        assert codes[""] == 1
        assert set(codes) <= {"", "wrong_state", "too_many_requests"}
        assert (_wish(wish).state, _acts(wish, 4)) == ("fulfilled", ["deliver", "confirm"])
    books.in_order(round_id)


@pytest.mark.parametrize("act", ["progress", "release", "deliver", "extend"])
def test_an_act_in_any_gap_of_the_clocks_last_look_is_done_before_or_after_it(
    act: str, staff: Staff, round_id: str
) -> None:
    body = {"stage": "on_the_way"} if act == "progress" else {}
    for gap in range(1, 30):
        made, claim = staff.claimed(round_id)
        key = f"claim#{int(claim['id'].rpartition('-')[2]):06d}"
        within = []

        def interfere(path: str = f"/v1/claims/{claim['id']}/{act}", within: list[int] = within) -> None:
            within.append(staff.member.post(path, body).status)

        with on_the_wire(doing(interfere, before=gap)):
            timekeeping.look(made["id"], key, claim["expires_at"])

        acts = _acts(made["id"], 4)
        if not within:
            assert acts == ["expire"]
            break
        assert (within[0], acts) in [(200, [act]), (409, ["expire"])], gap
        if _wish(made["id"]).state == "claimed":
            staff.local.must("POST", f"/v1/claims/{claim['id']}/revoke", WHY)
    assert gap > 4
    books.in_order(round_id)


def test_sixteen_clocks_say_everything_once(staff: Staff, contenders: Contenders, round_id: str) -> None:
    _settle_what_is_due(staff)
    for _ in range(3):
        staff.claimed(round_id)
    before = _told()

    for at in (clock.stamp(), clock.later(clock.stamp(), days=1, hours=1), clock.later(clock.stamp(), days=5, hours=1)):
        contenders.race([Schedule("keep_time", at)] * MOST)

    assert _told() - before == {
        "own_wish_claimed": 6, "claim_made": 6,
        "contact_due": 3, "contact_due_liaison": 6,
        "claim_expiring": 3,
    }  # fmt: skip
    for wish in books.every_wish(round_id):
        staff.local.must("POST", f"/v1/wishes/{wish.pk}/withdraw", WHY)


def _told() -> Counter[str]:
    """How many messages of the clock's kinds there are, in all inboxes."""
    kinds = ("own_wish_claimed", "claim_made", "contact_due", "contact_due_liaison", "claim_expiring", "claim_expired")
    return Counter(notice.kind for notice in Notice.scan(Notice.sk.startswith("m#")) if notice.kind in kinds)


def _settle_what_is_due(staff: Staff) -> None:
    """Whatever other tests of this module left to the clock is not to be counted here."""
    timekeeping.run(clock.later(clock.stamp(), days=30), 60.0)
    for notice in Notice.query(staff.member.account, Notice.sk.startswith("m#")):
        notice.delete()
