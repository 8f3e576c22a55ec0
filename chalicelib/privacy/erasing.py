"""Erasing one person: the wish's personal side, or an account. First the act, then what lies beside it by the hundred.

The act closes the door: whatever read the wish or the account before it is refused. The scrubbing behind it may be cut
off anywhere and is run again whole; only then is the request that asked for it answered.
"""

from collections.abc import Iterable
from typing import Final

from chalicelib.accounts import actions as accounts
from chalicelib.accounts import erasing as account_erasing
from chalicelib.audit import actions as audit
from chalicelib.base import tables
from chalicelib.base.problems import Conflict, NotFound
from chalicelib.claims import ending
from chalicelib.claims import erasing as claim_erasing
from chalicelib.claims import finding as claims
from chalicelib.notices import actions as notices
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import auditing, change
from chalicelib.wishes import erasing as wish_erasing
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt

_MOST_ROUNDS: Final = 100  # DynamoDB's transaction, and more than any district opens
_MOST_CHECKED: Final = 50
_ATTEMPTS: Final = 8


def wish(wish_id: str, attempt: Attempt, reason: str, *, names: bool = False) -> Wish:
    """Erase a wish's personal side; with `names` an imported claimant's name, too. Safe to run again.

    Its claim ends where it was live. Raises NotFound, Unavailable.
    """
    told = _concerned(wishes.get(wish_id))

    def decide(found: Wish) -> Iterable[tables.Part]:
        if found.erased_at:
            return []
        held = ending.held_by(found)
        deed = auditing.deed(found, attempt.caller, "erased", why=reason)
        parts = wish_erasing.parts(found, attempt)
        ended = ending.ended_with(found, held, attempt) if found.state == "withdrawn" else ending.unwatched(held)
        return [*parts, *ended, audit.part(deed)]

    erased, _ = change.perform(wish_id, Attempt(attempt.caller, at=attempt.at), wishes.get, decide)
    wish_erasing.scrub(wish_id)
    claim_erasing.scrub(wish_id, names=names)
    for account in told | _concerned(erased):
        notices.forget(account, wish_id)
    return erased


def account(account_id: str, attempt: Attempt, reason: str) -> None:
    """Erase an account and the words it left. Safe to run again.

    Raises NotFound for one that never was, Conflict `open_claims`, `last_administrator`, `organisation_has_members`.
    """
    for _ in range(_ATTEMPTS):
        live = claims.live_ids(account_id)
        if live:
            raise Conflict("open_claims", extra={"claims": live})
        try:
            account_erasing.erase(account_id, _no_claims(account_id), attempt.caller, reason)
        except tables.Refused:
            continue  # a claim landed meanwhile: say which
        except NotFound:
            if not _was_erased(account_id):
                raise
        claim_erasing.scrub_claimant(account_id)
        notices.forget(account_id)
        return
    raise Conflict()


def contact(account_id: str, attempt: Attempt) -> None:
    """Erase an account that was nothing but the contact of wishes now erased; any other stays as it is.

    Whoever has a role, acts for others, says what they are, or ever claimed or declared anything else is more than
    that. Should they sign in at this moment, they do so again as a stranger, and have lost nothing.
    """
    try:
        found = accounts.get(account_id)
    except NotFound:
        return
    is_more = found.roles or found.organisations or found.applies_for or found.claimant_type != "citizen"
    if is_more or found.basis != "declared" or wishes.ids_of(account_id) or claims.every_of(account_id):
        return
    account(account_id, attempt, "retention")


def _no_claims(account_id: str) -> list[tables.Part]:
    """The checks that no claim is open, in the rounds where one could be made at this moment."""
    open_ones = [found.id for found in rounds.newest_first(_MOST_ROUNDS) if found.closed_at is None]
    return claim_erasing.none_open(account_id, open_ones[:_MOST_CHECKED])


def _was_erased(account_id: str) -> bool:
    return any(entry.action == "erased" for entry in audit.entries(f"account/{account_id}"))


def _concerned(found: Wish) -> set[str]:
    """Who was told of the wish: its own side, those who claimed it, the subdistrict's liaisons and their group."""
    people = {found.declarer, found.contact, found.claimant, *(each.account for each in claims.of(found))}
    staff = {who for who, scope in accounts.liaisons() if accounts.in_scope(scope, found.subdistrict)}
    return {who for who in people if who} | staff | {f"group#{found.subdistrict}"}
