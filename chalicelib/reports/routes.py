"""The routes of reports: parse → who may → act → view."""

from typing import Annotated

from msgspec import Meta

from chalicelib.base import paging
from chalicelib.base.bodies import Body
from chalicelib.base.web import ADMINISTRATORS, READERS, Answer, Call, Room
from chalicelib.reports import actions, views
from chalicelib.rounds import actions as rounds

room = Room("reports")


class EmptyBody(Body):
    """An act that needs no words."""


class PageQuery(Body):
    """limit and cursor."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


@room.route("GET", "/v1/rounds/{round_id}/reports", who=READERS, query=PageQuery, gives={200: views.ReportPage})
def list_reports(call: Call, query: PageQuery, round_id: str) -> Answer:
    """The editions of a round's summary, newest first, with links that expire.

    Administrators get the full workbook, with names and phones, for thirty days; observers the masked one.
    """
    found = rounds.get(round_id)
    name = f"reports#{found.id}"
    below = paging.place(name, query.cursor, tuple[int])[0] if query.cursor else None
    editions = actions.listed(found.id, query.limit + 1, below)
    shown = editions[: query.limit]
    following = paging.cursor(name, (int(shown[-1].number),)) if len(editions) > query.limit else None
    actions.handed_out(shown, call.caller, "listed")
    full = call.caller.is_administrator
    return Answer(views.ReportPage([views.one(edition, full=full, at=call.at) for edition in shown], following))


@room.route("POST", "/v1/rounds/{round_id}/reports", who=ADMINISTRATORS, takes=EmptyBody, gives={201: views.Report},
            refuses=("report_busy",))  # fmt: skip
def make_report(call: Call, body: EmptyBody, round_id: str) -> Answer:
    """Make a summary of the round as it is now: the next numbered edition."""
    found = rounds.get(round_id)
    name = actions.demand_name(call.idempotency_key)
    edition = actions.make(found, "demand", name, call.caller.account)
    actions.handed_out([edition], call.caller, "exported")
    return Answer(views.one(edition, full=True, at=call.at), 201)
