"""WeCom's group robots: a webhook by its key, texts up to 2,048 bytes, twenty messages a minute each."""

import json
import time
from collections import defaultdict, deque
from typing import NamedTuple

from dev.fakes.server import Answer, Call, Fake

A_MINUTE = 60.0


class GroupMessage(NamedTuple):
    """One message it took."""

    key: str
    text: str


class FakeWecom(Fake[GroupMessage]):
    """`keys` are the robots there are."""

    def __init__(self, keys: set[str], limit: int = 20) -> None:
        super().__init__()
        self.keys = keys
        self.limit = limit
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def let_a_minute_pass(self) -> None:
        """Forget what was sent in the last minute."""
        with self._lock:
            self._times.clear()

    def answer(self, call: Call) -> Answer:
        """A message to a group."""
        code = self._code(call)
        message = {0: "ok", 93000: "invalid webhook url", 45009: "api freq out of limit"}.get(code, "refused")
        return Answer(json.dumps({"errcode": code, "errmsg": message}).encode())

    def _code(self, call: Call) -> int:
        key, asked = call.query.get("key", ""), json.loads(call.body)
        if call.path != "/cgi-bin/webhook/send" or key not in self.keys:
            return 93000
        if asked["msgtype"] != "text" or not asked["text"]["content"]:
            return 40008
        if len(asked["text"]["content"].encode()) > 2048:
            return 45002
        times = self._times[key]
        while times and times[0] < time.monotonic() - A_MINUTE:
            times.popleft()
        if len(times) >= self.limit:
            return 45009
        times.append(time.monotonic())
        self.received.append(GroupMessage(key, asked["text"]["content"]))
        return 0
