"""The queue: what an act tells is sent at once through it, and by the sweep where it fails."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.exceptions import EndpointConnectionError

import app
from chalicelib.base import aws, clock, settings, tables
from chalicelib.base.problems import Unavailable
from chalicelib.notices import actions, channels, queue, records
from dev.emulator import Emulator
from dev.resources import queue_url
from dev.worker import Worker
from tests.people import Api

NOON = datetime(2031, 11, 24, 4, 0, tzinfo=UTC)
NIGHT = datetime(2031, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def worker(own_stack: Api, handlers_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """The function behind the queue of the module's own stack; the queue is empty."""
    url = queue_url(settings.table_prefix(), handlers_emulator.endpoint)
    monkeypatch.setenv("NOTICES_QUEUE", url)
    aws.client("sqs").purge_queue(QueueUrl=url)
    return Worker(app.app, url, on_failure=lambda text: None)


@pytest.fixture
def reader(fresh_api: Api) -> Api:
    """Somebody with a phone."""
    return fresh_api.sign_in("17000090070")


def told(reader: Api, at: datetime = NOON, subject: str = "s", kind: str = "claim_revoked") -> records.Key:
    with clock.pinned(at):
        put = actions.message(reader.account, kind, subject, {"title": "锅", "reason": "x"})
        tables.commit([put])
    return records.Key(put.record.pk, put.record.sk)


def work(worker: Worker, at: datetime = NOON) -> int:
    with clock.pinned(at):
        return worker.work_once()


def arrived(reader: Api) -> int:
    return sum(message.kind == "claim_revoked" for message in reader.outbox)


def test_what_an_act_tells_is_sent_by_the_worker_at_once_and_once(worker: Worker, reader: Api) -> None:
    told(reader)

    assert work(worker) == 1

    assert arrived(reader) == 1
    with clock.pinned(NOON):
        assert actions.deliver_due() == 0
    assert work(worker) == 0


def test_the_same_message_handed_over_twice_is_sent_once(worker: Worker, reader: Api) -> None:
    key = told(reader)
    put = {"QueueUrl": worker._queue, "MessageBody": msgspec.json.encode(key).decode()}
    aws.client("sqs").send_message(**put)

    assert work(worker) == 2
    assert arrived(reader) == 1


def test_what_lies_in_the_inbox_only_is_not_queued(worker: Worker, reader: Api) -> None:
    told(reader, kind="claim_delivered")

    assert work(worker) == 0


def test_at_night_nothing_is_queued_and_in_the_morning_the_sweep_sends_it(worker: Worker, reader: Api) -> None:
    told(reader, NIGHT)

    assert work(worker, NIGHT) == 0
    with clock.pinned(datetime(2031, 11, 25, 8, 0, tzinfo=clock.SHANGHAI)):
        assert actions.deliver_due() == 1


def test_what_was_queued_before_nine_and_taken_after_waits_for_the_morning(worker: Worker, reader: Api) -> None:
    told(reader, datetime(2031, 11, 24, 20, 59, 59, tzinfo=clock.SHANGHAI))

    work(worker, datetime(2031, 11, 24, 21, 0, tzinfo=clock.SHANGHAI))

    assert arrived(reader) == 0
    with clock.pinned(datetime(2031, 11, 25, 8, 0, tzinfo=clock.SHANGHAI)):
        assert actions.deliver_due() == 1


def test_a_queue_that_is_down_never_fails_the_act_and_the_sweep_sends_it(
    worker: Worker, reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTICES_QUEUE", "http://127.0.0.1:9/0/none")

    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="x")

    with monkeypatch.context() as patch:
        patch.setattr(aws.client("sqs"), "send_message_batch", down)
        told(reader)

    with clock.pinned(NOON):
        assert actions.deliver_due() == 1
    assert arrived(reader) == 1


def test_a_provider_that_fails_is_the_tables_business_and_not_the_queues(
    worker: Worker, reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(message: channels.Message) -> str:
        raise channels.SendingFailed("x")

    monkeypatch.setitem(channels.SENDERS, "sms", refuse)
    key = told(reader)

    assert work(worker) == 1
    assert [each.state for each in records.sendings_of(key)] == ["failed"]


def test_one_that_fails_is_handed_over_again_without_the_others(
    worker: Worker, reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [told(reader, subject=str(number)) for number in range(3)]
    real = records.get

    def broken(key: records.Key) -> records.Notice | None:
        if key == keys[1]:
            raise Unavailable("dynamodb: x")
        return real(key)

    monkeypatch.setattr(records, "get", broken)

    assert queue.take([(str(number), msgspec.json.encode(key).decode()) for number, key in enumerate(keys)]) == ["1"]


def test_what_is_no_message_of_ours_ends_with_the_dead_letters(worker: Worker) -> None:
    assert queue.take([("a", "?"), ("b", "[1]")]) == ["a", "b"]


def test_many_messages_of_one_commit_are_queued_ten_at_a_time(worker: Worker, reader: Api) -> None:
    with clock.pinned(NOON):
        tables.commit(
            [actions.message(reader.account, "claim_revoked", str(number), {"title": "锅", "reason": "x"})
             for number in range(25)]
        )  # fmt: skip

    done = [work(worker) for _ in range(4)]

    assert sum(done) == 25
    assert arrived(reader) == 25
