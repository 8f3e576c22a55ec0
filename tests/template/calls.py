"""What the functions ask of AWS, heard at the clients: each call as the rights that IAM wants to see for it.

TransactWriteItems      its parts' own rights, on their tables
Query on an index       on the index alone
CopyObject              to read the one, to write the other
a file that is missing  to list the bucket: without that S3 answers 403 for it, and nobody learns that it is missing
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import pytest
from botocore.validate import ParamValidator
from chalice.local import RouteMatcher

import app
from chalicelib.base import aws, files, settings
from chalicelib.notices import queue
from tests import people

SERVICES: Final = ("dynamodb", "s3", "kms", "ssm", "sns", "sesv2", "sqs")
QUICK: Final = ("dynamodb", "kms", "ssm")
_PARTS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_FILES: Final = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket"}
_STACK: Final = r"\$\{AWS::StackName}"
_NAMES: Final = {
    rf"arn::dynamodb:::table/{_STACK}-(.+)": "{0}",
    rf"arn::s3:::{_STACK}-files-/(.+/)\*": "{0}",
    rf"arn::s3:::{_STACK}-files-": "bucket",
    rf"arn::kms:::alias/{_STACK}": "key",  # it goes by its alias, which the emulator's IAM looks at and AWS' does not
    rf"arn::ssm:::parameter/{_STACK}/secrets": "secrets",
    r"arn::sns:\*:\*:\*": "phone",
    r"arn::ses:::identity/\$\{EmailIdentity}": "identity",
    rf"arn::sqs:::{_STACK}-notices": "notices queue",
}


class Right(NamedTuple):
    """An action and the resource it is done to: "wishes", "wishes/index/due", "photos/", "bucket", "key" ..."""

    action: str
    resource: str


def rights(service: str, operation: str, asked: Mapping[str, Any], stack: str) -> Iterator[Right]:
    """What a call needs. Raises KeyError for a call that nobody thought of yet."""
    if service == "dynamodb":
        yield from _of_tables(operation, asked, stack)
    elif service == "s3":
        yield from _of_files(operation, asked)
    elif service == "kms":
        yield Right(f"kms:{operation}", "key")
    else:
        yield {
            "GetParameter": Right("ssm:GetParameter", "secrets"),
            "Publish": Right("sns:Publish", "phone"),
            "SendEmail": Right("ses:SendEmail", "identity"),
            "SendMessageBatch": Right("sqs:SendMessage", "notices queue"),
        }[operation]


def _of_tables(operation: str, asked: Mapping[str, Any], stack: str) -> Iterator[Right]:
    def on(table: str, action: str, index: str = "") -> Right:
        assert table.startswith(f"{stack}-"), table
        return Right(f"dynamodb:{action}", table.removeprefix(f"{stack}-") + (f"/index/{index}" if index else ""))

    if operation == "TransactWriteItems":
        for part in asked["TransactItems"]:
            ((kind, item),) = part.items()
            yield on(item["TableName"], _PARTS[kind])
    elif operation == "BatchGetItem":
        for table in asked["RequestItems"]:
            yield on(table, operation)
    else:
        yield on(asked["TableName"], operation, asked.get("IndexName", ""))


def _of_files(operation: str, asked: Mapping[str, Any]) -> Iterator[Right]:
    if operation == "CopyObject":
        yield Right("s3:GetObject", _folder(asked["CopySource"]["Key"]))
        yield Right("s3:PutObject", _folder(asked["Key"]))
    elif operation == "CreateBucket":
        return  # botocore's way to the address of a form; it creates nothing
    elif operation == "ListObjectsV2":
        yield Right("s3:ListBucket", "bucket")
    else:
        yield Right(f"s3:{_FILES.get(operation, operation)}", _folder(asked["Key"]))


def _folder(name: str) -> str:
    """The part of a file's name that a policy tells apart."""
    parts = name.split("/")
    return "full/rounds/" if parts[0] == "full" else f"{parts[0]}/"


class Heard:
    """The rights that each function's calls needed."""

    def __init__(self) -> None:
        self.function = ""  # who is at work now; "" for the test itself
        self.needed: dict[str, set[Right]] = defaultdict(set)
        self.walked: set[tuple[str, str]] = set()  # method and path of every route that did what it was asked

    @contextmanager
    def of(self, function: str) -> Iterator[None]:
        """Whatever is asked within is that function's."""
        before, self.function = self.function, self.function or function
        try:
            yield
        finally:
            self.function = before

    def note(self, needed: Right) -> None:
        """Whoever is at work needs this."""
        if self.function:
            self.needed[self.function].add(needed)


@contextmanager
def listening(heard: Heard) -> Iterator[None]:
    """Hear every call of this process's clients: a request's is the API's, a message's the worker's."""
    signed, handled, took = files.form, people.Api._send, queue.take

    def asked(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.service_model.service_name == "dynamodb":
            # Requests go out as they stand (base/wire): a parameter written wrong would be sent, and not be heeded.
            report = ParamValidator().validate(params, model.input_shape)
            assert not report.has_errors(), report.generate_report()
        if heard.function:
            for each in rights(model.service_model.service_name, model.name, params, settings.table_prefix()):
                heard.note(each)

    def missing(http_response: Any, **_: Any) -> None:
        if http_response.status_code == 404:
            heard.note(Right("s3:ListBucket", "bucket"))

    # A form is signed without asking S3: who signs it needs the right that the form gives away.
    def form(name: str, *others: Any) -> Any:
        heard.note(Right("s3:PutObject", _folder(name)))
        return signed(name, *others)

    matcher = RouteMatcher(list(app.app.routes))

    def sent(caller: Any, method: str, path: str, *request: Any) -> Any:
        with heard.of("api"):
            reply = handled(caller, method, path, *request)
        if reply.status < 400:
            heard.walked.add((method, matcher.match_route(path).route))
        return reply

    def taken(handed: Any, *others: Any) -> Any:
        with heard.of("deliver"):
            return took(handed, *others)

    for client in [*map(aws.client, SERVICES), *map(aws.quick_client, QUICK)]:
        client.meta.events.register("provide-client-params.*.*", asked)
        client.meta.events.register("after-call.s3.*", missing)
    for provider in ("sns", "sesv2"):
        aws.client(provider).meta.events.register("before-call.*.*", _taken_by_the_provider)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "form", form)
        patch.setattr(people.Api, "_send", sent)
        patch.setattr(queue, "take", taken)
        yield


def _taken_by_the_provider(**_: Any) -> Any:
    """Nothing is sent to anybody: this stands in for the service's answer."""
    return SimpleNamespace(status_code=200), {"MessageId": "taken"}


def granted(policy: Mapping[str, Any]) -> set[Right]:
    """What a policy of .chalice allows."""
    return {
        Right(action, _named(resource))
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
        for resource in _listed(statement.get("Resource", statement.get("NotResource")))
    }


def _named(resource: Mapping[str, Any]) -> str:
    """The resource in the words of `Right`."""
    if "Fn::GetAtt" in resource:
        return {"DataKey": "key"}[resource["Fn::GetAtt"][0]]
    text = re.sub(r"\$\{AWS::(Partition|Region|AccountId)}", "", resource["Fn::Sub"])
    for pattern, name in _NAMES.items():
        if found := re.fullmatch(pattern, text):
            return name.format(*found.groups())
    return text


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
