"""SMS through Amazon SNS, where the region has it (China's have not: see sms_tencent).

SNS knows no idempotency token for phones: a call that landed and timed out is a second SMS when tried again.
"""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from chalicelib.base import aws, settings
from chalicelib.notices.channels import Message, RateLimited, SendingFailed

_LIMITED: Final = {"Throttled", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException"}
_PERMANENT: Final = {"OptedOut", "OptedOutException", "InvalidParameter", "InvalidParameterValue"}
_PAUSE: Final = 30  # seconds; SNS does not say how long


def send(message: Message) -> str:
    """Send the text to the phone; SNS's message id. Raises SendingFailed."""
    try:
        answer: dict[str, Any] = aws.client("sns").publish(
            PhoneNumber=f"+86{message.to}", Message=message.text, MessageAttributes=_attributes()
        )
    # The SDK's own words can quote the request: only its code goes on.
    except ClientError as error:
        raise _refusal(error) from None
    except BotoCoreError as error:
        unsure = not isinstance(error, ConnectTimeoutError | EndpointConnectionError)
        raise SendingFailed(f"sns: {type(error).__name__}", unsure=unsure) from None
    return str(answer.get("MessageId", ""))


def _attributes() -> dict[str, dict[str, str]]:
    """Transactional (it is delivered before it is cheap), under the district's sender id where one is registered."""
    named = {"AWS.SNS.SMS.SMSType": "Transactional"}
    if sender := settings.text("SMS_SENDER_ID"):
        named["AWS.SNS.SMS.SenderID"] = sender
    return {name: {"DataType": "String", "StringValue": value} for name, value in named.items()}


def _refusal(error: ClientError) -> SendingFailed:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _LIMITED or status == 429:
        return RateLimited(f"sns: {code}", _PAUSE)
    return SendingFailed(f"sns: {code}", permanent=code in _PERMANENT, unsure=status >= 500)
