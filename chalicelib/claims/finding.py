"""Reading claims: whose they are, one's own list, and everything that happened to a wish."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.accounts import actions as accounts
from chalicelib.base import sealing
from chalicelib.base.callers import Caller
from chalicelib.base.words import ORGANISATIONS
from chalicelib.claims import records, rules, shapes
from chalicelib.claims.records import ClaimRecord as ClaimRecord  # the name other rooms know
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import auditing
from chalicelib.wishes.actions import HistoryEntry, Wish

_SAME_MOMENT = 10  # more claims than one account can make in a millisecond


def claimant_person(record: records.ClaimRecord) -> accounts.Person:
    """Name and phone of a claimant, for staff only: the account's, and the name that a register or a liaison gave."""
    known = accounts.person_of(record.account) if record.account else accounts.Person()
    if record.sealed is None:
        return known
    return accounts.Person(known.phone, sealing.unseal("claims", record.pk, record.sealed, shapes.Claimant).name)


class Claimant(NamedTuple):
    """Whom staff call about a claim. `contact` is the member who made it, where an organisation claimed."""

    name: str | None
    phone: str | None
    contact: str | None = None


def claimant_seen(wish: Wish, record: records.ClaimRecord, caller: Caller) -> Claimant:
    """The claimant's name and phone, on their way to staff in scope: the view is recorded first."""
    person, member = claimant_person(record), _member(record)
    found = Claimant(person.name or None, person.phone or member.phone or None, member.name or None)
    if any(found):
        claim_id = rules.claim_id(wish.pk, int(record.sk.partition("#")[2]))
        auditing.seen(wish, caller, "viewed_claimant", claim=claim_id)
    return found


def _member(record: records.ClaimRecord) -> accounts.Person:
    """Who claimed for an organisation, as long as they act for it: it may have no phone of its own."""
    if record.claimant_type not in ORGANISATIONS or record.by == record.account or not record.account:
        return accounts.Person()
    theirs = accounts.standing_now(record.by)
    return accounts.person_of(record.by) if theirs and record.account in theirs.organisations else accounts.Person()


def history(wish: Wish) -> list[HistoryEntry | records.ClaimRecord]:
    """Everything that happened to the wish, newest first: its own entries and the claim records among them."""
    entries: list[HistoryEntry | records.ClaimRecord] = [*wishes.entries(wish), *records.of_wish(wish.pk)]
    return sorted(entries, key=lambda entry: entry.sk.partition("#")[2], reverse=True)


def of(wish: Wish) -> list[records.ClaimRecord]:
    """Every claim ever made for the wish, oldest first."""
    return records.of_wish(wish.pk)


def id_of(record: records.ClaimRecord) -> str:
    """The claim's id."""
    return rules.claim_id(record.pk, int(record.sk.partition("#")[2]))


def live_ids(account: str) -> list[str]:
    """Ids of the account's live claims, in every round."""
    return sorted(id_of(record) for _, record in _live(account))


def every_of(account: str) -> list[records.ClaimRecord]:
    """Every claim of an account: the live ones and the past."""
    places = records.every_past(account)
    found = [record for _, record in _live(account)]
    for start in range(0, len(places), 100):
        found += records.several([place[1:] for place in places[start : start + 100]]).values()
    return found


def mine(
    caller: Caller, limit: int, after: records.Place | None
) -> tuple[list[tuple[Wish, records.ClaimRecord]], records.Place | None]:
    """Up to `limit` claims of the caller and their organisations, newest first, after a place; and where to go on.

    The live ones are found through the quotas (they are capped), the others through their index. Each account's list
    runs down the same order, so that the first `limit` of all of them are among the first `limit` of each.
    """
    theirs = [caller.account, *sorted(caller.standing.organisations)]
    found = {_place(record): (wish, record) for account in theirs for wish, record in _live(account)}
    until = after[0] if after else None
    past = [place for account in theirs for place in records.past(account, limit + _SAME_MOMENT, until)]
    places = sorted({*found, *past}, reverse=True)
    places = [place for place in places if after is None or place < after]
    shown = places[:limit]
    found |= {
        _place(record): (wish, record) for wish, record in _pairs([each[1:] for each in shown if each not in found])
    }
    return [found[each] for each in shown if each in found], shown[-1] if len(places) > limit else None


def _live(account: str) -> list[tuple[Wish, records.ClaimRecord]]:
    held = [wish for wish in wishes.several(records.live(account)) if wish.claimant == account and wish.claim]
    return _pairs([(wish.pk, records.sort_key(int(wish.claim))) for wish in held if wish.state == "claimed"])


def _place(record: records.ClaimRecord) -> records.Place:
    return record.order or "", record.pk, record.sk


def _pairs(keys: list[tuple[str, str]]) -> list[tuple[Wish, records.ClaimRecord]]:
    found = records.several(keys)
    held = {wish.pk: wish for wish in wishes.several(sorted({wish for wish, _ in keys}))}
    return [(held[key[0]], found[key]) for key in keys if key in found and key[0] in held]
