"""What is seen of messages on their channels: states and codes, never a text, a name or an address; subscriptions."""

import msgspec

from chalicelib.base import settings
from chalicelib.notices import actions
from chalicelib.notices.records import GROUP, Sending
from chalicelib.notices.subscriptions import Wanted


class Notification(msgspec.Struct, frozen=True):
    """A message on one channel. `group` is the subdistrict whose group it is for, where it is for no account.

    `last_error` is the code of the last failure; `next_try_at` is null where nothing more is tried.
    """

    id: str
    account: str | None
    group: str | None
    kind: str
    channel: str
    state: str
    tries: int
    at: str
    last_error: str | None
    next_try_at: str | None
    sent_at: str | None


class NotificationPage(msgspec.Struct, frozen=True):
    """A page of them, newest first."""

    items: list[Notification]
    next: str | None


def notification(sending: Sending) -> Notification:
    """A message on its channel, for administrators."""
    is_group = sending.pk.startswith(GROUP)
    return Notification(
        id=actions.sending_id(sending),
        account=None if is_group else sending.pk,
        group=sending.pk.removeprefix(GROUP) if is_group else None,
        kind=sending.kind,
        channel=sending.channel,
        state=sending.state,
        tries=int(sending.tries),
        at=sending.at,
        last_error=sending.error,
        next_try_at=sending.due_at,
        sent_at=sending.sent_at,
    )


class Subscriptions(msgspec.Struct, frozen=True):
    """What somebody wants to hear of."""

    subdistricts: list[str]
    categories: list[str]


def subscriptions(wanted: Wanted) -> Subscriptions:
    """A person's own subscriptions, in the customary order."""
    return Subscriptions(
        _ordered(wanted.subdistricts, settings.subdistricts()), _ordered(wanted.categories, settings.categories())
    )


def _ordered(names: frozenset[str], customary: tuple[str, ...]) -> list[str]:
    """The names in their customary order; those that are no longer among them come last."""
    return sorted(names, key=lambda name: (customary.index(name) if name in customary else len(customary), name))
