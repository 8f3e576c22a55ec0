"""Pure decisions of the audit trail: what an entry may hold, how one follows another, whether a chain is whole."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

Value = str | int | list[str]

VIEWS: Final = frozenset(
    {
        "viewed_full",
        "viewed_particulars",
        "viewed_introduced",
        "viewed_consents",
        "viewed_slip",
        "granted",
        "removed",
        "changed",
    }
)
"""The actions that showed somebody the sealed fields of the subject itself: an answer to a grant shows the account."""
CLAIMANT_VIEW: Final = "viewed_claimant"
"""The action that showed the name and phone of a wish's claimant; `claim` in its detail says which."""

_PLAIN: Final = re.compile(
    r"[0-7][0-9A-HJKMNP-TV-Z]{25}"  # an id
    r"|[a-z][a-z_]{0,39}"  # a code of ours
    r"|[0-9]{1,6}"  # a version, an edition, the number of a round
    r"|[0-9a-f]{64}"  # a hash
    r"|\*"  # everywhere
)

_LARGEST_NUMBER: Final = 10**9  # a count stays far below; a phone number lies above


class Deed(NamedTuple):
    """What is to be recorded: `actor` (an account's id, or "system") did `action` to `subject`, because of `reason`.

    The subject is a kind and ids joined by slashes: `wish/<id>`, `account/<id>`, `report/<round>/<edition>`,
    `import/<id>`, `audit`. Everything is an id, a code or a number; words people wrote have no place here.
    """

    subject: str
    actor: str
    role: str
    action: str
    reason: str = ""
    detail: Mapping[str, Value] = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A deed in its place: the `seq`-th of its subject (from 1), holding the hash of the one before it ("" for none).

    `token` is the mark of the writing itself: by it a writer knows its own entry when the answer got lost.
    """

    subject: str
    seq: int
    at: str
    actor: str
    role: str
    action: str
    reason: str
    detail: dict[str, Value]
    token: str
    before: str
    hash: str


class Verification(msgspec.Struct, frozen=True):
    """Whether a chain is whole: `broken_at` is the first place that is missing, altered or out of order.

    `head` is the hash of the last entry: kept elsewhere, it also shows entries cut off at the end.
    """

    subject: str
    entries: int
    intact: bool
    broken_at: int | None
    head: str | None


def follow(last: Entry | None, deed: Deed, at: str, token: str) -> Entry:
    """The entry of a deed at the end of a chain whose last entry is `last`."""
    entry = Entry(
        subject=deed.subject,
        seq=last.seq + 1 if last else 1,
        at=at,
        actor=deed.actor,
        role=deed.role,
        action=deed.action,
        reason=deed.reason,
        detail=dict(deed.detail),
        token=token,
        before=last.hash if last else "",
        hash="",
    )
    return msgspec.structs.replace(entry, hash=digest(entry))


def digest(entry: Entry) -> str:
    """SHA-256 (64 hexadecimal digits) over the canonical form: a JSON array of all fields but the hash, keys sorted."""
    fields = [getattr(entry, name) for name in entry.__struct_fields__ if name != "hash"]
    return hashlib.sha256(msgspec.json.encode(fields, order="sorted")).hexdigest()


def verify(subject: str, chain: Iterable[Entry]) -> Verification:
    """Walk a chain from its first entry on. Everything after a break still counts as an entry."""
    entries, broken_at, before, head = 0, None, "", None
    for entry in chain:
        entries += 1
        head = entry.hash
        if broken_at is None:
            whole = entry.seq == entries and entry.before == before and entry.hash == digest(entry)
            broken_at = None if whole and entry.subject == subject else entries
        before = entry.hash
    return Verification(subject, entries, broken_at is None, broken_at, head)


def is_plain(text: str) -> bool:
    """Whether a text is made of ids, codes and numbers only, joined by slashes and hyphens."""
    return all(_PLAIN.fullmatch(part) for part in re.split("[/-]", text))


def check(deed: Deed, known: Collection[str]) -> None:
    """Raise ValueError unless the deed holds ids, codes and numbers only, or words of the list `known`.

    This is what keeps the trail free of personal data whatever a room hands in: erasing a person never touches it.
    """
    texts = [deed.subject, deed.actor, deed.role, deed.action, deed.reason, *deed.detail]
    for value in deed.detail.values():
        if isinstance(value, int):
            texts += [] if 0 <= value < _LARGEST_NUMBER else [str(value)]
        else:
            texts += [value] if isinstance(value, str) else value
    if any(text and text not in known and not is_plain(text) for text in texts):
        raise ValueError("an audit entry takes ids, codes and numbers only")
