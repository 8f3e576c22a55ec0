"""What a provider answers decides what follows: sent, again later, another channel, dead. Never a third copy."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.base import clock, tables
from chalicelib.base.problems import Unavailable
from chalicelib.notices import actions, channels, choosing, delivering, manners, records, rules
from chalicelib.notices.channels import Message, RateLimited, SendingFailed
from tests.people import Api

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
KIND = "claim_revoked"
VALUES = {"title": "锅", "reason": "x"}


@pytest.fixture
def reader(fresh_api: Api) -> Api:
    """Somebody with a phone."""
    return fresh_api.sign_in("17000090070")


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reader can be reached over WeChat, SMS and e-mail."""
    reached = choosing.Reader({"wechat": "o1", "sms": "17000090070", "email": "a@example.org"}, "zh-CN")
    monkeypatch.setattr(choosing, "reader", lambda recipient: reached)


class Provider:
    """Answers as told, one answer a call, then takes everything; counts what reached people."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.calls: list[Message] = []
        self.arrived = 0

    def __call__(self, message: Message) -> str:
        self.calls.append(message)
        answer = self.answers.pop(0) if self.answers else None
        if answer is None or getattr(answer, "unsure", False):
            self.arrived += 1  # the worst case of not knowing
        if answer is not None:
            raise answer
        return f"id-{len(self.calls)}"


def write(reader: Api, subject: str = "s", at: datetime = NOON, kind: str = KIND) -> records.Key:
    """A message of an act, in the inbox and due."""
    with clock.pinned(at):
        put = actions.message(reader.account, kind, subject, VALUES)
        tables.commit([put])
    return records.Key(put.record.pk, put.record.sk)


def run(at: datetime) -> int:
    with clock.pinned(at):
        return actions.deliver_due()


def state(key: records.Key) -> dict[str, str]:
    """The message's state on each of its channels."""
    return {sending.channel: sending.state for sending in records.sendings_of(key)}


def until_settled(key: records.Key, at: datetime = NOON, most: int = 20) -> datetime:
    """Run whenever it is due, until nothing more is tried; the time it took."""
    for _ in range(most):
        run(at)
        waiting = [clock.moment(each.due_at) for each in records.sendings_of(key) if each.due_at]
        if not waiting:
            return at
        at = max(at, *waiting)
    return pytest.fail("it is tried for ever")


def put_in(monkeypatch: pytest.MonkeyPatch, channel: str, *answers: Exception | None) -> Provider:
    provider = Provider(*answers)
    monkeypatch.setitem(channels.SENDERS, channel, provider)
    return provider


def test_what_was_sent_keeps_the_providers_id(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, "sms")
    key = write(reader)

    assert run(NOON) == 1

    (sending,) = records.sendings_of(key)
    assert (sending.state, sending.provider_id, sending.sent_at) == ("sent", "id-1", clock.stamp(NOON))
    assert (sending.due, sending.due_at, sending.held) == (None, None, None)


def test_every_try_of_a_message_carries_the_same_token(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sms = put_in(monkeypatch, "sms", SendingFailed("x"), SendingFailed("x"))
    until_settled(write(reader))
    until_settled(write(reader, "another"))

    tokens = [call.token for call in sms.calls]
    assert len(tokens) == 4
    assert len(set(tokens[:3])) == 1
    assert tokens[3] != tokens[0]


def test_a_refusal_that_will_never_change_is_dead_at_once(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sms = put_in(monkeypatch, "sms", SendingFailed("no such number", permanent=True))
    key = write(reader)

    run(NOON)
    run(NOON + timedelta(days=2))

    assert state(key) == {"sms": "dead"}
    assert len(sms.calls) == 1


def test_where_a_channel_will_never_reach_its_reader_the_next_best_does(
    reader: Api, everywhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in(monkeypatch, "wechat", SendingFailed("43004", permanent=True))
    sms = put_in(monkeypatch, "sms")
    key = write(reader)

    run(NOON)
    run(NOON)

    assert state(key) == {"wechat": "dead", "sms": "sent"}
    assert len(sms.calls) == 1


def test_a_channel_that_only_falters_is_tried_again_and_no_other(
    reader: Api, everywhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in(monkeypatch, "wechat", SendingFailed("-1"))
    sms = put_in(monkeypatch, "sms")
    key = write(reader)

    until_settled(key)

    assert state(key) == {"wechat": "sent"}
    assert sms.calls == []


def test_the_provider_says_how_long_to_leave_it_alone(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, "sms", SendingFailed("503", retry_after=1800))
    key = write(reader)

    run(NOON)

    (sending,) = records.sendings_of(key)
    assert clock.moment(sending.due_at) >= NOON + timedelta(seconds=1800)


def test_a_limit_is_no_failure_of_the_message(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sms = put_in(monkeypatch, "sms", *[RateLimited("429", 60)] * 10)
    key = write(reader)

    until_settled(key)

    assert state(key) == {"sms": "sent"}
    assert len(sms.calls) == 11


def limited_for_ever(monkeypatch: pytest.MonkeyPatch, channel: str = "sms") -> list[Message]:
    """The channel's provider answers 429 whatever it is asked; what it was asked."""
    asked: list[Message] = []

    def limit(message: Message) -> str:
        asked.append(message)
        raise RateLimited("sns: Throttled", 60)

    monkeypatch.setitem(channels.SENDERS, channel, limit)
    return asked


def test_a_limit_that_never_ends_leaves_the_message_dead_and_listed_after_two_days_and_a_retry_sends_it(
    fresh_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = fresh_api.staff()
    with monkeypatch.context() as patch:
        limited_for_ever(patch)
        key = write(staff.member)
        for hours in (0, 1, 24, 47):
            run(NOON + timedelta(hours=hours))
            assert state(key) == {"sms": "failed"}

        run(NOON + timedelta(hours=48))

    (item,) = staff.administrator.must("GET", "/v1/notifications", state="failed")["items"]
    assert (item["state"], item["last_error"], item["tries"]) == ("dead", "sns: Throttled", 0)
    with clock.pinned(NOON + timedelta(hours=50)):
        staff.administrator.must("POST", f"/v1/notifications/{item['id']}/retry", {})
    assert run(NOON + timedelta(hours=50)) == 1
    assert state(key) == {"sms": "sent"}


def test_what_is_sent_off_again_may_wait_two_days_once_more(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    limited_for_ever(monkeypatch)
    key = write(reader)
    run(NOON)
    run(NOON + timedelta(hours=48))
    (dead,) = records.sendings_of(key)
    with clock.pinned(NOON + timedelta(hours=72)):
        actions.retry(actions.sending_id(dead), "", "")

    states = []
    for hours in (72, 119, 120):
        run(NOON + timedelta(hours=hours))
        states.append(state(key)["sms"])

    assert states == ["failed", "failed", "dead"]


def test_what_waits_behind_a_limit_dies_of_age_without_its_provider_being_asked(
    reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = limited_for_ever(monkeypatch)
    old = [write(reader, f"s{number}") for number in range(12)]
    run(NOON)
    young = write(reader, "young", NOON + timedelta(hours=24))
    run(NOON + timedelta(hours=24))
    before = len(asked)

    run(NOON + timedelta(hours=48))

    assert [state(key) for key in old] == [{"sms": "dead"}] * 12
    assert state(young)["sms"] in ("queued", "failed")
    assert len(asked) == before + 1


def test_two_days_of_limits_hand_the_message_to_the_next_best_channel(
    reader: Api, everywhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited_for_ever(monkeypatch, "wechat")
    sms = put_in(monkeypatch, "sms")
    key, behind = write(reader), write(reader, "behind")
    run(NOON)

    run(NOON + timedelta(hours=48))
    run(NOON + timedelta(hours=48))

    assert state(key) == state(behind) == {"wechat": "dead", "sms": "sent"}
    assert len(sms.calls) == 2


def test_what_may_have_gone_out_before_the_limit_goes_to_no_other_channel(
    reader: Api, everywhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = write(reader)
    with monkeypatch.context() as patch:
        put_in(patch, "wechat", SendingFailed("timeout", unsure=True))
        run(NOON)
    limited_for_ever(monkeypatch, "wechat")
    sms = put_in(monkeypatch, "sms")

    for hours in (1, 48, 49):
        run(NOON + timedelta(hours=hours))

    assert state(key) == {"wechat": "dead"}
    assert sms.calls == []


def test_a_retry_that_falls_into_the_night_waits_for_the_morning(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, "sms", SendingFailed("x"))
    late = datetime(2026, 11, 22, 20, 59, 30, tzinfo=clock.SHANGHAI)
    key = write(reader, at=late)

    run(late)

    (sending,) = records.sendings_of(key)
    assert clock.moment(sending.due_at).astimezone(clock.SHANGHAI) == datetime(2026, 11, 23, 8, tzinfo=clock.SHANGHAI)
    assert run(late + timedelta(minutes=5)) == 0


@pytest.mark.parametrize("answers", [
    [SendingFailed("timeout", unsure=True)] * 6,
    [SendingFailed("timeout", unsure=True), SendingFailed("refused"), SendingFailed("timeout", unsure=True)],
    [SendingFailed("refused"), SendingFailed("timeout", unsure=True)],
])  # fmt: skip
def test_what_may_have_gone_out_goes_out_once_more_at_most(
    reader: Api, monkeypatch: pytest.MonkeyPatch, answers: list[Exception]
) -> None:
    sms = put_in(monkeypatch, "sms", *answers)

    until_settled(write(reader))

    assert 1 <= sms.arrived <= 2


def test_two_workers_that_die_with_a_message_leave_it_dead_and_listed(
    reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms = put_in(monkeypatch, "sms", *[SystemExit(), SystemExit()])  # type: ignore[list-item]
    key, lease = write(reader), timedelta(seconds=rules.LEASE_SECONDS)
    for turn in range(2):
        with pytest.raises(SystemExit):
            run(NOON + turn * lease)

    run(NOON + 2 * lease)

    assert len(sms.calls) == 2
    (sending,) = records.sendings_of(key)
    assert (sending.state, sending.error) == ("dead", "unsure")


def test_an_outage_of_one_channel_delays_nobody_on_the_others(
    reader: Api, everywhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(manners.MANNERS, "wish_fulfilled", manners.Manner(("email",)))  # type: ignore[arg-type]
    sms = put_in(monkeypatch, "sms", *[SendingFailed("down")] * 100)
    monkeypatch.setitem(manners.MANNERS, KIND, manners.Manner(("sms",)))  # type: ignore[arg-type]
    email = put_in(monkeypatch, "email")
    for number in range(20):
        write(reader, f"s{number}")
        write(reader, f"e{number}", kind="wish_fulfilled")

    sent = run(NOON)

    assert sent == len(email.calls) == 20
    assert len(sms.calls) == rules.FAILURES_IN_A_ROW


def test_after_an_outage_everything_goes_out_once(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sms = put_in(monkeypatch, "sms", *[SendingFailed("down")] * 7)
    keys = [write(reader, f"s{number}") for number in range(10)]

    for minute in range(0, 180, 2):
        run(NOON + timedelta(minutes=minute))

    assert [state(key) for key in keys] == [{"sms": "sent"}] * 10
    assert sms.arrived == 10


def test_a_message_that_cannot_be_made_ends_in_the_list_and_not_in_a_loop(
    reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms = put_in(monkeypatch, "sms")
    with clock.pinned(NOON):
        broken = actions.message(reader.account, KIND, "s", {})  # the sentence's values are missing
        tables.commit([broken])
    whole = write(reader, "t")

    until_settled(records.Key(broken.record.pk, broken.record.sk))

    assert state(records.Key(broken.record.pk, broken.record.sk)) == {"sms": "dead"}
    assert state(whole) == {"sms": "sent"}
    assert len(sms.calls) == 1


@pytest.mark.parametrize("failing", ["get", "sending", "due"])
def test_a_table_that_fails_once_costs_one_message_one_turn(
    reader: Api, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    keys = [write(reader, f"s{number}") for number in range(3)]
    real, calls = getattr(records, failing), 0

    def once_unavailable(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise Unavailable("dynamodb: x")
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(delivering.records, failing, once_unavailable)
        run(NOON)
    run(NOON)

    assert [state(key) for key in keys] == [{"sms": "sent"}] * 3


def test_what_was_erased_meanwhile_is_not_sent(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sms = put_in(monkeypatch, "sms", SendingFailed("x"))
    key = write(reader)
    run(NOON)

    tables.commit([tables.Remove(records.get(key))])  # type: ignore[arg-type]
    run(NOON + timedelta(hours=1))

    assert len(sms.calls) == 1
    assert records.sendings_of(key) == []


def test_somebody_whom_no_channel_reaches_finds_it_in_the_inbox(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "reader", lambda recipient: choosing.Reader({}, "zh-CN"))
    key = write(reader)

    run(NOON)

    assert state(key) == {}
    assert records.get(key).due is None  # type: ignore[union-attr]


def test_a_message_goes_out_in_its_readers_language(reader: Api) -> None:
    reader.must("PATCH", "/v1/me", {"language": "en"})
    write(reader)

    run(NOON)

    assert reader.outbox[-1].text.startswith("[MicroWish]")
    assert reader.outbox[-1].language == "en"


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 240), (1.0, 288)])
def test_pauses_are_stretched_so_that_what_failed_together_parts(jitter: float, seconds: int) -> None:
    after = rules.next_try(NOON, 2, rules.Failure(), jitter)

    assert after == NOON + timedelta(seconds=seconds)


def test_a_run_without_time_sends_nothing_and_loses_nothing(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.base.deadline import Deadline

    key = write(reader)

    with clock.pinned(NOON):
        assert actions.deliver_due(Deadline(0)) == 0
    assert run(NOON) == 1
    assert state(key) == {"sms": "sent"}
