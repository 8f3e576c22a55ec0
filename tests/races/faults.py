"""Calls of AWS that fail: one place for how they are made to, and for what a client does about it.

The SDK repeats nothing here (the fixture `sdk_without_retries`), so that each failure reaches the app. The client sends
the same request again, with the same Idempotency-Key, and meets the next failure, until none is left.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.base import aws
from chalicelib.base.problems import Problem
from tests.conftest import forget_everything
from tests.people import Api, Reply
from tests.races.between import failing, on_the_wire
from tests.races.contenders import Request

MOST_CALLS = 80
TROUBLE = (Problem, PynamoDBException, BotoCoreError)
"""What a scheduled function may end with when AWS fails; its next run is the retry."""
BOTH = pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "after it landed"])


@contextmanager
def no_retries() -> Iterator[None]:
    """Within the block, clients give up at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(retries={"total_max_attempts": 1})))
        forget_everything()
        yield
    forget_everything()


def until_nothing_fails(landed: bool, act: Callable[[], Any], ends: tuple[int, ...] = (200, 201, 202, 204)) -> Any:
    """Do the act again and again, each time with the next of its calls failing, until it goes through; its answer.

    With `landed` the call is done and its answer lost. A read of that kind is one that never was: only writes count.
    """
    answer: Any = None
    for number in range(1, MOST_CALLS):
        forget_what_was_read()
        try:
            with on_the_wire(failing(number, landed=landed), only_writes=landed) as wire:
                answer = act()
        except TROUBLE:
            continue
        if wire.calls < number and getattr(answer, "status", 200) in ends:
            assert number > 1, "it calls nothing that could fail"
            return answer
        assert getattr(answer, "status", 200) in (*ends, 409, 503), answer.json
    return pytest.fail(f"it never goes through: {getattr(answer, 'json', answer)}")


def send(request: Request) -> Reply:
    """One request, from this process."""
    return Api(request.token).call(
        request.method, request.path, request.body, key=request.key, headers=request.headers, **request.query
    )


def forget_what_was_read() -> None:
    """A fresh Lambda reads more, so that there is more to fail."""
    from chalicelib.accounts import standing
    from chalicelib.rounds import actions as rounds

    standing._remembered.clear()
    rounds._remembered.clear()
