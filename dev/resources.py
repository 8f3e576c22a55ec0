"""Makes what .chalice/resources.yaml describes, as far as the local run and the tests need it.

Tables, buckets, keys, aliases and queues that are not there yet are created, missing indexes are added, the
rest stays as it is. What has no meaning outside AWS (alarms, bucket policies, API Gateway's own answers) is
passed over.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import yaml
from botocore.exceptions import ClientError
from botocore.loaders import create_loader

from dev.emulator import REGION, local_aws

TEMPLATE = Path(__file__).resolve().parent.parent / ".chalice" / "resources.yaml"
ACCOUNT = "000000000000"
_TABLE_FIELDS = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
_ALREADY_THERE = ("ResourceInUseException", "BucketAlreadyOwnedByYou", "BucketAlreadyExists")

Properties = dict[str, Any]
ClientOf = Callable[[str], Any]


class ResourcesDiffer(Exception):
    """Kept data belong to another table layout than the template's; the text is for people."""


def create_all(stack: str, endpoint: str | None) -> None:
    """Create every resource of the template that is missing, named after `stack`.

    `endpoint`: the URL of an emulator, or None for whatever botocore finds (moto in tests).
    Raises ResourcesDiffer where a table of that name has other keys.
    """
    client = _clients(endpoint)
    resources = _resolved(stack)
    made: dict[str, str] = {}  # logical name → id, for the aliases' !Ref
    for name, (kind, properties) in resources.items():
        if kind == "AWS::DynamoDB::Table":
            _table(client("dynamodb"), properties)
        elif kind == "AWS::S3::Bucket":
            _bucket(client("s3"), properties)
        elif kind == "AWS::SQS::Queue":
            client("sqs").create_queue(QueueName=properties["QueueName"])
        elif kind == "AWS::KMS::Key":
            made[name] = _key(client("kms"), name, resources)
    for kind, properties in resources.values():
        if kind == "AWS::KMS::Alias":
            _alias(client("kms"), properties["AliasName"], made[properties["TargetKeyId"]])


def bucket_name(stack: str) -> str:
    """The name the template gives the (one) bucket of `stack`."""
    return next(
        str(properties["BucketName"]) for kind, properties in _resolved(stack).values() if kind == "AWS::S3::Bucket"
    )


def queue_url(stack: str, endpoint: str) -> str:
    """Where the emulator at `endpoint` has the worker's queue of `stack`."""
    return f"{endpoint}/{ACCOUNT}/{stack}-notices"


def _clients(endpoint: str | None) -> ClientOf:
    session = botocore.session.get_session()
    session.register_component("data_loader", _loader())
    settings: dict[str, Any] = {"region_name": session.get_config_variable("region") or REGION}
    if endpoint is not None:
        local = local_aws(endpoint)
        session.set_credentials(local["AWS_ACCESS_KEY_ID"], local["AWS_SECRET_ACCESS_KEY"])
        settings = {"region_name": REGION, "endpoint_url": endpoint}
    return cache(lambda service: session.create_client(service, **settings))


@cache
def _loader() -> Any:
    """Shared by all sessions, so that tests parse the services' models once and not per fixture."""
    return create_loader()


def _table(dynamodb: Any, properties: Properties) -> None:
    wanted = {field: properties[field] for field in _TABLE_FIELDS if field in properties}
    name = wanted["TableName"]
    try:
        dynamodb.create_table(**wanted)
    except ClientError as refusal:
        _pass_if_there(refusal)
        _add_indexes(dynamodb, wanted)
    ttl = properties.get("TimeToLiveSpecification")
    if ttl and dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get("TimeToLiveStatus") not in (
        "ENABLED",
        "ENABLING",
    ):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)


def _add_indexes(dynamodb: Any, wanted: Properties) -> None:
    name = wanted["TableName"]
    found = dynamodb.describe_table(TableName=name)["Table"]
    if found["KeySchema"] != wanted["KeySchema"]:
        raise ResourcesDiffer(f"The kept table {name} has other keys than this checkout's: make clean starts over.")
    there = {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", ())}
    for index in wanted.get("GlobalSecondaryIndexes", ()):
        if index["IndexName"] not in there:
            dynamodb.update_table(
                TableName=name,
                AttributeDefinitions=wanted["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=[{"Create": index}],
            )


def _bucket(s3: Any, properties: Properties) -> None:
    try:
        s3.create_bucket(
            Bucket=properties["BucketName"],
            CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name},
        )
    except ClientError as refusal:
        _pass_if_there(refusal)


def _key(kms: Any, name: str, resources: Mapping[str, tuple[str, Properties]]) -> str:
    """The id of the key its alias already stands for, or of a new one: a key has no name of its own."""
    aliases = [
        properties["AliasName"]
        for kind, properties in resources.values()
        if kind == "AWS::KMS::Alias" and properties["TargetKeyId"] == name
    ]
    for alias in aliases:
        try:
            return str(kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"])
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] != "NotFoundException":
                raise
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def _alias(kms: Any, alias: str, key: str) -> None:
    known = [found["AliasName"] for page in kms.get_paginator("list_aliases").paginate() for found in page["Aliases"]]
    if alias not in known:
        kms.create_alias(AliasName=alias, TargetKeyId=key)


def _pass_if_there(refusal: ClientError) -> None:
    if refusal.response["Error"]["Code"] not in _ALREADY_THERE:
        raise refusal


def _resolved(stack: str) -> dict[str, tuple[str, Properties]]:
    values = {
        "AWS::StackName": stack,
        "AWS::AccountId": ACCOUNT,
        "AWS::Region": REGION,
        "AWS::Partition": "aws",
    }
    return {
        # what has no type here only adds to a resource that Chalice makes
        name: (resource.get("Type", ""), _substituted(resource.get("Properties", {}), values))
        for name, resource in _template()["Resources"].items()
    }


def _substituted(value: Any, values: Mapping[str, str]) -> Any:
    """`value` with every !Sub filled in; !Ref and !GetAtt become the logical name they point at."""
    if isinstance(value, _Sub):
        return re.sub(r"\$\{([\w:.]+)}", lambda found: values.get(found[1], found[1]), value.text)
    if isinstance(value, dict):
        return {key: _substituted(inner, values) for key, inner in value.items()}
    if isinstance(value, list):
        return [_substituted(inner, values) for inner in value]
    return value


class _Sub:
    def __init__(self, text: str) -> None:
        self.text = text


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _short_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return None  # a computed value (!If, !Join ...), which nothing created here uses
    text = str(loader.construct_scalar(node))
    return _Sub(text) if tag == "Sub" else text.partition(".")[0]


_Loader.add_multi_constructor("!", _short_form)


@cache
def _template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader=_Loader)  # a SafeLoader
    return loaded
