"""Tencent Cloud's SMS service: it checks the signature itself, by the rules, and the template and the phone."""

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

from dev.fakes.server import Answer, Call, Fake

SECRET_ID, SECRET_KEY = "AKIDtest", "tencent-secret-canary"
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/([\d-]+)/([a-z]+)/tc3_request, "
    r"SignedHeaders=([a-z;-]+), Signature=([0-9a-f]{64})"
)


class Sms(NamedTuple):
    """One message it took."""

    phone: str
    template: str
    values: list[str]
    sign_name: str
    app: str


class FakeTencent(Fake[Sms]):
    """`refusals` maps a phone to the code it is refused with; `templates` an id to its number of blanks."""

    def __init__(self, templates: dict[str, int]) -> None:
        super().__init__()
        self.templates = templates
        self.refusals: dict[str, str] = {}

    def answer(self, call: Call) -> Answer:
        """SendSms to one phone."""
        wrong = _wrong_with(call)
        if wrong:
            return _answer({"Error": {"Code": wrong, "Message": "refused"}})
        asked = json.loads(call.body)
        (phone,) = asked["PhoneNumberSet"]
        code = self._code(phone, asked)
        if code == "Ok":
            self.received.append(
                Sms(phone, asked["TemplateId"], asked["TemplateParamSet"], asked["SignName"], asked["SmsSdkAppId"])
            )
        serial = f"serial-{len(self.received)}" if code == "Ok" else ""
        return _answer({"SendStatusSet": [{"SerialNo": serial, "PhoneNumber": phone, "Fee": 1, "Code": code}]})

    def _code(self, phone: str, asked: dict[str, Any]) -> str:
        if phone in self.refusals:
            return self.refusals[phone]
        if not re.fullmatch(r"\+861\d{10}", phone):
            return "InvalidParameterValue.IncorrectPhoneNumber"
        if self.templates.get(asked["TemplateId"]) != len(asked["TemplateParamSet"]):
            return "FailedOperation.TemplateIncorrectOrUnapproved"
        return "Ok"


def _answer(response: dict[str, Any]) -> Answer:
    return Answer(json.dumps({"Response": {**response, "RequestId": "fake"}}).encode())


def _wrong_with(call: Call) -> str:
    """The code a call is refused with for its form or its signature, "" for none."""
    headers = {name.lower(): value for name, value in call.headers.items()}
    if headers.get("x-tc-action") != "SendSms" or headers.get("x-tc-version") != "2021-01-11":
        return "InvalidAction"
    if "x-tc-region" not in headers:
        return "MissingParameter"
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None:
        return "AuthFailure.InvalidAuthorization"
    secret_id, day, service, signed, signature = found.groups()
    stamp = int(headers["x-tc-timestamp"])
    if abs(time.time() - stamp) > 300 or datetime.fromtimestamp(stamp, UTC).date().isoformat() != day:
        return "AuthFailure.SignatureExpire"
    if secret_id != SECRET_ID:
        return "AuthFailure.SecretIdNotFound"
    if not {"content-type", "host"} <= set(signed.split(";")) or headers["host"] != "sms.tencentcloudapi.com":
        return "AuthFailure.SignatureFailure"
    expected = _signature(call, headers, day, service, signed, stamp)
    return "" if hmac.compare_digest(expected, signature) else "AuthFailure.SignatureFailure"


def _signature(call: Call, headers: dict[str, str], day: str, service: str, signed: str, stamp: int) -> str:
    listed = "".join(
        f"{name}:{headers[name].lower() if name == 'x-tc-action' else headers[name]}\n" for name in signed.split(";")
    )
    digest = hashlib.sha256(call.body).hexdigest()
    request = f"{call.method}\n{call.path}\n\n{listed}\n{signed}\n{digest}"
    text = f"TC3-HMAC-SHA256\n{stamp}\n{day}/{service}/tc3_request\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = _mac(_mac(_mac(b"TC3" + SECRET_KEY.encode(), day), service), "tc3_request")
    return _mac(key, text).hex()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
