"""Whether the tables are in order, whatever was done to them: read from the items themselves, not through the app."""

from collections import Counter
from typing import Any

from chalicelib.base import clock, settings
from chalicelib.base.models import Record
from chalicelib.claims import records
from chalicelib.claims.records import ClaimRecord, Queue, Quota
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import numbers
from chalicelib.wishes import listing, narrow, rules
from chalicelib.wishes.records import HistoryEntry, Wish

_MANY = 100
HOLDING = ("claimed", "delivered", "fulfilled")


def in_order(round_id: str) -> None:
    """Assert that histories, claims, quotas, index lines and statistics of the round all say the same."""
    wishes = every_wish(round_id)
    acts, claims = _by_wish(HistoryEntry, "h#", wishes), _by_wish(ClaimRecord, "claim#", wishes)
    for wish in wishes:
        history_is_whole(wish, acts.get(wish.pk, []), claims.get(wish.pk, []))
    quotas_match(round_id, wishes)
    queues_match(wishes)
    lines_match(round_id, wishes)
    statistics_match(round_id, wishes)


def every_wish(round_id: str) -> list[Wish]:
    """All wishes of a round by scan: no index may be trusted here."""
    return list(Wish.scan((Wish.sk == "wish") & (Wish.round == round_id), consistent_read=True))


def _by_wish(kind: type[Record], prefix: str, wishes: list[Wish]) -> dict[str, list[Any]]:
    """The items of a kind under each wish: a query a wish, or one scan where there are many."""
    if len(wishes) > _MANY:
        found = list(kind.scan(kind.sk.startswith(prefix), consistent_read=True))
    else:
        found = [
            item for wish in wishes for item in kind.query(wish.pk, kind.sk.startswith(prefix), consistent_read=True)
        ]
    items: dict[str, list[Any]] = {}
    for item in found:
        items.setdefault(item.pk, []).append(item)
    return items


def history_is_whole(wish: Wish, acts: list[HistoryEntry], claims: list[ClaimRecord]) -> None:
    """Every version of the wish has one entry, each starts where the last ended, at most one claim stands."""
    entries: list[Any] = [*acts, *claims]
    steps = {int(each.sk.partition("#")[2]): each for each in entries}
    assert len(steps) == len(entries), "two entries of one version"
    assert sorted(steps) == list(range(1, int(wish.version) + 1)), "a version without an entry"
    state = None
    for _, step in sorted(steps.items()):
        before, after = ("published", "claimed") if step in claims else (step.from_state, step.to_state)
        assert before == state, (before, state)
        state = after
    assert state == wish.state
    standing = [claim for claim in claims if claim.state in ("live", "delivered", "fulfilled")]
    assert len(standing) == (wish.state in HOLDING)
    if standing:
        assert standing[0].account == wish.claimant
        assert standing[0].state == {"claimed": "live"}.get(wish.state, wish.state)


def quotas_match(round_id: str, wishes: list[Wish]) -> None:
    """Each claimant's set holds exactly the wishes claimed and not yet delivered."""
    live: dict[str, set[str]] = {}
    for wish in wishes:
        if wish.state == "claimed" and wish.claimant:
            live.setdefault(wish.claimant, set()).add(wish.pk)
    noted = {
        quota.pk.removeprefix("claimant#"): set(quota.open)
        for quota in Quota.scan(Quota.sk == f"quota#{round_id}", consistent_read=True)
        if quota.open
    }
    assert noted == live


def queues_match(wishes: list[Wish]) -> None:
    """Nothing is kept for somebody whom the clock forgets, nothing open to all while somebody waits."""
    found = _by_wish(Queue, "queue", wishes)
    for wish in wishes:
        queue = next(iter(found.get(wish.pk, [])), None)
        waiting = list(queue.accounts) if queue else []
        assert len(waiting) == len(set(waiting)) == (len(queue.since) if queue else 0)
        assert wish.claimant not in waiting or wish.state == "fulfilled"
        if wish.state == "published" and wish.reserved_for:
            assert queue
            assert queue.due_at == wish.reserved_until
            assert wish.reserved_for == (queue.offered_to or waiting[0])
        elif wish.state == "published":
            assert queue is None
        elif wish.state in ("claimed", "delivered"):
            assert (wish.reserved_for, queue and queue.due_at) == (None, None)
        elif queue:
            assert queue.due_at, "nobody is told that it is over"
        for account in waiting:
            assert wish.pk in records.on_standby(account)


def lines_match(round_id: str, wishes: list[Wish]) -> None:
    """The narrow index holds every wish once, as it is."""
    found = rounds.fetch(round_id)
    indexed = sorted(listing.snapshot(round_id, found.shards, fresh=True))
    assert indexed == sorted(rules.narrow_of(wish.attribute_values, wish.pk) for wish in wishes)
    assert all(narrow.unpack(wish.pk, wish.line).state == wish.state for wish in wishes)


def statistics_match(round_id: str, wishes: list[Wish]) -> None:
    """The public numbers are what a count of the items gives."""
    listing.forget(round_id)
    shown = numbers.live(rounds.fetch(round_id))
    collected = [wish for wish in wishes if wish.state not in ("withdrawn", "rejected")]
    assert shown.collected == len(collected)
    assert shown.published == sum(wish.published_at is not None for wish in collected)
    assert shown.claimed == sum(wish.state in HOLDING for wish in collected)
    assert shown.fulfilled == sum(wish.state == "fulfilled" for wish in collected)
    assert shown.by_subdistrict == dict(Counter(wish.subdistrict for wish in collected))
    assert set(shown.by_subdistrict) <= set(settings.subdistricts())
    assert clock.seconds(shown.as_of) > 0
