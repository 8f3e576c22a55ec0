"""E-mail through Amazon SES v2, where the region has it (China's have not: see email_smtp)."""

from chalicelib.base import aws
from chalicelib.notices import amazon, letters
from chalicelib.notices.channels import Message


def send(message: Message) -> str:
    """Send the letter; SES's message id. Raises SendingFailed."""
    body = {"Text": _utf8(letters.plain(message)), "Html": _utf8(letters.page(message))}
    # RFC 3834: absence notes do not answer what a machine wrote.
    headers = [{"Name": "Auto-Submitted", "Value": "auto-generated"}]
    simple = {"Subject": _utf8(letters.subject(message)), "Body": body, "Headers": headers}
    return amazon.ask(
        "sesv2",
        aws.client("sesv2").send_email,
        FromEmailAddress=letters.sender(),
        Destination={"ToAddresses": [message.to]},
        Content={"Simple": simple},
    )


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
