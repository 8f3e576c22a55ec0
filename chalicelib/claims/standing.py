"""The claim that stands: how it is found, who may see it, and the one way every act on it goes.

find → may → does it still stand? → is the act possible? → decide → write (wishes/change.py)
"""

from collections.abc import Callable, Iterable

from pynamodb.expressions.condition import size

from chalicelib.base import tables
from chalicelib.base.callers import Caller
from chalicelib.base.problems import Conflict, Forbidden, NotFound
from chalicelib.claims import limits, records, rules
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


def again(record: records.ClaimRecord) -> records.ClaimRecord:
    """The claim's record as it is now."""
    return records.get(record.pk, records.version_of(record.sk)) or record


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
    record.due = records.due_key(record.pk) if at else None


def planned(wish: Wish, record: records.ClaimRecord) -> list[rules.Moment]:
    """What the clock will do about the claim as it stands now."""
    facts = rules.Facts(record.state, record.claimed_at, wish.stage, wish.expires_at, wish.delivered_at)
    return rules.moments(facts, limits.of_time())


def note(wish: Wish, record: records.ClaimRecord, at: str, **fields: object) -> tables.Change:
    """The write of a claim whose wish has just moved on: `fields` changed (None removes), the clock's next look set.

    Only what changes is written, so that nothing that was noted beside it meanwhile is lost.
    """
    held = record.due_at
    for name, value in fields.items():
        setattr(record, name, value)
    if not (held and held <= record.claimed_at):  # else it is still to be announced, and the clock looks on from there
        watch(record, rules.next_look(planned(wish, record), at))
    elif record.state not in ("live", "delivered"):
        watch(record, None)
    return noted(record, held, *fields)


def noted(record: records.ClaimRecord, held: str | None, *names: str) -> tables.Change:
    """The write of those attributes of a claim and of the clock's next look, if that is still due at `held`."""
    model = records.ClaimRecord
    written = [(getattr(model, name), getattr(record, name)) for name in (*names, "due_at", "due")]
    # The clock may have done its part between our reading and our writing: then it has moved the due time on, and
    # whatever was decided here is decided anew, so that nothing is announced or warned of twice.
    unmoved = model.due_at == held if held else model.due_at.does_not_exist()
    return tables.Change(
        record, [each.remove() if value is None else each.set(value) for each, value in written], unmoved
    )


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
