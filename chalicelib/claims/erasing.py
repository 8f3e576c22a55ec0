"""Erasing what lies beside a wish's claims, or what a claimant said: words, photos, messages. Numbers and ids stay."""

from collections.abc import Iterable

from chalicelib.base import tables
from chalicelib.claims import photos, records


def scrub(wish_id: str, *, names: bool) -> None:
    """Erase the words, photos and messages of all claims of a wish; with `names` an imported claimant's name, too.

    Safe to run again.
    """
    model = records.ClaimRecord
    gone = [model.message.remove(), model.thanks.remove(), model.thanks_waiting.remove(), model.photos.remove()]
    gone += [model.sealed.remove(), model.branch.remove()] if names else []
    batch = tables.Batch()
    for record in records.of_wish(wish_id):
        batch.add([tables.Change(record, gone, model.pk.exists())])
    _add_removals(batch, records.beside(wish_id))
    batch.flush()
    photos.erase(wish_id)


def _add_removals(batch: tables.Batch, keys: Iterable[tuple[str, str]]) -> None:
    for pk, sk in keys:
        batch.add([tables.Remove(records.ClaimRecord(pk, sk))])


def none_open(account: str, round_ids: Iterable[str]) -> list[tables.Part]:
    """The checks that an account holds no live claim in those rounds, for the transaction that erases it."""
    # A claim that lands at the same time fills the set first, and the account stays; or comes after and finds it gone.
    return [tables.Check(records.quota(account, each), records.Quota.open.does_not_exist()) for each in round_ids]


def scrub_claimant(account: str) -> None:
    """Erase the words a claimant left with their claims; that they claimed stays, under an id. Safe to run again."""
    model = records.ClaimRecord
    batch = tables.Batch()
    for _, wish_id, sort_key in records.every_past(account):
        record = records.ClaimRecord(wish_id, sort_key)
        batch.add([tables.Change(record, [model.message.remove(), model.branch.remove()], model.pk.exists())])
    batch.flush()
