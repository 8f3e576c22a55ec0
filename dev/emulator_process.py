"""The emulator's own process: ministack, plus the saving it lacks.

ministack writes its state only when it is stopped, so a kill loses everything since the start. This entry
point runs the same ASGI application in the same way and adds two things:

- `POST /_local/save` writes the state, as a stop would, without stopping; 204 when it is on disk (or nothing
  was written since the last time), 500 when it could not be;
- when the parent goes away, however it went, standard input ends: the state is saved and the process stops.

Started by `dev.emulator`, which hands over the settings as environment variables.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack  # type: ignore[import-untyped]
from ministack.core import persistence  # type: ignore[import-untyped]

SAVE_PATH = "/_local/save"
_READS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Decrypt", "GenerateDataKey")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class SavingEmulator:
    """ministack's ASGI application, remembering whether anything may have changed since the last save."""

    def __init__(self) -> None:
        self._changed = False
        self._saving = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (or the lifespan) as ministack does."""
        if scope["type"] == "http" and scope["path"] == SAVE_PATH:
            status = 204 if await self.save() else 500
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        if scope["type"] == "http" and not _only_reads(scope):
            self._changed = True
        await ministack.app(scope, receive, send)

    async def save(self) -> bool:
        """Write what changed; whether it is on disk.

        DynamoDB is answered on this event loop, so a fork between two requests is one moment of all tables,
        and the copy can take its seconds to write without anybody waiting.
        """
        async with self._saving:
            if not self._changed:
                return True
            self._changed = False
            child = os.fork()
            if child == 0:
                _write_and_leave()
            _, status = await asyncio.to_thread(os.waitpid, child, 0)
            if status != 0:
                self._changed = True
            return status == 0

    async def settled(self) -> None:
        """Return when no save is under way: the last one, at the stop, must not meet an older one."""
        async with self._saving:
            pass


def _write_and_leave() -> None:
    """In the forked copy: save and end, without any of the clean-up that is the parent's."""
    failures = _Failures(logging.ERROR)
    try:
        logging.getLogger("persistence").addHandler(failures)
        persistence.save_all(ministack._build_persistence_save_dict())
        os._exit(1 if failures.seen else 0)
    finally:
        os._exit(2)


class _Failures(logging.Handler):
    """ministack only logs that a file could not be written."""

    seen = False

    def emit(self, record: logging.LogRecord) -> None:
        self.seen = True


def _only_reads(scope: Scope) -> bool:
    targets = [value for name, value in scope["headers"] if name.lower() == b"x-amz-target"]
    if not targets:
        return scope["method"] in ("GET", "HEAD")
    operation: str = targets[0].decode("latin-1").rpartition(".")[2]
    return operation.startswith(_READS)


async def _parent_left() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(4096):
        pass


def _settings() -> Config:
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.2  # the clients' idle connections would hold the stop up otherwise
    config.loglevel = "WARNING"
    config.accesslog = None
    config.backlog = 1024
    return config


async def _serve() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watch = asyncio.create_task(_parent_left())
    watch.add_done_callback(lambda _: stop.set())
    emulator = SavingEmulator()

    async def stopped() -> None:
        await stop.wait()
        await emulator.settled()

    await serve(emulator, _settings(), shutdown_trigger=stopped)  # type: ignore[arg-type]
    watch.cancel()


if __name__ == "__main__":
    asyncio.run(_serve())  # until SIGTERM, SIGINT or the end of standard input; ministack saves as it stops
