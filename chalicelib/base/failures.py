"""What an exception means to whoever asked: the one place that maps exceptions to problems.

The log gets kinds and places, never texts: what escaped may hold personal data.
"""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError, PynamoDBException

from chalicelib.base import logs, metrics, models, tables
from chalicelib.base.problems import Conflict, InternalError, Problem, Unavailable

FORESEEN: Final = (Problem, tables.Refused, PynamoDBException, BotoCoreError, ClientError)
"""What work may end in besides a bug: a rule's refusal, a lost race, a service that did not answer as it should."""


def problem_of(error: Exception, where: str) -> Problem:
    """The problem to answer with for whatever was raised in `where`. Outages and bugs are logged."""
    problem = _known(error)
    if problem is None:
        # The last resort of the whole platform: whatever escaped is ours to mend.
        logs.error("unexpected_error", kind=type(error).__name__, where=where, place=logs.place_of(error))
        metrics.count("errors")
        return InternalError()
    if isinstance(problem, Unavailable):
        logs.error("unavailable", where=where, reason=problem.reason)
        metrics.count("unavailable")
    return problem


def _known(error: Exception) -> Problem | None:
    match error:
        case Problem():
            return error
        case tables.Refused():  # a lost race that nobody had more to say about
            return Conflict()
        case PynamoDBConnectionError():  # a read that got no answer
            return models.unavailable(error)
        case BotoCoreError() | ClientError():  # a key or a secret that could not be had
            return Unavailable(type(error).__name__)
    return None
