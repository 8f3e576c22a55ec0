"""What is written: things that belong together, in one way (records and reads are in `models`).

All writes of an act go through `commit`: one conditional write, or one transaction of up to 100 parts. A refusal
comes back as `Refused` with the items as they now are, so that the caller can decide anew without reading again.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.base import aws, ids, models, settings
from chalicelib.base.problems import Unavailable

LARGEST_TRANSACTION = 100  # DynamoDB's limit of items in one TransactWriteItems
_ATTEMPTS = 8


@dataclass(frozen=True, eq=False)
class Put:
    """Write the whole item. `condition` settles who wins."""

    record: models.Record
    condition: Condition | None = None


@dataclass(frozen=True, eq=False)
class Change:
    """Update attributes of an item that need not exist yet."""

    record: models.Record
    actions: Sequence[Action]
    condition: Condition | None = None


@dataclass(frozen=True, eq=False)
class Remove:
    """Delete an item."""

    record: models.Record
    condition: Condition | None = None


@dataclass(frozen=True, eq=False)
class Check:
    """Write nothing, but refuse the transaction unless the condition holds."""

    record: models.Record
    condition: Condition


Part = Put | Change | Remove | Check


class Refused(Exception):
    """A condition did not hold; nothing was written. `found` maps a refused part to its item now, None for none."""

    def __init__(self, found: dict[Part, dict[str, Any] | None]) -> None:
        super().__init__("a condition did not hold")
        self.found = found


def absent(record: type[models.Record]) -> Condition:
    """The condition that no such item exists yet."""
    return record.pk.does_not_exist()


_after_commit: list[Callable[[Sequence[Part]], None]] = []


def after_commit(tell: Callable[[Sequence[Part]], None]) -> None:
    """Called by the composition root: who is told of the parts of every commit once it has landed; must not raise."""
    if tell not in _after_commit:
        _after_commit.append(tell)


def commit(parts: Iterable[Part]) -> None:
    """Write all parts or none, then tell whom `after_commit` named.

    Raises `Refused` when a condition fails, `Unavailable` when the table can't be reached or stays in conflict. All
    tries bear the same client token, the SDK's and ours, so a call that landed unheard is not done twice.
    """
    ordered = _ordered(list(parts))
    if len(ordered) > LARGEST_TRANSACTION:
        raise ValueError("more parts than one transaction holds")
    token = ids.new_id()
    for attempt in range(_ATTEMPTS):
        try:
            _write(ordered, token)
        except TransactWriteError as error:
            codes = [reason.code if reason else "None" for reason in error.cancellation_reasons]
            if "ConditionalCheckFailed" in codes:
                raise Refused(_found(ordered, error)) from error
            if not _is_conflict(error, codes):
                raise models.unavailable(error) from error
        else:
            for tell in _after_commit:
                tell(ordered)
            return
        # Another transaction holds one of the items, or an earlier try of ours is still under way (it may land yet, and
        # the token lets it count once): step back for a random while, longer each time.
        time.sleep(random.uniform(0.005, 0.02 * 2**attempt))  # noqa: S311 - jitter, not a secret
    raise Unavailable("the table stayed in conflict")


class Batch:
    """Groups of parts gathered into transactions as large as DynamoDB takes; a group is never torn apart.

    `written` hears after each transaction how many groups it held: progress, and a sign of life. `guards` go into
    every transaction: where one of their conditions fails, nothing more may be written, and the refusal is raised.
    """

    def __init__(self, written: Callable[[int], None] = lambda groups: None, guards: Sequence[Part] = ()) -> None:
        self._parts: list[Part] = []
        self._alone: list[Callable[[], None] | None] = []
        self._written = written
        self._guards = guards

    def add(self, group: Sequence[Part], alone: Callable[[], None] | None = None) -> None:
        """Take one group, writing what was gathered before when it no longer fits. Raises as `commit` does.

        Where somebody moved one of the gathered items meanwhile, `alone` of each group decides it anew by itself, so
        that one does not hold up the ninety-nine; without it the refusal is raised.
        """
        if len(self._parts) + len(group) + len(self._guards) > LARGEST_TRANSACTION:
            self.flush()
        self._parts.extend(group)
        self._alone.append(alone)

    def flush(self) -> None:
        """Write what is gathered."""
        parts, alone = self._parts, self._alone
        self._parts, self._alone = [], []
        if not parts:
            return
        try:
            commit([*self._guards, *parts])
        except Refused as refusal:
            if None in alone or any(guard in refusal.found for guard in self._guards):
                raise
            for decide in alone:
                if decide is not None:
                    decide()
        self._written(len(alone))


def put(record: models.Record, condition: Condition | None = None) -> bool:
    """Write one item outside any transaction (half the price). False when the condition did not hold."""
    try:
        record.save(condition)
    except PutError as error:
        if models.code_of(error) == "ConditionalCheckFailedException":
            return False
        raise models.unavailable(error) from error
    return True


def place(record: models.Record) -> dict[str, Any] | None:
    """Write one item where none of its key is, outside any transaction: None, or the raw item that stands there."""
    try:
        aws.client("dynamodb").put_item(
            TableName=f"{settings.table_prefix()}-{record.room}",
            Item=record.serialize(),
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and aws.code_of(error) == "ConditionalCheckFailedException":
            found: dict[str, Any] = error.response["Item"]
            return found
        raise Unavailable(f"dynamodb: {aws.code_of(error)}") from error
    return None


def change(record: models.Record, actions: Sequence[Action], condition: Condition | None = None) -> None:
    """Update one item outside any transaction. Raises `Refused` when the condition does not hold."""
    try:
        record.update(actions=list(actions), condition=condition)
    except UpdateError as error:
        if models.code_of(error) == "ConditionalCheckFailedException":
            raise Refused({}) from error
        raise models.unavailable(error) from error


def _write(ordered: list[Part], token: str) -> None:
    connection = ordered[0].record._get_connection().connection
    with TransactWrite(connection=connection, client_request_token=token) as transaction:
        for part in ordered:
            _add(transaction, part)


def _add(transaction: TransactWrite, part: Part) -> None:
    match part:
        case Put(record, condition):
            transaction.save(record, condition=condition, return_values="ALL_OLD")
        case Change(record, actions, condition):
            transaction.update(record, actions=list(actions), condition=condition, return_values="ALL_OLD")
        case Remove(record, condition):
            transaction.delete(record, condition=condition)
        case Check(record, condition):
            transaction.condition_check(type(record), record.pk, record.sk, condition=condition)


def _ordered(parts: list[Part]) -> list[Part]:
    # pynamodb submits checks, deletes, puts, then updates, and reports refusals in that order (field-notes).
    rank = {Check: 0, Remove: 1, Put: 2, Change: 3}
    return sorted(parts, key=lambda part: rank[type(part)])


def _found(ordered: list[Part], error: TransactWriteError) -> dict[Part, dict[str, Any] | None]:
    return {
        part: reason.raw_item
        for part, reason in zip(ordered, error.cancellation_reasons, strict=False)
        if reason is not None and reason.code == "ConditionalCheckFailed"
    }


def _is_conflict(error: TransactWriteError, codes: list[str]) -> bool:
    return "TransactionConflict" in codes or models.code_of(error) in {
        "TransactionInProgressException",
        "TransactionConflictException",
    }
