"""What an exception means to whoever asked: the one place that maps exceptions to problems.

The log gets kinds and places, never texts: what escaped may hold personal data.
"""

import logging
import traceback

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError

from chalicelib.base import tables
from chalicelib.base.problems import Conflict, InternalError, Problem, Unavailable

_log = logging.getLogger("microwish")


def problem_of(error: Exception, where: str) -> Problem:
    """The problem to answer with for whatever was raised in `where`. Outages and bugs are logged."""
    problem = _known(error)
    if problem is None:
        # The last resort of the whole platform: whatever escaped is ours to mend.
        _log.error("unexpected %s in %s at %s", type(error).__name__, where, _place(error))
        return InternalError()
    if isinstance(problem, Unavailable):
        _log.error("unavailable in %s: %s", where, problem.reason)
    return problem


def _known(error: Exception) -> Problem | None:
    match error:
        case Problem():
            return error
        case tables.Refused():  # a lost race that nobody had more to say about
            return Conflict()
        case PynamoDBConnectionError():  # a read that got no answer
            return tables.unavailable(error)
        case BotoCoreError() | ClientError():  # a key or a secret that could not be had
            return Unavailable(type(error).__name__)
    return None


def _place(error: BaseException) -> str:
    """The way into the error, innermost last: files and lines, never values."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
