"""The claim that stands: how it is found, who may see it, and the one way every act on it goes.

find → may → does it still stand? → is the act possible? → decide → write (wishes/change.py)
"""

from collections.abc import Callable, Iterable

from pynamodb.expressions.condition import size

from chalicelib.base import tables
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, Forbidden, NotFound
from chalicelib.claims import records, rules
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt


def find(claim_id: str) -> tuple[Wish, records.ClaimRecord]:
    """A claim with its wish. Raises NotFound."""
    parsed = rules.parse_id(claim_id)
    if parsed is None:
        raise NotFound()
    wish = wishes.get(parsed[0])
    record = records.get(*parsed)
    if record is None:
        raise NotFound()
    return wish, record


def stands(wish: Wish, record: records.ClaimRecord) -> bool:
    """Whether this is the claim that holds the wish now."""
    return wish.claim is not None and records.sort_key(int(wish.claim)) == record.sk


def visible(claim_id: str, caller: Caller) -> tuple[Wish, records.ClaimRecord]:
    """A claim its claimant or the wish's staff may see. Raises NotFound for everybody else."""
    wish, record = find(claim_id)
    if is_claimant(caller, record) or caller.serves(wish.subdistrict, wish.committee):
        return wish, record
    raise NotFound()


def act(
    claim_id: str,
    act: str,
    attempt: Attempt,
    may: Callable[[Wish, records.ClaimRecord], bool],
    decide: Callable[[Wish, records.ClaimRecord], Iterable[tables.Part]],
) -> tuple[Wish, records.ClaimRecord]:
    """Do an act on the standing claim. Raises Conflict `claim_over` on one that has ended."""
    found, record = find(claim_id)

    def decided(wish: Wish) -> Iterable[tables.Part]:
        nonlocal record
        record = records.get(wish.pk, rules.parse_id(claim_id)[1]) or record  # type: ignore[index]
        if not may(wish, record):
            own = is_claimant(attempt.caller, record)
            raise (Forbidden() if own or attempt.caller.is_staff or wishes.is_own(wish, attempt.caller) else NotFound())
        if not stands(wish, record):
            raise Conflict("claim_over", extra={"state": record.state})
        wishes.expect(act, wish)
        return decide(wish, record)

    wish, _ = change.perform(found.pk, attempt, wishes.get, decided)
    return wish, records.get(wish.pk, rules.parse_id(claim_id)[1]) or record  # type: ignore[index]


def is_claimant(caller: Caller, record: records.ClaimRecord) -> bool:
    """Whether the claim is the caller's own, or that of an organisation they act for."""
    return caller.speaks_for(record.account)


def watch(record: records.ClaimRecord, at: str | None) -> None:
    """Set when the clock looks at the claim next (None: never)."""
    record.due_at = at
    record.due = f"claim#{ord(record.pk[-1]) % records.DUE_BUCKETS}" if at else None


def take_place(wish: Wish, account: str, cap: int) -> tables.Change:
    """The cap, exact: of any number of claims at once by one claimant, only so many find room in the set."""
    quota = records.quota(account, wish.round)
    room = records.Quota.open.does_not_exist() | (size(records.Quota.open) < cap)  # type: ignore[no-untyped-call]
    return tables.Change(quota, [records.Quota.open.add({wish.pk})], room)


def give_place(wish: Wish, account: str | None) -> list[tables.Part]:
    """Take the claim out of the quota's set; taking out what is not in it changes nothing."""
    if not account:
        return []
    return [tables.Change(records.quota(account, wish.round), [records.Quota.open.delete({wish.pk})])]
