"""Every call of AWS of every act of the main road fails: before it lands, and after it has landed.

The SDK does not repeat anything here, so that each failure reaches the app and is told as 503; the caller then does
what a client does: the same request with the same Idempotency-Key, which meets the next failure, and so on until none
is left. It must end in the one effect the act has.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import pytest

from chalicelib.base import clock
from chalicelib.base.surface import ROUTES
from chalicelib.claims import confirming, reserving, timekeeping
from chalicelib.claims import records as claims
from chalicelib.notices.records import Notice
from chalicelib.wishes.records import HistoryEntry, Wish
from tests.people import COMPANY, Staff, verification, wish
from tests.races import books
from tests.races.contenders import Request
from tests.races.faults import BOTH, send, until_nothing_fails

pytestmark = [pytest.mark.races, pytest.mark.usefixtures("sdk_without_retries")]


@dataclass(frozen=True)
class Act:
    """An act of the main road: `start` makes what it needs and the request; what must be true when it is done."""

    name: str
    start: Callable[[Staff, str], tuple[str, Request]]
    version: int  # the wish's, in the end
    state: str
    told: int = 0  # messages the act writes
    too_late: tuple[int, ...] = ()  # how a retry is told of what it did, where it takes no Idempotency-Key


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


def _on_claim_of_wish(who: str, act: str, body: Any) -> Callable[[Staff, str], tuple[str, Request]]:
    def start(staff: Staff, round_id: str) -> tuple[str, Request]:
        made = staff.claimed(round_id)[0]["id"]
        return made, Request(getattr(staff, who).token, "POST", f"/v1/wishes/{made}/{act}", body)

    return start


def _edit(staff: Staff, round_id: str) -> tuple[str, Request]:
    made = staff.declared(round_id)["id"]
    body, version = {"title": "一口锅"}, {"If-Match": "1"}
    return made, Request(staff.citizen.token, "PATCH", f"/v1/wishes/{made}", body, headers=version)


def _by_code(staff: Staff, round_id: str) -> tuple[str, Request]:
    """The wisher confirms with the code of the slip."""
    made, claim = staff.claimed(round_id)
    staff.member.must("POST", f"/v1/claims/{claim['id']}/deliver", {})
    body = {"method": "slip", "code": confirming.slip_code(claim["id"])}
    return made["id"], Request(staff.citizen.token, "POST", f"/v1/claims/{claim['id']}/confirm", body)


_WHY = {"reason": "情况有变"}
_PHONED = {"name": "周大爷", "phone": "17000095557", "claimant_type": "citizen"}
_PHOTOS = {"photos": True, "by": "self", "method": "signed"}
ACTS = (
    Act("declare", _declare, 1, "submitted"),
    Act("verify", _on_wish("declared", "local", "verify", verification()), 2, "verified", told=1),
    Act("edit", _edit, 2, "submitted", too_late=(412,)),
    Act("reject", _on_wish("declared", "local", "reject", _WHY), 2, "rejected", told=1),
    Act("return", _on_wish("declared", "local", "return", _WHY), 2, "returned", told=1),
    Act("publish", _on_wish("verified", "local", "publish", {}), 3, "published", told=1),
    Act("claim", _on_wish("published", "member", "claim", {}), 4, "claimed"),
    Act("claim for a citizen", _on_wish("published", "local", "claim", {"on_behalf_of": _PHONED}), 4, "claimed"),
    Act("record a consent", _on_wish("published", "local", "consents", _PHOTOS), 4, "published"),
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
    Act("confirm by code", _by_code, 6, "fulfilled", told=1),
    Act("withdraw what is claimed", _on_claim_of_wish("local", "withdraw", _WHY), 5, "withdrawn", told=2),
    Act("go on standby", _awaited("worker", "standby", {}), 4, "claimed"),
    Act("leave standby", _awaited("company", "DELETE standby", None), 4, "claimed"),
    Act("release to the next", _awaited("member", "release", {}), 5, "published", told=1),
    Act("claim what is kept", _awaited("company", "claim", {}, kept=True), 6, "claimed"),
    Act("decline what is kept", _awaited("company", "DELETE standby", None, kept=True), 6, "published"),
    Act("offer", _on_wish("published", "local", "offer", {"phone": COMPANY}), 4, "published", told=1),
    Act("decline an offer", _offered("company"), 5, "published"),
    Act("take back an offer", _offered("local"), 5, "published", told=1),
)  # fmt: skip


ELSEWHERE = {
    "moderate_thanks": "test_people.TestWithEveryCallFailing.test_thanks_are_let_out_once",
    "post_message": "test_people.TestWithEveryCallFailing.test_a_message_is_written_and_told_once",
    "send_confirm_page": "test_people.TestWithEveryCallFailing.test_the_wisher_confirms_by_code_once",
    "open_round": "test_faults_in_bulk.test_a_round_is_opened_once",
    "close_round": "test_faults_in_bulk.test_a_round_is_closed_with_all_its_wishes_and_one_summary",
    "carry_over": "test_faults_in_bulk.test_a_carry_over_takes_every_wish_along_once",
    "import_register": "test_faults_in_bulk.test_a_register_is_in_once",
    "make_report": "test_faults_in_bulk.test_a_summary_on_demand_is_one_edition_and_no_try_waits_for_the_one_before",
    "act_on_many": "test_faults_in_bulk.test_a_batch_does_every_item_once",
    "answer_request": "test_erasing.test_an_erasure_that_fails_anywhere_is_finished_by_its_retry",
    "file_request": "test_faults_in_bulk.test_what_is_made_under_a_key_is_made_once",
    "file_own_request": "test_faults_in_bulk.test_what_is_made_under_a_key_is_made_once",
    "make_account": "test_faults_in_bulk.test_what_is_made_under_a_key_is_made_once",
    "add_member": "test_faults_in_bulk.test_what_is_made_under_a_key_is_made_once",
}
"""Acts by the name of their route, with the test of theirs where it is not a row of `ACTS`."""
NO_ACT = {
    "send_code", "redeem_code", "refresh_tokens", "sign_out", "sign_out_everywhere",  # a new try is a new code or token
    "edit_me", "change_round", "grant_account", "replace_subscriptions",  # a PATCH or PUT: sent again, it says the same
    "unlink_wechat", "remove_member",  # a DELETE: what is gone is gone
    "decide_application",  # the second is told that nothing is open: tests/races/test_accounts.py
    "open_upload", "export_register",  # they write nothing but a link or a file that runs out
    "retry_notification",  # the ledger's own: tests/races/test_delivering.py
}  # fmt: skip


def _route_of(request: Request) -> str:
    """The name of the route a request goes to."""
    asked = request.path.split("/")
    for found in ROUTES.values():
        for method, path, name in found:
            parts = path.split("/")
            alike = len(parts) == len(asked) and all(
                a == b or a.startswith("{") for a, b in zip(parts, asked, strict=True)
            )
            if method == request.method and alike:
                return name
    raise LookupError(request.path)


def test_every_route_that_changes_something_has_its_row(
    staff: Staff, round_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAP_OF_A_PERSON", "100")
    changing = {name for found in ROUTES.values() for method, _, name in found if method != "GET"}
    rows = {_route_of(act.start(staff, round_id)[1]) for act in ACTS}

    assert rows | set(ELSEWHERE) | NO_ACT == changing
    assert not (rows | set(ELSEWHERE)) & NO_ACT


@pytest.mark.parametrize("where", sorted(set(ELSEWHERE.values())))
def test_every_row_elsewhere_is_a_test(where: str) -> None:
    module, *names = where.split(".")
    found: Any = sys.modules.get(f"tests.races.{module}") or import_module(f"tests.races.{module}")
    for name in names:
        found = getattr(found, name)

    assert callable(found)


@BOTH
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_calls_that_fail_leave_nothing_half_done_and_the_retries_do_the_act_once(
    act: Act, landed: bool, staff: Staff, round_id: str
) -> None:
    made, request = act.start(staff, round_id)
    request = replace(request, key=f"{act.name}-{landed}".replace(" ", "-"))
    before = _told(staff)

    reply = until_nothing_fails(landed, lambda: send(request), (200, 201, 204, *act.too_late))

    again = send(request)
    assert again.status in (act.too_late or (reply.status,))
    if not act.too_late and reply.status in (200, 201):
        made = made or reply.json["id"]
        assert (again.json.get("id"), again.json.get("wish")) == (reply.json.get("id"), reply.json.get("wish"))
    _is_done_once(act, made, staff, before)
    _give_back(staff, made)
    books.in_order(round_id)


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
    send(request)
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


@BOTH
@pytest.mark.parametrize("seen", LOOKS, ids=lambda seen: seen.name)
def test_a_clock_whose_calls_fail_says_and_does_everything_once_in_the_end(
    seen: Look, landed: bool, staff: Staff, round_id: str
) -> None:
    made = seen.start(staff, round_id)
    at, before = clock.later(clock.stamp(), **seen.after, seconds=1), _told_of(made)

    until_nothing_fails(landed, lambda: _look(made, at))

    assert _told_of(made) - before == seen.told
    entries = HistoryEntry.query(made, HistoryEntry.sk.between("h#000005", "h#999999"), consistent_read=True)
    assert tuple(entry.act for entry in entries) == seen.acts
    _give_back(staff, made)
    books.in_order(round_id)


def _look(wish: str, at: str) -> None:
    """What the sweep does about this wish, without everything else that is due."""
    reserving.look(wish, at)
    for record in claims.of_wish(wish):
        timekeeping.look(wish, record.sk, at)


def _told_of(wish: str) -> Counter[str]:
    """The messages about the wish in all inboxes, by kind."""
    found = Notice.scan(Notice.sk.startswith("m#"), consistent_read=True)
    return Counter(notice.kind for notice in found if str(notice.subject).startswith(wish))
