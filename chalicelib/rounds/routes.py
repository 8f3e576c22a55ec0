"""The routes of rounds: parse → who may → act → view."""

from typing import Annotated, Any

from msgspec import Meta

from chalicelib.base import clock, paging, settings
from chalicelib.base.bodies import Body
from chalicelib.base.problems import FieldFault, Unprocessable
from chalicelib.base.web import ADMINISTRATORS, ANYONE, Answer, Call, Room
from chalicelib.rounds import actions, carrying, closing, numbers, rescheduling, rules, views
from chalicelib.rounds.figures import Figures

room = Room("rounds")

Time = Annotated[str, Meta(min_length=10, max_length=40)]
Name = Annotated[str, Meta(min_length=1, max_length=60)]


class DatesOf(Body):
    """A subdistrict's own dates, where they differ from the round's."""

    declare_from: Time | None = None
    claim_from: Time | None = None
    claim_until: Time | None = None
    deliver_until: Time | None = None


class OpenBody(Body):
    """POST /v1/rounds. `expected_wishes` sizes the list indexes and cannot be changed later."""

    number: Annotated[int, Meta(ge=1, le=999_999)]
    name: Name
    declare_from: Time
    claim_from: Time
    claim_until: Time
    deliver_until: Time
    overrides: dict[str, DatesOf] | None = None
    expected_wishes: Annotated[int, Meta(ge=1, le=1_000_000)] = 1_000


class ChangeBody(Body):
    """PATCH /v1/rounds/{id}: what is given is replaced."""

    name: Name | None = None
    declare_from: Time | None = None
    claim_from: Time | None = None
    claim_until: Time | None = None
    deliver_until: Time | None = None
    overrides: dict[str, DatesOf] | None = None


class CarryOverBody(Body):
    """POST /v1/rounds/{id}/carry-over. Without `to`: into the lowest-numbered round above it that is not closed."""

    to: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class EmptyBody(Body):
    """An act that needs no words."""


class PageQuery(Body):
    """limit and cursor."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


def _dates(body: Any, prefix: str = "") -> dict[str, str]:
    """The dates given, in UTC. Raises Unprocessable with every one that is no RFC 3339 time."""
    found, faults = {}, []
    for name in rules.DATES:
        text = getattr(body, name)
        if text is None:
            continue
        try:
            found[name] = clock.given(text)
        except ValueError:
            faults.append(FieldFault(prefix + name, "field_time"))
    if faults:
        raise Unprocessable("invalid_fields", errors=faults)
    return found


def _overrides(given: dict[str, DatesOf] | None) -> dict[str, dict[str, str]]:
    unknown = [name for name in given or {} if name not in settings.subdistricts()]
    if unknown:
        raise Unprocessable(
            "invalid_fields", errors=[FieldFault(f"overrides.{name[:40]}", "field_value") for name in unknown]
        )
    return {name: _dates(dates, f"overrides.{name}.") for name, dates in (given or {}).items()}


def _tagged(found: rules.Round, status: int = 200) -> Answer:
    view = views.one(found, clock.stamp())
    return Answer(view, status, {"ETag": f'"{view.version}"'})


@room.route("GET", "/v1/rounds", who=ANYONE, query=PageQuery, gives={200: views.RoundPage})
def list_rounds(call: Call, query: PageQuery) -> Answer:
    """The campaign rounds, highest number first."""
    below = paging.place("rounds", query.cursor, tuple[int])[0] if query.cursor else None
    found = actions.newest_first(query.limit + 1, below)
    shown = found[: query.limit]
    following = paging.cursor("rounds", (shown[-1].number,)) if len(found) > query.limit else None
    return Answer(views.RoundPage([views.one(each, call.at) for each in shown], following))


@room.route("POST", "/v1/rounds", who=ADMINISTRATORS, takes=OpenBody, gives={201: views.RoundView},
            refuses=("round_number_taken",))  # fmt: skip
def open_round(call: Call, body: OpenBody) -> Answer:
    """Open a round."""
    found = actions.open_round(
        body.number,
        body.name,
        _dates(body),
        _overrides(body.overrides),
        body.expected_wishes,
        call.idempotency_key,
        call.fingerprint,
    )
    return _tagged(found, 201)


@room.route("GET", "/v1/rounds/{round_id}", who=ANYONE, gives={200: views.RoundView}, refuses=("no_current_round",))
def show_round(call: Call, round_id: str) -> Answer:
    """One round; `current` is the highest-numbered one open for claims."""
    return _tagged(actions.get(round_id))


@room.route("PATCH", "/v1/rounds/{round_id}", who=ADMINISTRATORS, takes=ChangeBody, gives={200: views.RoundView},
            refuses=("stale", "round_closed"), edits=True)  # fmt: skip
def change_round(call: Call, body: ChangeBody, round_id: str) -> Answer:
    """Change a round's name, dates or a subdistrict's dates."""
    fields: dict[str, Any] = dict(_dates(body))
    if body.name is not None:
        fields["name"] = body.name
    if body.overrides is not None:
        fields["overrides"] = _overrides(body.overrides)
    return _tagged(rescheduling.change(actions.get(round_id).id, call.if_match or 0, fields))


@room.route("POST", "/v1/rounds/{round_id}/close", who=ADMINISTRATORS, takes=EmptyBody, gives={200: views.RoundView},
            refuses=("round_busy",))  # fmt: skip
def close_round(call: Call, body: EmptyBody, round_id: str) -> Answer:
    """Close a round for good: what nobody claimed is closed, and the summary is made."""
    return _tagged(closing.close(actions.get(round_id).id, call.caller, call.idempotency_key))


@room.route("POST", "/v1/rounds/{round_id}/carry-over", who=ADMINISTRATORS, takes=CarryOverBody,
            gives={200: views.CarriedOverView},
            refuses=("round_busy", "round_not_closed", "no_next_round", "next_round_closed",
                     "already_carried"))  # fmt: skip
def carry_over(call: Call, body: CarryOverBody, round_id: str) -> Answer:
    """Carry every wish nobody granted into the next round, first in line there, with its receipt."""
    done = carrying.carry_over(actions.get(round_id).id, body.to, call.caller, call.idempotency_key)
    counts = (done.carried, done.already, done.left, done.total, done.done)
    return Answer(views.CarriedOverView(done.source.id, done.target.id, *counts))


@room.route("GET", "/v1/rounds/{round_id}/statistics", who=ANYONE, gives={200: Figures})
def show_statistics(call: Call, round_id: str) -> Answer:
    """The round's live public numbers, with their age."""
    return Answer(numbers.live(actions.get(round_id)))
