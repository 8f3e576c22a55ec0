"""What the local run serves itself: the outbox and the schedules."""

import json
import threading
from typing import Any

import pytest
from chalice import Chalice, Rate

from chalicelib.base import clock
from chalicelib.base.problems import BadRequest, MethodNotAllowed, NotFound, Problem
from chalicelib.notices import channels
from chalicelib.notices.channels import Message
from dev.gateway import Incoming
from dev.local_paths import LocalPaths
from dev.outbox import KEPT, Outbox
from dev.schedules import Schedules

PHONE = "17000090005"


class Trial:
    """The local paths over an application with two schedules."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.seen: list[str] = []
        self.hold = threading.Event()
        self.started = threading.Event()
        app = Chalice(app_name="trial")

        @app.schedule(Rate(1, unit=Rate.DAYS), name="tell_time", description="Says what time it is")
        def tell_time(event: Any) -> dict[str, str]:
            self.seen.append(clock.stamp())
            return {"now": clock.stamp(), "event": event.to_dict()["time"]}

        @app.schedule(Rate(5, unit=Rate.MINUTES), name="take_time")
        def take_time(event: Any) -> None:
            self.started.set()
            self.hold.wait(5)

        self.outbox = Outbox()
        self.schedules = Schedules(app, self.failures.append)
        self.paths = LocalPaths(self.outbox, self.schedules)

    def ask(self, method: str, target: str) -> Any:
        answer = self.paths.answer(Incoming(method, target, {}, b"", "127.0.0.1"))
        assert answer.status == 200
        return json.loads(answer.body)


@pytest.fixture
def trial() -> Trial:
    return Trial()


def a_message(to: str = PHONE, text: str = "hello", code: str | None = None) -> Message:
    return Message(to=to, channel="sms", kind="sign_in_code", text=text, code=code)


def test_the_outbox_stands_in_for_every_sender(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    for channel in list(channels.SENDERS):
        monkeypatch.setitem(channels.SENDERS, channel, channels.SENDERS[channel])  # put back afterwards

    trial.outbox.stand_in()
    channels.send(a_message())

    assert [sent["text"] for sent in trial.outbox.sent(PHONE)] == ["hello"]
    assert set(channels.SENDERS.values()) == {trial.outbox.record}


def test_the_outbox_shows_what_went_to_a_phone_newest_first(trial: Trial) -> None:
    trial.outbox.record(a_message(text="first"))
    trial.outbox.record(a_message(to="17000090006"))
    trial.outbox.record(a_message(text="second", code="123456"))

    items = trial.ask("GET", f"/_local/outbox?to={PHONE}")["items"]

    assert [item["text"] for item in items] == ["second", "first"]
    assert set(items[1]) == {"at", "to", "channel", "kind", "text"}
    assert items[0]["code"] == "123456"
    assert clock.moment(items[0]["at"])


def test_without_a_recipient_the_outbox_shows_everything(trial: Trial) -> None:
    trial.outbox.record(a_message())
    trial.outbox.record(a_message(to="group-7"))

    assert len(trial.ask("GET", "/_local/outbox")["items"]) == 2
    assert trial.ask("GET", "/_local/outbox?to=1700009")["items"] == []


def test_the_outbox_forgets_the_oldest(trial: Trial) -> None:
    for number in range(KEPT + 1):
        trial.outbox.record(a_message(text=str(number)))

    texts = [sent["text"] for sent in trial.outbox.sent(PHONE)]
    assert (len(texts), texts[-1]) == (KEPT, "1")


def test_schedules_are_listed_with_their_descriptions(trial: Trial) -> None:
    assert trial.ask("GET", "/_local/schedules")["items"] == [
        {"name": "tell_time", "description": "Says what time it is"},
        {"name": "take_time", "description": ""},
    ]


def test_a_schedule_runs_as_if_at_the_given_time_and_only_then(trial: Trial) -> None:
    before = clock.stamp()

    ran = trial.ask("POST", "/_local/schedules/tell_time?at=2026-12-24T09:30:00%2B08:00")

    assert ran["result"] == {"now": "2026-12-24T01:30:00Z", "event": "2026-12-24T01:30:00Z"}
    assert (ran["name"], ran["at"]) == ("tell_time", "2026-12-24T01:30:00Z")
    assert before <= clock.stamp() < "2026-12-24"


def test_a_schedule_runs_now_without_a_time(trial: Trial) -> None:
    before = clock.stamp()

    ran = trial.ask("POST", "/_local/schedules/tell_time")

    assert before <= ran["at"] <= ran["result"]["now"] <= clock.stamp()


def test_a_schedule_without_an_answer_leaves_the_result_out(trial: Trial) -> None:
    trial.hold.set()

    assert set(trial.ask("POST", "/_local/schedules/take_time")) == {"name", "at"}


@pytest.mark.parametrize(
    ("method", "target", "refusal"),
    [
        ("GET", "/_local/nothing", NotFound),
        ("GET", "/_local/", NotFound),
        ("POST", "/_local/schedules/unknown", NotFound),
        ("POST", "/_local/schedules/tell_time?at=tomorrow", BadRequest),
        ("POST", "/_local/schedules/tell_time?at=2026-12-24", BadRequest),
        ("POST", "/_local/schedules/tell_time?at=2026-12-24T09:30:00", BadRequest),
        ("POST", "/_local/schedules/tell_time?at=", BadRequest),
        ("POST", "/_local/schedules/tell_time?when=2026-12-24T09:30:00Z", BadRequest),
        ("POST", "/_local/schedules/tell_time?at=2026-12-24T09:30:00Z&at=2026-12-25T09:30:00Z", BadRequest),
        ("GET", "/_local/schedules/tell_time", MethodNotAllowed),
        ("POST", "/_local/outbox", MethodNotAllowed),
    ],
)
def test_what_cannot_be_served_is_refused(trial: Trial, method: str, target: str, refusal: type[Problem]) -> None:
    with pytest.raises(refusal):
        trial.paths.answer(Incoming(method, target, {}, b"", "127.0.0.1"))

    assert trial.seen == []


def test_the_timer_leaves_a_schedule_alone_that_is_running(trial: Trial) -> None:
    schedule = trial.schedules._all["take_time"]
    running = threading.Thread(target=schedule.run)
    running.start()
    assert trial.started.wait(5)

    ran_meanwhile = schedule.run_unless_running()
    trial.hold.set()
    running.join(5)

    assert not ran_meanwhile
    assert schedule.run_unless_running()


def test_a_failing_run_is_told_in_one_line_and_the_timer_goes_on() -> None:
    app = Chalice(app_name="trial")
    twice = threading.Semaphore(0)

    @app.schedule("rate(1 minute)", name="fails")
    def fails(event: Any) -> None:
        twice.release()
        raise RuntimeError("13800000000")

    failures: list[str] = []
    schedules = Schedules(app, failures.append)
    schedules._all["fails"].every /= 200  # ten milliseconds

    schedules.start()
    assert twice.acquire(timeout=5)
    assert twice.acquire(timeout=5)
    schedules.stop(5)

    assert failures[:2] == ["schedule fails failed: RuntimeError"] * 2


def test_what_runs_every_minute_in_aws_runs_at_once_here() -> None:
    app = Chalice(app_name="trial")

    @app.schedule("rate(1 minute)", name="imports")
    def imports(event: Any) -> None: ...

    @app.schedule("rate(2 minutes)", name="sweep")
    def sweep(event: Any) -> None: ...

    schedules = Schedules(app, [].append)

    assert schedules._all["imports"].every.total_seconds() == 2
    assert schedules._all["sweep"].every.total_seconds() == 120
