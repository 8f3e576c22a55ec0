"""Providers that send no free text but templates they have approved: which of ours is which of theirs.

A setting (`SMS_TEMPLATES`, `WECHAT_TEMPLATES`) is a JSON object by kind of message, `*` for every kind not named:

    {"sign_in_code": {"id": "1110", "fields": {"1": "code"}},
     "claim_expiring": {"id": "1111", "fields": {"1": "title"}}, "*": {"id": "1112"}}

`fields` maps the provider's name of a blank to ours of a value, `code` and `text` (all of the text) among them.
"""

import msgspec

from chalicelib.base import settings
from chalicelib.notices.channels import Message, SendingFailed

OTHERWISE = "*"


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider's template: its id, and which value fills which blank."""

    id: str
    fields: dict[str, str] = {}


def filled(setting: str, message: Message) -> tuple[str, dict[str, str]]:
    """The template's id and its blanks, filled, in the setting's order. Raises SendingFailed where there is none."""
    try:
        known = settings.mapping(setting, Template)
    except msgspec.DecodeError:
        raise SendingFailed(f"{setting.lower()}: not readable") from None
    template = known.get(message.kind) or known.get(OTHERWISE)
    if template is None:
        raise SendingFailed(f"{setting.lower()}: none for {message.kind}", permanent=True)
    values = {"text": message.text, "code": message.code or "", **message.values}
    try:
        return template.id, {blank: str(values[name]) for blank, name in template.fields.items()}
    except KeyError:
        raise SendingFailed(f"{setting.lower()}: no such value for {message.kind}", permanent=True) from None


def shortened(text: str, most: int) -> str:
    """The text in at most so many characters, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
