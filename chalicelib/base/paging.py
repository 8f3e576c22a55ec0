"""Cursors: opaque, and only good for the list and filters they came from."""

import base64
import binascii
from typing import Annotated, Any

import msgspec

from chalicelib.base import ids
from chalicelib.base.problems import BadRequest

Id = Annotated[str, msgspec.Meta(pattern="^[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
Stamp = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$")]
"""Parts of a place that become a key of the table: a cursor is not signed, and DynamoDB refuses odd ones loudly."""

_DEFAULT_LIMIT = 50


class Page(msgspec.Struct, frozen=True):
    """What a list was asked for: how many, and after which place."""

    limit: int = _DEFAULT_LIMIT
    after: tuple[Any, ...] | None = None


def cursor(listing: str, place: tuple[Any, ...]) -> str:
    """The opaque text for `place` (the key of the last item shown) in the list named `listing` (filters included)."""
    packed = msgspec.json.encode([ids.digest(listing)[:8], *place])
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def place(listing: str, text: str, shape: type | Any) -> tuple[Any, ...]:
    """What `cursor` was made of, as the tuple type `shape`. Raises BadRequest `bad_cursor` for anything else."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        mark, *values = msgspec.json.decode(packed, type=list[Any])
        if mark != ids.digest(listing)[:8]:
            raise BadRequest("bad_cursor")
        found: tuple[Any, ...] = msgspec.convert(tuple(values), shape)
    except (ValueError, TypeError, binascii.Error, msgspec.MsgspecError, RecursionError) as error:
        raise BadRequest("bad_cursor") from error
    return found
