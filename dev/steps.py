"""What the commands show while they work: a line per step, a bar on a terminal, few lines elsewhere."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from tqdm import tqdm  # type: ignore[import-untyped]


def say(text: str = "") -> None:
    """A line for people, shown at once."""
    print(text, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Names what is being done and, at its end, how many seconds it took."""
    started = time.monotonic()
    print(f"  {what} ...", end="", flush=True)
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


class Detailed(logging.Formatter):
    """A log line for people; the application's messages carry their code and values."""

    def format(self, record: logging.LogRecord) -> str:
        """Level and message."""
        return f"{record.levelname.lower()} {super().format(record)}"


class Bar:
    """Progress over a known number of parts: a bar on a terminal, otherwise one line for each named stage."""

    def __init__(self, parts: int) -> None:
        self._bar = tqdm(
            total=parts,
            disable=not sys.stdout.isatty(),
            file=sys.stdout,
            bar_format="    {desc:<44} {bar} {n_fmt}/{total_fmt}",
            ncols=90,
            nrows=24,  # some terminals tell no size, and tqdm would show nothing there
        )
        self._stage = ""

    def stage(self, name: str) -> None:
        """What is being done now."""
        if name != self._stage and self._bar.disable:
            say(f"    {name}")
        self._stage = name
        self._bar.set_description_str(name)

    def done(self) -> None:
        """One part more is finished."""
        self._bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
