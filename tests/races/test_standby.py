"""Standby under a rush: sixteen queue up at once, the claim ends under them, sixteen clocks hand on what was kept."""

from collections import Counter
from itertools import count

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.base import clock
from chalicelib.claims import records, reserving
from chalicelib.notices.records import Notice
from chalicelib.wishes.records import HistoryEntry, Wish
from tests.people import Api, Staff
from tests.races import books, stock
from tests.races.between import doing, on_the_wire
from tests.races.contenders import MOST, Contenders, Request, Schedule
from tests.races.often import ROUNDS

pytestmark = pytest.mark.races

_phones = (f"1710007{number:04d}" for number in count())


@pytest.fixture(scope="module")
def queuing(anyone: Api) -> list[Api]:
    """Sixteen organisations: each may wait for as many wishes as there are rounds."""
    phones = [next(_phones) for _ in range(MOST)]
    for phone in phones:
        seed_account(phone, claimant_type="company")
    return [anyone.sign_in(phone) for phone in phones]


def _wish(wish: str) -> Wish:
    return Wish.get(wish, "wish", consistent_read=True)


def _acts(wish: str, since: int) -> list[str]:
    later = HistoryEntry.sk.between(f"h#{since + 1:06d}", "h#999999")
    return [entry.act for entry in HistoryEntry.query(wish, later, consistent_read=True)]


def _turns_told(who: Api, wish: str) -> int:
    """How often somebody was told that the wish is kept for them."""
    found = Notice.query(who.account, Notice.sk.startswith("m#"), Notice.kind == "standby_turn")
    return sum(notice.subject.partition("#")[0] == wish for notice in found)


def _give_back_and_rush(staff: Staff, contenders: Contenders, line: list[Api], wish: str, claim: str) -> None:
    """The claimant gives the wish back while fifteen others claim it, some in line: only the first may have it."""
    release = Request(staff.company.token, "POST", f"/v1/claims/{claim}/release", {})
    claims = [Request(who.token, "POST", f"/v1/wishes/{wish}/claim", {}) for who in line[: MOST - 1]]

    released, first, *others = contenders.race([release, *claims])

    assert released.status == 200
    assert {outcome.code for outcome in others} <= {"wish_already_claimed", "wish_reserved"}
    assert (first.status, _wish(wish).state) in [(201, "claimed"), (409, "published")]
    assert _turns_told(line[0], wish) == 1


def test_sixteen_who_queue_up_at_once_stand_one_behind_the_other(
    staff: Staff, contenders: Contenders, queuing: list[Api], round_id: str
) -> None:
    for _ in range(8):
        made, _claim = staff.claimed(round_id)
        wish = made["id"]

        outcomes = contenders.race([Request(who.token, "POST", f"/v1/wishes/{wish}/standby", {}) for who in queuing])

        assert {outcome.status for outcome in outcomes} == {201}
        assert sorted(outcome.json["position"] for outcome in outcomes) == list(range(1, MOST + 1))
        staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "清理"})
        reserving.look(wish, clock.stamp())
        assert records.queue(wish).accounts == []
    books.in_order(round_id)


def test_the_first_of_sixteen_has_it_and_sixteen_clocks_hand_it_on_once(
    staff: Staff, contenders: Contenders, queuing: list[Api], round_id: str
) -> None:
    lines: dict[str, list[Api]] = {}
    for turn, wish in enumerate(stock.published(staff, round_id, ROUNDS)):
        claim = staff.company.must("POST", f"/v1/wishes/{wish}/claim", {})["id"]
        lines[wish] = queuing[turn % MOST :] + queuing[: turn % MOST]
        for who in lines[wish][:3]:
            who.must("POST", f"/v1/wishes/{wish}/standby", {})
        _give_back_and_rush(staff, contenders, lines[wish], wish, claim)
    books.in_order(round_id)
    kept = [wish for wish in lines if _wish(wish).state == "published"]
    assert kept, "no first of a line ever came too early"

    # A day later: every wish that was kept for the first goes to the second, once, whichever of the clocks does it.
    a_day_later = clock.later(clock.stamp(), hours=25)
    outcomes = contenders.race([Schedule("keep_time", a_day_later)] * MOST)

    assert {outcome.json["failed"] for outcome in outcomes} == {0}
    for wish in kept:
        assert _acts(wish, 4) == ["release", "lapse"]
        assert _wish(wish).reserved_for == lines[wish][1].account
        assert [_turns_told(who, wish) for who in lines[wish][:3]] == [1, 1, 0]
    books.in_order(round_id)


def test_of_sixteen_clocks_one_hands_a_kept_wish_on(
    staff: Staff, contenders: Contenders, queuing: list[Api], round_id: str
) -> None:
    first, second = queuing[:2]
    for wish in stock.published(staff, round_id, ROUNDS):
        claim = staff.company.must("POST", f"/v1/wishes/{wish}/claim", {})["id"]
        for who in (first, second):
            who.must("POST", f"/v1/wishes/{wish}/standby", {})
        staff.company.must("POST", f"/v1/claims/{claim}/release", {})
        kept = _wish(wish)

        outcomes = contenders.race([Schedule("keep_time", str(kept.reserved_until))] * MOST)

        assert {outcome.json["failed"] for outcome in outcomes} == {0}
        assert (_acts(wish, 4), _wish(wish).reserved_for) == (["release", "lapse"], second.account)
        assert (_turns_told(first, wish), _turns_told(second, wish)) == (1, 1)
        staff.local.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "清理"})
        reserving.look(wish, clock.stamp())
    books.in_order(round_id)


def test_offers_lapse_once_before_sixteen_clocks(staff: Staff, contenders: Contenders, round_id: str) -> None:
    wishes = [staff.published(round_id)["id"] for _ in range(MOST)]
    for wish in wishes:
        staff.local.must("POST", f"/v1/wishes/{wish}/offer", {"account": staff.company.account, "hours": 1})

    contenders.race([Schedule("keep_time", clock.later(clock.stamp(), hours=2))] * MOST)

    assert {(tuple(_acts(wish, 3)), _wish(wish).reserved_for) for wish in wishes} == {(("offer", "lapse"), None)}
    told = Counter(notice.kind for notice in Notice.query(staff.local.account, Notice.sk.startswith("m#")))
    assert told["offer_lapsed"] == MOST
    books.in_order(round_id)


def test_of_sixteen_offers_one_is_made(staff: Staff, contenders: Contenders, round_id: str) -> None:
    for _ in range(3):
        wish = staff.published(round_id)["id"]
        offer = Request(staff.local.token, "POST", f"/v1/wishes/{wish}/offer", {"account": staff.company.account})

        outcomes = contenders.race([offer] * MOST)

        assert Counter(outcome.code for outcome in outcomes) == {"": 1, "wish_reserved": MOST - 1}
        assert _acts(wish, 3) == ["offer"]
    books.in_order(round_id)


def test_a_limit_of_places_is_exact_however_many_hands_one_has(
    staff: Staff, anyone: Api, contenders: Contenders, round_id: str
) -> None:
    greedy = anyone.sign_in(next(_phones))
    wishes = [staff.published(round_id)["id"] for _ in range(MOST)]
    for wish in wishes:
        staff.company.must("POST", f"/v1/wishes/{wish}/claim", {})

    outcomes = contenders.race([Request(greedy.token, "POST", f"/v1/wishes/{wish}/standby", {}) for wish in wishes])

    assert Counter(outcome.code for outcome in outcomes) == {"": 10, "standby_limit_reached": MOST - 10}
    assert len(records.on_standby(greedy.account)) == 10
    books.in_order(round_id)


def test_one_who_asks_sixteen_times_at_once_stands_in_line_once(
    staff: Staff, anyone: Api, contenders: Contenders, round_id: str
) -> None:
    for _ in range(3):
        eager = anyone.sign_in(next(_phones))
        made, _claim = staff.claimed(round_id)

        outcomes = contenders.race([Request(eager.token, "POST", f"/v1/wishes/{made['id']}/standby", {})] * MOST)

        assert Counter(outcome.status for outcome in outcomes) == {201: 1, 200: MOST - 1}
        assert {outcome.json["position"] for outcome in outcomes} == {1}
        assert records.queue(made["id"]).accounts == [eager.account]
        staff.local.must("POST", f"/v1/wishes/{made['id']}/withdraw", {"reason": "清理"})
    books.in_order(round_id)


@pytest.mark.parametrize("act", ["claim", "leave", "join", "withdraw"])
def test_an_act_in_any_gap_of_handing_on_is_done_before_or_after_it(
    act: str, staff: Staff, queuing: list[Api], round_id: str
) -> None:
    first, second, third = queuing[:3]
    for gap in range(1, 30):
        made, claim = staff.claimed(round_id)
        path = f"/v1/wishes/{made['id']}"
        for who in (first, second):
            who.must("POST", f"{path}/standby", {})
        staff.member.must("POST", f"/v1/claims/{claim['id']}/release", {})
        until = str(_wish(made["id"]).reserved_until)
        within: list[int] = []

        def interfere(path: str = path, within: list[int] = within) -> None:
            reply = {
                "claim": lambda: first.post(f"{path}/claim"),
                "leave": lambda: second.call("DELETE", f"{path}/standby"),
                "join": lambda: third.post(f"{path}/standby"),
                "withdraw": lambda: staff.local.post(f"{path}/withdraw", {"reason": "搬走"}),
            }[act]()
            within.append(reply.status)

        with on_the_wire(doing(interfere, before=gap)):
            reserving.look(made["id"], until)

        books.in_order(round_id)
        found = _wish(made["id"])
        if found.state in ("published", "claimed"):
            staff.local.must("POST", f"{path}/withdraw", {"reason": "清理"})
        while records.queue(made["id"]).due_at:
            reserving.look(made["id"], clock.later(until, days=30))
        if not within:
            break
        assert within[0] in (200, 201, 204, 409)
    assert gap > 4
