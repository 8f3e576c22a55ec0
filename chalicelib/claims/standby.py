"""Standby: whoever comes too late may wait for a wish, and is next when it comes back (product.md section 2).

    the wish        checked, not written: its claim still stands, or it is still kept for somebody
    the queue       appended to, if they are not in it
    their standbys  a set, whose size is the limit

One transaction; the order is the queue's own, exact, whatever the clocks of those who append say.
"""

from typing import Final, NamedTuple

from chalicelib.base import tables
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import Conflict, NotFound, Unprocessable
from chalicelib.claims import claimants, records, reserving, rules
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt

_ATTEMPTS: Final = 12
_AT_ONCE: Final = 100  # BatchGetItem's limit


class Waiting(NamedTuple):
    """Where an account stands in a wish's queue: from 1; 0 for an organisation the wish was offered to."""

    wish: Wish
    account: str
    position: int
    since: str | None

    @property
    def order(self) -> tuple[str, str, str]:
        """Where the place stands in a list, the longest waiting first; offers before all."""
        return self.since or "", self.wish.pk, self.account

    @property
    def reserved_until(self) -> str | None:
        """Until when the wish is kept for this account; None while it is not."""
        return self.wish.reserved_until if self.wish.reserved_for == self.account else None


def join(wish_id: str, organisation: str | None, attempt: Attempt) -> tuple[Waiting, bool]:
    """Go on standby; where one stands then, and whether this request put one there.

    A retry under the same Idempotency-Key is told of the same place, however that has gone since.
    Raises Conflict `wrong_state`, `wish_is_free` where it can be claimed, `claim_is_yours`, `claims_not_open`,
    `standby_limit_reached`, `standby_full`; Forbidden `own_wish`, `not_a_member`.
    """
    claimant, made = claimants.of(organisation, attempt.caller), False
    for _ in range(_ATTEMPTS):
        wish = wishes.visible(wish_id, attempt.caller)
        if reserving.lapsed(wish, attempt.at):
            reserving.settle(wish_id, attempt.at)
            continue
        queue = records.queue(wish_id)
        place = _place(wish, queue, claimant.account)
        # The queue first, then the look for the key: both are written in one transaction, so that whoever finds the
        # place finds the key that took it, too.
        earlier = _earlier(wish, attempt)
        if earlier is not None:
            return place or earlier, True
        if place is not None:
            return place, made
        _require_taken(wish, claimant.account, attempt)
        if len(queue.accounts) >= rules.MOST_ON_STANDBY:
            raise Conflict("standby_full")
        try:
            parts = reserving.joined(wish, claimant.account, attempt.at, claimant.standbys)
            tables.commit([*parts, *_noted(wish, claimant.account, len(queue.accounts) + 1, attempt)])
            made = True  # the next turn reads where that put them
        except tables.Refused as refusal:
            if any(isinstance(part.record, records.Standbys) for part in refusal.found):
                most = claimant.standbys
                raise Conflict("standby_limit_reached", extra={"limit": most}, limit=most) from refusal
    raise Conflict()


def leave(wish_id: str, organisation: str | None, attempt: Attempt) -> None:
    """Wait no longer. Whoever the wish is kept for declines it by that; who does not wait has nothing to leave."""
    account = organisation or attempt.caller.account
    require(attempt.caller.speaks_for(account), "not_a_member")
    for _ in range(_ATTEMPTS):
        wish = wishes.get(wish_id)
        queue = records.queue(wish_id)
        if account not in queue.accounts:
            if not wishes.may_see(wish, attempt.caller):
                raise NotFound()
            return
        try:
            if wish.state == "published" and wish.reserved_for == account:
                reserving.decline(wish_id, account, attempt)
            else:
                # Promoted meanwhile: then the queue has become due, and this is a wish to decline.
                tables.commit(reserving.left(queue, account))
        except tables.Refused:
            continue
        return
    raise Conflict()


def mine(caller: Caller) -> list[Waiting]:
    """What the caller and their organisations wait for or are offered, the longest waiting first."""
    accounts = (caller.account, *sorted(caller.standing.organisations))
    return sorted((place for account in accounts for place in _of(account)), key=lambda place: place.order)


def _of(account: str) -> list[Waiting]:
    ids = records.on_standby(account)
    found: list[Waiting] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        queues = records.queues(some)
        places = (_place(wish, queues[wish.pk], account) for wish in wishes.several(some) if wish.pk in queues)
        found += [place for place in places if place is not None]
    return found


def _place(wish: Wish, queue: records.Queue, account: str) -> Waiting | None:
    """Where the account stands; None where it does not wait, or there is nothing left to wait for."""
    if wish.state not in ("claimed", "delivered") and not (wish.state == "published" and wish.reserved_for):
        return None
    if account in queue.accounts:
        index = list(queue.accounts).index(account)
        return Waiting(wish, account, index + 1, str(queue.since[index]))
    return Waiting(wish, account, 0, None) if queue.offered_by and wish.reserved_for == account else None


def _earlier(wish: Wish, attempt: Attempt) -> Waiting | None:
    """The place this Idempotency-Key took, as it was then. Raises Unprocessable when it was another request's."""
    found = records.standby_key(wish.pk, attempt.key) if attempt.key else None
    if found is None:
        return None
    if found.fingerprint != attempt.fingerprint:
        raise Unprocessable("idempotency_key_reused")
    return Waiting(wish, str(found.account), int(found.position), str(found.at))


def _noted(wish: Wish, account: str, position: int, attempt: Attempt) -> list[tables.Part]:
    """The note of what an Idempotency-Key does, for the transaction that does it."""
    if not attempt.key:
        return []
    note = records.StandbyKey(wish.pk, records.standby_mark(attempt.key))
    note.account, note.position, note.at, note.fingerprint = account, position, attempt.at, attempt.fingerprint
    # Sent twice at once with one key, one is refused here, looks again and finds the other's note.
    return [tables.Put(note, tables.absent(records.StandbyKey))]


def _require_taken(wish: Wish, account: str, attempt: Attempt) -> None:
    """Only a wish somebody else holds, or is kept for, is waited for; what is free is claimed."""
    if wish.hidden or wish.state not in ("claimed", "published"):
        raise wishes.wrong_state(wish)
    require(not wishes.is_for(wish, attempt.caller.account), "own_wish")
    if wish.state == "claimed" and wish.claimant == account:
        raise Conflict("claim_is_yours")
    found = rounds.get(wish.round)
    if found.closed_at or not found.window_for(wish.subdistrict).claiming(attempt.at):
        raise Conflict("claims_not_open")
    if wish.state == "published" and (wish.reserved_for is None or wish.reserved_for == account):
        raise Conflict("wish_is_free")
