"""Over which channel a message goes out to its reader, beside the inbox where it always lies (product.md section 4)."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from chalicelib.accounts import actions as accounts
from chalicelib.notices import channels, manners, records
from chalicelib.notices.channels import Channel


class Reader(NamedTuple):
    """Who a message is for: what each channel that reaches them calls them, their language, what they chose by kind."""

    addresses: dict[Channel, str]
    language: str
    chosen: Mapping[str, Sequence[str]] = MappingProxyType({})


def reader(recipient: str) -> Reader:
    """How an account, or a subdistrict's group, is reached."""
    if recipient.startswith(records.GROUP):
        return Reader(_reached({"wecom": recipient.removeprefix(records.GROUP)}), "zh-CN")
    found = accounts.reach(recipient)
    known: dict[Channel, str] = {"wechat": found.openid, "sms": found.phone, "email": found.email}
    return Reader(_reached(known), found.language, found.chosen)


def _reached(known: dict[Channel, str]) -> dict[Channel, str]:
    return {each: to for each, to in known.items() if to and channels.is_set_up(each, to)}


def order(kind: str, chosen: Mapping[str, Sequence[str]]) -> tuple[Channel, ...]:
    """The channels of a kind as its reader wants them, the best first.

    What the reader chose for the kind, or for all others; the kind's own order where they chose nothing. Of essential
    messages they choose the order only: nobody can be out of reach for what they must know.
    """
    manner = manners.of(kind)
    own = chosen.get(kind, chosen.get(manners.OTHERS))
    if own is None:
        return manner.channels
    wanted = sorted((each for each in manner.channels if each in own), key=list(own).index)
    others = [each for each in manner.channels if each not in own] if manner.essential else []
    return (*wanted, *others)


def channel(recipient: str, kind: str, tried: Iterable[str] = ()) -> Channel | None:
    """The best channel that was not tried yet; None where the message stays in the inbox."""
    is_group, passed = recipient.startswith(records.GROUP), set(tried)
    if not is_group and set(manners.of(kind).channels) <= passed:  # spares reading the account
        return None
    found = reader(recipient)
    wanted: Iterable[Channel] = ["wecom"] if is_group else order(kind, found.chosen)
    return next((each for each in wanted if each not in passed and each in found.addresses), None)
