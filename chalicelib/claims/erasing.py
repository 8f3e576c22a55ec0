"""Erasing what lies beside a wish's claims, or what a claimant said: words, photos, messages. Numbers and ids stay."""

from collections.abc import Iterable

from chalicelib.base import tables
from chalicelib.base.callers import Caller
from chalicelib.claims import confirming, message_records, photos, records, rules, standby
from chalicelib.wishes.change import Attempt


def scrub(wish_id: str, *, names: bool) -> None:
    """Erase words, photos, messages and codes of all claims of a wish; with `names` an imported claimant's name, too.

    Safe to run again.
    """
    model = records.ClaimRecord
    gone = [model.message.remove(), model.thanks.remove(), model.thanks_waiting.remove(), model.photos.remove()]
    gone += [model.sealed.remove(), model.branch.remove()] if names else []
    batch = tables.Batch()
    for record in records.of_wish(wish_id):
        slip = confirming.slip_of(rules.claim_id(wish_id, records.version_of(record.sk)))
        batch.add([tables.Change(record, gone, model.pk.exists()), tables.Remove(slip)])
    for key in records.beside(wish_id):
        batch.add([tables.Remove(records.ClaimRecord(*key))])
    batch.flush()
    photos.erase(wish_id)


def none_open(account: str, round_ids: Iterable[str]) -> list[tables.Part]:
    """The checks that an account holds no live claim in those rounds, for the transaction that erases it."""
    # A claim that lands at the same time fills the set first, and the account stays; or comes after and finds it gone.
    return [tables.Check(records.quota(account, each), records.Quota.open.does_not_exist()) for each in round_ids]


def scrub_claimant(account: str) -> None:
    """Erase the words a claimant left with their claims, and their places in line. Safe to run again.

    That they claimed stays, under an id.
    """
    model = records.ClaimRecord
    batch = tables.Batch()
    for _, wish_id, sort_key in records.every_past(account):
        record = records.ClaimRecord(wish_id, sort_key)
        gone = [model.message.remove(), model.branch.remove(), model.sealed.remove()]  # the name a liaison gave
        batch.add([tables.Change(record, gone, model.pk.exists())])
        for message in message_records.every_of_claim(record):
            batch.add([tables.Remove(message)] if message.by == account else [])
    batch.flush()
    for wish_id in records.on_standby(account):
        standby.leave(wish_id, None, Attempt(Caller(account)))
