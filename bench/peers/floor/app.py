"""The floor: one botocore client and a dictionary of routes, no framework."""

import json

import botocore.session
from store import Refusal, Store, account_of

store = Store(botocore.session.get_session().create_client("dynamodb"))


def show(event):
    return 200, store.show(event["pathParameters"]["wish_id"])


def page(event):
    query = event["queryStringParameters"] or {}
    return 200, store.page(query["round"], int(query.get("limit", 50)), query.get("cursor"))


def claim(event):
    headers = {name.lower(): value for name, value in event["headers"].items()}
    json.loads(event["body"] or "{}")
    return 201, store.claim(event["pathParameters"]["wish_id"], account_of(headers.get("authorization")))


ROUTES = {
    ("GET", "/v1/wishes/{wish_id}"): show,
    ("GET", "/v1/wishes"): page,
    ("POST", "/v1/wishes/{wish_id}/claim"): claim,
}


def app(event, context):
    try:
        status, body = ROUTES[event["httpMethod"], event["resource"]](event)
    except Refusal as refusal:
        status, body = refusal.status, {"code": refusal.code}
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if "version" in body:
        headers["ETag"] = f'"{body["version"]}"'
    return {"statusCode": status, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}
