"""What every provider has in common: each way of failing comes back as its outcome, and says nothing of anybody."""

import traceback
from dataclasses import replace

import pytest

from chalicelib.notices import channels
from chalicelib.notices.channels import RateLimited, SendingFailed
from dev.fakes.server import BROKEN, GARBAGE, RESET, SILENT, TOO_MANY, Fault
from tests.notices.providers import CANARIES, Provider

FAULTS = [TOO_MANY, BROKEN, SILENT, RESET, GARBAGE]
NAMES = ["429", "500", "silence", "reset", "garbage"]


def failure(provider: Provider, *faults: Fault) -> SendingFailed:
    """What comes of a message when the provider misbehaves like this."""
    if provider.name == "wechat":  # with the access token at hand, so that it is the message that fails
        channels.send(replace(provider.message, token="before"))
        provider.fake.received.clear()
    provider.fake.fail(*faults)
    with pytest.raises(SendingFailed) as caught:
        channels.send(provider.message)
    return caught.value


def test_a_message_is_taken_once_and_its_id_comes_back(provider: Provider) -> None:
    given = channels.send(provider.message)

    assert len(provider.fake.received) == 1
    assert bool(given) == (provider.name != "wecom")  # the group robot gives none


def test_a_provider_that_takes_no_more_is_left_alone_for_as_long_as_it_says(provider: Provider) -> None:
    error = failure(provider, provider.throttled or TOO_MANY)

    assert isinstance(error, RateLimited)
    assert error.retry_after == (60 if provider.name in ("sns", "ses") else 7)  # Amazon does not say
    assert not error.permanent
    assert not error.unsure
    assert provider.fake.received == []


@pytest.mark.parametrize("fault", [BROKEN, SILENT, RESET, GARBAGE], ids=NAMES[1:])
@pytest.mark.parametrize("taken", [False, True], ids=["lost", "landed"])
def test_after_an_answer_that_tells_nothing_the_message_may_be_under_way(
    provider: Provider, fault: Fault, taken: bool
) -> None:
    error = failure(provider, fault.after_taking() if taken else fault)

    assert error.unsure
    assert not error.permanent
    assert len(provider.fake.received) == taken


def test_a_call_is_made_once_whatever_comes_of_it(provider: Provider) -> None:
    failure(provider, BROKEN)

    assert provider.fake.calls == (3 if provider.name == "wechat" else 1)  # WeChat: token, message before, message


def test_a_provider_that_is_not_there_was_not_asked(provider: Provider) -> None:
    if provider.name == "wechat":
        channels.send(replace(provider.message, token="before"))
    provider.fake.__exit__(None, None, None)

    with pytest.raises(SendingFailed) as caught:
        channels.send(provider.message)

    assert not caught.value.unsure
    assert not caught.value.permanent


def test_the_next_try_after_a_fault_succeeds(provider: Provider) -> None:
    failure(provider, BROKEN)

    channels.send(provider.message)

    assert len(provider.fake.received) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_a_failure_names_nobody_and_gives_no_key_away(
    provider: Provider, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "microwish")

    error = failure(provider, fault)

    told = "".join(traceback.format_exception(error)) + repr(error) + repr(provider.message) + caplog.text
    assert not [canary for canary in CANARIES if canary in told]


def test_what_a_stage_did_not_set_up_fails_and_may_be_tried_again_once_it_is(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_PROVIDER", "pigeon")
    monkeypatch.setenv("EMAIL_PROVIDER", "pigeon")
    monkeypatch.setenv("WECHAT_APP_ID", "")
    if provider.name == "wecom":
        provider.message = replace(provider.message, to="三林镇")

    with pytest.raises(SendingFailed) as caught:
        channels.send(provider.message)

    assert caught.value.permanent == (provider.name == "wecom")  # no robot there, and none will come by waiting
    assert provider.fake.received == []
