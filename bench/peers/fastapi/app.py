"""The three routes on FastAPI behind Mangum, with response models as FastAPI means them, and boto3's client."""

from typing import Annotated

import boto3
from fastapi import FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse
from mangum import Mangum
from pydantic import BaseModel
from store import Refusal, Store, account_of

store = Store(boto3.client("dynamodb"))
api = FastAPI(openapi_url=None)


class WishRow(BaseModel):
    id: str
    round: str
    title: str | None
    story: str | None
    kind: str
    category: str
    subject: str
    subdistrict: str
    wisher_name: str | None
    age_band: str | None
    state: str
    published_at: str | None
    reserved_until: str | None
    version: int


class ShownWish(WishRow):
    photos: list[str]
    thanks: str | None


class WishPage(BaseModel):
    items: list[WishRow]
    next: str | None


class ClaimBody(BaseModel):
    contributors: int | None = None
    message: str | None = None


class ClaimView(BaseModel):
    id: str
    wish: str
    round: str
    title: str | None
    state: str
    stage: str | None
    claimant_type: str
    basis: str
    contributors: int | None
    message: str | None
    claimed_at: str
    expires_at: str | None
    extended: bool
    visit_at: str | None
    delivered_at: str | None
    fulfilled_at: str | None
    ended_at: str | None
    minutes: int | None
    photos: list[str]
    thanks: str | None
    version: int


def tagged(response: Response, body: dict) -> dict:
    response.headers["Cache-Control"] = "no-store"
    if "version" in body:
        response.headers["ETag"] = f'"{body["version"]}"'
    return body


# `async`: nothing else runs in this process, and a thread pool would only cost.
@api.get("/v1/wishes/{wish_id}", response_model=ShownWish)
async def show_wish(wish_id: str, response: Response):
    return tagged(response, store.show(wish_id))


@api.get("/v1/wishes", response_model=WishPage)
async def list_wishes(response: Response, round: str, state: str = "published", limit: int = 50, cursor: str = ""):
    return tagged(response, store.page(round, limit, cursor))


@api.post("/v1/wishes/{wish_id}/claim", response_model=ClaimView, status_code=201)
async def claim_wish(
    wish_id: str, body: ClaimBody, response: Response, authorization: Annotated[str | None, Header()] = None
):
    return tagged(response, store.claim(wish_id, account_of(authorization)))


@api.exception_handler(Refusal)
async def refused(request: Request, refusal: Refusal):
    return JSONResponse({"code": refusal.code}, refusal.status)


app = Mangum(api, lifespan="off")
