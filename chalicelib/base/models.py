"""What every room's records stand on: one shared client, and reads that know no more than the items they get.

What is written goes through `tables`.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import PynamoDBException
from pynamodb.models import Model

from chalicelib.base import aws, settings, wire
from chalicelib.base.problems import Unavailable


def _share_client(connection: Connection) -> None:
    # pynamodb would build a session and a client per model (40-60 ms each, field-notes).
    connection._client = aws.client("dynamodb")


class Record(Model):
    """An item of a room's table. Subclasses name the room; the stage's prefix is added when used."""

    room: ClassVar[str] = ""
    _bound: ClassVar[tuple[str, Any, TableConnection] | None] = None
    _values: ClassVar[Callable[[Mapping[str, Any]], dict[str, Any]]]
    _written: ClassVar[Callable[[Mapping[str, Any]], dict[str, dict[str, Any]] | None]]

    class Meta:
        table_name = "unbound"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def find(cls, pk: str, sk: str, *, strongly: bool) -> Self | None:
        """The item of that key, None where there is none: half a read unit, one strongly. Raises Unavailable."""
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        item = _asked("get_item", cls.room, Key=key, ConsistentRead=strongly).get("Item")
        return cls._instantiate(item) if item else None

    @classmethod
    def _instantiate(cls, attribute_values: dict[str, dict[str, Any]]) -> Self:
        """The record of an item, from whatever read it comes: pynamodb's own way here takes a seventh of a request."""
        if "_values" not in cls.__dict__:  # each model its own, not its parent's
            cls._values = staticmethod(wire.values(cls))
        made = cls.__new__(cls)
        made.attribute_values = cls._values(attribute_values)
        return made

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """The record as an item: pynamodb's own way asks for every attribute it might have."""
        if "_written" not in type(self).__dict__:
            type(self)._written = staticmethod(wire.writer(type(self)))
        written = type(self)._written(self.attribute_values) if null_check else None
        return super().serialize(null_check) if written is None else written

    @classmethod
    def _get_connection(cls) -> TableConnection:
        name, client = f"{settings.table_prefix()}-{cls.room}", aws.client("dynamodb")
        bound = cls.__dict__.get("_bound")
        if bound is None or bound[0] != name or bound[1] is not client:
            connection = TableConnection(name, meta_table=cls._describe(name))
            _share_client(connection.connection)
            # Meta is inherited; batch reads look their table up in it, so each model needs its own.
            cls.Meta = type("Meta", (cls.Meta,), {"table_name": name})  # type: ignore[misc,assignment]
            bound = (name, client, connection)
            cls._bound = bound
        return bound[2]

    @classmethod
    def _describe(cls, name: str) -> MetaTable:
        schema = cls._get_schema()
        return MetaTable(
            {
                "TableName": name,
                "KeySchema": schema["key_schema"],
                "AttributeDefinitions": schema["attribute_definitions"],
                "GlobalSecondaryIndexes": [
                    {"IndexName": index["index_name"], "KeySchema": index["key_schema"]}
                    for index in schema["global_secondary_indexes"]
                ],
                "LocalSecondaryIndexes": [],
            }
        )


def query(room: str, **request: Any) -> dict[str, Any]:
    """A Query of a room's table as the wire gives it, for the hot lists that skip the models. Raises Unavailable."""
    return _asked("query", room, **request)


def _asked(operation: str, room: str, **request: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(aws.client("dynamodb"), operation)(
            TableName=f"{settings.table_prefix()}-{room}", **request
        )
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(f"dynamodb: {aws.code_of(error)}") from error
    return answer


def unavailable(error: PynamoDBException) -> Unavailable:
    """The problem to answer when the table did not do what it always does."""
    return Unavailable(f"dynamodb: {code_of(error)}")


def code_of(error: PynamoDBException) -> str:
    """The service's own code for a failure, or the kind of failure where no answer came at all."""
    # Not pynamodb's cause_response_code: a time-out carries `response = None`, on which that one stumbles.
    response = getattr(error.cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error.cause).__name__)
