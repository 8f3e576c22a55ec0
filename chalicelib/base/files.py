"""Files in the stage's bucket: reports, registers being imported, uploads. Names never hold personal data."""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.base import aws, settings
from chalicelib.base.problems import Unavailable

LINK_SECONDS: Final = 300


def put(name: str, content: bytes, media: str) -> None:
    """Write a file. Raises Unavailable."""
    try:
        aws.client("s3").put_object(Bucket=settings.bucket(), Key=name, Body=content, ContentType=media)
    except (ClientError, BotoCoreError) as error:
        raise _unavailable(error) from error


def get(name: str) -> bytes | None:
    """A file's content, None where there is none. Raises Unavailable."""
    try:
        answer = aws.client("s3").get_object(Bucket=settings.bucket(), Key=name)
        content: bytes = answer["Body"].read()
    except (ClientError, BotoCoreError) as error:
        if _is_missing(error):
            return None
        raise _unavailable(error) from error
    return content


def exists(name: str) -> bool:
    """Whether there is such a file. Raises Unavailable."""
    try:
        aws.client("s3").head_object(Bucket=settings.bucket(), Key=name)
    except (ClientError, BotoCoreError) as error:
        if _is_missing(error):
            return False
        raise _unavailable(error) from error
    return True


def copy(name: str, to: str) -> bool:
    """Copy a file within the bucket; False where there is none. Raises Unavailable."""
    bucket = settings.bucket()
    try:
        aws.client("s3").copy_object(Bucket=bucket, Key=to, CopySource={"Bucket": bucket, "Key": name})
    except (ClientError, BotoCoreError) as error:
        if _is_missing(error):
            return False
        raise _unavailable(error) from error
    return True


def names(prefix: str) -> list[str]:
    """The names of all files that begin with `prefix`. Raises Unavailable."""
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        try:
            answer = aws.client("s3").list_objects_v2(Bucket=settings.bucket(), Prefix=prefix, **after)
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(error) from error
        found += [each["Key"] for each in answer.get("Contents", ())]
        if not answer.get("IsTruncated"):
            return found
        after = {"ContinuationToken": answer["NextContinuationToken"]}


def delete(name: str) -> None:
    """Remove a file; one that is not there is gone already. Raises Unavailable."""
    try:
        aws.client("s3").delete_object(Bucket=settings.bucket(), Key=name)
    except (ClientError, BotoCoreError) as error:
        raise _unavailable(error) from error


def link(name: str) -> str:
    """A presigned URL for a file, good for five minutes."""
    url: str = aws.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": settings.bucket(), "Key": name}, ExpiresIn=LINK_SECONDS
    )
    return url


def form(name: str, media: str, most: int, seconds: int) -> tuple[str, dict[str, str]]:
    """A presigned POST for one file of this name and media type, of 1 to `most` bytes: its URL and its fields."""
    fixed = {"Content-Type": media, "success_action_status": "201"}
    made: dict[str, Any] = aws.client("s3").generate_presigned_post(
        settings.bucket(),
        name,
        Fields=dict(fixed),
        Conditions=[*({field: value} for field, value in fixed.items()), ["content-length-range", 1, most]],
        ExpiresIn=seconds,
    )
    return made["url"], made["fields"]


def _is_missing(error: ClientError | BotoCoreError) -> bool:
    return aws.code_of(error) in ("NoSuchKey", "404")


def _unavailable(error: ClientError | BotoCoreError) -> Unavailable:
    return Unavailable(f"s3: {aws.code_of(error)}")
