"""A year of a round: every message that anybody gets and its day, against a plain table; and none of them at night.

A day on which nobody acts and nothing is due is passed over, once the tables themselves say so; one a month is lived
through all the same. `YEAR_DAY_BY_DAY=1` lives through all 365, night runs included.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock
from chalicelib.claims.records import ClaimRecord
from chalicelib.notices import channels
from chalicelib.notices.records import Notice, Sending
from chalicelib.reminders import actions as schedules
from chalicelib.rounds import actions as rounds
from chalicelib.wishes.records import Wish
from tests.people import Api, Staff, verification, wish
from tests.reminders.days import now

FIRST = datetime(2031, 1, 6, 2, 0, tzinfo=UTC)
"""A Monday, ten in the morning in Shanghai: when people act. Half an hour later the schedules run."""
DAYS = 365
DAY_BY_DAY = os.environ.get("YEAR_DAY_BY_DAY") == "1"
CONTACT = "17000091234"

Expected = tuple[int, str, str]  # day, kind, reader

BOTH, WISHER = ("liaison", "local"), ("citizen", "contact")


def told(day: int, kind: str, *readers: str) -> list[Expected]:
    return [(day, kind, reader) for reader in readers]


EXPECTED: list[Expected] = [
    # a wish that waits for its review from Monday on, is claimed by somebody who goes silent, then by somebody else
    *told(2, "review_due", *BOTH),
    *told(4, "review_late", "administrator"),
    *told(7, "own_wish_verified", *WISHER),
    *told(7, "own_wish_published", *WISHER),
    *told(8, "unclaimed", *BOTH),
    *told(10, "unclaimed", *BOTH),
    *told(14, "unclaimed", *BOTH),
    *told(15, "own_wish_claimed", *WISHER),
    *told(15, "claim_made", *BOTH),
    *told(16, "contact_due", "company"),
    *told(16, "contact_due_liaison", *BOTH),
    *told(20, "claim_expiring", "company"),
    *told(21, "claim_expiring", "company"),
    *told(22, "claim_expired", "company"),
    *told(22, "claim_lapsed", *BOTH),
    *told(23, "unclaimed", *BOTH),
    *told(25, "unclaimed", *BOTH),
    *told(29, "unclaimed", *BOTH),
    *told(30, "own_wish_claimed", *WISHER),
    *told(30, "claim_made", *BOTH),
    *told(31, "own_wish_delivered", *WISHER),
    *told(31, "claim_delivered", *BOTH),
    *told(34, "unconfirmed", *WISHER),
    *told(34, "unconfirmed_liaison", *BOTH),
    *told(35, "wish_fulfilled", "member"),
    *told(35, "own_wish_fulfilled", *WISHER),
    # one that is returned, comes back on a Friday and is rejected
    *told(50, "wish_returned", "citizen"),
    *told(64, "review_due", *BOTH),
    *told(65, "wish_rejected", "citizen"),
    # two that nobody claims until the round is over; one of them is hidden for a while; the window is prolonged
    # after their last reminder, which brings another one
    *told(100, "own_wish_verified", *WISHER, *WISHER),
    *told(100, "own_wish_published", *WISHER, *WISHER),
    *(row for day in (101, 103, 105, 107, 337, 347) for row in told(day, "unclaimed", *BOTH)),
    *(row for day in (101, 103, 105, 107, 337, 347) for row in told(day, "wishes_waiting", "subscriber")),
    *told(352, "own_wish_closed", *WISHER, *WISHER),
    # one that is taken back from its claimant at night
    *told(199, "own_wish_verified", *WISHER),
    *told(199, "own_wish_published", *WISHER),
    *told(199, "own_wish_claimed", *WISHER),
    *told(199, "claim_made", *BOTH),
    *told(200, "contact_due", "company"),
    *told(200, "contact_due_liaison", *BOTH),
    *told(200, "claim_revoked", "company"),
    *told(201, "own_wish_withdrawn", *WISHER),
]
COUNTS = {101: 2, 103: 1, 105: 1, 107: 2, 337: 2, 347: 2}
"""Wishes in the digests of the two: on the third day one is hidden; on the day it is shown that is made up for."""


class Year:
    """The people, their wishes by name, and what goes out when."""

    def __init__(self, staff: Staff, round_id: str, subscriber: Api) -> None:
        self.staff = staff
        self.round_id = round_id
        self.subscriber = subscriber
        self.wishes: dict[str, str] = {}
        self.claims: dict[str, str] = {}
        self.sent: list[tuple[datetime, str]] = []

    def post(self, who: Api, path: str, body: Any = None) -> Any:
        return now(who).must("POST", path, body or {})

    def declare(self, name: str) -> None:
        self.wishes[name] = self.post(self.staff.citizen, "/v1/wishes", wish(self.round_id, title=name))["id"]

    def act(self, name: str, act: str, body: Any = None) -> None:
        self.post(self.staff.local, f"/v1/wishes/{self.wishes[name]}/{act}", body)

    def publish(self, name: str) -> None:
        self.act(name, "verify", verification())
        self.act(name, "publish")

    def claim(self, name: str, who: Api) -> None:
        self.claims[name] = self.post(who, f"/v1/wishes/{self.wishes[name]}/claim")["id"]

    def on_claim(self, name: str, who: Api, act: str, body: Any = None) -> None:
        self.post(who, f"/v1/claims/{self.claims[name]}/{act}", body)

    def prolong(self) -> None:
        dates = {"claim_until": clock.stamp(FIRST + timedelta(days=350))}
        path, version = f"/v1/rounds/{self.round_id}", rounds.fetch(self.round_id).version
        now(self.staff.administrator).must("PATCH", path, dates, version=version)

    def resubmit(self, name: str) -> None:
        path = f"/v1/wishes/{self.wishes[name]}"
        now(self.staff.citizen).must("PATCH", path, {"title": f"{name}了"}, version=2)


WHY = {"reason": "情况有变"}


def story(year: Year) -> dict[int, list[Callable[[], None]]]:
    """What people do on which day."""
    staff = year.staff
    return {
        0: [lambda: year.declare("锅")],
        7: [lambda: year.publish("锅")],
        15: [lambda: year.claim("锅", staff.company)],
        30: [
            lambda: year.claim("锅", staff.member),
            lambda: year.on_claim("锅", staff.member, "progress", {"stage": "contacted"}),
        ],
        31: [lambda: year.on_claim("锅", staff.member, "deliver")],
        35: [lambda: year.on_claim("锅", staff.local, "confirm", {"method": "phone"})],
        49: [lambda: year.declare("伞")],
        50: [lambda: year.act("伞", "return", WHY)],
        60: [lambda: year.resubmit("伞")],
        65: [lambda: year.act("伞", "reject", WHY)],
        100: [
            lambda: now(year.subscriber).must("PUT", "/v1/me/subscriptions", {"categories": ["生活电器"]}),
            *(lambda name=name: year.declare(name) for name in ("灯", "钟")),  # type: ignore[misc]
            *(lambda name=name: year.publish(name) for name in ("灯", "钟")),  # type: ignore[misc]
        ],
        102: [lambda: year.act("钟", "hide")],
        105: [lambda: year.act("钟", "hide", {"hidden": False})],
        108: [lambda: now(year.subscriber).must("PUT", "/v1/me/subscriptions", {"subdistricts": ["南码头路街道"]})],
        199: [lambda: year.declare("椅"), lambda: year.publish("椅"), lambda: year.claim("椅", staff.company)],
        201: [lambda: year.act("椅", "withdraw", WHY)],
        338: [year.prolong],
        352: [lambda: year.post(staff.administrator, f"/v1/rounds/{year.round_id}/close")],
    }


@pytest.fixture
def year(fresh_api: Api, monkeypatch: pytest.MonkeyPatch) -> Year:
    """A round that opens on the first day; nobody observes a holiday."""
    monkeypatch.setenv("HOLIDAYS", ",")
    monkeypatch.setenv("WORKED_DAYS", ",")
    with clock.pinned(FIRST):
        staff = fresh_api.staff()
        round_id = staff.open_round(
            2, declare_from=clock.stamp(FIRST), claim_from=clock.stamp(FIRST),
            claim_until=clock.stamp(FIRST + timedelta(days=340)),
            deliver_until=clock.stamp(FIRST + timedelta(days=360)),
        )  # fmt: skip
        found = Year(staff, round_id, fresh_api.sign_in("17000090070"))

    def sent(message: channels.Message) -> None:
        found.sent.append((clock.now().astimezone(clock.SHANGHAI), message.kind))

    for channel in channels.CHANNELS:
        monkeypatch.setitem(channels.SENDERS, channel, sent)
    return found


def run_schedules(at: datetime, times: int = 2) -> None:
    """Each scheduled function, twice: EventBridge delivers at least once."""
    with clock.pinned(at):
        for _ in range(times):
            schedules.remind()
            schedules.sweep()


def next_due() -> int:
    """The first day on which anything waits for a clock, as the items themselves say: no index is asked."""
    due = [str(item.due_at) for kind in (Wish, ClaimRecord, Notice, Sending)
           for item in kind.scan(kind.due.exists(), consistent_read=True)]  # fmt: skip
    return _day(min(due)) if due else DAYS


def live(year: Year) -> None:
    """A whole year: the days on which somebody acts or something is due, a night, and a quiet day every month."""
    plan, busy_until = story(year), -1
    for day in range(DAYS):
        morning = FIRST + timedelta(days=day)
        lived = DAY_BY_DAY or day in plan or day % 30 == 0 or day >= busy_until
        if not lived:
            continue
        with clock.pinned(morning):
            for do in plan.get(day, ()):
                do()
        run_schedules(morning + timedelta(minutes=30))
        if day == 200:
            with clock.pinned(morning + timedelta(hours=12)):
                year.on_claim("椅", year.staff.local, "revoke", WHY)
        if DAY_BY_DAY or day == 200:
            run_schedules(morning + timedelta(hours=12, minutes=5), times=1)
        busy_until = max(day + 1, next_due())


def log_of(year: Year) -> Counter[Expected]:
    """Every message that was written, by its day and reader."""
    staff = year.staff
    contact = accounts.find(CONTACT)
    names = {getattr(staff, name).account: name for name in staff.__dataclass_fields__}
    names |= {year.subscriber.account: "subscriber", contact: "contact"}  # type: ignore[dict-item]
    written = Notice.scan(Notice.sk.startswith("m#"), consistent_read=True)
    return Counter((_day(notice.at), str(notice.kind), names[notice.pk]) for notice in written)


def _day(at: str) -> int:
    return (clock.moment(at) - FIRST).days


def test_a_year_brings_exactly_the_messages_of_the_table_and_none_by_night(year: Year) -> None:
    live(year)

    assert log_of(year) == Counter(EXPECTED)
    assert year.sent
    assert all(8 <= at.hour < 21 for at, _ in year.sent)
    states = Counter(sending.state for sending in Sending.scan(Sending.sk.startswith("s#"), consistent_read=True))
    assert states == {"sent": len(year.sent)}
    digests = {_day(each.at): each.values["count"] for each in Notice.query(year.staff.local.account)
               if each.sk.startswith("m#") and each.kind == "unclaimed" and _day(each.at) > 100}  # fmt: skip
    assert digests == COUNTS
