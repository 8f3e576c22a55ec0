"""How each kind of message goes out beside the inbox, where all of them lie: data, as the words are (templates.py)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from chalicelib.notices.channels import Channel


class Manner(NamedTuple):
    """A kind's channels, the best first: the first that reaches the reader is used, the next where it fails for good.

    `essential`: nobody can unsubscribe from it. An empty list: it lies in the inbox only.
    """

    channels: tuple[Channel, ...] = ()
    essential: bool = False


OTHERS: Final = "*"
"""In what a reader chose: every kind that is not named there."""
INBOX_ONLY: Final = Manner()
_MUST_KNOW: Final = Manner(("wechat", "sms", "email"), essential=True)  # of a person's own claim or wish
_GOOD_TO_KNOW: Final = Manner(("wechat", "email"))  # the same, and not worth an SMS
_ANSWER: Final = Manner(("email", "sms"), essential=True)  # to what somebody has asked for
_DIGEST: Final = Manner(("email", "sms"))  # of the staff's work
_LETTER: Final = Manner(("email",))  # not worth an SMS: on one's desk anyway, or asked for by subscribing
_RELAYED: Final = Manner(("sms",), essential=True)  # somebody's words, to the phone that was consented to

MANNERS: Final[Mapping[str, Manner]] = {
    # the claimant's side
    "claim_introduced": _GOOD_TO_KNOW,
    "claim_revoked": _MUST_KNOW,
    "claim_returned": _MUST_KNOW,
    "claim_expiring": _MUST_KNOW,
    "claim_expired": _MUST_KNOW,
    "claim_reminder": _MUST_KNOW,
    "contact_due": _MUST_KNOW,
    "wish_withdrawn": _MUST_KNOW,
    "standby_turn": _MUST_KNOW,
    "standby_over": _GOOD_TO_KNOW,
    "reservation_over": _GOOD_TO_KNOW,
    "offer_made": _MUST_KNOW,
    "wish_fulfilled": _GOOD_TO_KNOW,
    "message_for_claimant": _GOOD_TO_KNOW,
    "thanks_received": _GOOD_TO_KNOW,
    # the wisher's side
    "wish_returned": _MUST_KNOW,
    "wish_rejected": _MUST_KNOW,
    "wish_rejected_money": _MUST_KNOW,
    "returned_reminder": _MUST_KNOW,
    "own_wish_published": _GOOD_TO_KNOW,
    "own_wish_claimed": _GOOD_TO_KNOW,
    "own_wish_delivered": _MUST_KNOW,
    "own_wish_fulfilled": _GOOD_TO_KNOW,
    "own_wish_withdrawn": _GOOD_TO_KNOW,
    "own_wish_closed": _GOOD_TO_KNOW,
    "own_wish_carried": _GOOD_TO_KNOW,
    "unconfirmed": _MUST_KNOW,
    "confirmation_reminder": _MUST_KNOW,
    "message_to_wisher": _RELAYED,
    # the staff's
    "unclaimed": _DIGEST,
    "message_for_liaison": _LETTER,
    "review_due": _DIGEST,
    "review_late": _DIGEST,
    "offer_declined": _LETTER,
    "offer_lapsed": _LETTER,
    "contact_due_liaison": _LETTER,
    "unconfirmed_liaison": _LETTER,
    # anybody's
    "wishes_waiting": _LETTER,
    "application_granted": _ANSWER,
    "application_refused": _ANSWER,
}
"""Kinds that are not named here lie in the inbox only: what staff sees on their desk, what nobody has to hurry for."""


def of(kind: str) -> Manner:
    """How messages of this kind go out."""
    return MANNERS.get(kind, INBOX_ONLY)
