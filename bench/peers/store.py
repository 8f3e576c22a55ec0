"""Wishes in DynamoDB through botocore's low-level client: the same for every peer but Chalice, which has models.

The items, the calls and the answers are MicroWish's (docs/data-model.md), so that only the way there differs.
"""

import base64
import hashlib
import json
import os
import time
from datetime import datetime, timedelta, timezone

import itsdangerous
from botocore.exceptions import ClientError

WISHES = f"{os.environ['TABLE_PREFIX']}-wishes"
CLAIMS = f"{os.environ['TABLE_PREFIX']}-claims"
ACCOUNTS = f"{os.environ['TABLE_PREFIX']}-accounts"
ROUNDS = f"{os.environ['TABLE_PREFIX']}-rounds"
CAPS = {"citizen": 3, "party_member": 3}
CLAIM_DAYS = 7
_STATES = {"published": "p", "claimed": "c"}
_TYPES = {
    "party_member": "m", "party_organisation": "o", "company": "c", "social_organisation": "s", "citizen": "z",
}
_signer = itsdangerous.URLSafeSerializer(
    os.environ["TOKEN_SECRET"],
    salt="access",
    signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
)


class Refusal(Exception):
    """What is answered instead: a status and a code."""

    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


def account_of(header):
    """The account a bearer token speaks for."""
    scheme, _, token = (header or "").partition(" ")
    key, _, signed = token.partition(".")
    if scheme.lower() != "bearer" or key != "k1":
        raise Refusal(401, "not_signed_in")
    try:
        until, account, _ = _signer.loads(signed)
    except itsdangerous.BadData:
        raise Refusal(401, "bad_token") from None
    if until <= time.time():
        raise Refusal(401, "bad_token")
    return account


class Store:
    """The three routes' work. Rounds are remembered for five seconds and accounts for two, as MicroWish does."""

    def __init__(self, client):
        self._client = client
        self._remembered = {}

    def show(self, wish_id):
        """One published wish as anybody may see it."""
        return public(self._wish(wish_id)) | {"photos": [], "thanks": None}

    def page(self, round_id, limit=50, cursor=None):
        """The published wishes of a round, longest waiting first."""
        found = self._round(round_id)
        request = {
            "TableName": WISHES,
            "IndexName": "wall",
            "KeyConditionExpression": "wall = :wall",
            "ExpressionAttributeValues": {":wall": {"S": f"{int(found['no']['N'])}#0"}},
            "Limit": limit,
        }
        if cursor:
            request["ExclusiveStartKey"] = json.loads(base64.urlsafe_b64decode(cursor))
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return {
            "items": [public(item) for item in answer["Items"]],
            "next": base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else None,
        }

    def claim(self, wish_id, account):
        """Claim a wish: three items in one transaction. The claim."""
        wish = self._wish(wish_id)
        if wish["st"]["S"] != "published":
            raise Refusal(409, "wish_already_claimed")
        now = datetime.now(timezone.utc)
        at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        found = self._round(wish["rd"]["S"])
        if not found["cf"]["S"] <= at < found["cu"]["S"]:
            raise Refusal(409, "claims_not_open")
        who = self._account(account)
        moved, record = claimed(wish, account, who["cy"]["S"], who["bs"]["S"], now)
        try:
            self._client.transact_write_items(TransactItems=transaction(wish, moved, record, CAPS.get(who["cy"]["S"], 50)))
        except self._client.exceptions.TransactionCanceledException as error:
            codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
            full = codes[2] == "ConditionalCheckFailed" and codes[0] == "None"
            raise Refusal(409, "claim_cap_reached" if full else "wish_already_claimed") from None
        except ClientError:
            raise Refusal(503, "unavailable") from None
        return claim_view(moved, record)

    def _wish(self, wish_id):
        item = self._client.get_item(TableName=WISHES, Key=key(wish_id, "wish")).get("Item")
        if item is None or item["st"]["S"] not in _STATES:
            raise Refusal(404, "not_found")
        return item

    def _round(self, round_id):
        return self._remember(ROUNDS, key("round", f"{int(round_id):06d}"), 5)

    def _account(self, account):
        return self._remember(ACCOUNTS, key(account, "account"), 2)

    def _remember(self, table, where, seconds):
        name = (table, where["pk"]["S"], where["sk"]["S"])
        held = self._remembered.get(name)
        if held is None or held[0] < time.monotonic():
            item = self._client.get_item(TableName=table, Key=where).get("Item")
            if item is None:
                raise Refusal(404, "not_found")
            held = self._remembered[name] = (time.monotonic() + seconds, item)
        return held[1]


def key(pk, sk):
    """A key on the wire."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def text(item, name):
    """A text attribute, None where it is absent."""
    value = item.get(name)
    return value["S"] if value else None


def public(item):
    """What anybody may see of a wish."""
    return {
        "id": item["pk"]["S"],
        "round": item["rd"]["S"],
        "title": item["ti"]["S"],
        "story": text(item, "sy"),
        "kind": item["kd"]["S"],
        "category": item["ct"]["S"],
        "subject": item["sj"]["S"],
        "subdistrict": item["sd"]["S"],
        "wisher_name": text(item, "wn"),
        "age_band": text(item, "ab"),
        "state": item["st"]["S"],
        "published_at": text(item, "pa"),
        "reserved_until": text(item, "ru"),
        "version": int(item["v"]["N"]),
    }


def claimed(wish, account, claimant_type, basis, now):
    """The wish's item after the claim, and the claim's own."""
    at, version = now.strftime("%Y-%m-%dT%H:%M:%SZ"), int(wish["v"]["N"]) + 1
    expires = (now + timedelta(days=CLAIM_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    moved = {name: value for name, value in wish.items() if name not in ("wall", "due", "du", "rf", "ru")} | {
        "st": {"S": "claimed"}, "v": {"N": str(version)}, "cl": {"N": str(version)}, "cb": {"S": account},
        "cy": {"S": claimant_type}, "bs": {"S": basis}, "cd": {"S": at}, "ex": {"S": expires},
    }
    moved["n"] = {"S": narrow(moved)}
    record = key(wish["pk"]["S"], f"claim#{version:06d}") | {
        "ac": {"S": account}, "by": {"S": account}, "r": {"S": "claimant"}, "rd": wish["rd"],
        "cy": {"S": claimant_type}, "bs": {"S": basis}, "cd": {"S": at}, "st": {"S": "live"},
        "or": {"S": f"{now.timestamp() * 1000:014.0f}"},
        "due": {"S": f"claim#{ord(wish['pk']['S'][-1]) % 4}"}, "du": {"S": at},
    }
    return moved, record


def transaction(wish, moved, record, cap):
    """One winner, the cap exact, and the record."""
    account, wish_id = record["ac"]["S"], wish["pk"]["S"]
    return [
        {"Put": {
            "TableName": WISHES, "Item": moved, "ConditionExpression": "v = :v AND rm = :rm",
            "ExpressionAttributeValues": {":v": wish["v"], ":rm": wish["rm"]},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }},
        {"Put": {
            "TableName": CLAIMS, "Item": record, "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }},
        {"Update": {
            "TableName": CLAIMS, "Key": key(f"claimant#{account}", f"quota#{wish['rd']['S']}"),
            "UpdateExpression": "ADD op :wish",
            "ConditionExpression": "attribute_not_exists(op) OR size(op) < :cap",
            "ExpressionAttributeValues": {":wish": {"SS": [wish_id]}, ":cap": {"N": str(cap)}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }},
    ]


def narrow(item):
    """The wish in a line, which the index of the figures holds."""
    return "\x1f".join((
        _STATES[item["st"]["S"]] + item["kd"]["S"][0] + item["sj"]["S"][0] + ("h" if "hi" in item else ""),
        item["ct"]["S"],
        item["sd"]["S"],
        _TYPES[item["cy"]["S"]] + item["bs"]["S"][0],
        text(item, "se") or "",
        moment(item, "da"),
        moment(item, "pa"),
        moment(item, "ra"),
        moment(item, "cd"),
        "",
        "",
        item["ti"]["S"],
        text(item, "no") or "",
        f"-{moment(item, 'ex')}",
    ))


def moment(item, name):
    """A time as hexadecimal seconds, "" where there is none."""
    at = text(item, name)
    return f"{int(datetime.fromisoformat(at.replace('Z', '+00:00')).timestamp()):x}" if at else ""


def claim_view(wish, record):
    """The claim as its claimant sees it."""
    version = int(wish["v"]["N"])
    return {
        "id": f"{wish['pk']['S']}-{version}",
        "wish": wish["pk"]["S"],
        "round": wish["rd"]["S"],
        "title": wish["ti"]["S"],
        "state": "live",
        "stage": None,
        "claimant_type": record["cy"]["S"],
        "basis": record["bs"]["S"],
        "contributors": None,
        "message": None,
        "claimed_at": record["cd"]["S"],
        "expires_at": text(wish, "ex"),
        "extended": False,
        "visit_at": None,
        "delivered_at": None,
        "fulfilled_at": None,
        "ended_at": None,
        "minutes": None,
        "photos": [],
        "thanks": None,
        "version": version,
    }
