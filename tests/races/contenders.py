"""Sixteen processes that do things at the same moment, as sixteen Lambdas would.

They are forked from a server that has loaded the app once, stay alive for all rounds of a race, and share nothing
but the local AWS. A barrier lets them all go at once.
"""

import multiprocessing
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Self

MOST = 16
_PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Request:
    """One call of the API. Build it in the test, run it anywhere."""

    token: str
    method: str
    path: str
    body: Any = None
    key: str = ""
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Schedule:
    """A run of one of the scheduled functions, or of the claims' clock alone (`keep_time`), as if at that time."""

    name: str
    at: str


@dataclass(frozen=True)
class Delivery:
    """What the queue hands to a worker: messages by (recipient, sort key), as if at that time."""

    messages: tuple[tuple[str, str], ...]
    at: str


Job = Request | Schedule | Delivery


@dataclass(frozen=True)
class Outcome:
    """What came of it. For schedules: status 200 and the function's result; the text of what was sent is not kept."""

    status: int
    json: Any
    sent: int = 0

    @property
    def code(self) -> str:
        """The problem's code, "" for a success."""
        return str(self.json["code"]) if self.status >= 400 else ""


class Contenders:
    """The processes; `race` gives each something to do at once. Use as a context manager."""

    def __init__(self, environment: dict[str, str], number: int = MOST) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.races.warmed_up", "tests.people"])
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        self._environment = environment
        self.run: list[int] = []  # how many went at once, race by race
        self._barriers = {count: context.Barrier(count) for count in range(1, number + 1)}
        for _ in range(number):
            mine, theirs = context.Pipe()
            process = context.Process(target=_contend, args=(theirs, self._barriers), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(mine)
            self._processes.append(process)

    def join(self, environment: dict[str, str]) -> None:
        """Work on that stack from now on."""
        self._environment = environment

    def race(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Run the jobs at the same moment, each in a process of its own; their outcomes in the same order."""
        self.run.append(len(jobs))
        for pipe, job in zip(self._pipes, jobs, strict=False):
            pipe.send((self._environment, len(jobs), job))
        return [self._answer(pipe) for pipe, _ in zip(self._pipes, jobs, strict=False)]

    def _answer(self, pipe: Connection) -> Outcome:
        assert pipe.poll(_PATIENCE), "a contender does not answer"
        outcome = pipe.recv()
        assert isinstance(outcome, Outcome), outcome
        return outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in self._pipes:
            pipe.send(None)
            pipe.close()
        for process in self._processes:
            process.join(5)
            if process.is_alive():
                process.kill()


def _contend(pipe: Connection, barriers: dict[int, Any]) -> None:
    from chalicelib.notices import channels

    sent: list[object] = []
    for channel in channels.CHANNELS:
        channels.SENDERS[channel] = sent.append
    while (received := pipe.recv()) is not None:
        environment, count, job = received
        os.environ.update(environment)
        sent.clear()
        barriers[count].wait(_PATIENCE)
        try:
            status, json = _done(job)
            pipe.send(Outcome(status, json, len(sent)))
        except Exception as error:  # whatever it is, the test has to hear of it instead of waiting
            pipe.send(f"{type(error).__name__}: {error}")


def _done(job: Job) -> tuple[int, Any]:
    import json

    from chalicelib.base import clock
    from chalicelib.claims import timekeeping
    from chalicelib.notices import queue
    from chalicelib.reminders import actions as schedules
    from chalicelib.reminders import holding
    from tests.people import Api

    if isinstance(job, Delivery):
        with clock.pinned(clock.moment(job.at)):
            return 200, queue.take(
                [(str(place), json.dumps(key)) for place, key in enumerate(job.messages)], holding.still_so
            )
    if isinstance(job, Schedule):
        with clock.pinned(clock.moment(job.at)):
            if job.name == "keep_time":
                return 200, timekeeping.run(job.at, _PATIENCE)
            return 200, getattr(schedules, job.name)()
    reply = Api(job.token).call(
        job.method, job.path, job.body, key=job.key, raw=job.raw, headers=job.headers, **job.query
    )
    return reply.status, reply.json
