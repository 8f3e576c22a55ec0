"""Over which channel a message goes out to its reader, beside the inbox where it always lies (product.md section 4)."""

from collections.abc import Iterable
from typing import NamedTuple

from chalicelib.accounts import actions as accounts
from chalicelib.notices import manners, records
from chalicelib.notices.channels import Channel


class Reader(NamedTuple):
    """Who a message is for: what each channel that reaches them calls them, and their language."""

    addresses: dict[Channel, str]
    language: str


def reader(recipient: str) -> Reader:
    """How an account, or a subdistrict's group, is reached."""
    if recipient.startswith(records.GROUP):
        return Reader({"wecom": recipient.removeprefix(records.GROUP)}, "zh-CN")
    found = accounts.reach(recipient)
    return Reader({"sms": found.phone} if found.phone else {}, found.language)


def channel(recipient: str, kind: str, tried: Iterable[str] = ()) -> Channel | None:
    """The best channel that was not tried yet; None where the message stays in the inbox."""
    wanted: Iterable[Channel] = ["wecom"] if recipient.startswith(records.GROUP) else manners.of(kind).channels
    left = [each for each in wanted if each not in set(tried)]
    if not left:
        return None
    reached = reader(recipient).addresses
    return next((each for each in left if each in reached), None)
