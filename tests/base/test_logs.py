"""What the log says of an invocation: one JSON line for each thing, with ids and numbers and nothing personal."""

import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import app
from chalicelib.base import invocations, logs, metrics
from chalicelib.base.problems import Conflict
from tests.people import CITIZEN, Api
from tests.world import World


class Written(logging.Handler):
    """Takes the lines as CloudWatch would get them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.Lines())
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        assert "\n" not in text
        self.lines.append(json.loads(text))

    def of(self, code: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["code"] == code]


@pytest.fixture
def written() -> Iterator[Written]:
    handler = Written()
    app.app.log.addHandler(handler)
    yield handler
    app.app.log.removeHandler(handler)


def test_the_applications_own_handlers_write_such_lines() -> None:
    assert app.app.log.handlers
    assert any(isinstance(handler.formatter, logs.Lines) for handler in app.app.log.handlers)


def test_every_answer_leaves_one_line_with_route_status_and_milliseconds(world: World, written: Written) -> None:
    reply = world.anyone.get(f"/v1/rounds/{world.round_id}")

    (line,) = written.of("answered")
    assert line["level"] == "INFO"
    assert line["route"] == "GET /v1/rounds/{round_id}"
    assert (line["status"], line["function"]) == (200, "api")
    assert line["ms"] >= 0
    assert line["request_id"] == reply.headers[invocations.REQUEST_ID_HEADER]


def test_refusals_carry_their_request_id_too(world: World, written: Written) -> None:
    reply = world.anyone.get("/v1/me")

    assert reply.status == 401
    assert written.of("answered")[0]["request_id"] == reply.headers["X-Request-Id"]


def test_two_requests_are_told_apart(world: World) -> None:
    first, second = world.anyone.get("/health"), world.anyone.get("/health")

    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


def test_the_trace_of_the_gateway_is_on_the_line(world: World, written: Written) -> None:
    header = {"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"}

    world.anyone.call("GET", "/health", headers=header)

    assert written.of("answered")[0]["trace_id"] == "1-67891233-abcdef012345678912345678"


def test_the_trace_of_lambda_serves_where_the_gateway_sends_none(
    world: World, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")

    world.anyone.call("GET", "/health", headers={"X-Amzn-Trace-Id": 'anything "at all"'})

    assert written.of("answered")[0]["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"


def test_neither_query_nor_body_nor_path_reach_the_log(world: World, written: Written) -> None:
    world.anyone.get("/v1/wishes/lookup", receipt="SECRET22", phone_last4="4711")
    world.anyone.post("/v1/auth/codes", {"phone": "17000099123"})
    world.anyone.get("/v1/wishes/01SECRETWISH")

    text = json.dumps(written.lines)
    assert len(written.of("answered")) == 3
    assert not any(secret in text for secret in ("SECRET22", "4711", "17000099123", "01SECRETWISH"))


def test_a_won_and_a_lost_claim_are_metrics_of_the_stack(world: World, written: Written) -> None:
    made = world.published()
    world.staff.company.must("POST", f"/v1/wishes/{made['id']}/claim", {})
    world.staff.member.post(f"/v1/wishes/{made['id']}/claim")

    won, lost = [line for line in written.of("answered") if "_aws" in line]
    assert (won["claims_won"], lost["claims_lost"]) == (1, 1)
    (directive,) = won["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "MicroWish",
        "Dimensions": [["stack"]],
        "Metrics": [{"Name": "claims_won", "Unit": "Count"}],
    }
    assert won["stack"] == "microwish-handlers"
    assert won["_aws"]["Timestamp"] > 1_700_000_000_000


def test_a_claim_made_before_is_not_won_again(world: World, written: Written) -> None:
    made = world.published()
    for _ in range(2):
        world.staff.company.must("POST", f"/v1/wishes/{made['id']}/claim", {}, key="once")

    assert sum(line.get("claims_won", 0) for line in written.lines) == 1


def test_a_bug_is_a_metric_and_an_error_line(world: World, written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.base import openapi

    monkeypatch.setattr(openapi, "text", lambda: 1 / 0)

    Api().get("/openapi.json")

    (line,), (fault,) = written.of("answered"), written.of("unexpected_error")
    assert (line["level"], line["errors"], line["status"]) == ("ERROR", 1, 500)
    assert fault["kind"] == "ZeroDivisionError"
    assert fault["request_id"] == line["request_id"]


def run(act: Any, name: str = "reminders") -> Any:
    context = SimpleNamespace(function_name=name, aws_request_id="6a2f")
    return invocations.ran(SimpleNamespace(context=context), lambda event: act())


def test_a_run_leaves_its_duration_by_function(written: Written) -> None:
    assert run(lambda: {"due": 3}) == {"due": 3}

    (line,) = written.of("ran")
    assert (line["function"], line["request_id"], line["runs_failed"]) == ("reminders", "6a2f", 0)
    assert line["run_ms"] >= 0
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stack", "function"]]


def test_what_a_run_counts_is_on_its_last_line(written: Written) -> None:
    run(lambda: metrics.count("messages_sent", 4))

    assert written.of("ran")[0]["messages_sent"] == 4


def test_a_failing_run_fails_without_saying_whose_data_it_met(written: Written) -> None:
    def fail() -> None:
        raise LookupError("秦明华 17000091234")

    with pytest.raises(invocations.RunFailed) as raised:
        run(fail)

    assert str(raised.value).startswith("LookupError at invocations.py:")
    assert raised.value.__suppress_context__  # Lambda prints the traceback: the cause must not be in it
    assert "17000091234" not in json.dumps(written.lines) + str(raised.value)
    assert written.of("ran")[0]["runs_failed"] == 1
    assert written.of("ran")[0]["level"] == "ERROR"


def test_a_refused_run_is_raised_as_it_is(written: Written) -> None:
    def refuse() -> None:
        raise Conflict("report_busy")

    with pytest.raises(Conflict):
        run(refuse)

    assert written.of("run_refused")[0]["kind"] == "report_busy"


def test_only_the_first_invocation_of_a_process_is_cold(written: Written) -> None:
    for _ in range(2):
        run(dict, name="first-seen-here")

    assert [line["cold"] for line in written.of("ran")] == [True, False]


def test_numbers_outside_of_any_invocation_are_nobodys() -> None:
    metrics.count("claims_won")

    with metrics.gathered() as counted:
        pass
    assert counted == {}


def test_an_exception_logged_by_others_shows_kind_and_place_alone(written: Written) -> None:
    try:
        raise ValueError(CITIZEN)
    except ValueError:
        app.app.log.error("Caught exception", exc_info=True)

    (line,) = written.of("text")
    assert line["kind"] == "ValueError"
    assert "test_logs.py" in line["place"]
    assert CITIZEN not in json.dumps(line)


@pytest.mark.parametrize("event_type", ["http", "scheduled", "sqs", "pure_lambda"])
def test_every_kind_of_function_is_observed(event_type: str) -> None:
    assert list(app.app._get_middleware_handlers(event_type))
