"""Recording deeds, and reading what was recorded.

    end of the chain read → entry made to follow it → written where nothing is     exact under any number of writers:
              ↑                                            ↓ taken                 every entry has one place, and holds
              └─────── look again, unless what stands there is our own             the hash of the one before it

A view goes out after its entry is written, never without. An act that changes something takes its entry into its own
transaction (`part`, `commit`): the one is there exactly when the other is.
"""

import random
import time
from collections.abc import Sequence
from typing import Final

from chalicelib.audit import rules
from chalicelib.audit.records import chain, last, newest_first, put, write
from chalicelib.audit.rules import Deed as Deed  # the names other rooms know
from chalicelib.audit.rules import Entry as Entry
from chalicelib.base import clock, files, ids, settings, tables
from chalicelib.base.callers import SYSTEM, Caller
from chalicelib.base.problems import BadRequest, FieldFault, Unavailable

TRAIL: Final = "audit"
"""The subject under which reading the trail is recorded."""
_ATTEMPTS: Final = 60
_LONGEST_PAUSE: Final = 0.1  # seconds
_ROLES: Final = ("administrator", "liaison", "committee_worker", "observer")
_KINDS: Final = ("wish", "account", "import", "privacy")


def record(deed: Deed) -> Entry:
    """Append a deed to its subject's chain; one read and one write unit. Raises Unavailable: then give no view."""
    token = ids.new_id()
    for attempt in range(_ATTEMPTS):
        entry = _following(deed, token)
        there = write(entry)
        # The place is taken: by another writer, or by ourselves, when the write landed, its answer was lost and the
        # SDK sent it again. Our own token tells, so that one view never counts twice.
        if there is None or there.token == token:
            return entry
        _pause(attempt)
    raise Unavailable("audit: the chain stayed contended")


def part(deed: Deed) -> tables.Put:
    """The entry as part of an act's own transaction, refused when the chain has grown: then the act tries again."""
    return put(_following(deed, ids.new_id()))


def commit(parts: Sequence[tables.Part], *deeds: Deed) -> None:
    """Write the parts and an entry for each deed together, the deeds' subjects all different.

    Raises as `tables.commit`, but never for an entry's place.
    """
    for attempt in range(_ATTEMPTS):
        entries = [part(deed) for deed in deeds]
        try:
            return tables.commit([*parts, *entries])
        except tables.Refused as refusal:
            # Another entry of a subject came first, and nothing else stood in the way: follow that one.
            if not set(refusal.found) <= set(entries):
                raise
        _pause(attempt)
    raise Unavailable("audit: the chain stayed contended")


def role_of(caller: Caller) -> str:
    """The word for the caller where no wish says which of their roles counts."""
    if caller.is_anonymous:
        return SYSTEM
    return next((role for role in _ROLES if role in caller.standing.roles), "person")


def viewers(subject: str) -> list[Entry]:
    """Every view of the subject's own sealed fields by a person, oldest first, for the answer to a privacy request.

    `wish/<id>`: of the wisher's side; `account/<id>`: of the account by administrators. See `viewers_of_claimant` too.
    """
    return [entry for entry in chain(subject) if entry.action in rules.VIEWS and entry.actor != SYSTEM]


def viewers_of_claimant(wish_id: str, claim_id: str) -> list[Entry]:
    """Every view of a claimant's name and phone through the claim, oldest first."""
    found = chain(f"wish/{wish_id}")
    return [entry for entry in found if entry.action == rules.CLAIMANT_VIEW and entry.detail.get("claim") == claim_id]


def subject_of(text: str) -> str:
    """The subject a reader means: a bare id stands for the wish, account or import that has it.

    Raises BadRequest for what is no subject: a phone number, say, which has no business in the trail.
    """
    if not rules.is_plain(text):
        raise BadRequest("bad_parameter", errors=[FieldFault("subject", "field_value")], name="subject")
    if not ids.is_id(text):
        return text
    return next((f"{kind}/{text}" for kind in _KINDS if last(f"{kind}/{text}")), f"wish/{text}")


def entries(subject: str) -> list[Entry]:
    """Everything that was recorded of a subject, oldest first."""
    return list(chain(subject))


def page(subject: str, limit: int, below: int | None, caller: Caller) -> tuple[list[Entry], bool]:
    """Up to `limit` entries, newest first, below a sequence number, and whether there are more. Itself recorded."""
    found = newest_first(subject, limit + 1, below)
    shown = found[:limit]
    record(_reading(caller, "listed", subject, count=len(shown)))
    return shown, len(found) > limit


def verify(subject: str, caller: Caller) -> rules.Verification:
    """Whether the subject's chain is whole. Itself recorded, with the head it found: so cutting off shows later."""
    found = rules.verify(subject, chain(subject))
    outcome = "intact" if found.intact else "broken"
    record(_reading(caller, "verified", subject, reason=outcome, count=found.entries, head=found.head or ""))
    return found


def export(subject: str, caller: Caller) -> tuple[int, int, str]:
    """The subject's chain as CSV in S3: entries, bytes, and a link good for five minutes. Itself recorded."""
    from chalicelib.audit.sheets import write_csv

    entries = list(chain(subject))
    content = write_csv(entries)
    name = f"exports/audit-{ids.new_id()}.csv"
    files.put(name, content, "text/csv; charset=utf-8")
    head = entries[-1].hash if entries else ""
    record(_reading(caller, "exported", subject, count=len(entries), head=head))
    return len(entries), len(content), files.link(name)


def _reading(caller: Caller, action: str, subject: str, reason: str = "", **detail: str | int) -> Deed:
    return Deed(TRAIL, caller.account, role_of(caller), action, reason, {"subject": subject, **detail})


def _following(deed: Deed, token: str) -> Entry:
    rules.check(deed, settings.subdistricts())
    return rules.follow(last(deed.subject), deed, clock.stamp(), token)


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.004 * 2**attempt)))  # noqa: S311 - jitter, not a secret
