"""SMS through Tencent Cloud, for China's regions (docs/adr/0012): templates it has approved, to phones in +86.

Phone and code travel in the body, never in the URL. It knows no idempotency token: `SessionContext` only comes back.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final

import msgspec

from chalicelib.base import settings
from chalicelib.notices import approved
from chalicelib.notices.asking import ask
from chalicelib.notices.channels import Message, RateLimited, SendingFailed

HOST: Final = "sms.tencentcloudapi.com"
ACTION: Final = "SendSms"
VERSION: Final = "2021-01-11"
_CONTENT_TYPE: Final = "application/json; charset=utf-8"
_LONGEST: Final = 60  # characters of one value; a longer one makes three messages of one
_PERMANENT: Final = (
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.PhoneNumberOnBlacklist",
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "InvalidParameterValue.",
    "UnsupportedOperation.",
)
_LIMITED: Final = {  # code → seconds until it is worth another try
    "LimitExceeded.PhoneNumberThirtySecondLimit": 30,
    "LimitExceeded.PhoneNumberOneHourLimit": 3600,
    "LimitExceeded.PhoneNumberDailyLimit": 6 * 3600,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": 6 * 3600,
    "LimitExceeded.AppDailyLimit": 3600,
    "LimitExceeded.DeliveryFrequencyLimit": 60,
    "RequestLimitExceeded": 30,
}


class _Status(msgspec.Struct, rename="pascal"):
    code: str
    serial_no: str = ""


class _Error(msgspec.Struct, rename="pascal"):
    code: str


class _Response(msgspec.Struct, rename="pascal"):
    send_status_set: list[_Status] = []
    error: _Error | None = None


class _Answer(msgspec.Struct, rename="pascal"):
    response: _Response


def send(message: Message) -> str:
    """Send the kind's template to the phone; Tencent's serial number. Raises SendingFailed."""
    keys = settings.secrets().tencent
    if keys is None:
        raise SendingFailed("tencent: no credentials")
    template, blanks = approved.filled("SMS_TEMPLATES", message)
    content = msgspec.json.encode(
        {
            "PhoneNumberSet": [f"+86{message.to}"],
            "SmsSdkAppId": settings.text("SMS_APP_ID"),
            "SignName": settings.text("SMS_SIGN_NAME"),
            "TemplateId": template,
            "TemplateParamSet": [approved.shortened(value, _LONGEST) for value in blanks.values()],
        }
    )
    headers = {
        # The wall's clock, never a pinned one: Tencent refuses a signature five minutes old.
        **signed(keys, "sms", HOST, ACTION, content, datetime.now(UTC)),
        "X-TC-Version": VERSION,
        "X-TC-Region": settings.text("SMS_REGION", "ap-guangzhou"),
    }
    answer = ask("tencent", settings.text("TENCENT_SMS_URL", f"https://{HOST}/"), content, _Answer, headers)
    return _serial(answer.response)


def signed(
    keys: settings.TencentKeys, service: str, host: str, action: str, content: bytes, at: datetime
) -> dict[str, str]:
    """The headers of a signed call (TC3-HMAC-SHA256): its digest, under a key good for a day and a service."""
    stamp, day = str(int(at.timestamp())), at.astimezone(UTC).date().isoformat()
    named = {"content-type": _CONTENT_TYPE, "host": host, "x-tc-action": action.lower()}
    request = "\n".join(
        [
            "POST",
            "/",
            "",
            *(f"{name}:{value}" for name, value in named.items()),
            "",
            ";".join(named),
            hashlib.sha256(content).hexdigest(),
        ]
    )
    scope = f"{day}/{service}/tc3_request"
    to_sign = "\n".join(["TC3-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"TC3{keys.secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return {
        "Authorization": f"TC3-HMAC-SHA256 Credential={keys.secret_id}/{scope}, "
        f"SignedHeaders={';'.join(named)}, Signature={signature}",
        "Content-Type": _CONTENT_TYPE,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Timestamp": stamp,
    }


def _serial(response: _Response) -> str:
    """The one message's serial number. Raises SendingFailed by the code of whatever went wrong instead."""
    if response.error is None and not response.send_status_set:
        raise SendingFailed("tencent: unreadable answer", unsure=True)
    status = response.send_status_set[0] if response.error is None else None
    code = status.code if status else response.error.code if response.error else ""
    if status and code == "Ok":
        return status.serial_no
    if code in _LIMITED:
        raise RateLimited(f"tencent: {code}", _LIMITED[code])
    # An internal error says nothing about whether the network had the message already.
    raise SendingFailed(
        f"tencent: {code}", permanent=code.startswith(_PERMANENT), unsure=code.startswith("InternalError")
    )
