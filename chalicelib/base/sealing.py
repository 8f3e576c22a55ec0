"""Personal fields, sealed: envelope encryption with the stage's KMS key, and blind indexes for look-ups.

One data key serves a table for a few minutes in a process (field-notes: a key per wish would mean 20,000
decrypts for a workbook). Its encryption context names the table and the hour; the item's own id is
the associated data of AES-GCM, so a ciphertext moved to another item does not open.

Sealed form: version byte · length of the wrapped key (2 bytes) · wrapped key · epoch (10 digits) · nonce (12) ·
ciphertext.
"""

import hashlib
import hmac
import os
import threading
import time
from collections import OrderedDict
from typing import Any, Final, TypeVar

import msgspec

from chalicelib.base import aws, settings

T = TypeVar("T")

_VERSION: Final = b"\x01"
_WRITE_WITH_ONE_KEY: Final = 300.0  # seconds
_KEEP_OPENED: Final = 300.0  # seconds a decrypted data key stays in memory
_MOST_OPENED: Final = 256

_lock = threading.Lock()
_writing: dict[str, tuple[float, bytes, bytes, str]] = {}  # table → until, plain key, wrapped key, epoch
_opened: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()  # wrapped key → until, plain key


def seal(table: str, item: str, value: object) -> bytes:
    """`value` (a Struct or builtins) as JSON, sealed for the item `item` of the room `table`."""
    from nacl.bindings import crypto_aead_aes256gcm_encrypt

    plain, wrapped, epoch = _write_key(table)
    nonce = os.urandom(12)
    body = crypto_aead_aes256gcm_encrypt(msgspec.json.encode(value), f"{table}/{item}".encode(), nonce, plain)
    return _VERSION + len(wrapped).to_bytes(2) + wrapped + epoch.encode() + nonce + body


def unseal(table: str, item: str, sealed: bytes, shape: type[T]) -> T:
    """What `seal` sealed, as `shape`. Raises PyNaCl's CryptoError when it was sealed for another item."""
    from nacl.bindings import crypto_aead_aes256gcm_decrypt

    length = int.from_bytes(sealed[1:3])
    wrapped, rest = sealed[3 : 3 + length], sealed[3 + length :]
    epoch, nonce, body = rest[:10].decode(), rest[10:22], rest[22:]
    plain = _read_key(table, wrapped, epoch)
    opened = crypto_aead_aes256gcm_decrypt(body, f"{table}/{item}".encode(), nonce, plain)
    return msgspec.json.decode(opened, type=shape)


def blind(kind: str, value: str) -> str:
    """A keyed hash of `value` (32 hexadecimal digits) to look it up by, without storing it: phones, ID numbers."""
    key = settings.secrets().blind_key.encode()
    return hmac.new(key, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()[:32]


def forget_keys() -> None:
    """Drop every data key held in memory (tests, rotation)."""
    with _lock:
        _writing.clear()
        _opened.clear()


def _context(table: str, epoch: str) -> dict[str, str]:
    return {"table": table, "epoch": epoch}


def _write_key(table: str) -> tuple[bytes, bytes, str]:
    now = time.monotonic()
    held = _writing.get(table)
    if held is None or held[0] < now:
        with _lock:
            held = _writing.get(table)
            if held is None or held[0] < now:
                held = _writing[table] = _new_key(table, now + _WRITE_WITH_ONE_KEY)
    return held[1], held[2], held[3]


def _new_key(table: str, until: float) -> tuple[float, bytes, bytes, str]:
    epoch = f"{int(time.time()) // 3600 * 3600:010d}"
    answer: dict[str, Any] = aws.client("kms").generate_data_key(
        KeyId=settings.text("KEY_ALIAS", f"alias/{settings.table_prefix()}"),
        KeySpec="AES_256",
        EncryptionContext=_context(table, epoch),
    )
    return until, answer["Plaintext"], answer["CiphertextBlob"], epoch


def _read_key(table: str, wrapped: bytes, epoch: str) -> bytes:
    now = time.monotonic()
    with _lock:
        held = _opened.get(wrapped)
        if held is not None and held[0] > now:
            return held[1]
    answer: dict[str, Any] = aws.client("kms").decrypt(CiphertextBlob=wrapped, EncryptionContext=_context(table, epoch))
    plain: bytes = answer["Plaintext"]
    with _lock:
        _opened[wrapped] = (now + _KEEP_OPENED, plain)
        while len(_opened) > _MOST_OPENED:
            _opened.popitem(last=False)
    return plain
