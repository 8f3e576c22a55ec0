"""Personal fields sealed: unreadable in the table, bound to their item, one data key for many."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.base import aws, clock, sealing
from chalicelib.base.problems import Unavailable
from chalicelib.wishes.shapes import Sealed

SECRET = {"name": "秦明华", "phone": "17000091234"}

pytestmark = pytest.mark.usefixtures("aws_in_process")


class Counted:
    """Counts the calls of a KMS client."""

    def __init__(self, client: Any) -> None:
        self.calls: list[str] = []
        client.meta.events.register("before-call.kms", self._note)

    def _note(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)


def test_what_is_sealed_comes_back() -> None:
    assert sealing.unseal("wishes", "W1", sealing.seal("wishes", "W1", SECRET), dict) == SECRET


def test_nothing_of_it_can_be_read_in_the_sealed_form() -> None:
    sealed = sealing.seal("wishes", "W1", SECRET)

    assert "秦明华".encode() not in sealed
    assert b"17000091234" not in sealed


@pytest.mark.parametrize(("table", "item"), [("wishes", "W2"), ("claims", "W1")])
def test_moved_to_another_item_or_table_it_does_not_open(table: str, item: str) -> None:
    sealed = sealing.seal("wishes", "W1", SECRET)
    sealing.forget_keys()

    with pytest.raises(Unavailable):
        sealing.unseal(table, item, sealed, dict)


@pytest.mark.parametrize(("table", "item"), [("wishes", "W2"), ("claims", "W1")])
def test_nor_in_a_process_that_still_holds_its_key(table: str, item: str) -> None:
    sealed = sealing.seal("wishes", "W1", SECRET)
    sealing.unseal("wishes", "W1", sealed, dict)

    with pytest.raises(Unavailable):
        sealing.unseal(table, item, sealed, dict)


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    sealed = sealing.seal("wishes", "W1", SECRET)

    for place in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[place] ^= 1
        with pytest.raises(Unavailable):
            sealing.unseal("wishes", "W1", bytes(flipped), dict)


def test_what_was_cut_short_does_not_open() -> None:
    sealed = sealing.seal("wishes", "W1", SECRET)

    for length in range(len(sealed)):
        with pytest.raises(Unavailable):
            sealing.unseal("wishes", "W1", sealed[:length], dict)


def test_what_opens_but_is_something_else_fails_closed_without_a_word_of_it() -> None:
    sealed = sealing.seal("wishes", "W1", SECRET)

    with pytest.raises(Unavailable) as refusal:
        sealing.unseal("wishes", "W1", sealed, Sealed)
    assert "秦明华" not in str(refusal.value) + refusal.value.reason


def test_what_was_sealed_under_an_earlier_kms_key_opens_and_new_seals_use_the_new_one() -> None:
    before = sealing.seal("wishes", "W1", SECRET)
    made = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    aws.client("kms").update_alias(AliasName="alias/microwish-test", TargetKeyId=made)
    sealing.forget_keys()

    after = sealing.seal("wishes", "W1", SECRET)

    assert sealing.unseal("wishes", "W1", before, dict) == SECRET
    assert sealing.unseal("wishes", "W1", after, dict) == SECRET
    assert made.encode() in after
    assert made.encode() not in before


def test_sealed_anew_the_content_is_the_same_and_the_key_todays() -> None:
    with clock.pinned(clock.now() - timedelta(days=400)):
        before = sealing.seal("wishes", "W1", SECRET)
    sealing.forget_keys()

    after = sealing.reseal("wishes", "W1", before)

    assert sealing.unseal("wishes", "W1", after, dict) == SECRET
    assert sealing.epoch_of(after) - sealing.epoch_of(before) >= 399 * 24 * 3600


def test_sealing_the_same_twice_gives_different_bytes() -> None:
    assert sealing.seal("wishes", "W1", SECRET) != sealing.seal("wishes", "W1", SECRET)


def test_one_data_key_serves_a_table_and_is_opened_once() -> None:
    counted = Counted(aws.client("kms"))

    sealed = [sealing.seal("wishes", f"W{number}", SECRET) for number in range(50)]
    for number, each in enumerate(sealed):
        sealing.unseal("wishes", f"W{number}", each, dict)

    assert counted.calls == ["GenerateDataKey", "Decrypt"]


def test_after_forgetting_its_keys_a_process_still_opens_what_is_there() -> None:
    sealed = sealing.seal("wishes", "W1", SECRET)
    sealing.forget_keys()

    assert sealing.unseal("wishes", "W1", sealed, dict) == SECRET


def test_a_blind_index_is_keyed_and_the_same_each_time() -> None:
    blinded = sealing.blind("phone", "17000091234")

    assert blinded == sealing.blind("phone", "17000091234")
    assert blinded not in (sealing.blind("id", "17000091234"), sealing.blind("phone", "17000091235"))
    assert len(blinded) == 32
    assert "17000091234" not in blinded
