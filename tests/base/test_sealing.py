"""Personal fields sealed: unreadable in the table, bound to their item, one data key for many."""

from typing import Any

import pytest
from nacl.exceptions import CryptoError

from chalicelib.base import aws, sealing

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

    with pytest.raises(Exception, match=r".*") as refusal:
        sealing.unseal(table, item, sealed, dict)
    assert isinstance(refusal.value, CryptoError) or "InvalidCiphertext" in str(refusal.value)


def test_a_flipped_bit_is_noticed() -> None:
    sealed = bytearray(sealing.seal("wishes", "W1", SECRET))
    sealed[-1] ^= 1

    with pytest.raises(CryptoError):
        sealing.unseal("wishes", "W1", bytes(sealed), dict)


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
