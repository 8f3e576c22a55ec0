"""What the acts cost in DynamoDB's units, and what the plain design would: one item with all of a wish in it.

Write units are the local AWS's own, indexes included; read units are metered (dev/meter.py). A refused condition bills
the item as well, but the local AWS reports nothing for it: that row is computed from the item's size.
"""

from typing import Any, Final

from botocore.exceptions import ClientError

from bench import Found, Row, Say, row
from chalicelib.base import aws, clock, sizes
from chalicelib.wishes import records
from dev.emulator import Emulator
from tests.costs.test_costs import Ledger, Spent
from tests.people import Api, Staff, verification, wish
from tests.races.local_aws import caught_outbox, joined, new_stack

_TABLE: Final = "naive"
_INDEXES: Final = ("wall", "claimant", "due")
_KILOBYTE: Final = 1024


def run(say: Say) -> Found:
    """Rows of a wish's way from declaration to fulfilment, of the two reads, and of the naive claim beside ours."""
    with Emulator() as running, joined(new_stack(running, "bench")), caught_outbox() as anyone:
        staff, ledger = anyone.staff(), Ledger()
        round_id = staff.open_round(2)
        say("a wish from declaration to fulfilment")
        _walk(ledger, anyone, staff, round_id)
        say("the same claim on one wide item with whole indexes")
        naive = _naive(staff.published(round_id)["id"])
    return {
        "rows": _rows(ledger.spent, naive),
        "spent": {name: spent._asdict() for name, spent in ledger.spent.items()},
        "naive": naive,
    }


def _rows(spent: dict[str, Spent], naive: dict[str, float]) -> list[Row]:
    won, lost = spent["claim-won"], spent["claim-lost"]
    return [
        row("a won claim, indexes included", won.write, "WU", 10),
        row("a won claim, calls that write", won.writing_calls, "calls", 1),
        row("a won claim on the naive design", naive["won"], "WU"),
        row("a lost claim, to somebody known", lost.read, "RU", 0.5),
        row("a lost claim, writes", lost.write, "WU", 0),
        row("a lost claim on the naive design (computed)", naive["lost"], "WU"),
        *(
            row(f"{name}, {kind}", units, unit)
            for name, each in spent.items()
            if name not in ("claim-won", "claim-lost")
            for kind, units, unit in (("reads", each.read, "RU"), ("writes", each.write, "WU"))
            if units
        ),
    ]


def _walk(ledger: Ledger, anyone: Api, staff: Staff, round_id: str) -> None:
    with ledger.of("declare"):
        made = staff.citizen.must("POST", "/v1/wishes", wish(round_id), key="declare")
    path = f"/v1/wishes/{made['id']}"
    with ledger.of("verify"):
        staff.local.must("POST", f"{path}/verify", verification(), key="verify")
    with ledger.of("publish"):
        staff.local.must("POST", f"{path}/publish", {}, key="publish")
    with ledger.of("show one wish"):
        anyone.must("GET", path)
    with ledger.of("claim-won"):
        claim = staff.member.must("POST", f"{path}/claim", {}, key="claim")["id"]
    with ledger.of("claim-lost"):
        assert staff.company.post(f"{path}/claim").code == "wish_already_claimed"
    with ledger.of("progress"):
        staff.member.must("POST", f"/v1/claims/{claim}/progress", {"stage": "contacted"}, key="progress")
    with ledger.of("deliver"):
        staff.member.must("POST", f"/v1/claims/{claim}/deliver", {}, key="deliver")
    with ledger.of("confirm"):
        staff.local.must("POST", f"/v1/claims/{claim}/confirm", {"method": "phone"}, key="confirm")
    for _ in range(50):
        staff.published(round_id)
    with ledger.of("list of 50"):
        assert len(anyone.must("GET", "/v1/wishes", round=round_id, state="published")["items"]) == 50


def _naive(wish_id: str) -> dict[str, float]:
    """Write units of a conditional update of the wish as one item, and of one refused; the item's size in bytes."""
    client = aws.client("dynamodb")
    client.create_table(
        TableName=_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", *_INDEXES)],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for name in _INDEXES
        ],
    )
    item = _wide(wish_id)
    client.put_item(TableName=_TABLE, Item=item)
    request: dict[str, Any] = {
        "TableName": _TABLE,
        "Key": {"pk": item["pk"]},
        "UpdateExpression": "SET st = :claimed, claimant = :who, claimed_at = :at REMOVE wall",
        "ConditionExpression": "st = :published",
        "ExpressionAttributeValues": {
            ":claimed": {"S": "claimed"},
            ":published": {"S": "published"},
            ":who": {"S": wish_id},
            ":at": {"S": clock.stamp()},
        },
        "ReturnConsumedCapacity": "TOTAL",
    }
    won = client.update_item(**request)["ConsumedCapacity"]["CapacityUnits"]
    try:
        client.update_item(**request)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    size = sizes.of_item(item)
    return {"won": float(won), "lost": float(-(-size // _KILOBYTE)), "bytes": size}


def _wide(wish_id: str) -> dict[str, Any]:
    """The wish with its sealed fields and its history in one item, as a first design would keep it."""
    shown, sealed = records.get(wish_id, strongly=True), records.sealed(wish_id)
    assert shown is not None
    assert sealed is not None
    made: dict[str, Any] = shown.to_dynamodb_dict()
    history = [{"M": entry.to_dynamodb_dict()} for entry in records.history(wish_id)]
    kept = {name: value for name, value in made.items() if name not in ("sk", "nk", "n")}
    return kept | {"sealed": {"B": sealed.sealed}, "history": {"L": history}}
