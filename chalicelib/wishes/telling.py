"""Who is told of what: one table, asked at the one place every act passes (`change.advance`), so that none forgets.

Nobody is told of what they did themselves, and imported history tells nobody (product.md section 6). A message names
the wish by its title and gives the act's reason; names, phones and addresses are in none (section 3).
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from chalicelib.accounts import actions as accounts
from chalicelib.base import tables
from chalicelib.notices import actions as notices
from chalicelib.wishes import records, rules


class Telling(NamedTuple):
    """Whom an act concerns, and the kind of message they get.

    `declarer`: who keyed the wish (an imported one's contact). `wisher`: the wisher's side, contact and declarer.
    `claimant`: whose claim stands before the act. `liaison`: the liaisons of the subdistrict.
    """

    who: str
    kind: str


TOLD: Final[Mapping[str, tuple[Telling, ...]]] = {
    "verify": (Telling("wisher", "own_wish_verified"),),
    "return": (Telling("declarer", "wish_returned"),),
    "reject": (Telling("declarer", "wish_rejected"),),
    "publish": (Telling("wisher", "own_wish_published"),),
    "claim": (Telling("wisher", "own_wish_claimed"), Telling("liaison", "claim_made")),
    "introduce": (Telling("claimant", "claim_introduced"),),
    "release": (Telling("liaison", "claim_released"),),
    "revoke": (Telling("claimant", "claim_revoked"),),
    "expire": (Telling("claimant", "claim_expired"), Telling("liaison", "claim_lapsed")),
    "deliver": (Telling("wisher", "own_wish_delivered"), Telling("liaison", "claim_delivered")),
    "not_received": (Telling("claimant", "claim_returned"), Telling("liaison", "claim_disputed")),
    "confirm": (Telling("claimant", "wish_fulfilled"), Telling("wisher", "own_wish_fulfilled")),
    "withdraw": (Telling("claimant", "wish_withdrawn"), Telling("wisher", "own_wish_withdrawn")),
    "close": (Telling("wisher", "own_wish_closed"),),
    "carry": (Telling("wisher", "own_wish_carried"),),
    # not acts, but what the claims' clock sees (claims/timekeeping.py)
    "no_contact": (Telling("claimant", "contact_due"), Telling("liaison", "contact_due_liaison")),
    "expiring": (Telling("claimant", "claim_expiring"),),
    "unconfirmed": (Telling("liaison", "unconfirmed_liaison"), Telling("wisher", "unconfirmed")),
    # nor are messages between people (claims/messages.py)
    "message_to_liaison": (Telling("liaison", "message_for_liaison"),),
    "thanks_given": (Telling("liaison", "thanks_waiting"),),
    "thanks_approved": (Telling("claimant", "thanks_received"),),
    "message_to_claimant": (Telling("claimant", "message_for_claimant"),),
}
"""Act (the word of the history) → who is told. What is not here concerns nobody but whoever does it.

`claim` is announced by the clock right after it (claims): a won claim is written in ten units and tells nobody itself.
"""
MOST_LIAISONS: Final = 20
"""Of one subdistrict; more are not told of single acts, so that an act stays one transaction."""


def parts(
    wish: records.Wish,
    act: str,
    *,
    claimant: str | None,
    by: str,
    reason: str | None = None,
    code: str | None = None,
    before: str = "",
    **values: object,
) -> list[tables.Part]:
    """The messages of an act, for its own transaction. `wish` as it is after it, `claimant` as before; `by` acted.

    `before` is the state the act began in; `values` are what the sentences need beyond title and reason.
    """
    found: dict[str, str] = {}
    for telling in (telling for each in _acts(act, before or wish.state, wish.state) for telling in TOLD.get(each, ())):
        kind = "wish_rejected_money" if telling.kind == "wish_rejected" and code == rules.MONEY else telling.kind
        for account in _accounts(wish, telling.who, claimant):
            found.setdefault(account, kind)
    found.pop(by, None)
    values["reason"] = reason or ""
    return [part for account, kind in found.items() for part in notices.tell(account, kind, wish, **values)]


def _acts(act: str, before: str, after: str) -> tuple[str, ...]:
    """What an act amounts to: whatever closes or withdraws a wish on its way does that, too, for those concerned."""
    ends = {"closed": "close", "withdrawn": "withdraw"}.get(after)
    return (act, ends) if ends and before != after and act != ends else (act,)


def _accounts(wish: records.Wish, who: str, claimant: str | None) -> Iterable[str]:
    match who:
        case "claimant":
            named = [claimant]
        case "declarer":
            named = [wish.declarer or wish.contact]
        case "wisher":
            named = [wish.contact, wish.declarer]
        case _:
            named = list(_liaisons(wish.subdistrict))
    return [account for account in named if account]


def _liaisons(subdistrict: str) -> list[str]:
    theirs = [account for account, scope in accounts.liaisons() if accounts.in_scope(scope, subdistrict)]
    return theirs[:MOST_LIAISONS]
