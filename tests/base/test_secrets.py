"""The stage's secrets in a warm process: fetched anew now and then, and out of turn for a key it does not know."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.accounts import tokens
from chalicelib.base import aws, settings
from chalicelib.base.problems import Unauthorized

NAME = "/microwish/test-secrets/secrets"


class Store:
    """SSM's parameter store, as far as secrets need it; counts how often it is asked."""

    def __init__(self) -> None:
        self.value: Any = {"token_keys": {"k1": "a" * 48}, "token_key": "k1", "blind_key": "b" * 48}
        self.asked = 0
        self.raises: Exception | None = None

    def get_parameter(self, **_: Any) -> dict[str, Any]:
        self.asked += 1
        if self.raises is not None:
            raise self.raises
        return {"Parameter": {"Value": self.value if isinstance(self.value, str) else json.dumps(self.value)}}


class Clock:
    """The process's own clock."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    store = Store()
    monkeypatch.setattr(aws, "client", lambda service: store)
    monkeypatch.setenv("SECRETS", NAME)
    yield store
    settings._held.pop(NAME, None)


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(settings.time, "monotonic", clock)
    return clock


def rotated(store: Store, *, signs: str = "k2") -> None:
    store.value = {**store.value, "token_keys": {"k1": "a" * 48, "k2": "c" * 48}, "token_key": signs}


def verify(token: str) -> list[Any]:
    return tokens.verify("access", token)


def made_elsewhere(store: Store, key: str) -> str:
    """A token another process signed with a key this one does not know yet."""
    known = settings._held.pop(NAME)
    store.value = {**store.value, "token_key": key}
    token = tokens.sign("access", "A", 0, seconds=600)
    settings._held[NAME] = known
    return token


def test_they_are_asked_for_once_within_five_minutes(store: Store, process: Clock) -> None:
    for _ in range(10):
        settings.secrets()
        process.now += 29

    assert store.asked == 1


def test_a_new_signing_key_is_used_within_five_minutes(store: Store, process: Clock) -> None:
    old = tokens.sign("access", "A", 0, seconds=600)
    rotated(store)

    process.now += settings._KEEP_SECRETS
    new = tokens.sign("access", "A", 0, seconds=600)

    assert (old.partition(".")[0], new.partition(".")[0]) == ("k1", "k2")
    assert verify(old) == verify(new) == ["A", 0]


def test_a_retired_key_is_refused_within_five_minutes(store: Store, process: Clock) -> None:
    old = tokens.sign("access", "A", 0, seconds=600)
    rotated(store)
    store.value["token_keys"].pop("k1")

    process.now += settings._KEEP_SECRETS

    with pytest.raises(Unauthorized):
        verify(old)


def test_a_key_nobody_here_knows_yet_is_looked_up_at_once(store: Store, process: Clock) -> None:
    settings.secrets()
    process.now += settings._ASK_AGAIN
    rotated(store)
    token = made_elsewhere(store, "k2")
    asked = store.asked

    assert verify(token) == ["A", 0]
    assert store.asked == asked + 1


def test_made_up_key_ids_do_not_make_us_ask_again_and_again(store: Store, process: Clock) -> None:
    settings.secrets()
    process.now += settings._ASK_AGAIN

    for turn in range(50):
        with pytest.raises(Unauthorized):
            verify(f"k{turn + 100}.made.up")

    assert store.asked == 2


@pytest.mark.parametrize("failure", ["no answer", "no JSON", "not ours"])
def test_while_they_cannot_be_had_a_process_goes_on_with_what_it_has(
    store: Store, process: Clock, failure: str
) -> None:
    from botocore.exceptions import EndpointConnectionError

    token = tokens.sign("access", "A", 0, seconds=600)
    store.raises = EndpointConnectionError(endpoint_url="https://ssm") if failure == "no answer" else None
    store.value = "{" if failure == "no JSON" else {"token_key": "k1"}

    process.now += settings._KEEP_SECRETS

    assert verify(token) == ["A", 0]
    assert verify(token) == ["A", 0]
    assert store.asked == 2


def test_a_process_that_has_none_says_so(store: Store, process: Clock) -> None:
    from botocore.exceptions import EndpointConnectionError

    store.raises = EndpointConnectionError(endpoint_url="https://ssm")

    with pytest.raises(EndpointConnectionError):
        settings.secrets()
