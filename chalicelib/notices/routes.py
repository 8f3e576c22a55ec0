"""The routes of notices: one's inbox."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.base import paging
from chalicelib.base.bodies import Body
from chalicelib.base.web import SIGNED_IN, Answer, Call, Room
from chalicelib.notices import actions, templates

room = Room("notices")


class PageQuery(Body):
    """limit and cursor."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class InboxMessage(msgspec.Struct, frozen=True):
    """One message, in the reader's language. `wish` is the wish it is about, where it is about one."""

    id: str
    at: str
    kind: str
    text: str
    wish: str | None


class InboxPage(msgspec.Struct, frozen=True):
    """A page of messages, newest first."""

    items: list[InboxMessage]
    next: str | None


@room.route("GET", "/v1/me/inbox", who=SIGNED_IN, query=PageQuery, gives={200: InboxPage})
def show_inbox(call: Call, query: PageQuery) -> Answer:
    """The caller's messages, newest first."""
    account, name = call.caller.account, f"inbox#{call.caller.account}"
    before = paging.place(name, query.cursor, tuple[str])[0] if query.cursor else None
    found = actions.inbox(account, query.limit + 1, before)
    shown = found[: query.limit]
    items = [
        InboxMessage(
            notice.sk,
            notice.at,
            notice.kind,
            templates.say(notice.kind, call.language, **notice.values),
            actions.wish_of(notice),
        )
        for notice in shown
    ]
    following = paging.cursor(name, (shown[-1].sk,)) if len(found) > query.limit else None
    return Answer(InboxPage(items, following))
