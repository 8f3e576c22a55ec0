"""Carrying a closed wish into a later round: a wish of its own there, and the old one says where it went.

It comes in as far as it had come: published with its first publication, so that the lists put it first; verified; or
submitted, to be reviewed anew. Its id follows from the round and the old wish, so carrying it twice makes one wish.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from chalicelib.base import ids, sealing, tables
from chalicelib.rounds.rules import Round
from chalicelib.wishes import change, persons, records, rules, shapes, telling, waiting
from chalicelib.wishes.change import Attempt, Entry

_KEPT: Final = (
    "hidden", "receipt", "kind", "category", "subject", "team_size", "title", "subdistrict", "committee", "wisher_name",
    "age_band", "minor", "consents", "declarer", "by_self", "contact", "declared_at", "published_at",
)  # fmt: skip
"""What the new wish has of the old one. Not 编号: that is the old register's, and the new round's may use it for
another wish; and nothing of claims, which were the old round's."""


class Content(NamedTuple):
    """What lies beside a wish: its personal fields opened, long words, its own history."""

    sealed: shapes.Sealed
    text: records.WishText | None
    entries: list[records.HistoryEntry]


def waits(wish: records.Wish) -> bool:
    """Whether the wish is closed and was not carried yet."""
    return rules.possible("carry", wish.state) and wish.carried_to is None


def content(wish: records.Wish) -> Content | None:
    """What is needed to carry the wish; None where it can't be: erased, or its consent to processing taken back."""
    found = records.sealed(wish.pk)
    if found is None or "p" not in wish.consents:
        return None
    opened = sealing.unseal("wishes", wish.pk, found.sealed, shapes.Sealed)
    return Content(opened, records.text(wish.pk), records.history(wish.pk))


def parts(wish: records.Wish, beside: Content, target: Round, attempt: Attempt) -> list[tables.Part]:
    """Everything that carries the wish into the round, in one: the new wish with all that leads to it, the old one's
    pointer, a history entry on both, and word to the wisher's side. Refused where either was moved meanwhile."""
    carried = _carried(wish, beside, target, attempt)
    words = _words(carried, wish, beside.text)
    resealed = sealing.seal("wishes", carried.pk, beside.sealed)
    entry = change.entry_of(carried, attempt, Entry("carry", record=_verification(wish, beside.entries)), None)
    before = str(wish.state)
    return [
        change.carry(wish, "closed", carried_to=carried.pk),
        change.history_put(wish, attempt, Entry("carry"), before),
        # Two runs at once: the old wish's version lets one of them through, and these say it again.
        tables.Put(carried, tables.absent(records.Wish)),
        tables.Put(entry, tables.absent(records.HistoryEntry)),
        tables.Put(records.SealedWish(carried.pk, "sealed", sealed=resealed)),
        *([tables.Put(words)] if words else []),
        *_pointers(wish, carried, beside.sealed),
        *telling.parts(carried, "carry", claimant=None, by=attempt.caller.account),
    ]


def _carried(wish: records.Wish, beside: Content, target: Round, attempt: Attempt) -> records.Wish:
    identity = ids.derived_id("carried", target.id, wish.pk)
    carried = records.Wish(
        identity,
        records.ITSELF,
        version=1,
        state=_state(wish, beside.entries),
        round=target.id,
        shard=rules.shard_of(identity, target.shards),
        carried_from=wish.pk,
        **{name: getattr(wish, name) for name in _KEPT},
    )
    if carried.state == "published":
        carried.republished_at = attempt.at  # from now on it waits for a claim here: figures measure from this
    carried.due_at = waiting.first_due(carried, str(carried.state), attempt.at)
    return carried


def _state(wish: records.Wish, entries: Sequence[records.HistoryEntry]) -> str:
    """How far the wish had come. Words that no reviewer let out stay shut: only what was published comes in so."""
    if wish.published_at:
        return "published" if "s" in wish.consents else "verified"
    closed = next((entry for entry in reversed(entries) if entry.act == "close"), None)
    return "verified" if closed is not None and closed.from_state == "verified" else "submitted"


def _verification(wish: records.Wish, entries: Sequence[records.HistoryEntry]) -> dict[str, object] | None:
    """The record of the check that still counts; it was sealed for the old wish, or for one before it."""
    if _state(wish, entries) == "submitted":
        return None
    checked = next((entry for entry in reversed(entries) if entry.act in rules.CHECKS and entry.sealed), None)
    return sealing.unseal("wishes", wish.pk, checked.sealed, dict) if checked else None


def _words(carried: records.Wish, wish: records.Wish, text: records.WishText | None) -> records.WishText | None:
    """Place the story into the new wish or beside it; the item beside, with the declared words, where there is one."""
    story = wish.story or (text.story if text else None) or ""
    beside = change.place_story(carried, story)
    declared = text.declared_story if text else None
    if beside is None and declared is None:
        return None
    return records.WishText(
        carried.pk,
        "text",
        story=story if beside else None,
        declared_title=text.declared_title if text else None,
        declared_story=declared,
    )


def _pointers(wish: records.Wish, carried: records.Wish, sealed: shapes.Sealed) -> list[tables.Part]:
    """Whoever looks for the wish finds the new one: by receipt, among their own, as the same person's."""
    receipt = records.Receipt(f"receipt#{wish.receipt}", "receipt")
    owners = dict.fromkeys(account for account in (wish.declarer, wish.contact) if account)
    return [
        # It must lead to the old wish still: two rounds can't both take it along.
        tables.Change(receipt, [records.Receipt.wish.set(carried.pk)], records.Receipt.wish == wish.pk),
        *(
            tables.Put(records.MyWish(f"account#{account}", f"{carried.declared_at}#{carried.pk}", wish=carried.pk))
            for account in owners
        ),
        *persons.repointed(carried, (), persons.marks(sealed, carried.subdistrict)),
    ]
