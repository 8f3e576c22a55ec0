"""The template is without faults; and each kind of fault, put in on purpose, is found."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.rounds import records
from dev.packaging import inspection
from dev.packaging.inspection import faults, functions, of_type
from dev.packaging.partitions import without_cloudfront

Template = dict[str, Any]
Handlers = frozenset[str]


def test_the_template_has_no_faults(template: Template, handlers: Handlers) -> None:
    assert faults(template, handlers) == []


def test_every_function_of_the_app_is_in_the_template(template: Template) -> None:
    import app

    named = {source.name for source in app.app.event_sources if hasattr(source, "name")}
    named |= {function.name for function in app.app.pure_lambda_functions}
    handled = {function["Handler"] for function in functions(template).values()}

    assert len(functions(template)) == len(named) + 1  # the API itself
    assert "app.app" in handled


def any_function(template: Template) -> str:
    return next(name for name in sorted(functions(template)) if name != "APIHandler")


def worker(template: Template) -> tuple[str, dict[str, Any]]:
    """A function that works on a queue."""
    return next(
        (name, function)
        for name, function in sorted(functions(template).items())
        if any(event["Type"] == "SQS" for event in function.get("Events", {}).values())
    )


def its_queue(template: Template) -> dict[str, Any]:
    """The queue with dead letters."""
    return next(queue for queue in of_type(template, "AWS::SQS::Queue").values() if "RedrivePolicy" in queue)


def first(template: Template, kind: str) -> dict[str, Any]:
    return next(iter(of_type(template, kind).values()))


def statement(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = first(template, "AWS::IAM::Role")["Policies"][0]["PolicyDocument"]["Statement"][0]
    return found


def drop(kind: str, about: Callable[[Template], str]) -> Callable[[Template], None]:
    """Take every resource of a kind away whose properties mention a text."""

    def act(template: Template) -> None:
        text = about(template)
        found = [name for name, made in of_type(template, kind).items() if text in str(made)]
        assert found
        for name in found:
            del template["Resources"][name]

    return act


def no_such_handler(template: Template) -> None:
    functions(template)[any_function(template)]["Handler"] = "app.remember_the_milk"


def handler_elsewhere(template: Template) -> None:
    functions(template)[any_function(template)]["Handler"] = "other.sweep"


def visibility_below_the_time_out(template: Template) -> None:
    its_queue(template)["VisibilityTimeout"] = worker(template)[1]["Timeout"] - 1


def visibility_barely_the_time_out(template: Template) -> None:
    its_queue(template)["VisibilityTimeout"] = worker(template)[1]["Timeout"] * 5


def the_default_visibility(template: Template) -> None:
    del its_queue(template)["VisibilityTimeout"]


def a_longer_time_out(template: Template) -> None:
    worker(template)[1]["Timeout"] *= 2


def no_dead_letters(template: Template) -> None:
    del its_queue(template)["RedrivePolicy"]


def dead_letters_go_first(template: Template) -> None:
    its_queue(template)["MessageRetentionPeriod"] = 1_209_600


def whole_batches_again(template: Template) -> None:
    for event in worker(template)[1]["Events"].values():
        event["Properties"].pop("FunctionResponseTypes")


def a_queue_nobody_made(template: Template) -> None:
    for event in worker(template)[1]["Events"].values():
        event["Properties"]["Queue"] = {"Fn::Sub": "arn:${AWS::Partition}:sqs:x:y:${AWS::StackName}-nowhere"}


def open_queue(template: Template) -> None:
    its_queue(template)["SqsManagedSseEnabled"] = False


def star_resource(template: Template) -> None:
    statement(template)["Resource"] = "*"


def star_among_resources(template: Template) -> None:
    statement(template)["Resource"].append("*")


def star_action(template: Template) -> None:
    statement(template)["Action"] = ["dynamodb:*"]


def star_table(template: Template) -> None:
    any_table = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"
    statement(template)["Resource"] = {"Fn::Sub": any_table}


def all_but_some(template: Template) -> None:
    statement(template)["NotResource"] = statement(template).pop("Resource")


def no_role_of_its_own(template: Template) -> None:
    functions(template)[any_function(template)]["Role"] = "arn:of:a:role:from:elsewhere"


def an_index_less(template: Template) -> None:
    table = next(table for table in of_type(template, "AWS::DynamoDB::Table").values() if indexes(table))
    asked = inspection.indexes_asked()[table["TableName"]["Fn::Sub"].rpartition("-")[2]]
    table["GlobalSecondaryIndexes"] = [index for index in indexes(table) if index["IndexName"] not in asked]


def indexes(table: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.get("GlobalSecondaryIndexes", [])
    return found


def table_cannot_be_restored(template: Template) -> None:
    first(template, "AWS::DynamoDB::Table")["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] = False


def table_in_clear(template: Template) -> None:
    del first(template, "AWS::DynamoDB::Table")["SSESpecification"]


def table_may_go(template: Template) -> None:
    first(template, "AWS::DynamoDB::Table")["DeletionProtectionEnabled"] = False


def table_goes_with_the_stack(template: Template) -> None:
    name = next(iter(of_type(template, "AWS::DynamoDB::Table")))
    del template["Resources"][name]["DeletionPolicy"]


def table_with_units(template: Template) -> None:
    first(template, "AWS::DynamoDB::Table")["BillingMode"] = "PROVISIONED"


def public_bucket(template: Template) -> None:
    first(template, "AWS::S3::Bucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


def bucket_in_clear(template: Template) -> None:
    del first(template, "AWS::S3::Bucket")["BucketEncryption"]


def bucket_keeps_everything(template: Template) -> None:
    del first(template, "AWS::S3::Bucket")["LifecycleConfiguration"]


def bucket_without_tls(template: Template) -> None:
    first(template, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"][0]["Condition"] = {}


def logs_for_ever(template: Template) -> None:
    del first(template, "AWS::Logs::LogGroup")["RetentionInDays"]


def slower_than_the_gateway(template: Template) -> None:
    functions(template)["APIHandler"]["Timeout"] = 60


def memory_by_chance(template: Template) -> None:
    del functions(template)[any_function(template)]["MemorySize"]


def a_silent_alarm(template: Template) -> None:
    first(template, "AWS::CloudWatch::Alarm")["AlarmActions"] = []


def alarm_of_another_time_out(template: Template) -> None:
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        if alarm["MetricName"] == "Duration":
            alarm["Threshold"] += 1


def one_partitions_arn(template: Template) -> None:
    statement(template)["Resource"] = "arn:aws:dynamodb:eu-west-1:000000000000:table/microwish-prod-wishes"


def one_partitions_address(template: Template) -> None:
    functions(template)[any_function(template)]["Environment"] = {"Variables": {"URL": "https://s3.amazonaws.com/x"}}


FAULTS: list[tuple[Callable[[Template], None], str]] = [
    (no_such_handler, "there is no handler app.remember_the_milk"),
    (handler_elsewhere, "there is no handler other.sweep"),
    (visibility_below_the_time_out, "its visibility is below 6 times the time-out"),
    (visibility_barely_the_time_out, "its visibility is below 6 times the time-out"),
    (the_default_visibility, "its visibility is below 6 times the time-out"),
    (a_longer_time_out, "its visibility is below 6 times the time-out"),
    (no_dead_letters, "goes nowhere"),
    (dead_letters_go_first, "not kept for longer"),
    (whole_batches_again, "whole batch again"),
    (a_queue_nobody_made, "a queue that is not in the template"),
    (open_queue, "not encrypted"),
    (star_resource, "is not named: *"),
    (star_among_resources, "is not named: *"),
    (star_action, "the action dynamodb:* is not named"),
    (star_table, "is not named"),
    (all_but_some, "allowed on all but some"),
    (no_role_of_its_own, "no role of its own"),
    (an_index_less, "which its table does not have"),
    (table_cannot_be_restored, "cannot be restored"),
    (table_in_clear, "not encrypted with the stack's key"),
    (table_may_go, "may be deleted"),
    (table_goes_with_the_stack, "would go with its stack"),
    (table_with_units, "not on demand"),
    (public_bucket, "may become public"),
    (bucket_in_clear, "not encrypted"),
    (bucket_keeps_everything, "nothing in it ever goes"),
    (bucket_without_tls, "answers without TLS"),
    (logs_for_ever, "its log group has no retention"),
    (slower_than_the_gateway, "not below the gateway's"),
    (memory_by_chance, "memory and time-out are not chosen"),
    (a_silent_alarm, "it tells nobody"),
    (alarm_of_another_time_out, "no alarm when it takes 80% of its time-out"),
    (drop("AWS::CloudWatch::Alarm", lambda template: "'Errors'"), "no alarm on its errors"),
    (drop("AWS::CloudWatch::Alarm", lambda template: "'Throttles'"), "no alarm on its throttles"),
    (drop("AWS::CloudWatch::Alarm", lambda template: "'Invocations'"), "if its schedule stopped"),
    (drop("AWS::CloudWatch::Alarm", lambda template: "ApproximateAge"), "no alarm on ApproximateAgeOfOldestMessage"),
    (drop("AWS::CloudWatch::Alarm", lambda template: "MessagesVisible"), "no alarm on ApproximateNumberOf"),
    (drop("AWS::CloudWatch::Alarm", lambda template: "WriteThrottle"), "no alarm on WriteThrottleEvents"),
    (one_partitions_arn, "would not work in every partition"),
    (one_partitions_address, "would not work in every partition"),
]


@pytest.mark.parametrize(("put_in", "said"), FAULTS, ids=[getattr(fault, "__name__", "x") for fault, _ in FAULTS])
def test_a_fault_is_found(
    put_in: Callable[[Template], None], said: str, template: Template, handlers: Handlers
) -> None:
    put_in(template)

    found = faults(template, handlers)

    assert any(said in fault for fault in found), found


def test_an_index_the_code_asks_for_is_read_from_the_code() -> None:
    asked = inspection.indexes_asked()

    assert {"wall", "narrow", "due"} <= asked["wishes"]
    assert records.Round.room not in asked  # rounds need none


def test_chinas_template_names_nothing_of_cloudfront(packaged: Template) -> None:
    china = without_cloudfront(packaged)

    assert "CloudFront::" in str(packaged)
    assert "CloudFront::" not in str(china)
    assert china["Parameters"]["Front"]["AllowedValues"] == ["none", "waf"]
    assert not {"Site", "ViewerAddress"} & set(china["Resources"])
    assert "RateRule" in china["Resources"]


def test_the_api_answers_where_china_has_it(packaged: Template) -> None:
    assert packaged["Resources"]["RestAPI"]["Properties"]["EndpointConfiguration"] == "REGIONAL"


def test_the_gateways_own_refusals_are_problem_documents(packaged: Template) -> None:
    import json

    answers = packaged["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]

    assert {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN", "THROTTLED", "REQUEST_TOO_LARGE"} <= set(
        answers
    )
    for answer in answers.values():
        document = json.loads(answer["ResponseTemplates"]["application/json"])
        assert {"type", "title", "status", "code"} <= set(document)
        assert document["status"] == answer["StatusCode"]
        assert answer["ResponseParameters"]["Headers"]["Content-Type"] == "'application/problem+json'"


def test_what_only_the_stack_knows_reaches_every_function(packaged: Template) -> None:
    told = packaged["Globals"]["Function"]["Environment"]["Variables"]

    assert told["BUCKET"] == {"Ref": "FilesBucket"}
    assert not any(
        name in function.get("Environment", {}).get("Variables", {})
        for function in functions(packaged).values()
        for name in told
    )
