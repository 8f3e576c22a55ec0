"""Personal fields, sealed: envelope encryption with the stage's KMS key, and blind indexes for look-ups.

One data key serves a table for a few minutes in a process (field-notes: a key per wish would mean 20,000
decrypts for a workbook). Its encryption context names the table and the hour; the item's own id is
the associated data of AES-GCM, so a ciphertext moved to another item does not open.

Whatever does not open (tampered with, cut short, moved here from another item or table, wrapped by a key that is gone)
fails closed: Unavailable, with a code for the log and nothing of the content.

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
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.base import aws, clock, settings
from chalicelib.base.problems import Unavailable

T = TypeVar("T")

_VERSION: Final = b"\x01"
_WRITE_WITH_ONE_KEY: Final = 300.0  # seconds
_KEEP_OPENED: Final = 300.0  # seconds a decrypted data key stays in memory
_MOST_OPENED: Final = 256
_SHORTEST_REST: Final = 10 + 12 + 16  # epoch, nonce, and a tag around nothing

_lock = threading.Lock()
_writing: dict[str, tuple[float, bytes, bytes, str]] = {}  # table → until, plain key, wrapped key, epoch
# (table, wrapped key, epoch) → until, plain key: in memory, too, a key opens only under the context it was made for.
_opened: OrderedDict[tuple[str, bytes, str], tuple[float, bytes]] = OrderedDict()


def seal(table: str, item: str, value: object) -> bytes:
    """`value` (a Struct or builtins) as JSON, sealed for the item `item` of the room `table`. Raises Unavailable."""
    return _closed(table, item, msgspec.json.encode(value))


def unseal(table: str, item: str, sealed: bytes, shape: type[T]) -> T:
    """What `seal` sealed, as `shape`. Raises Unavailable where it does not open for this item."""
    try:
        return msgspec.json.decode(_opened_bytes(table, item, sealed), type=shape)
    except msgspec.MsgspecError as error:
        raise Unavailable(f"seal: not a {shape.__name__}") from error


def reseal(table: str, item: str, sealed: bytes) -> bytes:
    """The same content under today's data key, without looking at it. Raises Unavailable where it does not open."""
    return _closed(table, item, _opened_bytes(table, item, sealed))


def epoch_of(sealed: bytes) -> int:
    """When the data key of a sealed form was made: epoch seconds of its hour. Raises Unavailable for no such form."""
    return int(_parsed(sealed)[1])


def blind(kind: str, value: str) -> str:
    """A keyed hash of `value` (32 hexadecimal digits) to look it up by, without storing it: phones, ID numbers."""
    key = settings.secrets().blind_key.encode()
    return hmac.new(key, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()[:32]


def forget_keys() -> None:
    """Drop every data key held in memory (tests, rotation)."""
    with _lock:
        _writing.clear()
        _opened.clear()


def _closed(table: str, item: str, content: bytes) -> bytes:
    from nacl.bindings import crypto_aead_aes256gcm_encrypt

    plain, wrapped, epoch = _write_key(table)
    nonce = os.urandom(12)
    body = crypto_aead_aes256gcm_encrypt(content, f"{table}/{item}".encode(), nonce, plain)
    return _VERSION + len(wrapped).to_bytes(2) + wrapped + epoch.encode() + nonce + body


def _opened_bytes(table: str, item: str, sealed: bytes) -> bytes:
    from nacl.bindings import crypto_aead_aes256gcm_decrypt
    from nacl.exceptions import CryptoError

    wrapped, epoch, nonce, body = _parsed(sealed)
    plain = _read_key(table, wrapped, epoch)
    try:
        return crypto_aead_aes256gcm_decrypt(body, f"{table}/{item}".encode(), nonce, plain)
    except CryptoError as error:
        raise Unavailable("seal: not for this item, or tampered with") from error


def _parsed(sealed: bytes) -> tuple[bytes, str, bytes, bytes]:
    """Wrapped key, epoch, nonce and body of a sealed form."""
    length = int.from_bytes(sealed[1:3])
    wrapped, rest = sealed[3 : 3 + length], sealed[3 + length :]
    epoch = rest[:10]
    if sealed[:1] != _VERSION or len(rest) < _SHORTEST_REST or not epoch.isdigit():
        raise Unavailable("seal: not a sealed form")
    return wrapped, epoch.decode(), rest[10:22], rest[22:]


def _asked(operation: str, **request: Any) -> dict[str, Any]:
    """One call of KMS. Raises Unavailable with the service's code alone."""
    try:
        answer: dict[str, Any] = getattr(aws.client("kms"), operation)(**request)
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(f"kms: {aws.code_of(error)}") from error
    return answer


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
    epoch = f"{int(clock.now().timestamp()) // 3600 * 3600:010d}"
    answer = _asked(
        "generate_data_key",
        KeyId=settings.key_alias(),
        KeySpec="AES_256",
        EncryptionContext=_context(table, epoch),
    )
    return until, answer["Plaintext"], answer["CiphertextBlob"], epoch


def _read_key(table: str, wrapped: bytes, epoch: str) -> bytes:
    now = time.monotonic()
    with _lock:
        held = _opened.get((table, wrapped, epoch))
        if held is not None and held[0] > now:
            return held[1]
    answer = _asked("decrypt", CiphertextBlob=wrapped, EncryptionContext=_context(table, epoch))
    plain: bytes = answer["Plaintext"]
    with _lock:
        _opened[table, wrapped, epoch] = (now + _KEEP_OPENED, plain)
        while len(_opened) > _MOST_OPENED:
            _opened.popitem(last=False)
    return plain
