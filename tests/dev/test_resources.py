"""resources.yaml becomes tables, a bucket and a key, however often and wherever it is asked for."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from dev.emulator import local_aws
from dev.resources import ResourcesDiffer, bucket_name, create_all


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in local_aws("").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with mock_aws():
        yield botocore.session.get_session()


def test_every_table_of_the_template_is_made_with_its_keys_and_indexes(aws: Any) -> None:
    dynamodb = aws.create_client("dynamodb")

    create_all("trial", None)

    names = dynamodb.list_tables()["TableNames"]
    wishes = dynamodb.describe_table(TableName="trial-wishes")["Table"]
    assert {"trial-wishes", "trial-claims", "trial-rounds", "trial-notices", "trial-accounts"} <= set(names)
    assert [key["AttributeName"] for key in wishes["KeySchema"]] == ["pk", "sk"]
    assert {"wall", "narrow", "due"} <= {index["IndexName"] for index in wishes["GlobalSecondaryIndexes"]}
    assert wishes["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_the_bucket_and_the_key_carry_the_stacks_name(aws: Any) -> None:
    create_all("trial", None)

    buckets = [bucket["Name"] for bucket in aws.create_client("s3").list_buckets()["Buckets"]]
    key = aws.create_client("kms").describe_key(KeyId="alias/trial")["KeyMetadata"]
    assert buckets == [bucket_name("trial")] == ["trial-files-000000000000"]
    assert key["Enabled"]


def test_expiring_items_are_swept(aws: Any) -> None:
    create_all("trial", None)

    told = aws.create_client("dynamodb").describe_time_to_live(TableName="trial-accounts")
    assert told["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_asking_again_changes_nothing(aws: Any) -> None:
    create_all("trial", None)
    dynamodb, kms = aws.create_client("dynamodb"), aws.create_client("kms")
    dynamodb.put_item(TableName="trial-rounds", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    key = kms.describe_key(KeyId="alias/trial")["KeyMetadata"]["KeyId"]

    create_all("trial", None)

    assert dynamodb.scan(TableName="trial-rounds")["Count"] == 1
    assert kms.describe_key(KeyId="alias/trial")["KeyMetadata"]["KeyId"] == key
    assert len(kms.list_keys()["Keys"]) == 1


def test_an_index_that_kept_data_lack_is_added(aws: Any) -> None:
    dynamodb = aws.create_client("dynamodb")
    dynamodb.create_table(
        TableName="trial-wishes",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )

    create_all("trial", None)

    indexes = dynamodb.describe_table(TableName="trial-wishes")["Table"]["GlobalSecondaryIndexes"]
    assert {"wall", "narrow", "due"} <= {index["IndexName"] for index in indexes}


def test_kept_tables_with_other_keys_are_refused_with_a_way_out(aws: Any) -> None:
    aws.create_client("dynamodb").create_table(
        TableName="trial-wishes",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

    with pytest.raises(ResourcesDiffer, match="make clean"):
        create_all("trial", None)
