"""Whether what a reminder says still holds when it goes out.

It was written when it was due. Where it waited for the morning, or for a provider, somebody may have acted since: then
it stays in the inbox, where it was at once, and is not pushed. What acts tell is news and goes out whatever follows.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chalicelib.base import clock
from chalicelib.base.problems import NotFound
from chalicelib.notices.delivering import About
from chalicelib.wishes import actions as wishes
from chalicelib.wishes.actions import Wish

Holds = Callable[[Wish, str, Mapping[str, Any]], bool]


def _is_theirs(wish: Wish, recipient: str, values: Mapping[str, Any]) -> bool:
    return bool(wish.state == "claimed" and wish.claimant == recipient)


def _is_without_contact(wish: Wish, recipient: str, values: Mapping[str, Any]) -> bool:
    return bool(wish.state == "claimed" and wish.stage is None)


def _is_expiring(wish: Wish, recipient: str, values: Mapping[str, Any]) -> bool:
    until = clock.local_minute(wish.expires_at) if wish.expires_at else None
    return _is_theirs(wish, recipient, values) and until == values.get("until")


def _is_unconfirmed(wish: Wish, recipient: str, values: Mapping[str, Any]) -> bool:
    return bool(wish.state == "delivered")


def _is_kept_for_them(wish: Wish, recipient: str, values: Mapping[str, Any]) -> bool:
    kept = wish.state == "published" and wish.reserved_for == recipient
    return bool(kept and wish.reserved_until and wish.reserved_until > clock.stamp())


HOLDS: Final[Mapping[str, Holds]] = {
    "contact_due": lambda wish, recipient, values: (
        _is_theirs(wish, recipient, values) and _is_without_contact(wish, recipient, values)
    ),
    "contact_due_liaison": _is_without_contact,
    "claim_expiring": _is_expiring,
    "claim_reminder": _is_theirs,
    "unconfirmed": _is_unconfirmed,
    "unconfirmed_liaison": _is_unconfirmed,
    "confirmation_reminder": _is_unconfirmed,
    "returned_reminder": lambda wish, recipient, values: bool(wish.state == "returned"),
    "standby_turn": _is_kept_for_them,
    "offer_made": _is_kept_for_them,
}
"""Kind → whether it is still so: all that ask somebody to do something about one wish.

Digests are not among them: what waits for another day is looked at anew when it is told (notices/digests.py).
"""


def still_so(about: About) -> bool:
    """Whether a message that is about to go out still holds; true of every kind that is no reminder."""
    holds = HOLDS.get(about.kind)
    if holds is None or about.wish is None:
        return True
    try:
        return holds(wishes.get(about.wish), about.recipient, about.values)
    except NotFound:
        return False
