"""`make run`: the whole platform on this machine, with kept data. See README.md."""

import os
import signal
import socket
import sys
import threading
from types import FrameType
from typing import IO

from chalice.app import Chalice
from chalice.config import Config

from dev import demo, kept, settings
from dev.client import Client
from dev.emulator import CHECKOUT, HOST, Emulator, EmulatorFailed
from dev.fakes.wechat import FakeWechat
from dev.gateway import Gateway, Incoming, Outgoing
from dev.local_paths import PREFIX, LocalPaths, NotReady
from dev.outbox import Outbox
from dev.resources import ResourcesDiffer, create_all
from dev.schedules import Schedules
from dev.seed import edition, seed
from dev.server import Server, serve
from dev.steps import Detailed, say, step
from dev.worker import Worker

_DRAIN = 10.0  # seconds for requests and schedules under way at the stop


class CannotRun(Exception):
    """Why the local run does not start, for people."""


class LocalRun:
    """One run: emulator, application, server, seed, timers; up until told to stop."""

    def __init__(self, emulator: Emulator, port: int) -> None:
        self._emulator = emulator
        self._port = port
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._seeding_failed = ""

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Ask the run to end; also the handler of SIGINT and SIGTERM."""
        self._stop.set()

    def run(self) -> int:
        """Serve until stopped; the exit status."""
        with FakeWechat({}) as fake:
            settings.sign_in_with(fake, _site(self._port))
            return self._serve()

    def _serve(self) -> int:
        application = _application()
        outbox = Outbox()
        outbox.stand_in()
        self._schedules = Schedules(application, on_failure=say)
        self._worker = Worker(application, os.environ["NOTICES_QUEUE"], on_failure=say)
        self._local = LocalPaths(outbox, self._schedules)
        config = Config(chalice_stage="local", config_from_disk={"app_name": application.app_name})
        self._gateway = Gateway(application, config)
        server = serve(application, config, HOST, self._port, self._answer)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        threading.Thread(target=self._prepare, daemon=True).start()
        try:
            return self._watch()
        finally:
            self._wind_down(server)

    def _answer(self, request: Incoming) -> Outgoing:
        if request.path == "/health" and not self._ready.is_set():
            raise NotReady(headers={"Retry-After": "2"})
        if request.path.startswith(PREFIX):
            return self._local.answer(request)
        return self._gateway.answer(request)

    def _prepare(self) -> None:
        """Seed what is missing, then be ready. In a thread of its own, so that ctrl-C is heard meanwhile."""
        try:
            parameters = settings.Parameters()
            if parameters.seeded() != edition():
                say("  demo data (the first time takes a minute) ...")
                seed(Client(HOST, self._port))
                self._emulator.save()  # first the data, then the word that they are complete
                parameters.set_seeded(edition())
                self._emulator.save()
        except Exception as error:  # whatever it is: half-seeded must not look like ready
            self._seeding_failed = f"{type(error).__name__}: {error}"
            self._stop.set()
            return
        self._ready.set()
        self._schedules.start()
        self._worker.start()
        say(_banner(self._port, self._emulator))

    def _watch(self) -> int:
        """Save now and then until told to stop."""
        while not self._stop.wait(_save_every()):
            if not self._emulator.alive():
                say("The local AWS went away unexpectedly; start again with make run.")
                return 1
            try:
                self._emulator.save()
            except EmulatorFailed as error:
                say(f"{error} Is the disk full?")
        if self._seeding_failed:
            say(f"The demo data could not be made: {self._seeding_failed}")
            return 1
        return 0

    def _wind_down(self, server: Server) -> None:
        say("\nStopping ...")
        server.shutdown()
        self._schedules.stop(_DRAIN)
        self._worker.stop(_DRAIN)
        server.drain(_DRAIN)
        server.server_close()


def main() -> int:
    """Start everything, say what is happening, serve until ctrl-C; the exit status."""
    try:
        port = _port()
        with kept.lock(settings.state_directory()) as lock:
            kept.sign(lock, port)
            return _run(port, lock)
    except (CannotRun, kept.InUse, EmulatorFailed, ResourcesDiffer) as error:
        say(str(error))
        return 1


def _run(port: int, lock: IO[str]) -> int:
    _refuse_taken(port)
    state = settings.state_directory() / "state"
    aside = kept.set_aside_if_damaged(state)
    if aside is not None:
        say(f"The kept data could not be read; they were moved to {aside} and new ones are made.")
    emulator = Emulator(state, lock=lock.fileno())
    run = LocalRun(emulator, port)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # under nohup it stays ignored
            signal.signal(number, run.stop)
    try:
        with step("local AWS"):
            emulator.start()
        with step("tables, bucket, key"):
            settings.enter(emulator.endpoint)
            create_all(settings.STACK, emulator.endpoint)
            settings.Parameters().make_secrets()
        return run.run()
    finally:
        emulator.stop()
        say(f"The data are kept in {_shown(state)}; make run brings them back, make clean removes them.")


def _application() -> Chalice:
    sys.path.insert(0, str(CHECKOUT))
    from app import app  # here, once the environment points at the emulator
    from chalicelib.base import web

    web.every_route()  # every room is loaded before the first request comes
    if os.environ.get("VERBOSE") != "1":
        app.log.setLevel("WARNING")  # a line for every answer is for CloudWatch
    for handler in app.log.handlers:
        handler.setFormatter(Detailed())
    return app


def _save_every() -> float:
    """Seconds between two savings, which is what a kill of the emulator can cost at most."""
    return float(os.environ.get("SAVE_EVERY") or 20)


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotRun(f"PORT={text} is no port: take a number from 1 to 65535.")
    return int(text)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise CannotRun(f"Port {port} needs more rights than yours: make run PORT=8001") from None
        except OSError:
            raise CannotRun(f"Port {port} is taken by another program: make run PORT={port + 1}") from None


def _shown(path: os.PathLike[str]) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _site(port: int) -> str:
    return f"http://{HOST}:{port}"


def _banner(port: int, emulator: Emulator) -> str:
    url = _site(port)
    every = _save_every()
    json = "-H 'Content-Type: application/json'"
    people = "\n".join(f"  {person.phone}  {person.part}" for person in demo.PEOPLE)
    return f"""
MicroWish is up: {url}   (documentation: {url}/docs)

Accounts (any other phone signs in as a new citizen):
{people}

Sign-in codes are not sent but wait in the outbox:
  curl {url}/v1/auth/codes {json} -d '{{"phone": "{demo.PARTY_MEMBER}"}}'
  curl '{url}/_local/outbox?to={demo.PARTY_MEMBER}'
  curl {url}/v1/auth/tokens {json} -d '{{"phone": "{demo.PARTY_MEMBER}", "code": "<code>"}}'
With WeChat (a stand-in that speaks its protocol): open {url}/v1/auth/wechat in a browser, choose who you are, and
hand in the `link` you get together with a phone's code; from then on the same user is signed in at once.
To begin with:
  curl '{url}/v1/wishes?round=current&state=published&limit=3'
  curl {url}/v1/rounds/1/statistics
  curl {url}/v1/wishes/<id>/claim -H 'Authorization: Bearer <access token>' {json} -d '{{}}'

For an operator's commands (python -m dev.admin --help): --stage local --endpoint {emulator.endpoint}

ctrl-C stops and keeps the data. They are saved every {every:.0f} s and at the end, also when this program
is killed. Only if the local AWS (process {emulator.pid}) is killed too, the last {every:.0f} s are lost.
"""


if __name__ == "__main__":
    sys.exit(main())
