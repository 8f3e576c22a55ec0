"""What cfn-lint does not see: whether the parts of the template fit each other, the application and the house's rules.

Each check takes the SAM template as plain JSON and gives a sentence for every fault. `make package` refuses a template
with faults; the tests put one of each kind in and see it found.
"""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from dev.packaging.lock import CHECKOUT

Template = Mapping[str, Any]

VISIBILITY_FACTOR: Final = 6  # Lambda's own advice: a batch may be tried again while the first try still runs
GATEWAY_SECONDS: Final = 29
NEAR: Final = 0.8  # of a time-out
_NOT_NAMED: Final = {"sns:Publish"}  # a phone number is no resource
_FOREIGN: Final = re.compile(
    r"arn:aws(-cn)?:(?!acm:us-east-1:000000000000:)|\.amazonaws\.com\b(?!\")|amazonaws\.com\.cn"
)


def faults(template: Template, handlers: Collection[str] | None) -> list[str]:
    """Every fault of the template. `handlers`: the names in app.py that Lambda may call, None where not known."""
    found = [
        *(_handlers(template, handlers) if handlers is not None else ()),
        *_functions(template),
        *_queues(template),
        *_policies(template),
        *_tables(template),
        *_indexes(template),
        *_buckets(template),
        *_alarms(template),
        *_partition(template),
    ]
    return sorted(set(found))


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of a type, by logical name."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def functions(template: Template) -> dict[str, dict[str, Any]]:
    """The functions, by logical name."""
    return of_type(template, "AWS::Serverless::Function")


def indexes_asked(sources: Path = CHECKOUT / "chalicelib") -> dict[str, set[str]]:
    """The indexes each room's code asks for by `IndexName=`, constants resolved."""
    found: dict[str, set[str]] = {}
    for file in sorted(sources.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "IndexName":
                module = importlib.import_module(".".join(file.relative_to(CHECKOUT).with_suffix("").parts))
                found.setdefault(file.parent.name, set()).add(_value(node.value, module))
    return found


def _value(node: ast.expr, module: Any) -> str:
    return str(
        eval(compile(ast.Expression(node), inspect.getfile(module), "eval"), vars(module))
    )  # a name or a literal


def _handlers(template: Template, handlers: Collection[str]) -> Iterator[str]:
    for name, function in functions(template).items():
        module, _, handler = str(function["Handler"]).rpartition(".")
        if module != "app" or handler not in handlers:
            yield f"{name}: there is no handler {function['Handler']}."


def _functions(template: Template) -> Iterator[str]:
    groups = [
        (json.dumps(group.get("LogGroupName")), group.get("RetentionInDays"))
        for group in of_type(template, "AWS::Logs::LogGroup").values()
    ]
    for name, function in functions(template).items():
        if not any(f"${{{name}}}" in group and days for group, days in groups):
            yield f"{name}: its log group has no retention."
        if not function.get("MemorySize") or not function.get("Timeout"):
            yield f"{name}: memory and time-out are not chosen."
    api = functions(template).get("APIHandler", {})
    if api.get("Timeout", 0) >= GATEWAY_SECONDS:
        yield f"APIHandler: its time-out is not below the gateway's {GATEWAY_SECONDS} s."


def _queues(template: Template) -> Iterator[str]:
    queues = of_type(template, "AWS::SQS::Queue")
    fed = {}
    for name, function in functions(template).items():
        for event in function.get("Events", {}).values():
            if event["Type"] != "SQS":
                continue
            queue = _queue_named(queues, json.dumps(event["Properties"]["Queue"]))
            if queue is None:
                yield f"{name}: it listens to a queue that is not in the template."
                continue
            fed[queue] = name
            if queues[queue].get("VisibilityTimeout", 30) < VISIBILITY_FACTOR * function["Timeout"]:
                yield f"{queue}: its visibility is below {VISIBILITY_FACTOR} times the time-out of {name}."
            if "ReportBatchItemFailures" not in event["Properties"].get("FunctionResponseTypes", ()):
                yield f"{name}: one message that fails would bring its whole batch again."
    for queue in fed:
        dead = queues[queue].get("RedrivePolicy", {}).get("deadLetterTargetArn", {}).get("Fn::GetAtt", [""])[0]
        if dead not in queues:
            yield f"{queue}: what fails again and again goes nowhere (dead letters)."
        elif queues[dead].get("MessageRetentionPeriod", 0) <= queues[queue].get("MessageRetentionPeriod", 345_600):
            yield f"{dead}: dead letters are not kept for longer than {queue}'s."
    for name, queue in queues.items():
        if not (queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId")):
            yield f"{name}: not encrypted."


def _queue_named(queues: Mapping[str, Any], reference: str) -> str | None:
    for name, queue in queues.items():
        wanted = queue.get("QueueName", {}).get("Fn::Sub", "")
        if reference.endswith(f':{wanted}"}}') or f'"{name}"' in reference or f"${{{name}.Arn}}" in reference:
            return name
    return None


def _policies(template: Template) -> Iterator[str]:
    for name, role in of_type(template, "AWS::IAM::Role").items():
        for policy in role.get("Policies", ()):
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                yield from _statement(name, statement)
    for name, function in functions(template).items():
        if "Fn::GetAtt" not in function.get("Role", {}):
            yield f"{name}: it has no role of its own."


def _statement(role: str, statement: Mapping[str, Any]) -> Iterator[str]:
    actions = listed(statement.get("Action", "*"))
    for action in actions:
        if "*" in action:
            yield f"{role}: the action {action} is not named."
    for resource in listed(statement.get("Resource", [])):
        text = resource if isinstance(resource, str) else json.dumps(resource)
        if text == "*" or re.search(r":\*|/\*/|table/\*|:::\*", text):
            yield f"{role}: the resource of {actions[0]} is not named: {text}"
    if "NotResource" in statement and not set(actions) <= _NOT_NAMED:
        yield f"{role}: {actions[0]} is allowed on all but some."
    if "Resource" not in statement and "NotResource" not in statement:
        yield f"{role}: {actions[0]} is allowed on everything."


def _tables(template: Template) -> Iterator[str]:
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        resource = template["Resources"][name]
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name}: not on demand."
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name}: cannot be restored to a point in time."
        if not table.get("SSESpecification", {}).get("KMSMasterKeyId"):
            yield f"{name}: not encrypted with the stack's key."
        if not table.get("DeletionProtectionEnabled"):
            yield f"{name}: may be deleted."
        if (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) != ("Retain", "Retain"):
            yield f"{name}: would go with its stack."


def _indexes(template: Template) -> Iterator[str]:
    tables = {
        table["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): table
        for table in of_type(template, "AWS::DynamoDB::Table").values()
    }
    for room, asked in indexes_asked().items():
        there = {index["IndexName"] for index in tables.get(room, {}).get("GlobalSecondaryIndexes", ())}
        for index in sorted(asked - there):
            yield f"chalicelib/{room} asks for the index {index}, which its table does not have."


def _buckets(template: Template) -> Iterator[str]:
    over_tls = {
        policy["Bucket"]["Ref"]
        for policy in of_type(template, "AWS::S3::BucketPolicy").values()
        if any(
            statement["Effect"] == "Deny"
            and statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
            for statement in policy["PolicyDocument"]["Statement"]
        )
    }
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        blocked = bucket.get("PublicAccessBlockConfiguration", {})
        if len(blocked) != 4 or not all(blocked.values()):
            yield f"{name}: may become public."
        if "BucketEncryption" not in bucket:
            yield f"{name}: not encrypted."
        if not bucket.get("LifecycleConfiguration", {}).get("Rules"):
            yield f"{name}: nothing in it ever goes."
        if name not in over_tls:
            yield f"{name}: answers without TLS."


def _alarms(template: Template) -> Iterator[str]:
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    for name, alarm in alarms.items():
        if not alarm.get("AlarmActions"):
            yield f"{name}: it tells nobody."
    for name, function in functions(template).items():
        for metric in ("Errors", "Throttles"):
            if _alarm_on(alarms, "AWS/Lambda", metric, name) is None:
                yield f"{name}: no alarm on its {metric.lower()}."
        slow = _alarm_on(alarms, "AWS/Lambda", "Duration", name)
        if slow is None or slow.get("Threshold") != function["Timeout"] * 1000 * NEAR:
            yield f"{name}: no alarm when it takes {NEAR:.0%} of its time-out."
        if any(event["Type"] == "Schedule" for event in function.get("Events", {}).values()):
            silent = _alarm_on(alarms, "AWS/Lambda", "Invocations", name)
            if silent is None or silent.get("TreatMissingData") != "breaching":
                yield f"{name}: nobody would notice if its schedule stopped."
    for name, queue in of_type(template, "AWS::SQS::Queue").items():
        metric = "ApproximateAgeOfOldestMessage" if "RedrivePolicy" in queue else "ApproximateNumberOfMessagesVisible"
        if _alarm_on(alarms, "AWS/SQS", metric, name) is None:
            yield f"{name}: no alarm on {metric}."
    for name in of_type(template, "AWS::DynamoDB::Table"):
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            if _alarm_on(alarms, "AWS/DynamoDB", metric, name) is None:
                yield f"{name}: no alarm on {metric}."


def _alarm_on(
    alarms: Mapping[str, Mapping[str, Any]], namespace: str, metric: str, resource: str
) -> Mapping[str, Any] | None:
    for alarm in alarms.values():
        about = json.dumps([dimension["Value"] for dimension in alarm.get("Dimensions", ())])
        if (alarm.get("Namespace"), alarm.get("MetricName")) == (namespace, metric) and f'"{resource}"' in about:
            return alarm
    return None


def _partition(template: Template) -> Iterator[str]:
    """Names of one partition: an ARN or an address written out instead of ${AWS::Partition}, ${AWS::URLSuffix}."""
    for name, resource in template["Resources"].items():
        for text in _texts(resource.get("Properties", {})):
            if _FOREIGN.search(text) and not re.fullmatch(r"[a-z0-9-]+\.amazonaws\.com", text):
                yield f"{name}: would not work in every partition: {text[:80]}"


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def listed(part: Any) -> list[Any]:
    """A part of a policy that may stand alone, as a list."""
    return part if isinstance(part, list) else [part]
