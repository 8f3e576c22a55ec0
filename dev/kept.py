"""The directory of the local run's data: one run at a time, and nothing unreadable in it."""

import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO

_GRACE = 30.0  # seconds for the emulator of a run that was killed to save its data and end


class InUse(Exception):
    """Another run uses this checkout's data; the text is for people."""


def lock(directory: Path) -> IO[str]:
    """Take the directory for this run, until the file and every child that inherited it are closed.

    The emulator inherits it. When a run was killed, its emulator saves for a moment more: that is waited for.
    Raises InUse.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = (directory / "lock").open("a+")
    until = time.monotonic() + _GRACE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            holder = _holder(file)
            if (holder and _is_running(int(holder[0]))) or time.monotonic() > until:
                raise InUse(_in_use(holder)) from None
            time.sleep(0.2)
    return file


def sign(file: IO[str], port: int) -> None:
    """Write into the lock who holds it and where they serve."""
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()} {port}")
    file.flush()


def set_aside_if_damaged(state: Path) -> Path | None:
    """Move the data away if a file of them cannot be read, and say where to; the run then starts afresh.

    Half of the data would be worse than none: the emulator starts a service whose file it cannot read empty,
    and the secrets, say, would no longer fit the tables.
    """
    for file in sorted(state.glob("*.json")):
        try:
            json.loads(file.read_bytes())
        except ValueError:
            aside = state.with_name(f"{state.name}.damaged-{int(time.time())}")
            state.rename(aside)
            return aside
    return None


def _holder(file: IO[str]) -> list[str]:
    file.seek(0)
    return file.read().split()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _in_use(holder: list[str]) -> str:
    where = f": http://127.0.0.1:{holder[1]} (process {holder[0]})" if len(holder) == 2 else ""
    return f"MicroWish is already running in this checkout{where}. Stop that one first, or use another checkout."
