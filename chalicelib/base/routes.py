"""The routes that belong to no room: health, and the API's own description."""

import msgspec

from chalicelib.base import health, openapi, settings
from chalicelib.base.web import ANYONE, Answer, Call, Room

room = Room("base")


class Health(msgspec.Struct, frozen=True):
    """The platform answers, and what it stands on does."""

    status: str
    stage: str


@room.route("GET", "/health", who=ANYONE, gives={200: Health})
def show_health(call: Call) -> Answer:
    """Whether the platform and what it stands on answer: 503 where the tables, the key or the secrets do not."""
    health.require_all()
    return Answer(Health("ok", settings.stage()))


@room.route("GET", "/openapi.json", who=ANYONE, gives={200: dict})
def show_openapi(call: Call) -> Answer:
    """This description, OpenAPI 3.1."""
    return Answer(openapi.text(), headers={"Content-Type": "application/json"})


@room.route("GET", "/docs", who=ANYONE, gives={200: str})
def show_docs(call: Call) -> Answer:
    """This description as a page, readable without any other host."""
    return Answer(openapi.page(call.language), headers={"Content-Type": "text/html; charset=utf-8"})
