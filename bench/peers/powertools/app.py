"""The three routes on Powertools' resolver and boto3's low-level client."""

import json

import boto3
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from store import Refusal, Store, account_of

store = Store(boto3.client("dynamodb"))
resolver = APIGatewayRestResolver()


def answered(body, status=200):
    headers = {"Cache-Control": "no-store"}
    if "version" in body:
        headers["ETag"] = f'"{body["version"]}"'
    return Response(status, "application/json", json.dumps(body, ensure_ascii=False), headers=headers)


@resolver.get("/v1/wishes/<wish_id>")
def show_wish(wish_id: str):
    return answered(store.show(wish_id))


@resolver.get("/v1/wishes")
def list_wishes():
    query = resolver.current_event.query_string_parameters
    return answered(store.page(query["round"], int(query.get("limit", 50)), query.get("cursor")))


@resolver.post("/v1/wishes/<wish_id>/claim")
def claim_wish(wish_id: str):
    json.loads(resolver.current_event.body or "{}")
    return answered(store.claim(wish_id, account_of(resolver.current_event.headers.get("authorization"))), 201)


@resolver.exception_handler(Refusal)
def refused(refusal: Refusal):
    return answered({"code": refusal.code}, refusal.status)


def app(event, context):
    return resolver.resolve(event, context)
