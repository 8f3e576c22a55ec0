"""The application's schedules, by hand as if at some time and on the timer Chalice's local mode lacks."""

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from chalice.app import Chalice, Rate, ScheduledEventConfig

from chalicelib.base import clock
from chalicelib.base.problems import NotFound
from dev.emulator import REGION
from dev.resources import ACCOUNT

_UNITS = {"minute": "minutes", "hour": "hours", "day": "days"}
_SHORTEST = timedelta(minutes=1)  # EventBridge knows no shorter rate: what has it would run at once if it could,
_AT_ONCE = timedelta(seconds=2)  # and here it nearly does, so that nobody waits a minute for an upload's first row


class Schedule:
    """One schedule of the application. Never runs twice at the same time."""

    def __init__(self, config: ScheduledEventConfig, function: Callable[[dict[str, Any], Any], Any]) -> None:
        self.name = str(config.name)
        self.description = str(config.description or "")
        interval = _interval(config.schedule_expression)
        self.every = interval if interval > _SHORTEST else _AT_ONCE
        self._function = function
        self._running = threading.Lock()

    def run(self, at: datetime | None = None) -> object:
        """Run to the end, with `at` as if at that time; the function's answer. Waits for a run under way."""
        with self._running:
            return self._run(at)

    def run_unless_running(self) -> bool:
        """What the timer does: run now, or let it be when a run is under way. Whether it ran."""
        if not self._running.acquire(blocking=False):
            return False
        try:
            self._run(None)
        finally:
            self._running.release()
        return True

    def _run(self, at: datetime | None) -> object:
        with clock.pinned(at) if at is not None else nullcontext():
            moment = clock.stamp()
            event = {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": ACCOUNT,
                "time": moment,
                "region": REGION,
                "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{self.name}"],
                "detail": {},
            }
            context = SimpleNamespace(
                function_name=self.name,
                aws_request_id=event["id"],
                get_remaining_time_in_millis=lambda: 900_000,
            )
            return self._function(event, context)


class Schedules:
    """All of them, by name."""

    def __init__(self, app: Chalice, on_failure: Callable[[str], None]) -> None:
        self._all = {
            config.name: Schedule(config, app.handler_map[config.name])
            for config in app.event_sources
            if isinstance(config, ScheduledEventConfig)
        }
        self._on_failure = on_failure
        self._stop = threading.Event()
        self._timers: list[threading.Thread] = []

    def list(self) -> list[dict[str, str]]:
        """Name and description of each, as `GET /_local/schedules` shows them."""
        return [{"name": found.name, "description": found.description} for found in self._all.values()]

    def run(self, name: str, at: datetime | None) -> object:
        """Run one to its end. Raises NotFound, and whatever the schedule raises."""
        schedule = self._all.get(name)
        if schedule is None:
            raise NotFound()
        return schedule.run(at)

    def start(self) -> None:
        """Run each at its rate from now on, the first time one interval from now."""
        for schedule in self._all.values():
            timer = threading.Thread(target=self._keep_running, args=(schedule,), daemon=True, name=schedule.name)
            timer.start()
            self._timers.append(timer)

    def stop(self, timeout: float) -> None:
        """Start no more runs and give those under way `timeout` seconds in all to end."""
        self._stop.set()
        until = time.monotonic() + timeout
        for timer in self._timers:
            timer.join(max(0.0, until - time.monotonic()))

    def _keep_running(self, schedule: Schedule) -> None:
        while not self._stop.wait(schedule.every.total_seconds()):
            try:
                schedule.run_unless_running()
            except Exception as error:  # the timer must outlive every run; the text may hold personal data
                self._on_failure(f"schedule {schedule.name} failed: {type(error).__name__}")


def _interval(expression: object) -> timedelta:
    """The interval of Rate(...) or "rate(5 minutes)". Raises ValueError for anything else."""
    text = expression.to_string() if isinstance(expression, Rate) else str(expression)
    number, _, unit = text.removeprefix("rate(").rstrip(")").partition(" ")
    name = _UNITS.get(unit.rstrip("s"))
    if not text.startswith("rate(") or not number.isdigit() or name is None:
        raise ValueError(f"the local run keeps no timer for {text}")
    return timedelta(**{name: int(number)})
