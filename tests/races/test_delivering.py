"""Messages on their way out: however many workers have one, however often it is handed over, it goes out once.

The providers are counted in every process. Between a provider's yes and our note of it a death costs one duplicate, and
no more (docs/adr/0011).
"""

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.base import clock, tables
from chalicelib.notices import actions, channels, delivering, records, rules
from chalicelib.notices.channels import Message, SendingFailed
from chalicelib.notices.records import Key
from tests.people import Api, Staff
from tests.races.between import Killed, dying, on_the_wire
from tests.races.contenders import MOST, Contenders, Delivery, Job, Request, Schedule

pytestmark = pytest.mark.races

TURNS = 20
NOON = "2031-11-24T04:00:00Z"
MOST_CALLS = 30


def told(reader: Api, subject: str, at: str = NOON) -> Key:
    """A message of an act, due at that time."""
    with clock.pinned(clock.moment(at)):
        put = actions.message(reader.account, "claim_revoked", subject, {"title": "锅", "reason": "x"})
        tables.commit([put])
    return Key(put.record.pk, put.record.sk)


def state(key: Key) -> list[str]:
    return [str(each.state) for each in records.sendings_of(key)]


def test_sixteen_workers_with_one_message_send_it_once_twenty_times_over(staff: Staff, contenders: Contenders) -> None:
    for turn in range(TURNS):
        key = told(staff.member, f"one {turn}")

        outcomes = contenders.race([Delivery((tuple(key),), NOON)] * MOST)

        assert [outcome.json for outcome in outcomes] == [[]] * MOST
        assert sum(outcome.sent for outcome in outcomes) == 1
        assert state(key) == ["sent"]


def test_workers_and_sweeps_at_once_send_each_of_many_messages_once(staff: Staff, contenders: Contenders) -> None:
    for turn in range(3):
        keys = [told(staff.member, f"many {turn} {number}") for number in range(12)]
        handed_over = tuple(tuple(key) for key in keys)
        jobs: list[Job] = [Delivery(handed_over, NOON), Delivery(handed_over[::-1], NOON), Schedule("sweep", NOON)] * 5

        outcomes = contenders.race(jobs)

        assert {outcome.status for outcome in outcomes} == {200}
        contenders.race([Schedule("sweep", NOON)])  # whoever lost a race for one leaves nothing behind
        assert sum(outcome.sent for outcome in outcomes) == len(keys)
        assert [state(key) for key in keys] == [["sent"]] * len(keys)


def test_the_event_of_yesterday_twice_at_once_reminds_and_sends_once(
    staff: Staff, contenders: Contenders, round_id: str
) -> None:
    staff.published(round_id)
    late = f"{clock.later(clock.stamp(), days=3)[:10]}T02:00:00Z"  # a day after the run that should have been

    outcomes = contenders.race([Schedule("remind", late)] * 2)

    assert sum(outcome.json["digests"] for outcome in outcomes) == 2  # both liaisons, each once
    again = contenders.race([Schedule("remind", late)] * 2)
    assert [outcome.json for outcome in again] == [{"due": 0, "digests": 0}] * 2
    written = Counter(
        notice.pk
        for reader in (staff.local, staff.liaison)
        for notice in records.inbox(reader.account, 100, None)
        if notice.kind == "unclaimed"
    )
    assert written == {staff.local.account: 1, staff.liaison.account: 1}
    sweeps = contenders.race([Schedule("sweep", clock.later(late, minutes=5))] * 2)
    assert sum(outcome.sent for outcome in (*outcomes, *again, *sweeps)) == 2


def test_of_sixteen_administrators_who_retry_one_sends_it_off_and_it_goes_out_once(
    staff: Staff, contenders: Contenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(message: Message) -> str:
        raise SendingFailed("sns: OptedOut", permanent=True)

    for turn in range(3):
        now = f"{clock.stamp()[:10]}T04:00:00Z"  # the administrators' clock is the wall's
        key = told(staff.company, f"retried {turn}", now)
        with monkeypatch.context() as patch, clock.pinned(clock.moment(now)):
            patch.setitem(channels.SENDERS, "sms", refuse)
            delivering.deliver(key)
        assert state(key) == ["dead"]
        (sending,) = records.sendings_of(key)
        path = f"/v1/notifications/{actions.sending_id(sending)}/retry"

        outcomes = contenders.race([Request(staff.administrator.token, "POST", path, {}) for _ in range(MOST)])

        assert Counter(outcome.status for outcome in outcomes) == {200: 1, 409: MOST - 1}
        later = f"{clock.later(clock.stamp(), days=1)[:10]}T04:00:00Z"
        sent = contenders.race([Delivery((tuple(key),), later)] * MOST)
        assert sum(outcome.sent for outcome in sent) == 1


class Provider:
    """Takes everything; counts what reached people."""

    def __init__(self) -> None:
        self.took = 0

    def __call__(self, message: Message) -> str:
        self.took += 1
        return f"id-{self.took}"


@pytest.fixture
def sms(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider of SMS, in this process."""
    provider = Provider()
    monkeypatch.setitem(channels.SENDERS, "sms", provider)
    return provider


@pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "after it landed"])
def test_a_worker_killed_at_any_call_loses_nothing_and_doubles_only_what_is_documented(
    anyone: Api, staff: Staff, sms: Provider, landed: bool
) -> None:
    noon, doubled = clock.moment(NOON), list[int]()
    for step in range(1, MOST_CALLS):
        key, before = told(staff.member, f"killed {landed} {step}"), sms.took
        died = False
        with clock.pinned(noon), on_the_wire(dying(step, landed=landed)):
            try:
                delivering.deliver(key)
            except Killed:
                died = True
        for minutes in (0, 2, 4):  # the sweep comes by, its lease runs out in between
            with clock.pinned(noon + timedelta(seconds=rules.LEASE_SECONDS, minutes=minutes)):
                actions.deliver_due()
        assert state(key) == ["sent"]
        assert 1 <= sms.took - before <= 2
        doubled += [step] if sms.took - before == 2 else []
        if not died:
            break
    else:
        pytest.fail("a delivery makes ever more calls")

    # The one step at which nobody can know: the provider has it, and the note of it is lost.
    assert len(doubled) <= 1
