"""The queue: what a commit has put into the outbox is handed to the worker at once, as far as that works.

It only saves time. Nothing is lost where it fails or is not there: the sweep finds what is due (delivering.py).
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.base import aws, clock, logs, settings, tables
from chalicelib.notices import delivering
from chalicelib.notices.records import Key, Notice

_AT_ONCE: Final = 10  # SQS's limit


def announce(parts: Sequence[tables.Part]) -> None:
    """Tell the worker of the messages among the parts of a commit that may go out now. Never raises."""
    queue = settings.text("NOTICES_QUEUE")
    if not queue:
        return
    now = clock.stamp()
    records = [part.record for part in parts if isinstance(part, tables.Put)]
    waiting = [
        Key(record.pk, record.sk)
        for record in records
        if isinstance(record, Notice) and record.due_at and record.due_at <= now
    ]
    for start in range(0, len(waiting), _AT_ONCE):
        _send(queue, waiting[start : start + _AT_ONCE])


def take(bodies: Iterable[tuple[str, str]], still_so: delivering.StillSo = delivering.always) -> list[str]:
    """Deliver what the queue hands over as (message id, body); ids of those to hand over again."""
    failed = []
    for message_id, body in bodies:
        try:
            delivering.deliver(msgspec.json.decode(body, type=Key), still_so)
        except Exception as error:  # one that fails must not take the others of its batch with it
            logs.error("message_not_worked_on", channel="queue", kind=type(error).__name__)
            failed.append(message_id)
    return failed


def _send(queue: str, keys: list[Key]) -> None:
    entries = [{"Id": str(place), "MessageBody": msgspec.json.encode(key).decode()} for place, key in enumerate(keys)]
    try:
        aws.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    except (BotoCoreError, ClientError) as error:
        logs.warning("queue_took_nothing", count=len(keys), kind=type(error).__name__)
