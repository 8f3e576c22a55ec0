"""SMS through Amazon SNS, where the region has it (China's have not: see sms_tencent)."""

from chalicelib.base import aws, settings
from chalicelib.notices import amazon
from chalicelib.notices.channels import Message


def send(message: Message) -> str:
    """Send the text to the phone; SNS's message id. Raises SendingFailed."""
    publish, phone = aws.client("sns").publish, f"+86{message.to}"
    return amazon.ask("sns", publish, PhoneNumber=phone, Message=message.text, MessageAttributes=_attributes())


def _attributes() -> dict[str, dict[str, str]]:
    """Transactional (it is delivered before it is cheap), under the district's sender id where one is registered."""
    named = {"AWS.SNS.SMS.SMSType": "Transactional"}
    if sender := settings.text("SMS_SENDER_ID"):
        named["AWS.SNS.SMS.SenderID"] = sender
    return {name: {"DataType": "String", "StringValue": value} for name, value in named.items()}
