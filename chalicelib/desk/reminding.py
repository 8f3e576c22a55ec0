"""A reminder from the desk: whoever a wish waits for is asked once a day at most, however often a liaison asks."""

from collections.abc import Iterable

from chalicelib.base import clock
from chalicelib.base.callers import require
from chalicelib.base.problems import Conflict
from chalicelib.notices import actions as notices
from chalicelib.wishes import actions as wishes
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt


def remind(wish_id: str, attempt: Attempt) -> tuple[Wish, int]:
    """Remind whoever the wish waits for; the wish, and how many messages this wrote (none the second time on a day).

    Raises Conflict `wrong_state` where it waits for nobody but the desk, `nobody_to_remind` where they have no account.
    It is no act: the wish stays as it is, and one that moves on meanwhile has had a reminder a moment too late.
    """
    wish = wishes.get(wish_id)
    require(attempt.caller.reviews(wish.subdistrict))
    kind, readers = _waited_for(wish)
    told = dict.fromkeys(account for account in readers if account)
    if not told:
        raise Conflict("nobody_to_remind")
    day, values = clock.local_day(attempt.at), {"title": wish.title}
    # Two liaisons at once, or one batch twice: the ledger's key names the day, so one of them writes the message.
    return wish, sum(notices.once(account, kind, f"{wish.pk}#desk", day, values, [wish.pk]) for account in told)


def _waited_for(wish: Wish) -> tuple[str, Iterable[str | None]]:
    """What to say and to whom: a live claim waits for its claimant, a delivery for the wisher's side to confirm."""
    match wish.state:
        case "claimed":
            return "claim_reminder", [wish.claimant]
        case "delivered":
            return "confirmation_reminder", [wish.contact, wish.declarer]
        case "returned":
            return "returned_reminder", [wish.declarer or wish.contact]
        case _:
            raise wishes.wrong_state(wish)
