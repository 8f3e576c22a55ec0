"""The routes of the desk: parse → who may → act → view."""

from typing import Annotated

from msgspec import Meta

from chalicelib.base.bodies import Body
from chalicelib.base.web import REVIEWERS, Answer, Call, Room
from chalicelib.desk import batch, reading, shapes, views
from chalicelib.wishes.change import Attempt

room = Room("desk")

RoundId = Annotated[str, Meta(min_length=1, max_length=40)]
Subdistrict = Annotated[str, Meta(min_length=1, max_length=60)]


class DeskQuery(Body):
    """Whose work is shown: of a round (default: the current one), of one subdistrict or all of the caller's."""

    round: RoundId | None = None
    subdistrict: Subdistrict | None = None


class ForgottenQuery(DeskQuery):
    """The same, page by page."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


@room.route("GET", "/v1/desk", who=REVIEWERS, query=DeskQuery, gives={200: views.DeskView})
def show_desk(call: Call, query: DeskQuery) -> Answer:
    """What waits for the caller: queues with counts and the longest waiting, within their subdistricts."""
    return Answer(reading.desk(call.caller, query.round, query.subdistrict, call.at))


@room.route("GET", "/v1/desk/forgotten", who=REVIEWERS, query=ForgottenQuery, gives={200: views.ForgottenPage},
            refuses=("bad_cursor",))  # fmt: skip
def list_forgotten(call: Call, query: ForgottenQuery) -> Answer:
    """The forgotten wishes, oldest first: unclaimed too long, claimed and stalled, delivered and never confirmed."""
    page = reading.forgotten(call.caller, query.round, query.subdistrict, query.limit, query.cursor, call.at)
    return Answer(page)


@room.route("POST", "/v1/desk/batch", who=REVIEWERS, takes=shapes.BatchBody, gives={200: shapes.BatchResult})
def act_on_many(call: Call, body: shapes.BatchBody) -> Answer:
    """Verify, publish, return, reject or remind up to 100 wishes: one result per item, none stops the others.

    Each item is the single act: who may, what is refused and what is told are the same. `remind` asks a claimant to
    go on, the wisher's side to confirm, or a declarer to amend, once a day at most.
    """
    attempt = Attempt(call.caller, call.idempotency_key, call.fingerprint, call.at)
    return Answer(batch.run(body, attempt, call.language))
