"""What the log may hold: one JSON line for each thing worth knowing, made of codes, ids and numbers.

A line names what happened by a stable code and tells where and in which invocation. Its fields are the ones listed
here and no others, so that no text somebody typed, no body and no query can get in.
"""

import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypedDict, Unpack

import msgspec

_log = logging.getLogger("microwish")
_LONGEST: Final = 300  # characters of a value: places are long, everything else is a word
_invocation: ContextVar[dict[str, str]] = ContextVar("invocation")


class Fields(TypedDict, total=False):
    """What a line may say besides its code. Words of ours, names of classes, numbers."""

    kind: str  # of an exception or a message: the name of its class, or its code
    where: str  # the route or part that met it
    place: str  # files and line numbers
    reason: str  # a service's own error code
    channel: str
    count: int
    status: int
    ms: int
    cold: bool


def info(code: str, **fields: Unpack[Fields]) -> None:
    """What happened and is as it should be."""
    _write(logging.INFO, code, fields)


def warning(code: str, **fields: Unpack[Fields]) -> None:
    """What went wrong and will be tried again."""
    _write(logging.WARNING, code, fields)


def error(code: str, **fields: Unpack[Fields]) -> None:
    """What went wrong and somebody has to look at."""
    _write(logging.ERROR, code, fields)


def place_of(error: BaseException) -> str:
    """The way into the error, innermost last: files and lines, never values."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)


@contextmanager
def invocation(**ids: str) -> Iterator[None]:
    """Every line written in the block carries these: request_id, trace_id, function, route."""
    token = _invocation.set({name: value for name, value in ids.items() if value})
    try:
        yield
    finally:
        _invocation.reset(token)


def set_up(logger: logging.Logger) -> None:
    """Have the logger's handlers write such lines, whoever logs through it."""
    # What no line says is not gathered for each (the standard library's own advice for speed).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    for handler in logger.handlers:
        handler.setFormatter(Lines())


class Lines(logging.Formatter):
    """One line of JSON for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. Of a record that was not written here only the text counts, and of its exception kind and place."""
        line: dict[str, Any] = {
            "level": record.levelname,
            "code": getattr(record, "code", "text"),
            "at": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z",
            **_invocation.get({}),
        }
        if hasattr(record, "fields"):
            line |= record.fields
        else:
            line["text"] = record.getMessage()[:_LONGEST]
        if record.exc_info and record.exc_info[1]:
            line |= {"kind": type(record.exc_info[1]).__name__, "place": place_of(record.exc_info[1])}
        return msgspec.json.encode(line).decode()


def _write(level: int, code: str, fields: Fields, metrics: dict[str, Any] | None = None) -> None:
    kept = {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in fields.items()}
    text = " ".join([code, *(f"{name}={value}" for name, value in kept.items())])
    # the text is for a developer's screen; Lines reads the parts
    _log.log(level, text, extra={"code": code, "fields": kept | (metrics or {})})


def end(code: str, level: int, metrics: dict[str, Any], **fields: Unpack[Fields]) -> None:
    """The last line of an invocation; `metrics` in embedded metric format become CloudWatch's (`base/metrics`)."""
    _write(level, code, fields, metrics)
