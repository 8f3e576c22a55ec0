"""Telling people: the message is written with the act that causes it; what follows is the worker's (delivering.py).

The inbox has it at once. Where its kind is sent, too, it lies in the outbox until the worker has chosen a channel.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from chalicelib.base import clock, ids, tables
from chalicelib.base.problems import Conflict, NotFound, Unprocessable
from chalicelib.notices import manners, records, rules, subscriptions, templates
from chalicelib.notices.delivering import deliver_due as deliver_due  # what the sweep asks for
from chalicelib.notices.records import Key, Sending
from chalicelib.notices.records import wish_of as wish_of  # what the inbox asks for

LISTED: Final = {"failed": ("failed", "dead")}
"""What a state's list holds where it is more than the state: what failed is either tried again or dead."""

_LONGEST_ID: Final = 500  # characters; longer than any id, shorter than any key DynamoDB refuses


def message(recipient: str, kind: str, subject: str, values: dict[str, Any]) -> tables.Put:
    """A message for an account's inbox (or a subdistrict's group), written with the act that causes it.

    Where its kind is sent as well, it is due in the outbox, by day. Of `values` it keeps what its sentence needs:
    nobody has to know, or to erase, more.
    """
    now, needed = clock.now(), templates.blanks(kind)
    moment = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
    notice = records.Notice(
        recipient,
        f"m#{moment}#{kind}#{ids.digest(subject)[:12]}",
        kind=kind,
        at=clock.stamp(now),
        values={name: value for name, value in values.items() if name in needed},
        subject=subject,
    )
    if manners.of(kind).channels or recipient.startswith(records.GROUP):
        notice.due = records.lane(records.OUTBOX, recipient)
        notice.due_at = clock.stamp(rules.send_after(now))
    return tables.Put(notice, tables.absent(records.Notice))


def once(account: str, kind: str, subject: str, due: str, values: dict[str, Any], covers: list[str]) -> bool:
    """Write a message of the clock's, unless one of this (recipient, subject, kind, due date) was written before."""
    ledger = records.Ledger(account, f"z#{key(kind, subject, due)}", covers=covers)
    try:
        # Two workers at once, or the same event twice: the ledger's entry is written once, and the message with it.
        tables.commit([tables.Put(ledger, tables.absent(records.Ledger)), message(account, kind, subject, values)])
    except tables.Refused:
        return False
    return True


def key(kind: str, subject: str, due: str) -> str:
    """The ledger's key."""
    return f"{due}#{kind}#{ids.digest(subject)[:12]}"


def tell(account: str | None, kind: str, wish: Any, **values: object) -> list[tables.Part]:
    """The part that tells an account (if there is one) of an act on a wish; an empty list otherwise."""
    if not account:
        return []
    return [message(account, kind, f"{wish.pk}#{int(wish.version)}", {"title": wish.title or "……", **values})]


def group(subdistrict: str) -> str:
    """The recipient that stands for a subdistrict's staff group."""
    return f"{records.GROUP}{subdistrict}"


def forget(account: str, wish: str | None = None) -> None:
    """Erase what was told to an account: of one wish, or everything. Safe to run again."""
    if wish is None:
        subscriptions.replace(account, subscriptions.NOTHING)  # the pointers that lead to the account go first
    held = records.all_of(account)
    about = {sort_key.partition("#")[2] for sort_key, subject in held if (subject or "").partition("#")[0] == wish}
    batch = tables.Batch()
    for sort_key, _ in held:
        message = sort_key.partition("#")[2]
        if wish is None or message in about or message.rpartition("#")[0] in about:  # the message, and its sendings
            batch.add([tables.Remove(records.Notice(account, sort_key))])
    batch.flush()


def forget_before(recipient: str, at: str) -> None:
    """Erase whatever was told to a recipient before the stamp `at`, and the ledger of it. Safe to run again."""
    batch = tables.Batch()
    for sort_key in records.before(recipient, at):
        batch.add([tables.Remove(records.Notice(recipient, sort_key))])
    batch.flush()


def inbox(account: str, limit: int, before: str | None) -> list[records.Notice]:
    """An account's messages, newest first."""
    return records.inbox(account, limit, before)


Place = tuple[str, str]
"""Where a message stands among those of several accounts: (sort key, account); the list runs from the highest down."""


def inboxes(accounts: Sequence[str], limit: int, before: Place | None) -> tuple[list[records.Notice], Place | None]:
    """Up to `limit` messages of all the accounts in one order, newest first, below a place; and where to go on."""
    # Up to the place itself and not below it: of two accounts each may have a message of that very key.
    until = f"{before[0]}~" if before else None
    found = [each for account in accounts for each in records.inbox(account, limit + 2, until)]
    found = sorted((each for each in found if before is None or (each.sk, each.pk) < before), key=_place, reverse=True)
    return found[:limit], _place(found[limit - 1]) if len(found) > limit else None


def _place(notice: records.Notice) -> Place:
    return notice.sk, notice.pk


def sendings(state: str, limit: int, before: str | None) -> tuple[list[Sending], str | None]:
    """Up to `limit` messages on their channels in a state, newest first, below a place; and the place to go on from.

    `failed` lists what failed and is tried again, and what is dead.
    """
    states = LISTED.get(state, (state,))
    found = sorted((each for one in states for each in records.in_state(one, limit + 1, before)), reverse=True)
    shown = found[:limit]
    # Looked at anew: the index lags behind, and what has gone out since is not shown as failed.
    items = [sending for sending in records.several([key for _, key in shown]) if sending.state in states]
    return items, shown[-1][0] if len(found) > limit else None


def sending_id(sending: Sending) -> str:
    """The id of a message on its channel: where it lies, opaque."""
    return base64.urlsafe_b64encode(msgspec.json.encode([sending.pk, sending.sk])).rstrip(b"=").decode()


def retry(notification: str, idempotency_key: str, fingerprint: str) -> Sending:
    """Send off again what failed, as if for the first time. Raises NotFound, Conflict `notification_not_failed`.

    A retry of the request under its Idempotency-Key finds it sent off already.
    """
    key = _key_of(notification)
    sending = records.sending(key)
    if sending is None:
        raise NotFound()
    if idempotency_key and sending.key == idempotency_key:
        if sending.fingerprint != fingerprint:
            raise Unprocessable("idempotency_key_reused")
        return sending
    if sending.state not in ("failed", "dead"):
        raise Conflict("notification_not_failed", extra={"state": sending.state})
    was, tries, due_at = sending.state, int(sending.tries), sending.due_at
    sending.state, sending.tries, sending.retried = "queued", 0, int(sending.retried) + 1
    sending.held, sending.unsure = None, None
    sending.since = clock.stamp()
    sending.key, sending.fingerprint = idempotency_key or None, fingerprint or None
    sending.due = records.lane(sending.channel, sending.pk)
    sending.due_at = clock.stamp(rules.send_after(clock.now()))
    # A worker that tries it at this moment has moved its due time, another administrator its state: one of us acts.
    unmoved = (Sending.state == was) & (Sending.tries == tries)
    unmoved &= Sending.due_at == due_at if due_at else Sending.due_at.does_not_exist()
    if not tables.put(sending, unmoved):
        raise Conflict()
    return sending


def _key_of(notification: str) -> Key:
    try:
        packed = base64.b64decode(notification + "=" * (-len(notification) % 4), altchars=b"-_", validate=True)
        recipient, sort_key = msgspec.json.decode(packed, type=tuple[str, str])
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise NotFound() from error
    known = ids.is_id(recipient) or recipient.startswith(records.GROUP)
    if not known or not sort_key.startswith("s#") or len(notification) > _LONGEST_ID:
        raise NotFound()
    return Key(recipient, sort_key)
