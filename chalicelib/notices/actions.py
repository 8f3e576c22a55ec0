"""Telling people: the ledger entry is written with the act, the sending follows and is taken up again when it failed.

queued ── lease (conditional) ── send ── sent
   ↑            the process dies here: the lease runs out, it is sent again: at most one duplicate
   └── failed: again after 1, 4, 16 ... minutes; after six tries dead
"""

import logging
from typing import Any, Final

from pynamodb.exceptions import PynamoDBException

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, ids, tables
from chalicelib.notices import channels, records, rules, templates

_log = logging.getLogger("microwish")
_PAGE: Final = 100


def message(account: str, kind: str, subject: str, values: dict[str, Any], *, push: bool = False) -> tables.Put:
    """A message for an account's inbox, written with the act that causes it. With `push` it is sent, too, by day."""
    now = clock.now()
    moment = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
    notice = records.Notice(
        account,
        f"m#{moment}#{kind}#{ids.digest(subject)[:12]}",
        kind=kind,
        at=clock.stamp(now),
        values=values,
        subject=subject,
    )
    if push:
        notice.push = "queued"
        notice.due = f"notice#{ord(account[-1]) % records.BUCKETS}"
        notice.due_at = clock.stamp(rules.send_after(now))
    return tables.Put(notice, tables.absent(records.Notice))


def once(account: str, kind: str, subject: str, due: str, values: dict[str, Any], covers: list[str]) -> bool:
    """Write a message of the clock's, unless one of this (recipient, subject, kind, due date) was written before."""
    ledger = records.Ledger(account, f"z#{key(kind, subject, due)}", covers=covers)
    try:
        # Two workers at once, or the same event twice: the ledger's entry is written once, and the message with it.
        tables.commit(
            [tables.Put(ledger, tables.absent(records.Ledger)), message(account, kind, subject, values, push=True)]
        )
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
    return [message(account, kind, f"{wish.pk}#{int(wish.version)}", {"title": wish.title, **values})]


def wish_of(notice: records.Notice) -> str | None:
    """The id of the wish a message is about, None where it is about none or many."""
    wish, marked, _ = (notice.subject or "").partition("#")
    return wish if marked and ids.is_id(wish) else None


def covered(account: str, kind: str, subject: str, due: str) -> set[str]:
    """Ids of the wishes the message of that ledger key covers; empty where none was written."""
    found = records.ledger(account, key(kind, subject, due))
    return set(found.covers) if found else set()


def inbox(account: str, limit: int, before: str | None) -> list[records.Notice]:
    """An account's messages, newest first."""
    return records.inbox(account, limit, before)


def deliver_due() -> int:
    """Send what waits and may be sent now; how many went out. A failing message never stops the others."""
    now, sent = clock.now(), 0
    if rules.send_after(now) != now:  # what was held back before keeps until the morning, too
        return 0
    until = clock.stamp(now)
    for bucket in range(records.BUCKETS):
        while found := records.due(bucket, until, _PAGE):
            sent += sum(_deliver(account, sort_key) for account, sort_key in found)
            if len(found) < _PAGE:
                break
    return sent


def _deliver(account: str, sort_key: str) -> bool:
    notice = records.get(account, sort_key)
    # The index named it a moment ago; a worker that has leased it since has moved its due time on.
    if notice is None or notice.push != "queued" or notice.due_at > clock.stamp() or not _lease(notice):
        return False
    person = accounts.person_of(account)
    text = templates.say(notice.kind, "zh-CN", **notice.values)
    try:
        channels.send(channels.Message(person.phone, "sms", notice.kind, text))
    except (channels.SendingFailed, PynamoDBException, OSError) as error:
        reason = str(error) if isinstance(error, channels.SendingFailed) else type(error).__name__
        _log.warning("sending %s failed: %s", notice.kind, reason)
        _failed(notice)
        return False
    notice.push, notice.sent_at, notice.due, notice.due_at = "sent", clock.stamp(), None, None
    tables.put(notice)
    return True


def _lease(notice: records.Notice) -> bool:
    """Two workers on one message: one moves its due time on and sends, the other finds it moved."""
    held = notice.due_at
    notice.due_at = clock.later(clock.stamp(), seconds=rules.LEASE_SECONDS)
    notice.tries = int(notice.tries) + 1
    return tables.put(notice, (records.Notice.due_at == held) & (records.Notice.push == "queued"))


def _failed(notice: records.Notice) -> None:
    if notice.tries >= rules.MOST_TRIES:
        notice.push, notice.due, notice.due_at = "dead", None, None
    else:
        notice.due_at = clock.stamp(rules.send_after(clock.now() + rules.back_off(int(notice.tries))))
    tables.put(notice)
