"""What is held about somebody, gathered for them: the answer to a request to see or copy it, with who viewed it.

It goes out to the person it is about, so nobody else's name or phone is in it: of a claimant the type, of a viewer the
role. What belongs to the wish (its contact, its guardian) belongs to the answer.
"""

from typing import Any

import msgspec

from chalicelib.accounts import actions as accounts
from chalicelib.accounts import granting
from chalicelib.audit import actions as audit
from chalicelib.base import sealing
from chalicelib.base.callers import Caller
from chalicelib.base.problems import NotFound
from chalicelib.claims import finding as claims
from chalicelib.notices import actions as notices
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import auditing
from chalicelib.wishes.actions import HistoryEntry, Wish

_OF_A_WISH = (
    "round", "state", "kind", "category", "subject", "team_size", "title", "subdistrict", "committee", "wisher_name",
    "age_band", "declared_at", "published_at", "claimed_at", "delivered_at", "fulfilled_at", "erased_at", "receipt",
)  # fmt: skip
_OF_AN_ACCOUNT = ("claimant_type", "basis", "branch", "sector", "language", "created_at")


class Viewer(msgspec.Struct, frozen=True):
    """Somebody who was shown sealed fields: when, in which role, why. `by` is an account's id."""

    at: str
    by: str
    role: str
    action: str
    reason: str | None


def of_wish(wish_id: str, caller: Caller) -> dict[str, Any]:
    """Everything held about a wish's side. The view is recorded first. Raises NotFound, Unavailable."""
    wish = wishes.get(wish_id)
    sealed = wishes.opened(wish)
    held = {
        "id": wish.pk,
        **{name: getattr(wish, name) for name in _OF_A_WISH},
        "story": wishes.story(wish),
        "personal": msgspec.to_builtins(sealed) if sealed else None,
        "history": [_line(wish, entry) for entry in wishes.entries(wish)],
        "claims": [_claim(record) for record in claims.of(wish)],
    }
    auditing.seen(wish, caller, "viewed_full")
    return _plain(held)


def of_account(account_id: str, caller: Caller) -> dict[str, Any]:
    """Everything held about an account. The view is recorded first. Raises NotFound, Unavailable."""
    account = granting.show(account_id, caller)
    person = accounts.person(account)
    own = claims.every_of(account_id)
    held = {
        "id": account.pk,
        "phone": person.phone,
        "name": person.name,
        "roles": sorted(account.roles or ()),
        **{name: getattr(account, name) for name in _OF_AN_ACCOUNT},
        "claims": [_claim(record) | {"message": record.message} for record in own],
        "wishes": wishes.ids_of(account_id),
        "inbox": [{"at": each.at, "kind": each.kind, **each.values} for each in notices.inbox(account_id, 1_000, None)],
    }
    return _plain(held)


def viewers_of_wish(wish_id: str) -> list[Viewer]:
    """Everybody who was shown the wish's sealed fields, oldest first; the trail outlives what it tells of."""
    return [_viewer(entry) for entry in audit.viewers(f"wish/{wish_id}")]


def viewers_of_account(account_id: str) -> list[Viewer]:
    """Everybody who was shown the account, or its name and phone through one of its claims, oldest first."""
    found = audit.viewers(f"account/{account_id}")
    for record in claims.every_of(account_id):
        found += audit.viewers_of_claimant(record.pk, claims.id_of(record))
    return [_viewer(entry) for entry in sorted(found, key=lambda entry: entry.at)]


def exists(wish: str | None, account: str | None) -> bool:
    """Whether what a request is about is there."""
    try:
        if wish is not None:
            wishes.get(wish)
        if account is not None:
            accounts.get(account)
    except NotFound:
        return False
    return True


def _line(wish: Wish, entry: HistoryEntry) -> dict[str, Any]:
    record = sealing.unseal("wishes", wish.pk, entry.sealed, dict) if entry.sealed else None
    return {
        "at": entry.at, "act": entry.act, "role": entry.role, "from": entry.from_state, "to": entry.to_state,
        "reason": entry.reason, "reason_code": entry.reason_code, "record": record,
    }  # fmt: skip


def _claim(record: claims.ClaimRecord) -> dict[str, Any]:
    return {
        "id": claims.id_of(record),
        "state": record.state,
        "claimant_type": record.claimant_type,
        "claimed_at": record.claimed_at,
        "ended_at": record.ended_at,
        "thanks": record.thanks,
    }


def _viewer(entry: audit.Entry) -> Viewer:
    return Viewer(entry.at, entry.actor, entry.role, entry.action, entry.reason or None)


def _plain(held: dict[str, Any]) -> dict[str, Any]:
    """The same in JSON's own types: numbers come out of the table as floats or Decimals."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(held))
    return plain
