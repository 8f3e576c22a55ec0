"""Bulk operations: two at once, and one killed half-way. All, eventually, or none; and none of it twice."""

from collections import Counter

import pytest

from chalicelib.base import clock, files, tables
from chalicelib.imports import actions as imports
from chalicelib.imports import records as jobs
from chalicelib.reports import actions as reports
from chalicelib.reports import records as editions
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import locking
from tests.costs.many_wishes import CLAIMS, REGISTER
from tests.people import Api, Reply, Staff
from tests.races import books
from tests.races.between import Killed, doing, dying, on_the_wire
from tests.races.contenders import Contenders, Request, Schedule

pytestmark = pytest.mark.races

ROWS = 414
CSV = {"Content-Type": "text/csv"}
BEGUN = {"declare_from": "2016-01-01T00:00:00Z"}


@pytest.fixture
def killed_after(monkeypatch: pytest.MonkeyPatch):
    """Make the n-th transaction of the next bulk operation the last thing this process does."""

    def arm(transactions: int) -> None:
        left = [transactions]
        flush = tables.Batch.flush

        def flush_or_die(batch: tables.Batch) -> None:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            flush(batch)

        monkeypatch.setattr(tables.Batch, "flush", flush_or_die)

    return arm


def _import(caller: Api, round_id: str, kind: str = "wishes", key: str = "") -> Request:
    content = (REGISTER if kind == "wishes" else CLAIMS).read_bytes()
    return Request(
        caller.token, "POST", "/v1/imports", raw=content, headers=CSV, key=key, query={"kind": kind, "round": round_id}
    )


def test_one_register_imported_twice_at_once_is_in_once(staff: Staff, contenders: Contenders, anyone: Api) -> None:
    found = staff.open_round(501, **BEGUN)

    outcomes = contenders.race([_import(staff.administrator, found), _import(staff.liaison, found)])

    counts = Counter(outcome.json.get("created", outcome.code) for outcome in outcomes)
    assert counts in ({ROWS: 1, "round_busy": 1}, {ROWS: 1, 0: 1})
    assert len(books.every_wish(found)) == ROWS
    books.in_order(found)


@pytest.mark.parametrize("before", [3, 4, 5, 7])
def test_an_importer_that_gets_in_beside_another_leaves_one_register_and_a_busy_round(
    before: int, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = staff.open_round(520 + before, **BEGUN)
    monkeypatch.setattr(locking, "LOCK_SECONDS", -1)  # the first one's lock has run out before it is done
    rows = b"".join(REGISTER.read_bytes().splitlines(keepends=True)[:31])
    ended = []

    def bring_in() -> Reply:
        return staff.administrator.call("POST", "/v1/imports", raw=rows, headers=CSV, kind="wishes", round=found)

    with on_the_wire(doing(lambda: ended.append(bring_in()), before=before), only_writes=True):
        ended.append(bring_in())

    assert {reply.status for reply in ended} <= {200, 409}
    assert [reply.code for reply in ended if reply.status == 409] in ([], ["round_busy"])
    assert 200 in {reply.status for reply in ended}
    assert len(books.every_wish(found)) == 30
    books.in_order(found)


@pytest.mark.parametrize(("kind", "transactions"), [("wishes", 7), ("claims", 5)])
def test_an_import_killed_half_way_is_finished_by_the_next_run(
    kind: str, transactions: int, staff: Staff, killed_after, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = staff.open_round(510 + transactions, **BEGUN)
    content = {"wishes": REGISTER.read_bytes(), "claims": CLAIMS.read_bytes()}
    if kind == "claims":
        staff.administrator.must("POST", "/v1/imports", raw=content["wishes"], headers=CSV, kind="wishes", round=found)
    killed_after(transactions)

    with pytest.raises(Killed):
        staff.administrator.call("POST", "/v1/imports", raw=content[kind], headers=CSV, kind=kind, round=found)

    monkeypatch.undo()
    states = Counter(wish.state for wish in books.every_wish(found))
    assert states["fulfilled"] + states["claimed"] < ROWS if kind == "claims" else states["submitted"] < ROWS
    with clock.pinned(clock.moment(clock.later(clock.stamp(), minutes=5))):
        assert imports.work()["ended"] >= 1
    states = Counter(wish.state for wish in books.every_wish(found))
    assert sum(states.values()) == ROWS
    assert "submitted" not in states or kind == "wishes"
    assert imports.unfinished(clock.later(clock.stamp(), days=1)) == []
    job = next(iter(jobs.Job.scan(jobs.Job.round == found)))
    assert job.state == "done"
    assert files.get(f"imports/{job.pk}") is None
    books.in_order(found)


def test_summaries_at_once_make_one_edition_a_round(staff: Staff, contenders: Contenders, round_id: str) -> None:
    staff.claimed(round_id)
    at = clock.stamp()

    outcomes = contenders.race([Schedule("summarise", at)] * 4)

    assert {outcome.status for outcome in outcomes} == {200}
    made = list(editions.Edition.query(round_id, editions.Edition.sk.startswith("edition#"), consistent_read=True))
    assert len(made) == 1
    _latest_is_whole(round_id)


def test_a_summary_killed_before_any_of_its_writes_never_shows_by_halves(
    staff: Staff, round_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.claimed(round_id)
    found = rounds.fetch(round_id)
    first = reports.make(found, "daily", "daily#1")
    shown = [int(first.number)]

    for survives in range(1, 20):  # number, job, four files, the full workbook, edition, job done, latest, its pointer
        try:
            with on_the_wire(dying(survives), only_writes=True):
                reports.make(found, "daily", f"daily#killed-{survives}")
        except Killed:
            _latest_is_whole(round_id)
            shown.append(editions.latest(round_id))
        else:
            break

    written = survives - 1
    assert written == 11
    assert shown == sorted(shown)
    assert shown[:9] == [first.number] * 9  # up to the write of the edition nothing of it shows
    _lease_runs_out(monkeypatch)
    for killed in range(1, written + 1):
        again = reports.make(found, "daily", f"daily#killed-{killed}")
        assert editions.latest(round_id) >= again.number
        _latest_is_whole(round_id)
    numbers = [int(each.number) for each in editions.newest_first(round_id, 100, None)]
    assert len(numbers) == len(set(numbers)) == 1 + written + 1


def _lease_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    later = time.time() + 3600
    monkeypatch.setattr(reports.time, "time", lambda: later)


def _latest_is_whole(round_id: str) -> None:
    """What `latest` names, in the table and in S3, is there with all its files, the full edition's included."""
    import msgspec

    number = editions.latest(round_id)
    pointer = files.get(f"rounds/{round_id}/latest.json")
    assert pointer is not None
    pointed = int(msgspec.json.decode(pointer)["edition"])
    assert pointed <= number  # the pointer in S3 follows the table's; killed in between, it names the one before
    for each in {number, pointed}:
        _edition_is_whole(round_id, each)


def _edition_is_whole(round_id: str, number: int) -> None:
    edition = editions.edition(round_id, number)
    assert edition is not None
    assert sorted(form for form, _, _ in edition.files) == ["csv", "html", "json", "xlsx"]
    for _, name, size in edition.files:
        content = files.get(name)
        assert content is not None
        assert len(content) == size
    full = files.get(reports.full_name(f"rounds/{round_id}/summary-{number}.xlsx"))
    assert full is not None
    assert len(full) == edition.full


def test_claims_during_the_close_are_won_or_refused_and_nothing_in_between(
    staff: Staff, contenders: Contenders, anyone: Api
) -> None:
    rivals = [anyone.sign_in(f"1790009{number:04d}") for number in range(7)]
    for turn in range(3):
        found = staff.open_round(600 + turn)
        wishes = [staff.published(found)["id"] for _ in rivals]
        claims = [
            Request(rival.token, "POST", f"/v1/wishes/{each}/claim", {})
            for rival, each in zip(rivals, wishes, strict=True)
        ]

        *outcomes, closed = contenders.race(
            [*claims, Request(staff.administrator.token, "POST", f"/v1/rounds/{found}/close", {})]
        )

        assert closed.status == 200
        states = {wish.pk: wish.state for wish in books.every_wish(found)}
        for each, outcome in zip(wishes, outcomes, strict=True):
            assert (outcome.status, states[each]) in {(201, "claimed"), (409, "closed"), (404, "closed")}
        assert rounds.fetch(found).settled_at is not None
        books.in_order(found)
