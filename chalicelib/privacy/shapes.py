"""What requests about one's own data take."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chalicelib.base import paging
from chalicelib.base.bodies import Body
from chalicelib.privacy.rules import Kind, State

Note = Annotated[str, Meta(min_length=1, max_length=1000)]


class OwnRequestBody(Body):
    """POST /v1/me/privacy-requests: about the caller's account, or about a wish of theirs."""

    kind: Kind
    wish: paging.Id | None = None
    note: Note | None = None


class RequestBody(OwnRequestBody):
    """POST /v1/privacy-requests: what somebody asked, about a wish or about an account."""

    account: paging.Id | None = None


class AnswerBody(Body):
    """POST /v1/privacy-requests/{id}/answer. A refusal, and the answer to a complaint, gives its reason."""

    outcome: Literal["done", "refused"]
    reason: Note | None = None


class ListQuery(Body):
    """Of one state or all, limit and cursor."""

    state: State | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class PageQuery(Body):
    """limit and cursor."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class Words(msgspec.Struct, frozen=True, omit_defaults=True):
    """The words of a request and of its answer, sealed."""

    note: str | None = None
    reason: str | None = None
