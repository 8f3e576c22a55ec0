"""What a batch takes and gives."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chalicelib.base.bodies import Body

MOST_ITEMS = 100
Act = Literal["verify", "publish", "return", "reject", "remind"]
Value = Annotated[str, Meta(max_length=2000)] | bool | int | float | list[Any] | None
"""A field of an act's body; which fields an act takes is checked item by item, so that one fault stops one item."""
Fields = dict[str, Value]


class BatchBody(Body):
    """POST /v1/desk/batch. An item is a wish's id, or an object of its `id` and the fields of the act's body for it.

    `body` holds the fields for all items (a verification, a reason); what an item says itself goes before it.
    """

    act: Act
    items: Annotated[list[Fields | str], Meta(min_length=1, max_length=MOST_ITEMS)]
    body: Fields = {}


class NoWords(Body):
    """The body of an act that needs none."""


class ItemResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one item, as the single act would have answered: its `status`, and where it was refused the
    problem's `code`, `detail` and `errors` (and `found` for a text that is not clear).

    `not_reached`: the time was up; nothing was done, and the item may be sent again under the same Idempotency-Key.
    """

    id: str | None
    ok: bool
    status: int
    state: str | None = None
    version: int | None = None
    sent: int | None = None
    code: str | None = None
    detail: str | None = None
    errors: list[dict[str, Any]] | None = None
    found: list[dict[str, Any]] | None = None


class BatchResult(msgspec.Struct, frozen=True):
    """One result per item, in the order of the items."""

    items: list[ItemResult]
