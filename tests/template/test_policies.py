"""Each function may do what it was seen to do, and nothing else: its policy against the calls of a walk."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

import app
from chalicelib.base import surface
from chalicelib.notices import channels
from dev.emulator import Emulator
from dev.resources import queue_url
from dev.schedules import Schedules
from dev.worker import Worker
from tests.conftest import on_that_aws
from tests.people import Api
from tests.races.local_aws import new_stack
from tests.template.calls import Heard, Right, granted, listening
from tests.template.rarely import rarely
from tests.template.walk import Walk

CHALICE: Final = Path(__file__).resolve().parent.parent.parent / ".chalice"
FUNCTIONS: Final = ("api", "deliver", "imports", "reminders", "retention", "summaries", "sweep")

BESIDE_OUR_CALLS: Final = {
    "logs:CreateLogStream": "Lambda's own: it writes what the function logs",
    "logs:PutLogEvents": "Lambda's own: it writes what the function logs",
    "sqs:ReceiveMessage": "Lambda's own: it takes the worker's messages off the queue",
    "sqs:DeleteMessage": "Lambda's own: it deletes what the worker has done",
    "sqs:GetQueueAttributes": "Lambda's own: it sees how much waits",
    "kms:Decrypt": "DynamoDB and S3 decrypt with the caller's right to the key",
    "kms:Encrypt": "DynamoDB and S3 encrypt with the caller's right to the key",
    "kms:GenerateDataKey": "DynamoDB and S3 encrypt with the caller's right to the key",
    "kms:DescribeKey": "DynamoDB looks the key up with the caller's right",
    "kms:ReEncryptFrom": "DynamoDB takes a table's key to its next version with the caller's right",
    "kms:ReEncryptTo": "DynamoDB takes a table's key to its next version with the caller's right",
}
"""Rights that no call of ours needs, with whose they are."""


NOT_WALKED: Final = {
    ("GET", "/v1/auth/wechat"): "asks for an official account",
    ("GET", "/v1/auth/wechat/callback"): "asks WeChat; signs in as a code does",
    ("POST", "/v1/notifications/{notification_id}/retry"): "nothing failed here; its rights stand in rarely.py",
}
"""Routes that do not come to do what they are for in the walk, with the reason."""


@pytest.fixture(scope="module")
def heard(handlers_emulator: Emulator) -> Heard:
    """What each function needed in the walk, on a stack of its own."""
    variables, anyone = new_stack(handlers_emulator, "microwish-policies"), Api(strict=True)
    url = queue_url("microwish-policies", handlers_emulator.endpoint)
    more = {"NOTICES_QUEUE": url, "EMAIL_FROM": "wishes@example.org", "SMS_PROVIDER": "sns", "EMAIL_PROVIDER": "ses"}
    heard = Heard()
    with on_that_aws(variables | more, anyone), listening(heard), pytest.MonkeyPatch.context() as patch:
        for channel, sender in (("sms", channels._by_sms), ("email", channels._by_email)):
            patch.setitem(channels.SENDERS, channel, _both(anyone, sender))
        worker = Worker(app.app, url, on_failure=lambda text: None)
        Walk(anyone, heard, worker, Schedules(app.app, lambda text: None)).go()
    return heard


def _both(anyone: Api, sender: channels.Sender) -> channels.Sender:
    """The provider's client, with the outbox to read the codes from."""

    def send(message: channels.Message) -> str | None:
        anyone.outbox.append(message)
        return sender(message)

    return send


def policy(function: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CHALICE / f"policy-{function}.json").read_text(encoding="utf-8"))
    return found


def told(rights: set[Right]) -> list[str]:
    return sorted(f"{right.action} on {right.resource}" for right in rights)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_all_it_does(heard: Heard, function: str) -> None:
    assert heard.needed[function]  # it was seen at work

    assert told(heard.needed[function] - granted(policy(function))) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_nothing_else(heard: Heard, function: str) -> None:
    unused = granted(policy(function)) - heard.needed[function] - rarely(function)

    assert told({right for right in unused if right.action not in BESIDE_OUR_CALLS}) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_rarely_needed_is_allowed_too(function: str) -> None:
    assert told(rarely(function) - granted(policy(function))) == []


def test_every_function_has_been_walked() -> None:
    """A new function needs its policy, and its place in the walk."""
    named = {str(source.name) for source in app.app.event_sources if hasattr(source, "name")} | {
        each.name for each in app.app.pure_lambda_functions
    }

    assert named | {"api"} == set(FUNCTIONS)
    assert {file.stem for file in CHALICE.glob("policy-*.json")} == {f"policy-{each}" for each in FUNCTIONS}


def test_every_route_has_been_walked(heard: Heard) -> None:
    """A new route needs its place in the walk, or the rights it asks for are not seen."""
    routes = {(method, path) for module in surface.ROUTES.values() for method, path, _ in module}

    assert sorted(routes - heard.walked) == sorted(NOT_WALKED)
