"""The rush: 20,000 claimants over 414 wishes with a cap of three, in processes against the local AWS.

    wishes      the 414 of the first register, imported, verified and published through the API
    eager       300 people who send ten tries at once, through all processes: the cap has to hold them
    all others  two tries each, in two waves: a wish of the wall's first page, then any other

Every try is one request of the API with a token of its own. Afterwards the books are checked against the items
themselves (tests/races/books.py): one standing claim a wish, histories whole, quotas exact, figures true.

What the naive design writes is computed from the same tries: a conditional update each, whether it wins or not. In
units: one for each that fails, as AWS bills the wish's item all the same, and for a won claim what ours costs. That
flatters it: an exact cap would cost it a second update. Our refused transactions count in full, two units an item.
The units can't differ as much as the writes: 414 won claims cost either design its 4,140.
"""

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

from bench import Found, Say, row, stack
from tests.people import Api, Staff, verification

CLAIMANTS: Final = int(os.environ.get("RUSH_CLAIMANTS", "20000"))
TRIES: Final = 2
EAGER: Final = 300
TRIES_OF_THE_EAGER: Final = 10
CAP: Final = 3
PROCESSES: Final = 16
_TOP: Final = 50  # wishes on the first page of the wall
_ITEMS_OF_A_CLAIM: Final = 3
_PATIENCE: Final = 3_600.0


class Try(NamedTuple):
    """One claimant's request for one wish."""

    account: str
    token: str
    wish: str


class Tally(NamedTuple):
    """What one process saw: answers by (status, code), claims won, and its calls of DynamoDB by (operation, items)."""

    answers: Counter[tuple[int, str]]
    won: list[tuple[str, str]]
    calls: Counter[tuple[str, int, bool]]
    read: float
    write: float


def run(say: Say) -> Found:
    """20,000 claimants; some minutes."""
    with stack.fresh("rush") as (anyone, variables):
        staff = anyone.staff()
        found = staff.open_round(2, declare_from="2016-01-01T00:00:00Z", expected_wishes=500)
        wishes = _published(staff, found)
        say(f"{len(wishes)} wishes published; {CLAIMANTS:,} accounts being made")
        claimants = _claimants(CLAIMANTS)
        shares = _shares(claimants, wishes, random.Random(20160201))
        say(f"{sum(map(len, shares)):,} tries in {PROCESSES} processes")
        started = time.monotonic()
        tally = _rush(variables, shares)
        seconds = time.monotonic() - started
        say(f"over in {seconds:.0f} s; the books are checked")
        return _judged(found, tally, len(wishes), seconds)


def _published(staff: Staff, round_id: str) -> list[str]:
    """The ids of the register's wishes, on the wall, in its order."""
    from chalicelib.rounds import actions as rounds
    from chalicelib.wishes import listing
    from tests.costs.many_wishes import REGISTER

    staff.administrator.must(
        "POST",
        "/v1/imports",
        raw=REGISTER.read_bytes(),
        headers={"Content-Type": "text/csv"},
        kind="wishes",
        round=round_id,
    )
    lines = sorted(listing.snapshot(round_id, rounds.get(round_id).shards, fresh=True), key=lambda line: line.source)
    for line in lines:
        staff.liaison.must("POST", f"/v1/wishes/{line.id}/verify", verification())
        _publish(staff, line.id)
    return [line.id for line in lines]


def _publish(staff: Staff, wish: str) -> None:
    answer = staff.liaison.post(f"/v1/wishes/{wish}/publish", {})
    if answer.status >= 300:  # the text is not clear: the reviewer has looked at what was found
        cleared = [each["text"] for each in answer.json["found"]]
        staff.liaison.must("POST", f"/v1/wishes/{wish}/publish", {"cleared": cleared})


def _claimants(many: int) -> list[tuple[str, str]]:
    """(account, token) of so many citizens who have signed in."""
    from chalicelib.accounts import actions as accounts
    from chalicelib.accounts import tokens
    from chalicelib.base import tables

    born, batch = [], tables.Batch()
    for number in range(many):
        account, parts = accounts.birth_of(f"+86170001{number:05d}")
        batch.add(parts)
        born.append((account, tokens.sign("access", account, 0, seconds=24 * 3600)))
    batch.flush()
    return born


def _shares(claimants: Sequence[tuple[str, str]], wishes: Sequence[str], chance: random.Random) -> list[list[Try]]:
    """What each process sends, in its order: the eager ones first, then wave by wave."""
    eager, others = claimants[:EAGER], list(claimants[EAGER:])
    hands = [Try(*who, wish) for who in eager for wish in chance.sample(wishes, TRIES_OF_THE_EAGER)]
    chance.shuffle(hands)
    top = list(wishes[:_TOP])
    wanted = {who: [chance.choice(top), chance.choice(wishes[_TOP:])] for who in others}
    for wave in range(TRIES):
        chance.shuffle(others)
        hands += [Try(*who, wanted[who][wave]) for who in others]
    return [hands[number::PROCESSES] for number in range(PROCESSES)]


def _rush(variables: dict[str, str], shares: Sequence[list[Try]]) -> Tally:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.races.warmed_up", "tests.people", "bench.rush"])
    gate, pipes, processes = context.Barrier(len(shares)), list[Connection](), []
    for share in shares:
        mine, theirs = context.Pipe()
        process = context.Process(target=_contend, args=(theirs, gate), daemon=True)
        process.start()
        mine.send((variables, share))
        pipes.append(mine)
        processes.append(process)
    tallies: list[Tally] = []
    for pipe in pipes:
        if not pipe.poll(_PATIENCE):
            raise TimeoutError("a process of the rush does not answer")
        tallies.append(pipe.recv())
    for process in processes:
        process.join()
    return Tally(
        sum((each.answers for each in tallies), Counter()),
        [won for each in tallies for won in each.won],
        sum((each.calls for each in tallies), Counter()),
        sum(each.read for each in tallies),
        sum(each.write for each in tallies),
    )


def _contend(pipe: Connection, gate: Any) -> None:
    """One process: as many requests as it was given, one after the other."""
    import logging

    from dev.meter import metered

    variables, share = pipe.recv()
    os.environ.update(variables)
    logging.disable()
    answers, won = Counter[tuple[int, str]](), list[tuple[str, str]]()
    with metered() as meter:
        gate.wait(_PATIENCE)
        for account, token, wish in share:
            reply = Api(token).post(f"/v1/wishes/{wish}/claim", {})
            answers[reply.status, "" if reply.status < 400 else reply.code] += 1
            if reply.status == 201:
                won.append((account, wish))
    calls = Counter((call.operation, call.items, call.write > 0) for call in meter.calls)
    pipe.send(Tally(answers, won, calls, meter.read, meter.write))


def _judged(round_id: str, tally: Tally, wishes: int, seconds: float) -> Found:
    from tests.races import books

    books.in_order(round_id)  # raises where a claim, a quota, a history or a figure is not what it must be
    winners, held = Counter(wish for _, wish in tally.won), Counter(account for account, _ in tally.won)
    tries = tally.answers.total()
    transactions = Counter({won: n for (operation, _, won), n in tally.calls.items() if operation.startswith("Trans")})
    won, refused = transactions[True], transactions[False]
    units = tally.write + refused * 2 * _ITEMS_OF_A_CLAIM
    a_win = tally.write / max(1, won)
    naive_units = (tries - won) + won * a_win
    lost_read = (tally.read - 2 * (won + refused)) / max(1, tries - won - refused)
    failed = sum(number for (status, _), number in tally.answers.items() if status >= 500)
    rows = [
        stack.exactly("wishes with more or less than one winner", sum(n != 1 for n in winners.values()), "", 0),
        stack.exactly("wishes won", len(winners), "", wishes),
        row("most claims of one claimant (the cap)", max(held.values()), "", CAP),
        stack.exactly("requests answered 500 or above", failed, "", 0),
        row("a won claim, write units", a_win, "WU", 10),
        row("a claim lost, read units", max(0.0, lost_read), "RU", 0.5),
        stack.at_least("writes sent, naive conditional updates against ours", tries / (won + refused), "x", 50),
        row("write units, refused transactions billed in full, naive against ours", naive_units / units, "x"),
    ]  # fmt: skip
    return {
        "rows": rows,
        "claimants": CLAIMANTS,
        "tries": tries,
        "processes": PROCESSES,
        "seconds": round(seconds, 1),
        "answers": {f"{status} {code}".strip(): n for (status, code), n in sorted(tally.answers.items())},
        "write_transactions": {"won": won, "refused": refused},
        "write_units": units,
        "naive_write_units": naive_units,
        "read_units": tally.read,
        "books": "in order",
    }
