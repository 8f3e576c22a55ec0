"""The rush: sixteen processes, one wish, one winner; and the cap, exact however many hands one claimant has."""

from collections import Counter

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.claims.records import Quota
from tests.people import Api, Staff
from tests.races import books, stock
from tests.races.contenders import MOST, Contenders, Request
from tests.races.often import ROUNDS

pytestmark = pytest.mark.races

CAP = 3


@pytest.fixture(scope="module")
def rivals(anyone: Api) -> list[Api]:
    """Fourteen citizens, whose cap of three bites towards the end, and two companies, who could go on for ever."""
    for number in (0, 1):
        seed_account(f"1710009{number:04d}", claimant_type="company")
    return [anyone.sign_in(f"1710009{number:04d}") for number in range(MOST)]


def _claim(caller: Api, wish: str, **more: str) -> Request:
    return Request(caller.token, "POST", f"/v1/wishes/{wish}/claim", {}, **more)


def test_of_sixteen_claims_for_one_wish_exactly_one_is_won_fifty_times_over(
    staff: Staff, contenders: Contenders, rivals: list[Api], round_id: str
) -> None:
    wishes = stock.published(staff, round_id, ROUNDS)
    won: Counter[str] = Counter()
    for wish in wishes:
        outcomes = contenders.race([_claim(rival, wish) for rival in rivals])

        statuses = Counter(outcome.status for outcome in outcomes)
        assert statuses == {201: 1, 409: MOST - 1}
        assert {outcome.code for outcome in outcomes} <= {"", "wish_already_claimed", "claim_cap_reached"}
        winner, claim = next((rival, out) for rival, out in zip(rivals, outcomes, strict=True) if out.status == 201)
        again = winner.post(f"/v1/wishes/{wish}/claim")
        assert (again.status, again.json["id"]) == (200, claim.json["id"])
        won[winner.account] += 1

    assert sum(won.values()) == ROUNDS
    assert max(won[rival.account] for rival in rivals[2:]) <= CAP
    books.in_order(round_id)


def test_one_claimant_with_sixteen_hands_gets_three_wishes(
    staff: Staff, anyone: Api, contenders: Contenders, round_id: str
) -> None:
    greedy = [anyone.sign_in(f"1720009{turn:04d}") for turn in range(ROUNDS)]
    wishes = stock.published(staff, round_id, CAP * ROUNDS + MOST)
    for who in greedy:
        outcomes = contenders.race([_claim(who, wish) for wish in wishes[:MOST]])

        assert Counter(outcome.code for outcome in outcomes) == {"": CAP, "claim_cap_reached": MOST - CAP}
        won = {wish for wish, out in zip(wishes, outcomes, strict=False) if out.status == 201}
        held = Quota.get(f"claimant#{who.account}", f"quota#{round_id}", consistent_read=True)
        assert held.open == won
        wishes = [wish for wish in wishes if wish not in won]
    books.in_order(round_id)


def test_one_key_sent_by_sixteen_processes_makes_one_claim_and_one_answer(
    staff: Staff, anyone: Api, contenders: Contenders, round_id: str
) -> None:
    for turn in range(10):
        caller, wish = anyone.sign_in(f"1730009{turn:04d}"), staff.published(round_id)["id"]

        outcomes = contenders.race([_claim(caller, wish, key=f"one-key-{turn}")] * MOST)

        assert {outcome.status for outcome in outcomes} == {201}
        assert len({outcome.json["id"] for outcome in outcomes}) == 1
    books.in_order(round_id)
