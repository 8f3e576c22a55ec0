"""Reading the desk: a round's cached narrow lines, cut to what the caller is responsible for."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, get_args

from chalicelib.base import clock, paging, settings, workdays
from chalicelib.base.callers import Caller
from chalicelib.base.problems import BadRequest, FieldFault, NotFound
from chalicelib.base.words import WishState
from chalicelib.desk import rules, views
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Round
from chalicelib.wishes import listing
from chalicelib.wishes.narrow import Narrow

ROWS_SHOWN: Final = 5
Place = tuple[int, paging.Id]
"""Where a page of forgotten wishes ended: (waiting since, id)."""


def desk(caller: Caller, round_id: str | None, subdistrict: str | None, at: str) -> views.DeskView:
    """The desk's queues and counts within the caller's scope. Raises BadRequest for a round or subdistrict that is
    unknown, or one that is not the caller's."""
    found, lines = _in_scope(caller, round_id, subdistrict)
    now, counts = clock.seconds(at), Counter(line.state for line in lines)
    queues = rules.queues(lines, now, workdays.configured())
    return views.DeskView(
        round=found.id if found else None,
        subdistrict=subdistrict,
        as_of=at,
        counts={state: counts[state] for state in get_args(WishState)},
        queues={name: views.queue(queue, ROWS_SHOWN, now) for name, queue in queues.items()},
    )


def forgotten(
    caller: Caller, round_id: str | None, subdistrict: str | None, limit: int, cursor: str | None, at: str
) -> views.ForgottenPage:
    """A page of the forgotten wishes within the caller's scope, oldest first. Raises BadRequest as `desk` does."""
    found, lines = _in_scope(caller, round_id, subdistrict)
    name, now = f"forgotten#{found.id if found else ''}#{subdistrict or ''}", clock.seconds(at)
    after = paging.place(name, cursor, Place) if cursor else None
    waiting = rules.forgotten(lines, now, settings.number("FORGOTTEN_DAYS", rules.FORGOTTEN_DAYS))
    rest = [each for each in waiting if after is None or rules.place(each) > after]
    shown = rest[:limit]
    following = paging.cursor(name, rules.place(shown[-1])) if len(rest) > limit else None
    return views.ForgottenPage([views.row(each, now) for each in shown], following)


def _in_scope(caller: Caller, round_id: str | None, subdistrict: str | None) -> tuple[Round | None, Sequence[Narrow]]:
    if subdistrict is not None and not (subdistrict in settings.subdistricts() and caller.reviews(subdistrict)):
        raise BadRequest("bad_parameter", errors=[FieldFault("subdistrict", "field_value")], name="subdistrict")
    found = _round(round_id)
    if found is None:
        return None, []
    lines = listing.snapshot(found.id, found.shards)
    if subdistrict is not None:
        return found, [line for line in lines if line.subdistrict == subdistrict]
    return found, [line for line in lines if caller.reviews(line.subdistrict)]


def _round(round_id: str | None) -> Round | None:
    """The round asked for. Without one: the current, and between two claim windows the newest that is not closed, for
    there is work to do before one opens and after it ends; else the newest of all."""
    try:
        return rounds.get(round_id or "current")
    except NotFound:
        if round_id not in (None, "current"):
            raise BadRequest("bad_parameter", errors=[FieldFault("round", "field_value")], name="round") from None
    known = rounds.newest_first(100)
    return next((each for each in known if each.closed_at is None), next(iter(known), None))
