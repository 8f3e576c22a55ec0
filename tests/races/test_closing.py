"""A close against whatever would bring an open wish into the round: that came first and is closed, or it is refused."""

from itertools import count

import pytest

from chalicelib.base import clock
from chalicelib.reminders import actions as schedules
from chalicelib.reports.records import Edition
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import carrying
from chalicelib.wishes import listing
from chalicelib.wishes.narrow import Narrow
from tests.people import Api, Staff, wish
from tests.races import books
from tests.races.between import doing, on_the_wire
from tests.races.contenders import Contenders, Request

pytestmark = pytest.mark.races

_numbers = count(800)
MOST_CALLS = 30


def close(staff: Staff, found: str) -> None:
    staff.administrator.must("POST", f"/v1/rounds/{found}/close", {})


def states(found: str) -> list[str]:
    return sorted(str(each.state) for each in books.every_wish(found))


def a_minute_later() -> None:
    with clock.pinned(clock.moment(clock.later(clock.stamp(), minutes=2))):
        schedules.sweep()


def test_a_close_at_any_moment_of_a_declaration_leaves_no_open_wish(staff: Staff) -> None:
    ended = set()
    for before in range(1, MOST_CALLS):
        found = staff.open_round(next(_numbers))
        with on_the_wire(doing(lambda found=found: close(staff, found), before=before)) as wire:  # type: ignore[misc]
            reply = staff.citizen.post("/v1/wishes", wish(found))
        if wire.calls < before:
            break
        ended.add((reply.status, tuple(states(found))))
        books.in_order(found)

    assert ended == {(409, ())}


def test_a_close_at_any_moment_of_a_release_leaves_no_open_wish(staff: Staff) -> None:
    for before in range(1, MOST_CALLS):
        found = staff.open_round(next(_numbers))
        _, claim = staff.claimed(found)
        with on_the_wire(doing(lambda found=found: close(staff, found), before=before)) as wire:  # type: ignore[misc]
            reply = staff.member.post(f"/v1/claims/{claim['id']}/release", {})
        if wire.calls < before:
            break
        assert (reply.status, states(found)) == (200, ["closed"])
        books.in_order(found)


def test_a_process_that_remembers_the_round_as_open_takes_no_wish_into_it(
    staff: Staff, contenders: Contenders, anyone: Api
) -> None:
    found = staff.open_round(next(_numbers))
    staff.citizen.must("POST", "/v1/wishes", wish(found))  # this process remembers the round for some seconds
    (closed,) = contenders.race([Request(staff.administrator.token, "POST", f"/v1/rounds/{found}/close", {})])

    reply = staff.citizen.post("/v1/wishes", wish(found))

    assert (closed.status, reply.code, states(found)) == (200, "declaring_not_open", ["closed"])


def test_declarations_during_the_close_are_closed_or_refused(staff: Staff, contenders: Contenders) -> None:
    for _ in range(4):
        found = staff.open_round(next(_numbers))
        declare = Request(staff.citizen.token, "POST", "/v1/wishes", wish(found))

        *declared, closed = contenders.race(
            [*[declare] * 9, Request(staff.administrator.token, "POST", f"/v1/rounds/{found}/close", {})]
        )

        assert closed.status == 200
        assert {outcome.status for outcome in declared} <= {201, 409}
        assert states(found) == ["closed"] * sum(outcome.status == 201 for outcome in declared)
        books.in_order(found)


def test_what_the_index_did_not_show_yet_is_closed_by_the_second_look(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = staff.open_round(next(_numbers))
    late, _ = staff.published(found)["id"], staff.published(found)["id"]
    snapshot = listing.snapshot

    def lagging(*asked: object, **how: object) -> list[Narrow]:
        return [line for line in snapshot(*asked, **how) if line.id != late]  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(listing, "snapshot", lagging)
        close(staff, found)
    assert states(found) == ["closed", "published"]

    a_minute_later()
    assert states(found) == ["closed", "closed"]
    a_minute_later()

    assert rounds.fetch(found).looked_at is not None
    editions = list(Edition.query(found, Edition.sk.startswith("edition#"), consistent_read=True))
    assert len(editions) == 2  # the frozen one, and its correction
    books.in_order(found)


def test_a_round_that_was_closed_whole_is_looked_over_once(staff: Staff) -> None:
    found = staff.open_round(next(_numbers))
    staff.published(found)
    close(staff, found)

    for _ in range(3):
        a_minute_later()

    assert rounds.fetch(found).looked_at is not None
    assert len(list(Edition.query(found, Edition.sk.startswith("edition#"), consistent_read=True))) == 1


def test_two_carry_overs_at_once_take_every_wish_along_once(staff: Staff, contenders: Contenders) -> None:
    for _ in range(3):
        old, new = staff.open_round(next(_numbers)), staff.open_round(next(_numbers))
        for _ in range(5):
            staff.published(old)
        close(staff, old)
        request = Request(staff.administrator.token, "POST", f"/v1/rounds/{old}/carry-over", {"to": new})

        outcomes = contenders.race([request] * 3)

        assert {outcome.status for outcome in outcomes} <= {200, 409}
        assert {outcome.code for outcome in outcomes} <= {"", "round_busy"}
        assert states(new) == ["published"] * 5
        books.in_order(old)
        books.in_order(new)


def test_a_carry_over_that_died_is_finished_by_the_sweep(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = staff.open_round(next(_numbers)), staff.open_round(next(_numbers))
    for _ in range(3):
        staff.published(old)
    close(staff, old)
    with monkeypatch.context() as patch:
        patch.setattr(carrying, "BUDGET_SECONDS", -1.0)
        reply = staff.administrator.post(f"/v1/rounds/{old}/carry-over", {"to": new})
    assert (reply.json["carried"], reply.json["done"], states(new)) == (0, False, [])

    a_minute_later()

    assert states(new) == ["published"] * 3
    assert rounds.fetch(old).carried_at is not None


def test_the_next_round_closed_while_it_is_carried_into_holds_no_open_wish(staff: Staff) -> None:
    for before in range(1, MOST_CALLS):
        old, new = staff.open_round(next(_numbers)), staff.open_round(next(_numbers))
        staff.published(old)
        close(staff, old)
        body = {"to": new}
        ended: list[int] = []

        def close_next(new: str = new, ended: list[int] = ended) -> None:
            ended.append(staff.administrator.post(f"/v1/rounds/{new}/close", {}).status)

        with on_the_wire(doing(close_next, before=before)) as wire:
            reply = staff.administrator.post(f"/v1/rounds/{old}/carry-over", body)
        if wire.calls < before:
            break
        assert {reply.status, *ended} <= {200, 409}
        if rounds.fetch(new).closed_at:
            assert "published" not in states(new)
