"""What the local run would have sent: kept in memory, shown at `GET /_local/outbox` (product.md 6)."""

from collections import deque
from threading import Lock

from chalicelib.base import clock
from chalicelib.notices.channels import SENDERS, Message

KEPT = 10_000


class Outbox:
    """Stands in for every channel's sender; the inbox needs none and is not here."""

    def __init__(self) -> None:
        self._sent: deque[dict[str, str]] = deque(maxlen=KEPT)
        self._lock = Lock()

    def stand_in(self) -> None:
        """Take the place of every sender."""
        for channel in list(SENDERS):
            SENDERS[channel] = self.record

    def record(self, message: Message) -> None:
        """Keep the message instead of sending it."""
        entry = {
            "at": clock.stamp(),
            "to": message.to,
            "channel": message.channel,
            "kind": message.kind,
            "text": message.text,
        }
        if message.code is not None:
            entry["code"] = message.code
        with self._lock:
            self._sent.appendleft(entry)

    def sent(self, to: str | None) -> list[dict[str, str]]:
        """What went to the phone, address or group `to` (None: to anybody), newest first."""
        with self._lock:
            entries = list(self._sent)
        return [entry for entry in entries if to is None or entry["to"] == to]
