"""The routes of notices: one's inbox, and what became of messages on their channels."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chalicelib.base import paging
from chalicelib.base.bodies import Body
from chalicelib.base.web import ADMINISTRATORS, SIGNED_IN, Answer, Call, Room
from chalicelib.notices import actions, shapes, subscriptions, templates, views

room = Room("notices")


class PageQuery(Body):
    """limit and cursor."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class NotificationsQuery(PageQuery):
    """limit, cursor and the state: `failed` (the dead among them), `dead`, `queued` or `sent`."""

    state: Literal["failed", "dead", "queued", "sent"] = "failed"


class InboxMessage(msgspec.Struct, frozen=True):
    """One message, in the reader's language. `wish` is the wish it is about, where it is about one.

    `organisation` is the account it was sent to, where that is an organisation the reader acts for.
    """

    id: str
    at: str
    kind: str
    text: str
    wish: str | None
    organisation: str | None


class InboxPage(msgspec.Struct, frozen=True):
    """A page of messages, newest first."""

    items: list[InboxMessage]
    next: str | None


@room.route("GET", "/v1/me/inbox", who=SIGNED_IN, query=PageQuery, gives={200: InboxPage})
def show_inbox(call: Call, query: PageQuery) -> Answer:
    """The caller's messages and those of the organisations they act for, newest first."""
    account, name = call.caller.account, f"inbox#{call.caller.account}"
    before = paging.place(name, query.cursor, tuple[str, paging.Id]) if query.cursor else None
    accounts = [account, *sorted(call.caller.standing.organisations)]
    shown, place = actions.inboxes(accounts, query.limit, before)
    items = [
        InboxMessage(
            notice.sk,
            notice.at,
            notice.kind,
            templates.say(notice.kind, call.language, **notice.values),
            actions.wish_of(notice),
            None if notice.pk == account else notice.pk,
        )
        for notice in shown
    ]
    return Answer(InboxPage(items, paging.cursor(name, place) if place else None))


@room.route("GET", "/v1/me/subscriptions", who=SIGNED_IN, gives={200: views.Subscriptions})
def show_subscriptions(call: Call) -> Answer:
    """What the caller wants to hear of."""
    return Answer(views.subscriptions(subscriptions.of(call.caller.account)))


@room.route("PUT", "/v1/me/subscriptions", who=SIGNED_IN, takes=shapes.SubscriptionsBody,
            gives={200: views.Subscriptions})  # fmt: skip
def replace_subscriptions(call: Call, body: shapes.SubscriptionsBody) -> Answer:
    """Replace what the caller wants to hear of: what is not named is taken back.

    Subscribers of a subdistrict or a category get one message a day at most, in the inbox and by e-mail, of wishes
    nobody has claimed yet.
    """
    return Answer(views.subscriptions(subscriptions.replace(call.caller.account, shapes.wanted(body))))


@room.route("GET", "/v1/notifications", who=ADMINISTRATORS, query=NotificationsQuery,
            gives={200: views.NotificationPage})  # fmt: skip
def list_notifications(call: Call, query: NotificationsQuery) -> Answer:
    """How messages stand on their channels, newest first: what failed and is tried again, what is dead.

    Neither texts nor addresses are shown.
    """
    name = f"notifications#{query.state}"
    before = paging.place(name, query.cursor, tuple[str])[0] if query.cursor else None
    found, last = actions.sendings(query.state, query.limit, before)
    items = [views.notification(sending) for sending in found]
    return Answer(views.NotificationPage(items, paging.cursor(name, (last,)) if last else None))


@room.route("POST", "/v1/notifications/{notification_id}/retry", who=ADMINISTRATORS,
            gives={200: views.Notification}, refuses=("notification_not_failed",))  # fmt: skip
def retry_notification(call: Call, notification_id: str) -> Answer:
    """Send off again what failed or is dead, as if for the first time."""
    return Answer(views.notification(actions.retry(notification_id, call.idempotency_key, call.fingerprint)))
