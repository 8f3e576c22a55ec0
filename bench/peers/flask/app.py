"""The three routes on Flask behind apig-wsgi, and boto3's low-level client."""

import boto3
from apig_wsgi import make_lambda_handler
from flask import Flask, jsonify, request
from store import Refusal, Store, account_of

store = Store(boto3.client("dynamodb"))
flask = Flask("wishes")
flask.json.ensure_ascii = False
flask.json.sort_keys = False


def answered(body, status=200):
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if "version" in body:
        response.headers["ETag"] = f'"{body["version"]}"'
    return response


@flask.get("/v1/wishes/<wish_id>")
def show_wish(wish_id: str):
    return answered(store.show(wish_id))


@flask.get("/v1/wishes")
def list_wishes():
    query = request.args
    return answered(store.page(query["round"], query.get("limit", 50, int), query.get("cursor")))


@flask.post("/v1/wishes/<wish_id>/claim")
def claim_wish(wish_id: str):
    request.get_json()
    return answered(store.claim(wish_id, account_of(request.headers.get("Authorization"))), 201)


@flask.errorhandler(Refusal)
def refused(refusal: Refusal):
    return answered({"code": refusal.code}, refusal.status)


app = make_lambda_handler(flask.wsgi_app)
