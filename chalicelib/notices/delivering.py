"""The worker: from the outbox onto a channel, and out. What the queue missed, the sweep finds through the due index.

    message, due ── choose a channel ── its sending, queued
    queued ── lease ── hand over ── sent
       ↑        │ the process dies: the lease runs out, it is handed over once more at most (one duplicate at worst)
       └─────── failed: again after 1, 4, 16 ... minutes; after six tries, or when trying is pointless, dead
                limited (429): when the provider says; after two days dead, and the next best channel's

Choosing and leasing are conditional writes: of any number of workers at once, one gets the message.
"""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, Literal, NamedTuple

from chalicelib.base import clock, ids, logs, metrics, settings, tables
from chalicelib.base.deadline import Deadline
from chalicelib.notices import channels, choosing, records, rules, subjects, templates
from chalicelib.notices.records import Key, Notice, Sending
from chalicelib.notices.rules import Failure

_PAGE: Final = 50
SENT: Final = "sent"
PASSED_OVER: Final = "passed over"
Outcome = Failure | Literal["sent", "passed over"]
"""What came of looking at a message: passed over where another worker has it, or it is not due."""


class About(NamedTuple):
    """What a message is about, for whoever knows whether it still holds: kind, reader, wish, and what it says."""

    kind: str
    recipient: str
    wish: str | None
    values: Mapping[str, Any]


StillSo = Callable[[About], bool]
"""Whether a message still holds, asked before it goes out: whoever knows the wishes answers (reminders/holding.py)."""


def always(about: About) -> bool:
    """For whoever does not ask."""
    return True


def deliver_due(deadline: Deadline | None = None, still_so: StillSo = always) -> int:
    """Send what waits and may be sent now, as long as there is time; how many went out.

    A failing message never stops the others, a failing provider only its own channel.
    """
    until = deadline or Deadline()
    if rules.is_quiet(clock.now()):  # what was held back before keeps until the morning, too
        return 0
    outbox, every = _Lane(records.OUTBOX, still_so), [_Lane(channel, still_so) for channel in channels.CHANNELS]
    filling, waiting = True, every
    while (filling or waiting) and not until.passed:
        # By turns, page by page: a slow provider takes its share of the time and no more.
        filling = filling and outbox.step(until)
        waiting = [lane for lane in (every if filling else waiting) if lane.step(until)]
    return sum(lane.sent for lane in every)


def deliver(key: Key, still_so: StillSo = always) -> int:
    """Send one message now, which is what the queue asks for; whether it went out.

    Raises Unavailable where our own tables fail before anything is handed over; the sweep finds the message then.
    """
    _choose(key)
    found = [] if rules.is_quiet(clock.now()) else records.sendings_of(key)
    return sum(_send(Key(sending.pk, sending.sk), still_so) == SENT for sending in found if sending.due)


class _Lane:
    """What waits for one channel (or for a channel to be chosen), worked off page by page within one run."""

    def __init__(self, name: str, still_so: StillSo) -> None:
        self.name = name
        self._still_so = still_so
        self.sent = 0
        self._seen: set[Key] = set()
        self._failures = 0  # in a row
        self._resting = self._limited = False

    def step(self, deadline: Deadline) -> bool:
        """Work off a page of every bucket; whether there may be more."""
        found = [key for key in self._page() if key not in self._seen]
        for place, key in enumerate(found):
            if deadline.passed:
                return False
            if self._resting:
                self._leave(found[place:])
                return False
            self._seen.add(key)  # the index lags behind: what was looked at is not looked at again in this run
            self._work(key)
        return bool(found)

    def _leave(self, rest: list[Key]) -> None:
        """Of what the provider takes nothing of now, the page that has waited longest is looked through for the old."""
        for key in rest if self._limited else ():
            try:
                _give_up_on(key)
            except Exception as error:  # a table that fails for one message; it stays due
                logs.error("message_not_worked_on", channel=self.name, kind=type(error).__name__)

    def _page(self) -> list[Key]:
        until = clock.stamp()
        try:
            buckets = range(records.BUCKETS)
            return [key for bucket in buckets for key in records.due(self.name, bucket, until, _PAGE)]
        except Exception as error:  # one read that fails must not end the run of all channels
            logs.error("lane_not_read", channel=self.name, kind=type(error).__name__)
            return []

    def _work(self, key: Key) -> None:
        try:
            outcome = _choose(key) if self.name == records.OUTBOX else _send(key, self._still_so)
        except Exception as error:  # a table that fails for one message; it stays due
            logs.error("message_not_worked_on", channel=self.name, kind=type(error).__name__)
            return
        if isinstance(outcome, Failure):
            # One that can never go out says nothing of the provider; one that asks for a pause says all.
            self._failures = 0 if outcome.permanent else self._failures + 1
            self._limited = outcome.limited
            self._resting = outcome.limited or self._failures >= rules.FAILURES_IN_A_ROW
        elif outcome == SENT:
            self.sent, self._failures = self.sent + 1, 0


def _choose(key: Key) -> Outcome:
    """Put a message of the outbox onto the best channel that reaches its reader; onto none where none does."""
    notice = records.get(key)
    now = clock.now()
    if notice is None or not notice.due_at or notice.due_at > clock.stamp(now) or rules.is_quiet(now):
        return PASSED_OVER
    held = notice.due_at
    chosen = choosing.channel(key.recipient, notice.kind)
    notice.due = notice.due_at = None
    # Two workers at once: one takes the message out of the outbox, with the sending in the same transaction.
    parts: list[tables.Part] = [tables.Put(notice, Notice.due_at == held)]
    if chosen is not None:
        parts.append(tables.Put(_queued(key, notice, chosen), tables.absent(Sending)))
    with suppress(tables.Refused):
        tables.commit(parts)
    return PASSED_OVER


def _queued(key: Key, notice: Notice, channel: str) -> Sending:
    moment, rest = key.sort_key.removeprefix("m#").split("#", 1)
    return Sending(
        key.recipient,
        f"s#{moment}#{rest}#{channel}",
        state="queued",
        place=f"{moment}#{ids.digest(*key, channel)[:12]}",
        kind=notice.kind,
        channel=channel,
        at=notice.at,
        since=clock.stamp(),
        due=records.lane(channel, key.recipient),
        due_at=clock.stamp(rules.send_after(clock.now())),
    )


def _send(key: Key, still_so: StillSo) -> Outcome:
    """Hand a message to its channel, if it is due and nobody else has it."""
    sending = records.sending(key)
    now = clock.now()
    if sending is None or not sending.due_at or sending.due_at > clock.stamp(now) or rules.is_quiet(now):
        return PASSED_OVER
    notice = records.get(records.message_of(key))
    # Its reader was erased, and nothing may be sent to them any more; or what it asks for has been done meanwhile.
    if notice is None or not still_so(About(notice.kind, notice.pk, records.wish_of(notice), notice.values)):
        with suppress(tables.Refused):  # a worker that took it meanwhile hands it over: it came first
            tables.commit([tables.Remove(sending, Sending.due_at == sending.due_at)])
        return PASSED_OVER
    if not _lease(sending):
        return PASSED_OVER
    try:
        sending.provider_id = channels.send(_message(sending, notice)) or None
    except channels.SendingFailed as error:
        failure = Failure(error.permanent, error.unsure, isinstance(error, channels.RateLimited), error.retry_after)
        return _failed(sending, notice, failure, error.reason)
    except Exception as error:  # whatever it is, it has to end in the list of the dead and not in a loop
        return _failed(sending, notice, Failure(), type(error).__name__)
    metrics.count("messages_sent")
    sending.state, sending.sent_at, sending.error = "sent", clock.stamp(), None
    _settle(sending)
    return SENT


def _lease(sending: Sending) -> bool:
    """Two workers on one message: one moves its due time on and sends, the other finds it moved."""
    read, died = sending.due_at, bool(sending.held)
    if died and sending.unsure:  # a second worker died with it: nobody gets it a third time unasked
        metrics.count("messages_dead")
        sending.state, sending.error, sending.due, sending.due_at, sending.held = "dead", "unsure", None, None, None
        tables.put(sending, Sending.due_at == read)
        return False
    sending.held, sending.unsure = True, sending.unsure or died or None
    sending.tries = int(sending.tries) + 1
    sending.due_at = clock.later(clock.stamp(), seconds=rules.LEASE_SECONDS)
    return tables.put(sending, Sending.due_at == read)


def _failed(sending: Sending, notice: Notice, failure: Failure, reason: str) -> Failure:
    logs.warning("message_not_sent", kind=sending.kind, channel=sending.channel, reason=reason)
    metrics.count("messages_failed")
    sending.error = reason
    if failure.limited:
        sending.tries = int(sending.tries) - 1
    tries, others = int(sending.tries), list[tables.Part]()
    if rules.gives_up(tries, failure, _waited(sending), unsure_before=bool(sending.unsure)):
        sending.state = "dead"
        metrics.count("messages_dead")
        others = _by_another_channel(sending, notice) if failure.permanent or failure.limited else []
        _settle(sending, others=others)
        return failure
    sending.state, sending.unsure = "failed", sending.unsure or failure.unsure or None
    jitter = random.random()  # noqa: S311 - a pause, not a secret
    _settle(sending, clock.stamp(rules.next_try(clock.now(), tries, failure, jitter)))
    return failure


def _waited(sending: Sending) -> timedelta:
    return clock.now() - clock.moment(str(sending.since or sending.at))


def _give_up_on(key: Key) -> None:
    """A message that has waited too long for a provider that takes nothing: dead, and its provider is not asked."""
    sending = records.sending(key)
    if sending is None or not sending.due_at or sending.held or _waited(sending) < rules.PATIENCE:
        return
    notice = records.get(records.message_of(key))
    sending.state, sending.error = "dead", sending.error or f"{sending.channel}: limited"
    metrics.count("messages_dead")
    _settle(sending, others=_by_another_channel(sending, notice) if notice else None)


def _by_another_channel(sending: Sending, notice: Notice) -> list[tables.Part]:
    """Where a channel will never reach its reader, or takes nothing for days, the next best one may.

    Not what may have gone out already: it would be a second copy.
    """
    if sending.unsure:
        return []
    key = Key(notice.pk, notice.sk)
    tried = {each.channel for each in records.sendings_of(key)}
    chosen = choosing.channel(key.recipient, notice.kind, tried)
    return [tables.Put(_queued(key, notice, chosen), tables.absent(Sending))] if chosen else []


def _settle(sending: Sending, again: str | None = None, others: list[tables.Part] | None = None) -> None:
    """Write what came of a try."""
    leased = sending.due_at
    sending.held, sending.due_at = None, again
    sending.due = sending.due if again else None
    # The lease ran out while the provider took its time, and another worker has it now: what that one writes holds.
    mine = Sending.due_at == leased
    if not others:
        tables.put(sending, mine)
        return
    with suppress(tables.Refused):
        tables.commit([tables.Put(sending, mine), *others])


def _message(sending: Sending, notice: Notice) -> channels.Message:
    """What goes out. Raises SendingFailed where the channel does not reach the reader any more."""
    found = choosing.reader(sending.pk)
    to = dict(found.addresses).get(sending.channel)  # type: ignore[call-overload]
    if not to:
        raise channels.SendingFailed(f"{sending.channel}: no address", permanent=True)
    return channels.Message(
        to=to,
        channel=sending.channel,
        kind=sending.kind,
        text=templates.say(sending.kind, found.language, **notice.values),
        subject=subjects.subject(sending.kind, found.language, **notice.values),
        values=notice.values,
        url=f"{site}/" if (site := settings.site_url()) else "",
        token=ids.digest(sending.pk, sending.sk, str(int(sending.retried))),
        language=found.language,
    )
