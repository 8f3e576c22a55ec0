"""Every call of AWS of every act of the main road fails: before it lands, and after it has landed.

The SDK does not repeat anything here, so that each failure reaches the app and is told as 503; the caller then does
what a client does: the same request with the same Idempotency-Key, which meets the next failure, and so on until none
is left. It must end in the one effect the act has.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.base import aws, clock
from chalicelib.base.problems import Problem
from chalicelib.claims import records as claims
from chalicelib.claims import reserving, timekeeping
from chalicelib.notices.records import Notice
from chalicelib.wishes.records import HistoryEntry, Wish
from tests.conftest import forget_everything
from tests.people import COMPANY, Api, Reply, Staff, verification, wish
from tests.races import books
from tests.races.between import failing, on_the_wire
from tests.races.contenders import Request

pytestmark = pytest.mark.races

MOST_CALLS = 30


@dataclass(frozen=True)
class Act:
    """An act of the main road: `start` makes what it needs and the request; what must be true when it is done."""

    name: str
    start: Callable[[Staff, str], tuple[str, Request]]
    version: int  # the wish's, in the end
    state: str
    told: int = 0  # messages the act writes


@pytest.fixture(autouse=True)
def sdk_without_retries(on_stack: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clients that give up at once."""
    monkeypatch.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(retries={"total_max_attempts": 1})))
    forget_everything()
    yield
    monkeypatch.undo()
    forget_everything()


def _declare(staff: Staff, round_id: str) -> tuple[str, Request]:
    return "", Request(staff.citizen.token, "POST", "/v1/wishes", wish(round_id))


def _on_wish(prepare: str, who: str, act: str, body: Any) -> Callable[[Staff, str], tuple[str, Request]]:
    def start(staff: Staff, round_id: str) -> tuple[str, Request]:
        made = getattr(staff, prepare)(round_id)["id"]
        return made, Request(getattr(staff, who).token, "POST", f"/v1/wishes/{made}/{act}", body)

    return start


def _awaited(who: str, act: str, body: Any, *, kept: bool = False) -> Callable[[Staff, str], tuple[str, Request]]:
    """The member's claim with the company on standby; or given back, so that it is kept for the company."""

    def start(staff: Staff, round_id: str) -> tuple[str, Request]:
        made, claim = staff.claimed(round_id)
        path = f"/v1/wishes/{made['id']}"
        staff.company.must("POST", f"{path}/standby", {})
        if kept:
            staff.member.must("POST", f"/v1/claims/{claim['id']}/release", {})
        method, _, name = act.rpartition(" ")
        place = f"{path}/{name}" if name in ("standby", "claim") else f"/v1/claims/{claim['id']}/{name}"
        return made["id"], Request(getattr(staff, who).token, method or "POST", place, body)

    return start


def _offered(who: str) -> Callable[[Staff, str], tuple[str, Request]]:
    def start(staff: Staff, round_id: str) -> tuple[str, Request]:
        made = staff.published(round_id)["id"]
        staff.local.must("POST", f"/v1/wishes/{made}/offer", {"account": staff.company.account})
        return made, Request(getattr(staff, who).token, "DELETE", f"/v1/wishes/{made}/offer", None)

    return start


def _on_claim(who: str, act: str, body: Any, *, delivered: bool = False) -> Callable[[Staff, str], tuple[str, Request]]:
    def start(staff: Staff, round_id: str) -> tuple[str, Request]:
        made, claim = staff.claimed(round_id)
        if delivered:
            staff.member.must("POST", f"/v1/claims/{claim['id']}/deliver", {})
        return made["id"], Request(getattr(staff, who).token, "POST", f"/v1/claims/{claim['id']}/{act}", body)

    return start


_WHY = {"reason": "情况有变"}
ACTS = (
    Act("declare", _declare, 1, "submitted"),
    Act("verify", _on_wish("declared", "local", "verify", verification()), 2, "verified", told=1),
    Act("return", _on_wish("declared", "local", "return", _WHY), 2, "returned", told=1),
    Act("publish", _on_wish("verified", "local", "publish", {}), 3, "published", told=1),
    Act("claim", _on_wish("published", "member", "claim", {}), 4, "claimed"),
    Act("hide", _on_wish("published", "local", "hide", {}), 4, "published"),
    Act("withdraw", _on_wish("published", "local", "withdraw", _WHY), 4, "withdrawn", told=1),
    Act("progress", _on_claim("member", "progress", {"stage": "contacted", "note": "已联系"}), 5, "claimed"),
    Act("introduce", _on_claim("local", "introduce", {}), 5, "claimed", told=1),
    Act("extend", _on_claim("member", "extend", {}), 5, "claimed"),
    Act("release", _on_claim("member", "release", {}), 5, "published"),
    Act("revoke", _on_claim("local", "revoke", _WHY), 5, "published", told=1),
    Act("deliver", _on_claim("member", "deliver", {"note": "已送到"}), 5, "delivered", told=1),
    Act("not received", _on_claim("citizen", "return", {"reason": "not_received"}, delivered=True), 6, "claimed", 1),
    Act("confirm", _on_claim("local", "confirm", {"method": "visit"}, delivered=True), 6, "fulfilled", told=2),
    Act("go on standby", _awaited("worker", "standby", {}), 4, "claimed"),
    Act("leave standby", _awaited("company", "DELETE standby", None), 4, "claimed"),
    Act("release to the next", _awaited("member", "release", {}), 5, "published", told=1),
    Act("claim what is kept", _awaited("company", "claim", {}, kept=True), 6, "claimed"),
    Act("decline what is kept", _awaited("company", "DELETE standby", None, kept=True), 6, "published"),
    Act("offer", _on_wish("published", "local", "offer", {"phone": COMPANY}), 4, "published", told=1),
    Act("decline an offer", _offered("company"), 5, "published"),
    Act("take back an offer", _offered("local"), 5, "published", told=1),
)  # fmt: skip


@pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "after it landed"])
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_calls_that_fail_leave_nothing_half_done_and_the_retries_do_the_act_once(
    act: Act, landed: bool, staff: Staff, round_id: str
) -> None:
    made, request = act.start(staff, round_id)
    key, before = f"{act.name}-{landed}".replace(" ", "-"), _told(staff)

    for number in range(1, MOST_CALLS):
        _forget_what_was_read()
        # A read that lands and is not heard of is one that never was: only writes are worth the second kind.
        with on_the_wire(failing(number, landed=landed), only_writes=landed):
            reply = _send(request, key)
        if reply.status != 503:
            break

    assert number > 1
    assert reply.status in (200, 201, 204), reply.json
    again = _send(request, key)
    _is_the_same(act, reply, again)
    _is_done_once(act, made or reply.json["id"], staff, before)
    _give_back(staff, made)
    books.in_order(round_id)


def _is_the_same(act: Act, first: Reply, again: Reply) -> None:
    """The retry tells of the same thing. Undoing has no key: done again, it has been done."""
    if first.status == 204:
        assert again.status == 204
    elif act.name == "go on standby":
        assert (again.status, again.json) == (200, first.json)
    else:
        assert (again.status, again.json["id"]) == (first.status, first.json["id"])


def _send(request: Request, key: str) -> Reply:
    return Api(request.token).call(request.method, request.path, request.body, key=key)


def _is_done_once(act: Act, made: str, staff: Staff, before: int) -> None:
    found = Wish.get(made, "wish", consistent_read=True)
    assert (int(found.version), found.state) == (act.version, act.state)
    assert _told(staff) == before + act.told


def _told(staff: Staff) -> int:
    """How many messages lie in the inboxes of the three whom acts speak to."""
    people = (staff.member, staff.citizen, staff.company)
    return sum(Notice.count(who.account, Notice.sk.startswith("m#")) for who in people)


def _give_back(staff: Staff, made: str) -> None:
    """Free the member's place for the next turn."""
    if made and Wish.get(made, "wish", consistent_read=True).state == "claimed":
        staff.liaison.must("POST", f"/v1/wishes/{made}/withdraw", {"reason": "清理"})


def _forget_what_was_read() -> None:
    """A fresh Lambda reads more, so that there is more to fail."""
    from chalicelib.accounts import standing
    from chalicelib.rounds import actions as rounds

    standing._remembered.clear()
    rounds._remembered.clear()


@dataclass(frozen=True)
class Look:
    """A look of the claims' clock: what it finds, when it comes, and what must be true afterwards."""

    name: str
    start: Callable[[Staff, str], str]  # gives the wish's id
    after: dict[str, float]  # how long after now the clock comes
    acts: tuple[str, ...]  # the wish's history from the fifth version on
    told: Counter[str]


def _held(staff: Staff, round_id: str) -> str:
    return str(staff.claimed(round_id)[0]["id"])


def _kept(staff: Staff, round_id: str) -> str:
    made, request = _awaited("member", "release", {})(staff, round_id)
    _send(request, "")
    return made


def _queued_and_withdrawn(staff: Staff, round_id: str) -> str:
    made, _ = _awaited("member", "release", {})(staff, round_id)
    staff.local.must("POST", f"/v1/wishes/{made}/withdraw", _WHY)
    return made


LOOKS = (
    Look("announced", _held, {}, (), Counter(own_wish_claimed=2, claim_made=2)),
    Look("no contact", _held, {"hours": 24}, (), Counter(contact_due=1, contact_due_liaison=2, own_wish_claimed=2,
                                                         claim_made=2)),
    Look("expired", _held, {"days": 7}, ("expire",), Counter(claim_expired=1, claim_lapsed=2)),
    Look("lapsed", _kept, {"hours": 24}, ("release", "lapse"), Counter(reservation_over=1)),
    Look("dissolved", _queued_and_withdrawn, {}, ("withdraw",), Counter(standby_over=1)),
)  # fmt: skip


@pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "after it landed"])
@pytest.mark.parametrize("seen", LOOKS, ids=lambda seen: seen.name)
def test_a_clock_whose_calls_fail_says_and_does_everything_once_in_the_end(
    seen: Look, landed: bool, staff: Staff, round_id: str
) -> None:
    made = seen.start(staff, round_id)
    at, before = clock.later(clock.stamp(), **seen.after, seconds=1), _told_of(made)

    for number in range(1, MOST_CALLS):
        _forget_what_was_read()
        with on_the_wire(failing(number, landed=landed), only_writes=landed) as wire, suppress(*TROUBLE):
            _look(made, at)
        if wire.calls < number:
            break

    assert number > 1
    assert _told_of(made) - before == seen.told
    entries = HistoryEntry.query(made, HistoryEntry.sk.between("h#000005", "h#999999"), consistent_read=True)
    assert tuple(entry.act for entry in entries) == seen.acts
    _give_back(staff, made)
    books.in_order(round_id)


TROUBLE = (Problem, PynamoDBException, BotoCoreError)


def _look(wish: str, at: str) -> None:
    """What the sweep does about this wish, without everything else that is due."""
    reserving.look(wish, at)
    for record in claims.of_wish(wish):
        timekeeping.look(wish, record.sk, at)


def _told_of(wish: str) -> Counter[str]:
    """The messages about the wish in all inboxes, by kind."""
    found = Notice.scan(Notice.sk.startswith("m#"), consistent_read=True)
    return Counter(notice.kind for notice in found if str(notice.subject).startswith(wish))
