"""Asking Amazon's SNS or SES to send something: every way in which that can go wrong, as one of the outcomes.

Neither knows an idempotency token: a call that landed and timed out is a second message when tried again. So the SDK
does not repeat these calls (base/aws.py); that is for the queue to decide.
"""

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from chalicelib.notices.channels import RateLimited, SendingFailed

_LIMITED: Final = {
    "LimitExceededException",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_PERMANENT: Final = {
    "BadRequestException",
    "InvalidParameter",
    "InvalidParameterValue",
    "MessageRejected",
    "OptedOut",
    "OptedOutException",
}
_PAUSE: Final = 60  # seconds; they do not say how long


def ask(service: str, operation: Callable[..., dict[str, Any]], **request: Any) -> str:
    """The service's id of the message it took. Raises SendingFailed; its reason names the service, nobody else."""
    # `from None`: the SDK's own words can quote the request. Only the code goes on.
    try:
        answer = operation(**request)
    except ClientError as error:
        raise _refusal(service, error) from None
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        raise SendingFailed(f"{service}: {type(error).__name__}") from None
    except (BotoCoreError, ResponseParserError, ValueError) as error:  # the last two: an answer nobody can read
        raise SendingFailed(f"{service}: {type(error).__name__}", unsure=True) from None
    return str(answer.get("MessageId", ""))


def _refusal(service: str, error: ClientError) -> SendingFailed:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _LIMITED or status == 429:
        return RateLimited(f"{service}: {code or status}", _PAUSE)
    return SendingFailed(f"{service}: {code or status}", permanent=code in _PERMANENT, unsure=status >= 500)
