"""The three routes as plain Chalice with pynamodb models: what one writes from their two tutorials."""

import base64
import hashlib
import json
import os
import time
from datetime import datetime, timedelta, timezone

import itsdangerous
from chalice import Chalice, Response
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import size
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

PREFIX, REGION = os.environ["TABLE_PREFIX"], os.environ["AWS_REGION"]
CAPS = {"citizen": 3, "party_member": 3}
_STATES = {"published": "p", "claimed": "c"}
_TYPES = {
    "party_member": "m", "party_organisation": "o", "company": "c", "social_organisation": "s", "citizen": "z",
}

app = Chalice(app_name="wishes")
connection = Connection(region=REGION)
_signer = itsdangerous.URLSafeSerializer(
    os.environ["TOKEN_SECRET"],
    salt="access",
    signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
)
_remembered = {}


class Wall(GlobalSecondaryIndex):
    class Meta:
        index_name = "wall"
        projection = IncludeProjection(["v", "st", "rd", "kd", "ct", "sj", "ti", "sy", "sb", "sd", "wn", "ab", "ru"])

    wall = UnicodeAttribute(hash_key=True)
    pa = UnicodeAttribute(range_key=True)


class Wish(Model):
    class Meta:
        table_name = f"{PREFIX}-wishes"
        region = REGION

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(attr_name="v", default=1)
    state = UnicodeAttribute(attr_name="st")
    hidden = BooleanAttribute(attr_name="hi", null=True)
    round = UnicodeAttribute(attr_name="rd")
    shard = NumberAttribute(attr_name="sh", default=0)
    source = UnicodeAttribute(attr_name="no", null=True)
    fingerprint = UnicodeAttribute(attr_name="fp", null=True)
    receipt = UnicodeAttribute(attr_name="rc")
    kind = UnicodeAttribute(attr_name="kd")
    category = UnicodeAttribute(attr_name="ct")
    subject = UnicodeAttribute(attr_name="sj")
    team_size = NumberAttribute(attr_name="ts", null=True)
    title = UnicodeAttribute(attr_name="ti")
    story = UnicodeAttribute(attr_name="sy", null=True)
    story_beside = BooleanAttribute(attr_name="sb", null=True)
    subdistrict = UnicodeAttribute(attr_name="sd")
    committee = UnicodeAttribute(attr_name="cm")
    wisher_name = UnicodeAttribute(attr_name="wn", null=True)
    age_band = UnicodeAttribute(attr_name="ab", null=True)
    consents = UnicodeAttribute(attr_name="cs", null=True)
    declarer = UnicodeAttribute(attr_name="db", null=True)
    contact = UnicodeAttribute(attr_name="ca", null=True)
    declared_at = UnicodeAttribute(attr_name="da")
    published_at = UnicodeAttribute(attr_name="pa", null=True)
    claim = NumberAttribute(attr_name="cl", null=True)
    claims_before = NumberAttribute(attr_name="cn", null=True)
    claimant = UnicodeAttribute(attr_name="cb", null=True)
    claimant_type = UnicodeAttribute(attr_name="cy", null=True)
    basis = UnicodeAttribute(attr_name="bs", null=True)
    sector = UnicodeAttribute(attr_name="se", null=True)
    claimed_at = UnicodeAttribute(attr_name="cd", null=True)
    expires_at = UnicodeAttribute(attr_name="ex", null=True)
    reserved_until = UnicodeAttribute(attr_name="ru", null=True)
    wall = UnicodeAttribute(attr_name="wall", null=True)
    narrow_key = UnicodeAttribute(attr_name="nk", null=True)
    line = UnicodeAttribute(attr_name="n", null=True)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)
    reminded = NumberAttribute(attr_name="rm", null=True)
    on_the_wall = Wall()


class Claim(Model):
    class Meta:
        table_name = f"{PREFIX}-claims"
        region = REGION

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account = UnicodeAttribute(attr_name="ac")
    by = UnicodeAttribute(attr_name="by")
    role = UnicodeAttribute(attr_name="r")
    round = UnicodeAttribute(attr_name="rd")
    claimant_type = UnicodeAttribute(attr_name="cy")
    basis = UnicodeAttribute(attr_name="bs")
    claimed_at = UnicodeAttribute(attr_name="cd")
    order = UnicodeAttribute(attr_name="or")
    state = UnicodeAttribute(attr_name="st", default="live")
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


class Quota(Model):
    class Meta:
        table_name = f"{PREFIX}-claims"
        region = REGION

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    open = UnicodeSetAttribute(attr_name="op", null=True)


class Round(Model):
    class Meta:
        table_name = f"{PREFIX}-rounds"
        region = REGION

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    number = NumberAttribute(attr_name="no")
    claim_from = UnicodeAttribute(attr_name="cf")
    claim_until = UnicodeAttribute(attr_name="cu")


class Account(Model):
    class Meta:
        table_name = f"{PREFIX}-accounts"
        region = REGION

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    claimant_type = UnicodeAttribute(attr_name="cy", default="citizen")
    basis = UnicodeAttribute(attr_name="bs", default="declared")


class Refusal(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


@app.route("/v1/wishes/{wish_id}")
def show_wish(wish_id):
    return answered(lambda: public(wish_of(wish_id)) | {"photos": [], "thanks": None})


@app.route("/v1/wishes")
def list_wishes():
    query = app.current_request.query_params
    return answered(lambda: page(query["round"], int(query.get("limit", 50)), query.get("cursor")))


@app.route("/v1/wishes/{wish_id}/claim", methods=["POST"])
def claim_wish(wish_id):
    request = app.current_request
    request.json_body  # noqa: B018 - refused by Chalice where it is no JSON
    return answered(lambda: claim(wish_id, account_of(request.headers.get("authorization"))), 201)


def answered(work, status=200):
    try:
        body = work()
    except Refusal as refusal:
        status, body = refusal.status, {"code": refusal.code}
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if "version" in body:
        headers["ETag"] = f'"{body["version"]}"'
    return Response(body, headers=headers, status_code=status)


def account_of(header):
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


def page(round_id, limit, cursor):
    found = remembered(Round, "round", f"{int(round_id):06d}", 5)
    after = json.loads(base64.urlsafe_b64decode(cursor)) if cursor else None
    results = Wish.on_the_wall.query(f"{int(found.number)}#0", limit=limit, last_evaluated_key=after)
    items = [public(wish) for wish in results]
    last = results.last_evaluated_key
    return {"items": items, "next": base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else None}


def claim(wish_id, account):
    wish = wish_of(wish_id)
    if wish.state != "published":
        raise Refusal(409, "wish_already_claimed")
    now = datetime.now(timezone.utc)
    at = stamp(now)
    found = remembered(Round, "round", f"{int(wish.round):06d}", 5)
    if not found.claim_from <= at < found.claim_until:
        raise Refusal(409, "claims_not_open")
    who = remembered(Account, account, "account", 2)
    version, count = int(wish.version), int(wish.reminded)
    wish.state, wish.version, wish.claim, wish.claimant = "claimed", version + 1, version + 1, account
    wish.claimant_type, wish.basis = who.claimant_type, who.basis
    wish.claimed_at, wish.expires_at = at, stamp(now + timedelta(days=7))
    wish.wall = wish.due = wish.due_at = None
    wish.line = narrow(wish)
    record = Claim(
        wish_id, f"claim#{version + 1:06d}", account=account, by=account, role="claimant", round=wish.round,
        claimant_type=who.claimant_type, basis=who.basis, claimed_at=at, order=f"{now.timestamp() * 1000:014.0f}",
        due=f"claim#{ord(wish_id[-1]) % 4}", due_at=at,
    )
    room = Quota.open.does_not_exist() | (size(Quota.open) < CAPS.get(who.claimant_type, 50))
    try:
        with TransactWrite(connection=connection) as transaction:
            transaction.save(
                wish, condition=(Wish.version == version) & (Wish.reminded == count), return_values="ALL_OLD"
            )
            transaction.save(record, condition=Claim.pk.does_not_exist(), return_values="ALL_OLD")
            transaction.update(
                Quota(f"claimant#{account}", f"quota#{wish.round}"), actions=[Quota.open.add({wish_id})],
                condition=room, return_values="ALL_OLD",
            )
    except TransactWriteError as error:
        codes = [reason.code if reason else "None" for reason in error.cancellation_reasons]
        full = codes[2:] == ["ConditionalCheckFailed"] and codes[0] == "None"
        raise Refusal(409, "claim_cap_reached" if full else "wish_already_claimed") from None
    return claim_view(wish, record)


def wish_of(wish_id):
    try:
        wish = Wish.get(wish_id, "wish")
    except DoesNotExist:
        raise Refusal(404, "not_found") from None
    if wish.state not in _STATES:
        raise Refusal(404, "not_found")
    return wish


def remembered(model, pk, sk, seconds):
    held = _remembered.get((model, pk, sk))
    if held is None or held[0] < time.monotonic():
        try:
            held = _remembered[model, pk, sk] = (time.monotonic() + seconds, model.get(pk, sk))
        except DoesNotExist:
            raise Refusal(404, "not_found") from None
    return held[1]


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def public(wish):
    return {
        "id": wish.pk, "round": wish.round, "title": wish.title, "story": wish.story, "kind": wish.kind,
        "category": wish.category, "subject": wish.subject, "subdistrict": wish.subdistrict,
        "wisher_name": wish.wisher_name, "age_band": wish.age_band, "state": wish.state,
        "published_at": wish.published_at, "reserved_until": wish.reserved_until, "version": int(wish.version),
    }


def narrow(wish):
    return "\x1f".join((
        _STATES[wish.state] + wish.kind[0] + wish.subject[0] + ("h" if wish.hidden else ""),
        wish.category, wish.subdistrict, _TYPES[wish.claimant_type] + wish.basis[0], wish.sector or "",
        seconds(wish.declared_at), seconds(wish.published_at), "", seconds(wish.claimed_at), "", "",
        wish.title, wish.source or "", f"-{seconds(wish.expires_at)}",
    ))


def seconds(at):
    return f"{int(datetime.fromisoformat(at.replace('Z', '+00:00')).timestamp()):x}" if at else ""


def claim_view(wish, record):
    return {
        "id": f"{wish.pk}-{int(wish.version)}", "wish": wish.pk, "round": wish.round, "title": wish.title,
        "state": "live", "stage": None, "claimant_type": record.claimant_type, "basis": record.basis,
        "contributors": None, "message": None, "claimed_at": record.claimed_at, "expires_at": wish.expires_at,
        "extended": False, "visit_at": None, "delivered_at": None, "fulfilled_at": None, "ended_at": None,
        "minutes": None, "photos": [], "thanks": None, "version": int(wish.version),
    }
