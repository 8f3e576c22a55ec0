"""For whom a wish is kept: the next on standby, or an organisation it was offered to (product.md section 2).

    a claim ends ── somebody waits ── kept for the first, 24 h ──┬─ claimed by them
                 └─ nobody waits ──── open to all                ├─ declined ─┬─ kept for the next
    an offer ────────────────────── kept for the organisation ───┴─ lapsed ───┴─ open to all

What is kept stands on the wish, so that a claim needs no further read; the queue and the due time stand in the claims
table, written in the same transaction. So a wish is never kept for somebody whom the clock forgets, and never open to
all while somebody waits.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from pynamodb.expressions.condition import Condition, size

from chalicelib.base import clock, tables
from chalicelib.base.callers import NOBODY
from chalicelib.claims import limits, records, rules
from chalicelib.notices import actions as notices
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change, waiting
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt, Entry

_AT_ONCE: Final = 40  # of a queue that ends: each is two parts of a transaction


class Kept(NamedTuple):
    """What an act that brings a wish back adds: the wish's fields, and the parts of its transaction."""

    fields: dict[str, object]
    parts: list[tables.Part]


def reserved_now(wish: Wish, at: str) -> bool:
    """Whether the wish is kept for somebody at `at`."""
    return bool(wish.state == "published" and wish.reserved_for and (wish.reserved_until or "") > at)


def lapsed(wish: Wish, at: str) -> bool:
    """Whether it was kept for somebody whose time is over, and the clock has not come by yet."""
    return bool(wish.state == "published" and wish.reserved_for and (wish.reserved_until or "") <= at)


def is_offered(wish: Wish) -> bool:
    """Whether the wish is kept for an organisation it was offered to, not for somebody on standby."""
    return bool(wish.state == "published" and wish.reserved_for and records.queue(wish.pk).offered_by)


def offered(wish: Wish, organisation: str, liaison: str, until: str) -> list[tables.Part]:
    """What an offer adds: the clock looks at it when it lapses, and the organisation finds it among its own."""
    queue = records.Queue(wish.pk, records.QUEUE, offered_by=liaison, offered_to=organisation)
    _due(queue, until)
    listed = tables.Change(records.standbys(organisation), [records.Standbys.wishes.add({wish.pk})])
    # Open to all means that nobody waits: of two offers at once the wish's own condition lets one through.
    return [tables.Put(queue, tables.absent(records.Queue)), listed]


def keep_for_next(wish: Wish, at: str, back: str) -> Kept:
    """What the end of a claim adds: the wish, on its way `back` to a state, is kept for the first on standby."""
    queue = records.queue(wish.pk)
    return _kept(wish, queue, queue.unmoved(), at, back)


def taken(wish: Wish, account: str) -> list[tables.Part]:
    """What a claim adds where the wish was kept for its claimant: they wait no longer, the others go on waiting."""
    if wish.reserved_for is None:
        return []
    queue = records.queue(wish.pk)
    unmoved = queue.unmoved()
    _cut(queue, account)
    _due(queue, None)
    queue.offered_by = queue.offered_to = None
    return [_written(queue, unmoved), _forget(account, wish.pk)]


def settle(wish_id: str, at: str) -> bool:
    """Hand on what was kept until now and not claimed; whether this call did it."""
    done = False

    def decide(wish: Wish) -> Iterable[tables.Part]:
        nonlocal done
        done = lapsed(wish, at)
        return hand_on(wish, Attempt(NOBODY, at=at), "lapse") if done else []

    change.perform(wish_id, Attempt(NOBODY, at=at), wishes.get, decide)
    return done


def hand_on(wish: Wish, attempt: Attempt, act: str) -> list[tables.Part]:
    """The parts that take a wish from whom it is kept for: to the next on standby, or to all."""
    queue = records.queue(wish.pk)
    unmoved, before, liaison = queue.unmoved(), str(wish.reserved_for), queue.offered_by
    _cut(queue, before)
    queue.offered_by = queue.offered_to = None
    kept = _kept(wish, queue, unmoved, attempt.at, "published")
    pool = (
        {}
        if kept.fields["reserved_for"]
        else {"republished_at": attempt.at, **waiting.anew(wish, "published", attempt.at)}
    )
    moved = change.advance(wish, attempt, Entry(act), "published", **kept.fields, **pool)
    told = _tell_of_end(wish, act, before, liaison, attempt.caller.account)
    return [*moved, *kept.parts, _forget(before, wish.pk), *told]


def decline(wish_id: str, account: str, attempt: Attempt) -> None:
    """Whoever the wish is kept for does not want it: it is handed on at once."""

    def decide(wish: Wish) -> Iterable[tables.Part]:
        theirs = wish.state == "published" and wish.reserved_for == account
        return hand_on(wish, attempt, "decline") if theirs else []

    change.perform(wish_id, attempt, wishes.get, decide)


def left(queue: records.Queue, account: str) -> list[tables.Part]:
    """The parts that take one who waits out of the queue."""
    unmoved = queue.unmoved()
    _cut(queue, account)
    return [_written(queue, unmoved), _forget(account, queue.pk)]


def joined(wish: Wish, account: str, at: str, most: int) -> list[tables.Part]:
    """The parts that put one more at the end of the queue, and the wish on their list, which holds `most`."""
    queue, model, theirs = records.Queue(wish.pk, records.QUEUE), records.Queue, records.Standbys.wishes
    # Sent twice at once, they are appended once.
    absent = model.accounts.does_not_exist() | ~model.accounts.contains(account)
    room = theirs.does_not_exist() | (size(theirs) < most)  # type: ignore[no-untyped-call]
    return [
        _same(wish),  # a claim that ends right now has not seen them waiting: they look again
        tables.Change(
            queue,
            [
                model.accounts.set((model.accounts | []).append([account])),
                model.since.set((model.since | []).append([at])),
            ],
            absent,
        ),
        # The limit, exact: of any number of queues joined at once, only so many find room in the set.
        tables.Change(records.standbys(account), [theirs.add({wish.pk})], room),
    ]


def over(wish: Wish, at: str) -> list[tables.Part]:
    """What the last act on a wish adds: the clock dissolves its queue and tells those who wait."""
    queue = records.queue(wish.pk)
    if not queue.accounts and not queue.due_at:
        return []
    unmoved = queue.unmoved()
    _due(queue, at)
    return [tables.Put(queue, unmoved)]


def look(wish_id: str, at: str) -> bool:
    """The clock's look at a queue that is due: handed on, or dissolved where there is nothing to wait for any more."""
    queue = records.queue(wish_id)
    if not queue.due_at or queue.due_at > at:  # the index lags behind: another worker was here
        return False
    wish = wishes.get(wish_id)
    if lapsed(wish, at):
        return settle(wish_id, at)
    unmoved = queue.unmoved()
    if reserved_now(wish, at) or wish.state in ("claimed", "delivered"):
        # It moved on since the look was planned: whoever waits goes on waiting.
        _due(queue, wish.reserved_until if reserved_now(wish, at) else None)
        return _commit([_written(queue, unmoved), _same(wish)])
    return _dissolve(wish, queue, unmoved)


def _kept(wish: Wish, queue: records.Queue, unmoved: Condition, at: str, back: str) -> Kept:
    """The wish kept for the first of the queue, or for nobody; with the write of the queue."""
    found = rounds.get(wish.round)
    window = found.window_for(wish.subdistrict)
    open_now = back == "published" and not found.closed_at and window.claiming(at)
    fields: dict[str, object] = {"reserved_for": None, "reserved_until": None}
    if not queue.accounts:
        _due(queue, None)
        return Kept(fields, [_written(queue, unmoved)])
    if not open_now:  # nobody may claim any more: the clock tells those who wait
        _due(queue, at)
        return Kept(fields, [_written(queue, unmoved)])
    first = str(queue.accounts[0])
    until = rules.kept_until(at, limits.standby_hours(), window.claim_until)
    _due(queue, until)
    told = notices.tell(first, "standby_turn", wish, until=clock.local_minute(until))
    return Kept(fields | {"reserved_for": first, "reserved_until": until}, [_written(queue, unmoved), *told])


def _tell_of_end(wish: Wish, act: str, before: str, liaison: str | None, by: str) -> list[tables.Part]:
    """Whoever did it knows; of the other two each is told."""
    told: list[tables.Part] = []
    if act != "decline":
        told += notices.tell(before, "reservation_over", wish)
    if liaison and act != "take_back":
        told += notices.tell(liaison, "offer_declined" if act == "decline" else "offer_lapsed", wish)
    return told


def _dissolve(wish: Wish, queue: records.Queue, unmoved: Condition) -> bool:
    """End a queue, as many at a time as a transaction takes; what is left stays due."""
    gone = [str(account) for account in queue.accounts[:_AT_ONCE]]
    queue.accounts, queue.since = queue.accounts[_AT_ONCE:], queue.since[_AT_ONCE:]
    parts = [
        part for account in gone for part in (_forget(account, wish.pk), *notices.tell(account, "standby_over", wish))
    ]
    if queue.offered_to:
        parts += [_forget(queue.offered_to, wish.pk), *notices.tell(queue.offered_to, "reservation_over", wish)]
    queue.offered_by = queue.offered_to = None
    if not queue.accounts:
        _due(queue, None)
    if not _commit([_written(queue, unmoved), _same(wish), *parts]):
        return False
    return _dissolve(wish, queue, queue.unmoved()) if queue.accounts else True


def _commit(parts: list[tables.Part]) -> bool:
    try:
        tables.commit(parts)
    except tables.Refused:
        return False
    return True


def _same(wish: Wish) -> tables.Check:
    """Nobody has moved the wish since it was read: else the clock decides anew at its next look."""
    return tables.Check(wish, type(wish).version == int(wish.version))


def _written(queue: records.Queue, unmoved: Condition) -> tables.Part:
    """The write of a queue; one that neither holds anybody nor is due is not kept, and must not have come to be."""
    return tables.Put(queue, unmoved) if queue.accounts or queue.due_at else tables.Remove(queue, unmoved)


def _cut(queue: records.Queue, account: str) -> None:
    kept = [pair for pair in zip(queue.accounts, queue.since, strict=True) if pair[0] != account]
    queue.accounts, queue.since = [each for each, _ in kept], [since for _, since in kept]


def _due(queue: records.Queue, at: str | None) -> None:
    queue.due_at = at
    queue.due = records.due_key(queue.pk) if at else None


def _forget(account: str, wish_id: str) -> tables.Change:
    """Taking out of the set what is not in it changes nothing."""
    return tables.Change(records.standbys(account), [records.Standbys.wishes.delete({wish_id})])
