"""Amazon's SNS (SMS) and SES v2 (e-mail), each with its own protocol, behind one address.

They are for what the local AWS can't do: fail on demand. Signatures are botocore's, and only looked for.
"""

import json
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from dev.fakes.server import Answer, Call, Fake, Fault

_XML = "text/xml"


class Sms(NamedTuple):
    """One SMS it took."""

    phone: str
    text: str
    attributes: dict[str, str]


class Letter(NamedTuple):
    """One letter it took."""

    sender: str
    to: list[str]
    subject: str
    text: str
    html: str


class FakeSns(Fake[Sms]):
    """SNS Publish to a phone. `refusals` maps a phone to the code it is refused with."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[str, str] = {}

    def answer(self, call: Call) -> Answer:
        """Publish, in the Query protocol: a form in, XML out."""
        if not call.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            return _error("MissingAuthenticationToken", 403)
        form = {name: values[0] for name, values in parse_qs(call.body.decode(), strict_parsing=True).items()}
        if form.get("Action") != "Publish":
            return _error("InvalidAction", 400)
        phone = form["PhoneNumber"]
        if phone in self.refusals:
            return _error(self.refusals[phone], 400)
        named = "MessageAttributes.entry"
        attributes = {
            form[f"{named}.{number}.Name"]: form[f"{named}.{number}.Value.StringValue"]
            for number in range(1, 9)
            if f"{named}.{number}.Name" in form
        }
        self.received.append(Sms(phone, form["Message"], attributes))
        number = len(self.received)
        return Answer(
            f'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>sns-{number}'
            "</MessageId></PublishResult></PublishResponse>".encode(),
            type=_XML,
        )


class FakeSes(Fake[Letter]):
    """SES v2 SendEmail. `refusals` maps an address to the code it is refused with."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[str, str] = {}

    def answer(self, call: Call) -> Answer:
        """SendEmail, in the REST-JSON protocol."""
        if not call.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            return _json({"message": "no signature"}, 403)
        if (call.method, call.path) != ("POST", "/v2/email/outbound-emails"):
            return _json({"message": "no such path"}, 404)
        asked: dict[str, Any] = json.loads(call.body)
        to = asked["Destination"]["ToAddresses"]
        if to[0] in self.refusals:
            return _json({"__type": self.refusals[to[0]], "message": f"refused: {to[0]}"}, 400)
        simple = asked["Content"]["Simple"]
        parts = (simple["Subject"], simple["Body"]["Text"], simple["Body"]["Html"])
        if any(part["Charset"] != "UTF-8" for part in parts) or not asked["FromEmailAddress"].isascii():
            return _json({"__type": "BadRequestException", "message": "charset"}, 400)
        self.received.append(Letter(asked["FromEmailAddress"], to, *(part["Data"] for part in parts)))
        return _json({"MessageId": f"ses-{len(self.received)}"}, 200)


THROTTLED = Fault(
    status=400,
    body=b"<ErrorResponse><Error><Type>Sender</Type><Code>Throttled</Code><Message>x</Message></Error></ErrorResponse>",
    headers={"Content-Type": _XML},
)


def _error(code: str, status: int) -> Answer:
    content = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    )
    return Answer(content.encode(), status, _XML)


def _json(content: dict[str, Any], status: int) -> Answer:
    return Answer(json.dumps(content).encode(), status)
