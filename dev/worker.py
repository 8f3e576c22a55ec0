"""What Lambda does with a queue, for the local run: take its messages, call the function, delete what it has done."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice, SQSEventConfig

from chalicelib.base import aws
from dev.emulator import REGION
from dev.resources import ACCOUNT

_WAIT: Final = 2  # seconds a look at an empty queue takes
_PAUSE: Final = 5.0  # seconds after a look that failed


class Worker:
    """One queue and the function that takes its messages."""

    def __init__(self, app: Chalice, queue: str, on_failure: Callable[[str], None]) -> None:
        (config,) = [found for found in app.event_sources if isinstance(found, SQSEventConfig)]
        self._function = app.handler_map[config.name]
        self._batch = config.batch_size
        self._queue = queue
        self._on_failure = on_failure
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_working, daemon=True, name=str(config.name))

    def start(self) -> None:
        """Take messages from now on."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Take no more, and give what is under way `timeout` seconds to end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def work_once(self, wait: int = 0) -> int:
        """Take one batch; how many messages were done."""
        sqs = aws.client("sqs")
        answer = sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=self._batch, WaitTimeSeconds=wait)
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        if not messages:
            return 0
        outcome = self._function(_event(messages), SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000))
        failed = {each["itemIdentifier"] for each in outcome["batchItemFailures"]}
        done = [message for message in messages if message["MessageId"] not in failed]
        for message in done:
            sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return len(done)

    def _keep_working(self) -> None:
        while not self._stop.is_set():
            try:
                self.work_once(_WAIT)
            except (BotoCoreError, ClientError) as error:
                if not self._stop.is_set():
                    self._on_failure(f"the queue failed: {type(error).__name__}")
                self._stop.wait(_PAUSE)


def _event(messages: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:notices",
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }
