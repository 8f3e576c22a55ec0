"""What an administrator sees of the trail."""

from typing import Any

import msgspec

from chalicelib.audit.rules import Entry


class EntryView(msgspec.Struct, frozen=True):
    """Who did what to the subject, when, in which role, why; `detail` holds ids, codes and counts."""

    seq: int
    at: str
    subject: str
    actor: str
    role: str
    action: str
    reason: str | None
    detail: dict[str, Any]
    before: str | None
    hash: str


class EntryPage(msgspec.Struct, frozen=True):
    """A page of entries, newest first."""

    items: list[EntryView]
    next: str | None


class Export(msgspec.Struct, frozen=True):
    """A subject's entries as a CSV file; `url` works for five minutes."""

    subject: str
    entries: int
    bytes: int
    url: str


def one(entry: Entry) -> EntryView:
    """An entry; the token stays inside."""
    return EntryView(
        seq=entry.seq,
        at=entry.at,
        subject=entry.subject,
        actor=entry.actor,
        role=entry.role,
        action=entry.action,
        reason=entry.reason or None,
        detail=entry.detail,
        before=entry.before or None,
        hash=entry.hash,
    )
