"""The whole local run as a person starts it: seeded, stopped, killed, started again, with its data."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from dev import demo
from dev.client import Client, Refused
from dev.emulator import CHECKOUT, HOST, free_port

pytestmark = pytest.mark.local

_PATIENCE = 120.0  # seconds


class Run:
    """`make run` without make: a child process, with its own data directory and port."""

    def __init__(self, data: Path, save_every: float = 20.0) -> None:
        self.port = free_port()
        self.client = Client(HOST, self.port)
        self._output = data.with_name(f"{data.name}-{self.port}.log")
        settings = {"PORT": str(self.port), "LOCAL_STATE": str(data), "SAVE_EVERY": str(save_every)}
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dev.run"],
                cwd=CHECKOUT,
                env=os.environ | settings,
                stdout=output,
                stderr=output,
            )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def until(self, what: str, reached: Any) -> None:
        """Look again and again until `reached()`; fail with the run's output when it ends or hangs."""
        deadline = time.monotonic() + _PATIENCE
        while not reached():
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, f"{what}: {self.output}"
            time.sleep(0.05)

    def ready(self) -> Self:
        self.until("ready", lambda: self.health() == 200)
        self.until("banner", lambda: "ctrl-C" in self.output)
        return self

    def health(self) -> int:
        try:
            return self.client.send("GET", "/health").status
        except OSError:
            return 0

    def stop(self, number: int = signal.SIGTERM) -> int:
        self._process.send_signal(number)
        return self._process.wait(_PATIENCE)

    def kill_everything(self) -> None:
        """As a power cut: the run and its emulator at once."""
        found = re.search(r"process (\d+)", self.output)
        assert found is not None
        os.kill(int(found[1]), signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def wait_for_saving(self, data: Path) -> None:
        """Return when a saving that began after this call is on disk: the second from now, at the latest."""
        tables, seen = data / "state" / "dynamodb.json", set()

        def twice() -> bool:
            self.client.call("POST", "/v1/auth/codes", {"phone": "17000099999"})  # nothing new, nothing saved
            seen.add(tables.stat().st_mtime_ns)
            return len(seen) > 2

        self.until("saved twice", twice)

    def has_rounds(self) -> bool:
        try:
            return bool(self.client.call("GET", "/v1/rounds")["items"])
        except (OSError, Refused):
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop(signal.SIGINT)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of a run that was stopped in the middle of its first seeding, and finished by the next."""
    data = tmp_path_factory.mktemp("local") / "data"
    with Run(data) as first:
        first.until("listening", lambda: first.health() == 503)
        first.until("the first round", first.has_rounds)
        assert first.health() == 503
        assert first.stop(signal.SIGINT) == 0
    with Run(data) as second:
        second.ready()
    return data


@pytest.fixture(scope="module")
def shared(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One run for the tests that only look."""
    with Run(Path(shutil.copytree(seeded, tmp_path_factory.mktemp("shared") / "data"))) as started:
        yield started.ready()


@pytest.fixture
def data(seeded: Path, tmp_path: Path) -> Path:
    """A copy of the seeded data, for one test alone."""
    return Path(shutil.copytree(seeded, tmp_path / "data"))


@pytest.fixture
def run(data: Path) -> Iterator[Run]:
    with Run(data, save_every=0.2) as started:
        yield started.ready()


def a_published_wish(run: Run, subdistrict: str) -> str:
    listed = run.client.every("/v1/wishes", {"state": "published", "subdistrict": subdistrict})
    return str(listed[0]["id"])


def test_the_seed_is_what_the_product_says_even_after_an_interruption(shared: Run) -> None:
    numbers = shared.client.call("GET", "/v1/rounds/1/statistics")
    wall = shared.client.every("/v1/wishes", {"state": "published"})
    administrator = shared.client.signed_in(demo.ADMINISTRATOR)

    states = [
        wish["state"]
        for state in ("submitted", "verified", "published")
        for wish in administrator.every("/v1/wishes", {"state": state})
    ]

    assert (numbers["collected"], numbers["claimed"], numbers["fulfilled"]) == (414, 414, 414)
    assert numbers["by_subject"] == {"individual": 390, "team": 24}
    assert numbers["by_claimant_type"]["party_member"] == 284
    assert [round_["state"] == "closed" for round_ in shared.client.every("/v1/rounds")] == [False, True]
    assert len(wall) == 12
    assert sorted(states) == ["published"] * 12 + ["submitted"] * 2 + ["verified"]
    assert administrator.call("GET", "/v1/rounds/1/reports")["items"]


@pytest.mark.parametrize("person", demo.PEOPLE, ids=lambda person: person.part)
def test_every_seeded_person_signs_in_with_their_roles(shared: Run, person: demo.Person) -> None:
    me = shared.client.signed_in(person.phone).call("GET", "/v1/me")

    assert tuple(me["roles"]) == person.roles
    assert tuple(me["subdistricts"]) == person.subdistricts
    assert me["claimant_type"] == person.claimant_type


def test_the_main_road_is_walked_and_still_there_after_a_stop(run: Run, data: Path) -> None:
    member, liaison = run.client.signed_in(demo.PARTY_MEMBER), run.client.signed_in(demo.LOCAL_LIAISON)
    wish = a_published_wish(run, demo.HOME[0])

    claim = member.call("POST", f"/v1/wishes/{wish}/claim", {}, expect=(201,))["id"]
    for stage in ("contacted", "prepared", "on_the_way"):
        member.call("POST", f"/v1/claims/{claim}/progress", {"stage": stage})
    member.call("POST", f"/v1/claims/{claim}/deliver", {"note": "放在门卫处"})
    liaison.call("POST", f"/v1/claims/{claim}/confirm", {"method": "phone", "thanks": "谢谢"})
    assert run.stop() == 0

    with Run(data) as again:
        again.ready()
        shown = again.client.call("GET", f"/v1/wishes/{wish}")
        claims = again.client.signed_in(demo.PARTY_MEMBER).every("/v1/me/claims")
    assert shown["state"] == "fulfilled"
    assert [(mine["id"], mine["state"]) for mine in claims] == [(claim, "fulfilled")]
    assert "demo data" not in again.output  # nothing had to be seeded again


def test_what_was_saved_survives_a_kill_of_everything(run: Run, data: Path) -> None:
    wish = a_published_wish(run, demo.HOME[0])
    company = run.client.signed_in(demo.COMPANY)
    claim = company.call("POST", f"/v1/wishes/{wish}/claim", {"contributors": 3})["id"]
    run.wait_for_saving(data)
    run.kill_everything()

    with Run(data) as again:
        again.ready()
        claims = again.client.signed_in(demo.COMPANY).every("/v1/me/claims")
    assert [(mine["id"], mine["state"]) for mine in claims] == [(claim, "live")]


def test_a_killed_run_loses_nothing_while_its_emulator_lives(run: Run, data: Path) -> None:
    phone = "17000099001"
    account = run.client.signed_in(phone).call("GET", "/v1/me")["id"]
    run.stop(signal.SIGKILL)

    with Run(data) as again:
        assert again.ready().client.signed_in(phone).call("GET", "/v1/me")["id"] == account


def test_a_second_run_of_the_same_data_says_where_the_first_one_is(run: Run, data: Path) -> None:
    with Run(data) as second:
        status = second._process.wait(30)

    assert status == 1
    assert f"http://{HOST}:{run.port}" in second.output


def test_a_taken_port_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        monkeypatch.setattr(f"{__name__}.free_port", lambda: other.getsockname()[1])
        with Run(tmp_path / "data") as run:
            status = run._process.wait(30)

    assert status == 1
    assert f"Port {run.port} is taken" in run.output


@pytest.mark.parametrize("port", ["0", "70000", "eight"])
def test_a_port_that_is_none_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setattr(f"{__name__}.free_port", lambda: port)

    with Run(tmp_path / "data") as run:
        status = run._process.wait(30)

    assert status == 1
    assert f"PORT={port}" in run.output


def test_schedules_run_to_their_end_on_request(shared: Run) -> None:
    listed = shared.client.call("GET", "/_local/schedules")["items"]

    assert listed
    assert all(schedule["description"] for schedule in listed)
    for schedule in listed:
        name, query = schedule["name"], {"at": "2026-12-24T01:00:00Z"}
        assert shared.client.call("POST", f"/_local/schedules/{name}", query=query)["name"] == name
