"""How a claim ends unfulfilled: released, revoked, expired, withdrawn. What was opened is closed again."""

from collections.abc import Iterable
from typing import Any

from chalicelib.base import tables
from chalicelib.claims import records, reserving, shapes, standing
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change, clearing
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt, Entry


def release(claim_id: str, body: shapes.ReleaseBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """The claimant gives the wish back."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        return end_parts(wish, record, attempt, Entry("release", body.reason or None), "released")

    return standing.act(
        claim_id, "release", attempt, lambda _, record: standing.is_claimant(attempt.caller, record), decide
    )


def revoke(claim_id: str, body: shapes.RevokeBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """A liaison takes the wish back from its claimant, with a reason."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        clearing.require_tellable(wish, wishes.opened(wish), "reason", body.reason)
        return end_parts(wish, record, attempt, Entry("revoke", body.reason), "revoked")

    return standing.act(claim_id, "revoke", attempt, lambda wish, _: attempt.caller.reviews(wish.subdistrict), decide)


def expire(wish_id: str, version: int, attempt: Attempt) -> bool:
    """The clock takes the wish back from a claimant who made no progress; whether this run did it.

    Progress, delivery or an extension that landed first has moved the limit: then there is nothing to do.
    """
    done = False

    def decide(wish: Wish) -> Iterable[tables.Part]:
        nonlocal done
        record = records.get(wish_id, version)
        done = record is not None and standing.stands(wish, record) and _is_overdue(wish, attempt.at)
        if record is None or not done:
            return []
        return end_parts(wish, record, attempt, Entry("expire", reason_code="no_progress"), "expired")

    change.perform(wish_id, attempt, wishes.get, decide)
    return done


def withdraw(wish_id: str, body: Any, attempt: Attempt) -> Wish:
    """Withdraw a wish; a claim that stood ends with it and its place in the quota is free."""

    def decide(wish: Wish) -> Iterable[tables.Part]:
        held = held_by(wish)
        return [*wishes.withdraw_parts(wish, body, attempt), *ended_with(wish, held, attempt)]

    return change.perform(wish_id, attempt, wishes.get, decide)[0]


def held_by(wish: Wish) -> records.ClaimRecord | None:
    """The live or delivered claim that holds the wish; ask before the wish moves on."""
    return records.get(wish.pk, int(wish.claim)) if wish.state in ("claimed", "delivered") and wish.claim else None


def ended_with(wish: Wish, held: records.ClaimRecord | None, attempt: Attempt) -> list[tables.Part]:
    """The parts that end a live claim with its wish, which is withdrawn now: its place is free, nobody waits for it."""
    parts = reserving.over(wish, attempt.at) if wish.published_at else []
    if held is not None:
        parts += [_closed(wish, held, "revoked", attempt), *standing.give_place(wish, held.account)]
    return parts


def unwatched(held: records.ClaimRecord | None) -> list[tables.Part]:
    """The part that keeps the clock from a claim whose wish nothing further may be done with."""
    if held is None:
        return []
    due_at = held.due_at
    standing.watch(held, None)
    return [standing.noted(held, due_at)]


def end_parts(
    wish: Wish, record: records.ClaimRecord, attempt: Attempt, entry: Entry, outcome: str
) -> list[tables.Part]:
    """The parts that end the standing claim and bring the wish back: kept for the next on standby, or to all.

    What was opened is closed again.
    """
    found = rounds.get(wish.round)
    back = "closed" if found.closed_at else "published"  # a round that is over takes nothing back into its pool
    kept = reserving.keep_for_next(wish, attempt.at, back)
    fields = _unclaimed(wish, attempt.at) | kept.fields
    moved = change.advance(wish, attempt, entry, back, **fields)
    # A close may have passed over the claimed wish already, unknown to what is remembered of the round here.
    guard = [] if found.closed_at else [rounds.still_open(found.id)]
    ended = [_closed(wish, record, outcome, attempt), *standing.give_place(wish, record.account)]
    return [*guard, *moved, *ended, *kept.parts]


def _closed(wish: Wish, record: records.ClaimRecord, outcome: str, attempt: Attempt) -> tables.Change:
    """Note how the claim ended, and show it among its claimant's past ones."""
    return standing.note(wish, record, attempt.at, state=outcome, ended_at=attempt.at, shown_to=record.account)


def _is_overdue(wish: Wish, at: str) -> bool:
    return bool(wish.state == "claimed" and wish.expires_at and wish.expires_at <= at)


def _unclaimed(wish: Wish, at: str) -> dict[str, object]:
    """The fields of a wish back in the pool: nothing of the claim stays."""
    return {
        "claim": None,
        "claims_before": int(wish.claims_before) + 1,
        "claimant": None,
        "claimant_type": None,
        "basis": None,
        "sector": None,
        "claimed_at": None,
        "stage": None,
        "expires_at": None,
        "extended": None,
        "visit_at": None,
        "introduced_at": None,
        "republished_at": at,
    }
