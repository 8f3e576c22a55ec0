"""Two acts at once on one wish: from two processes, and, step by step, one act in every gap of the other."""

import pytest

from chalicelib.base import clock
from chalicelib.claims import reserving
from chalicelib.wishes.records import Wish
from tests.people import Api, Reply, Staff
from tests.races import books
from tests.races.between import doing, on_the_wire
from tests.races.contenders import Contenders, Request
from tests.races.pairs import PAIRS, Pair

pytestmark = pytest.mark.races

TURNS = 4
MOST_CALLS = 30


def _state(wish: str) -> str:
    return str(Wish.get(wish, "wish", consistent_read=True).state)


def _send(request: Request) -> Reply:
    return Api(request.token).call(request.method, request.path, request.body, key=request.key)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_two_at_once_end_as_one_after_the_other(
    pair: Pair, staff: Staff, contenders: Contenders, round_id: str
) -> None:
    for turn in range(TURNS):
        wish, one, two = pair.start(staff, round_id)

        outcomes = contenders.race([one, two] if turn % 2 else [two, one])

        first, second = outcomes if turn % 2 else reversed(outcomes)
        assert (first.status, second.status, _state(wish)) in pair.endings
        _clear(staff, wish)
    books.in_order(round_id)


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_an_act_done_in_any_gap_of_another_leaves_the_wish_whole(
    pair: Pair, swapped: bool, staff: Staff, round_id: str
) -> None:
    for gap in range(1, MOST_CALLS):
        wish, one, two = pair.start(staff, round_id)
        outer, inner = (two, one) if swapped else (one, two)
        within: list[Reply] = []

        with on_the_wire(doing(lambda inner=inner, within=within: within.append(_send(inner)), before=gap)):
            around = _send(outer)

        if not within:  # the act has no such call any more
            break
        statuses = (within[0].status, around.status) if swapped else (around.status, within[0].status)
        assert (*statuses, _state(wish)) in pair.endings, gap
        _clear(staff, wish)
    else:
        pytest.fail("the act never ends")
    assert gap > 1
    books.in_order(round_id)


def _clear(staff: Staff, wish: str) -> None:
    """Give the claimants' places back, so that their limits do not run into the next turn."""
    if _state(wish) in ("published", "claimed"):
        staff.liaison.must("POST", f"/v1/wishes/{wish}/withdraw", {"reason": "清理"})
    reserving.look(wish, clock.stamp())
