"""Whether what every request stands on answers: the tables, the key, the secrets.

Anybody may ask, so asking is cheap: an answer is kept for a second (for a minute where the service bills or limits the
question), one question at a time in a process, by clients that give up soon and try once. S3 is not asked: without it
reports and uploads wait, and everything else works.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.base import aws, settings
from chalicelib.base.problems import Unavailable

_FAILURE_KEPT: Final = 1.0  # seconds


class Dependency(NamedTuple):
    """Something we stand on: its name in the log, how to ask it, and for how many seconds a good answer is kept."""

    name: str
    ask: Callable[[], Any]
    kept: float


def _ask_tables() -> object:
    key = {"pk": {"S": "health"}, "sk": {"S": "health"}}  # never there: half a read unit
    return aws.quick_client("dynamodb").get_item(TableName=f"{settings.table_prefix()}-rounds", Key=key)


def _ask_key() -> object:
    return aws.quick_client("kms").describe_key(KeyId=settings.key_alias())


def _ask_secrets() -> object:
    return aws.quick_client("ssm").get_parameter(Name=settings.secrets_name())


DEPENDENCIES: Final = (
    Dependency("tables", _ask_tables, 1.0),
    Dependency("key", _ask_key, 60.0),
    Dependency("secrets", _ask_secrets, 60.0),
)

_lock = threading.Lock()
_known: dict[str, tuple[float, str]] = {}  # name → until when it holds, what was wrong ("" for nothing)


def require_all() -> None:
    """Raise Unavailable with the names of those that do not answer; they are for the log only."""
    with _lock:  # many who ask at once cost one question
        wrong = [f"{each.name}: {found}" for each in DEPENDENCIES if (found := _state(each))]
    if wrong:
        raise Unavailable(", ".join(wrong))


def forget() -> None:
    """Ask anew at the next call (tests)."""
    with _lock:
        _known.clear()


def _state(dependency: Dependency) -> str:
    until, found = _known.get(dependency.name, (0.0, ""))
    if until < time.monotonic():
        found = _asked(dependency)
        _known[dependency.name] = (time.monotonic() + (_FAILURE_KEPT if found else dependency.kept), found)
    return found


def _asked(dependency: Dependency) -> str:
    try:
        dependency.ask()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except BotoCoreError as error:
        return type(error).__name__
    return ""
