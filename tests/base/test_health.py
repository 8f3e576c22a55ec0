"""Health says whether what we stand on answers, soon, and without costing anything much."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from chalicelib.base import aws, health
from dev.emulator import HOST, Emulator
from dev.meter import metered
from tests.people import Api
from tests.races.local_aws import joined, new_stack
from tests.world import World, assert_problem


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    health.forget()
    yield
    health.forget()


def test_health_is_503_while_the_tables_are_gone_and_200_before(caplog: pytest.LogCaptureFixture) -> None:
    with Emulator() as emulator, joined(new_stack(emulator, "mortal")):
        before = Api().get("/health")
        emulator.kill()
        health.forget()
        after = Api().get("/health")

    assert (before.status, before.json) == (200, {"status": "ok", "stage": "test"})
    assert_problem(after, 503, "unavailable")
    assert int(after.headers["Retry-After"]) > 0
    assert "tables: EndpointConnectionError" in caplog.text
    assert "tables" not in after.text


@pytest.fixture
def silence() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.create_server((HOST, 0), backlog=64) as listening:
        yield f"http://{HOST}:{listening.getsockname()[1]}"


def test_a_dependency_that_hangs_is_given_up_soon(silence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", silence)
    aws.forget_clients()
    started = time.monotonic()
    try:
        reply = Api().get("/health")
    finally:
        aws.forget_clients()

    assert reply.status == 503
    assert time.monotonic() - started < 3 * len(health.DEPENDENCIES)


@pytest.mark.parametrize("missing", [each.name for each in health.DEPENDENCIES])
def test_any_of_them_missing_is_noticed(
    missing: str, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    variable = {"tables": "TABLE_PREFIX", "key": "KEY_ALIAS", "secrets": "SECRETS"}[missing]
    monkeypatch.setenv(variable, {"KEY_ALIAS": "alias/nobodys"}.get(variable, "/nowhere"))

    assert Api().get("/health").status == 503
    assert f"{missing}: " in caplog.text


def test_a_crowd_asking_costs_one_question(world: World) -> None:
    with metered() as meter:
        questions: list[str] = []
        quick = aws.quick_client("dynamodb").meta.events
        quick.register("before-call.dynamodb", lambda model, **_: questions.append(model.name))
        threads = [threading.Thread(target=health.require_all) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert questions == ["GetItem"]
    assert meter.write == 0


def test_recovery_is_seen_a_second_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(health.time, "monotonic", lambda: float(next(clock)))
    with monkeypatch.context() as broken:
        broken.setenv("KEY_ALIAS", "alias/nobodys")
        assert Api().get("/health").status == 503

    assert Api().get("/health").status == 200
