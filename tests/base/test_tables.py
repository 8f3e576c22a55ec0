"""Writing together: all or none, refusals with the items as they are, groups never torn apart."""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError

from chalicelib.base import sizes, tables
from chalicelib.wishes.records import Receipt

pytestmark = pytest.mark.usefixtures("aws_in_process")


def receipt(code: str, wish: str = "W") -> Receipt:
    return Receipt(f"receipt#{code}", "receipt", wish=wish)


def stored(code: str) -> str | None:
    found = next(iter(Receipt.query(f"receipt#{code}", consistent_read=True)), None)
    return found and found.wish


def test_several_parts_are_written_together() -> None:
    tables.commit([tables.Put(receipt("A")), tables.Put(receipt("B"))])

    assert (stored("A"), stored("B")) == ("W", "W")


def test_one_refusal_leaves_everything_as_it_was_and_shows_the_item() -> None:
    tables.commit([tables.Put(receipt("A", "first"))])
    second = tables.Put(receipt("A", "second"), tables.absent(Receipt))
    beside = tables.Put(receipt("B"))

    with pytest.raises(tables.Refused) as refusal:
        tables.commit([beside, second])

    assert (stored("A"), stored("B")) == ("first", None)
    assert list(refusal.value.found) == [second]
    assert refusal.value.found[second]["w"] == {"S": "first"}


def test_each_kind_of_part_can_refuse_and_is_named() -> None:
    missing = Receipt.wish == "somebody"
    parts: list[Any] = [
        tables.Put(receipt("P"), missing),
        tables.Change(receipt("C"), [Receipt.wish.set("x")], missing),
        tables.Remove(receipt("R"), missing),
        tables.Check(receipt("K"), missing),
    ]

    for part in parts:
        with pytest.raises(tables.Refused) as refusal:
            tables.commit([part, tables.Put(receipt("other"))])
        assert list(refusal.value.found) == [part]
    assert stored("other") is None


def test_more_than_a_transaction_holds_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="transaction"):
        tables.commit([tables.Put(receipt(str(number))) for number in range(101)])


def test_put_says_whether_it_wrote() -> None:
    assert tables.put(receipt("A"), tables.absent(Receipt))
    assert not tables.put(receipt("A", "other"), tables.absent(Receipt))
    assert stored("A") == "W"


def test_change_raises_where_the_condition_does_not_hold() -> None:
    with pytest.raises(tables.Refused):
        tables.change(receipt("A"), [Receipt.wish.set("x")], Receipt.wish == "w")

    assert stored("A") is None


def test_a_batch_never_tears_a_group_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr(tables, "commit", lambda parts: written.append(len(list(parts))))
    batch = tables.Batch()

    for number in range(35):
        batch.add([tables.Put(receipt(f"{number}-{part}")) for part in range(7)])
    batch.flush()
    batch.flush()

    assert sum(written) == 35 * 7
    assert all(size % 7 == 0 and size <= 100 for size in written)


def test_the_size_of_an_item_counts_bytes_not_characters() -> None:
    assert sizes.of_record(receipt("A", "心愿")) - sizes.of_record(receipt("A", "ab")) == 4


def test_a_try_that_may_still_land_is_repeated_under_the_same_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a new one the second would be another transaction: what the first wrote would be written again."""
    tokens: list[str] = []

    def write(ordered: Sequence[tables.Part], token: str) -> None:
        tokens.append(token)
        if len(tokens) == 1:
            busy = ClientError({"Error": {"Code": "TransactionInProgressException"}}, "TransactWriteItems")
            raise TransactWriteError("busy", busy)

    monkeypatch.setattr(tables, "_write", write)

    tables.commit([tables.Put(receipt("A"))])
    tables.commit([tables.Put(receipt("B"))])

    assert tokens[0] == tokens[1]
    assert tokens[2] != tokens[0]
