"""What may be seen of consents and of requests: allow-lists."""

from typing import Any

import msgspec

from chalicelib.privacy import requests
from chalicelib.privacy.answering import Answered, Statement
from chalicelib.privacy.gathering import Viewer
from chalicelib.privacy.records import Request
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.shapes import Consent


class ConsentRecord(msgspec.Struct, frozen=True):
    """One consent as it was recorded: what, by whom, how, when, and which text was read."""

    process: bool
    publish_story: bool
    share_contact: bool
    photos: bool
    by: str
    method: str
    witness: str | None
    at: str
    text_version: str


class WishConsents(msgspec.Struct, frozen=True):
    """A wish's consents of today, what follows from them, and every record of them, newest first."""

    wish: str
    state: str
    hidden: bool
    introduced: bool
    process: bool
    publish_story: bool
    share_contact: bool
    photos: bool
    items: list[ConsentRecord]
    version: int


def consents(wish: Wish, records: list[Consent]) -> WishConsents:
    """For the wish's own side and staff in scope."""
    return WishConsents(
        wish=wish.pk,
        state=wish.state,
        hidden=bool(wish.hidden),
        introduced=bool(wish.introduced_at),
        process="p" in wish.consents,
        publish_story="s" in wish.consents,
        share_contact="c" in wish.consents,
        photos="f" in wish.consents,
        items=[
            ConsentRecord(
                each.process, each.publish_story, each.share_contact, each.photos,
                each.by, each.method, each.witness, each.at, each.text_version,
            )
            for each in records
        ],
        version=int(wish.version),
    )  # fmt: skip


class RequestView(msgspec.Struct, frozen=True, kw_only=True):
    """A request: what was asked about which wish or account, until when, and how it was answered."""

    id: str
    kind: str
    state: str
    wish: str | None
    account: str | None
    source: str
    note: str | None
    filed_by: str
    filed_at: str
    due_at: str
    answered_by: str | None
    answered_at: str | None
    reason: str | None


class OwnRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The same for whoever asked; who answered stays inside."""

    id: str
    kind: str
    state: str
    wish: str | None
    note: str | None
    filed_at: str
    due_at: str
    answered_at: str | None
    reason: str | None


class RequestPage(msgspec.Struct, frozen=True):
    """A page of requests, newest first."""

    items: list[RequestView]
    next: str | None


class OwnRequestPage(msgspec.Struct, frozen=True):
    """A page of one's own requests, newest first."""

    items: list[OwnRequest]
    next: str | None


class AnsweredRequest(RequestView, frozen=True, kw_only=True):
    """A request just answered, with what the answer brings: `see` and `copy` the data, `erase` a statement."""

    data: dict[str, Any] | None
    url: str | None
    statement: Statement | None
    viewers: list[Viewer] | None


def request(found: Request) -> RequestView:
    """For administrators."""
    return RequestView(**_fields(found))


def own_request(found: Request) -> OwnRequest:
    """For whoever asked."""
    fields = _fields(found)
    return OwnRequest(**{name: fields[name] for name in OwnRequest.__struct_fields__})


def answered(found: Answered) -> AnsweredRequest:
    """For the administrator who answered."""
    return AnsweredRequest(
        **_fields(found.request),
        data=found.data,
        url=found.url,
        statement=found.statement,
        viewers=found.viewers,
    )


def _fields(found: Request) -> dict[str, Any]:
    said = requests.words(found)
    return {
        "id": found.pk, "kind": found.kind, "state": found.state, "wish": found.wish, "account": found.account,
        "source": found.source, "note": said.note, "filed_by": found.filed_by, "filed_at": found.filed_at,
        "due_at": found.due_at, "answered_by": found.answered_by, "answered_at": found.answered_at,
        "reason": said.reason,
    }  # fmt: skip
