"""What DynamoDB would answer to the three hot routes, and the requests: the same for us and for every peer.

The items are those of the first round's register, as the app itself writes them, with every attribute it has.
"""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import itsdangerous
import yaml

from chalicelib.accounts.records import Account
from chalicelib.base import clock, ids
from chalicelib.rounds.records import Round
from chalicelib.wishes.records import Wish
from tests.costs.many_wishes import register_rows, wish_of

PREFIX: Final = "bench"
SECRET: Final = "a secret of the benchmark's, long enough for HMAC"
PAGE: Final = 50
_ROUND: Final = 2
_CHECKOUT: Final = Path(__file__).resolve().parent.parent
_HOUR: Final = 3600

Item = dict[str, Any]


def write(place: Path) -> None:
    """Put the answers and the requests into `place`, as JSON for the measured processes."""
    now = clock.now()
    account = ids.derived_id("bench", "account")
    wishes = [_wish(number, clock.stamp(now - timedelta(minutes=1000 - number))) for number in range(PAGE + 1)]
    token = f"k1.{_signed([int(now.timestamp()) + 24 * _HOUR, account, 0])}"
    place.write_text(
        json.dumps({"answers": _answers(wishes, account), "events": _events(wishes[0].pk, token)}, ensure_ascii=False),
        encoding="utf-8",
    )


def environment() -> dict[str, str]:
    """What the functions find in their environment, beside where AWS is."""
    return {
        "TABLE_PREFIX": PREFIX,
        "STAGE": "prod",
        "TOKEN_SECRET": SECRET,  # the peers'; ours asks SSM, once
        "POWERTOOLS_TRACE_DISABLED": "true",
        "AWS_REGION": "cn-north-1",
        "AWS_DEFAULT_REGION": "cn-north-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }


def _answers(wishes: list[Wish], account: str) -> dict[str, Any]:
    projected = _projection()
    rows = [{name: value for name, value in _wire(wish).items() if name in projected} for wish in wishes]
    secrets = json.dumps({"token_keys": {"k1": SECRET}, "token_key": "k1", "blind_key": SECRET})
    return {
        "GetItem wishes": {"Item": _wire(wishes[0])},
        "GetItem accounts": {"Item": _wire(_account(account))},
        "GetItem rounds": {"Item": _wire(_round())},
        "TransactWriteItems": {},
        "GetParameter": {"Parameter": {"Name": "secrets", "Type": "SecureString", "Value": secrets}},
    } | {f"Query {limit}": _page(rows, limit) for limit in (PAGE, PAGE + 1)}


def _page(rows: list[Item], limit: int) -> Item:
    last = {name: rows[limit - 1][name] for name in ("wall", "pa", "pk", "sk")}
    return {"Items": rows[:limit], "Count": limit, "ScannedCount": limit, "LastEvaluatedKey": last}


def _projection() -> set[str]:
    """The attributes that the index of the wall holds, from the one place where they are named."""

    class Loader(yaml.SafeLoader):
        """Reads CloudFormation's short forms as what they enclose."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: getattr(node, "value", None))
    text = (_CHECKOUT / ".chalice" / "resources.yaml").read_text(encoding="utf-8")
    resources = yaml.load(text, Loader)["Resources"].values()
    indexes = (
        index
        for each in resources
        if each["Type"] == "AWS::DynamoDB::Table"
        for index in each["Properties"].get("GlobalSecondaryIndexes", ())
    )
    wall = next(index for index in indexes if index["IndexName"] == "wall")
    return {"pk", "sk", "wall", "pa", *wall["Projection"]["NonKeyAttributes"]}


def _wire(record: Wish | Account | Round) -> Item:
    made: Item = record.to_dynamodb_dict()
    return made


def _wish(number: int, published_at: str) -> Wish:
    return wish_of(register_rows()[number], str(_ROUND), number, 1, published_at, 0)


def _account(account: str) -> Account:
    return Account(account, "account", claimant_type="citizen", basis="declared", created_at=clock.stamp())


def _round() -> Round:
    now = clock.now()
    return Round(
        "round", f"{_ROUND:06d}", number=_ROUND, name="第二期",
        declare_from=clock.stamp(now - timedelta(days=9)), claim_from=clock.stamp(now - timedelta(days=2)),
        claim_until=clock.stamp(now + timedelta(days=30)), deliver_until=clock.stamp(now + timedelta(days=60)),
        created_at=clock.stamp(now - timedelta(days=9)),
    )  # fmt: skip


def _signed(values: list[object]) -> str:
    signer = itsdangerous.URLSafeSerializer(
        SECRET, salt="access", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
    made = signer.dumps(values)
    return made if isinstance(made, str) else made.decode()


def _events(wish: str, token: str) -> dict[str, Any]:
    one = {"wish_id": wish}
    signed_in = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return {
        "show": _event("GET", "/v1/wishes/{wish_id}", one),
        "list": _event("GET", "/v1/wishes", query={"round": str(_ROUND), "state": "published"}),
        "claim": _event("POST", "/v1/wishes/{wish_id}/claim", one, headers=signed_in, body="{}"),
    }


def _event(
    method: str,
    resource: str,
    parts: dict[str, str] | None = None,
    *,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    path = resource.format(**parts or {})
    sent = {"Host": "wish.example", "Accept": "application/json", "X-Forwarded-Proto": "https", **(headers or {})}
    return {
        "resource": resource, "path": path, "httpMethod": method,
        "headers": sent, "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
        "pathParameters": parts, "stageVariables": None, "body": body, "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": resource, "httpMethod": method, "path": f"/api{path}", "stage": "api",
            "requestId": "00000000-0000-4000-8000-000000000000", "identity": {"sourceIp": "192.0.2.1"},
            "accountId": "000000000000", "apiId": "bench", "resourceId": "bench", "protocol": "HTTP/1.1",
        },
    }  # fmt: skip
