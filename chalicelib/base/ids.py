"""Ids: ULIDs, 128 bits in 26 characters.

New things get a time-ordered one; things that must get the same id every time (a register's row, a retried
POST) get theirs from a hash of what they are.
"""

import hashlib
import re
import secrets

from ulid_transform import bytes_to_ulid, ulid_now

_PLAIN = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0, 1, I, L, O, U: nobody has to ask which is the letter
_FORM = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_id() -> str:
    """A new id that sorts by the millisecond it was made in."""
    return ulid_now()


def derived_id(*parts: str) -> str:
    """The same id for the same parts, always; unguessable only if a part is secret."""
    return bytes_to_ulid(hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest())


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id."""
    return _FORM.fullmatch(text) is not None


def short_code(length: int) -> str:
    """A random human code without look-alike characters (receipts, slips)."""
    return "".join(secrets.choice(_PLAIN) for _ in range(length))


def code_from(secret_digest: str, length: int) -> str:
    """A human code computed from a keyed digest: the same each time, and not to be guessed without the key."""
    number = int.from_bytes(hashlib.blake2b(secret_digest.encode()).digest())
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(_PLAIN))
        letters.append(_PLAIN[index])
    return "".join(letters)


def digest(*parts: str) -> str:
    """A 26-character fingerprint of the parts: for comparing, not for secrecy."""
    return derived_id(*parts)
