"""What a claimant said goes with their account, however much it was."""

from chalicelib.base import clock, ids, tables
from chalicelib.claims import erasing, message_records, records
from tests.world import World


def ended_claim(account: str) -> records.ClaimRecord:
    """A claim of the account that is over, as the table holds it."""
    return records.ClaimRecord(
        ids.new_id(), records.sort_key(2), account=account, by=account, round="1", claimant_type="citizen",
        basis="declared", claimed_at=clock.stamp(), order="0000000000001", state="released", shown_to=account,
    )  # fmt: skip


def message(record: records.ClaimRecord, by: str) -> message_records.Message:
    place = message_records.sort_key(record, ids.new_id())
    return message_records.Message(
        record.pk, place, at=clock.stamp(), by=by, sender="claimant", reader="liaison", sealed=b"sealed"
    )


def test_of_more_than_a_thousand_messages_of_a_claim_the_claimants_are_all_gone(world: World) -> None:
    account, liaison = ids.new_id(), ids.new_id()
    record = ended_claim(account)
    batch = tables.Batch()
    for each in [record, *(message(record, account) for _ in range(1_001)), message(record, liaison)]:
        batch.add([tables.Put(each)])
    batch.flush()

    erasing.scrub_claimant(account)

    assert [each.by for each in message_records.every_of_claim(record)] == [liaison]
