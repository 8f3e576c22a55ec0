"""The full workbook of a round of 20,000 wishes, made as the scheduled function makes it: time, memory, bytes.

Every wish has its sealed person, three of four a standing claim with an account behind it; the summary is the whole of
it: figures, four files, both editions. A process of its own makes each, as a Lambda would, and makes it twice at the
same moment: the bytes must be the same. Its peak memory is compared with that of a round of 5,000.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from bench import Found, Say, row, stack
from chalicelib.base import aws, clock, sealing, settings
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import listing
from tests.costs import many_wishes

SIZES: Final = tuple(int(each) for each in os.environ.get("WORKBOOK_WISHES", "5000,20000").split(","))
_CLAIMANTS: Final = 2_000
_PAGE: Final = 1_000
_AT_ONCE: Final = 25  # BatchWriteItem's limit
_CHECKOUT: Final = Path(__file__).resolve().parent.parent
_LAMBDA_MB: Final = 1_024
_LAMBDA_SECONDS: Final = 300


def run(say: Say) -> Found:
    """A small round and a big one."""
    found: list[dict[str, Any]] = []
    with stack.fresh("workbook") as (anyone, variables):
        before = clock.later(clock.stamp(), days=-30)
        staff, people = anyone.staff(), _people()
        for number, size in enumerate(SIZES, 2):
            say(f"{size:,} wishes being written")
            round_id = staff.open_round(number, expected_wishes=size, declare_from=before, claim_from=before)
            _fill(round_id, size, people)
            say("the summary is being made, twice")
            found.append(_made(variables, round_id) | {"wishes": size})
            say(f"{found[-1]['wall']} s, {found[-1]['cpu']} s CPU, {found[-1]['peak_mb']} MB")
    small, big = found[0], found[-1]
    rows = [
        row(f"summary and full workbook of {big['wishes']:,} wishes, time", big["wall"], "s", _LAMBDA_SECONDS),
        row("the same, CPU", big["cpu"], "s"),
        row("the same, peak memory", big["peak_mb"], "MB", _LAMBDA_MB),
        row(f"peak memory against a round of {small['wishes']:,}", big["peak_mb"] / small["peak_mb"], "x"),
        stack.exactly("files that differ when it is made again", len(big["differ"]) + len(small["differ"]), "", 0),
    ]
    return {"rows": rows, "runs": found}


def _people() -> list[str]:
    """The accounts of those who claim."""
    from chalicelib.accounts import actions as accounts
    from chalicelib.base import tables

    made, batch = [], tables.Batch()
    for number in range(_CLAIMANTS):
        account, parts = accounts.birth_of(f"+86170002{number:05d}", f"爱心人士{number}")
        batch.add(parts)
        made.append(account)
    batch.flush()
    return made


def _fill(round_id: str, size: int, people: list[str]) -> None:
    """Wishes, and beside each what an administrator's edition opens: the sealed person, the claim."""
    shards = rounds.get(round_id).shards
    for start in range(0, size, _PAGE):
        many_wishes.store(round_id, range(start, min(start + _PAGE, size)), shards, clock.stamp())
    lines = listing.snapshot(round_id, shards, fresh=True)
    _put("wishes", [_sealed(line.id, number) for number, line in enumerate(lines)])
    claimed = [line.id for line in lines if line.claimed_at]
    _put("claims", [_claim(wish, round_id, people[each % len(people)]) for each, wish in enumerate(claimed)])


def _sealed(wish: str, number: int) -> dict[str, Any]:
    from chalicelib.wishes import records, shapes

    content = shapes.Sealed(
        wisher=shapes.Wisher(
            f"许愿人{number}", phone=f"170000{number % 100_000:05d}", birth_year=1948, address=f"某路{number}号"
        ),
        declared_by=shapes.Declarer(by_self=True),
        consent=shapes.Consent(True, True, False, False, "self", "signed", clock.stamp(), "1"),
        circumstances=shapes.Circumstances(difficulty="低保", monthly_income=1_200, household_size=2),
    )
    sealed = sealing.seal("wishes", wish, content)
    return records.SealedWish(wish, "sealed", sealed=sealed).serialize()


def _claim(wish: str, round_id: str, account: str) -> dict[str, Any]:
    from chalicelib.claims import records

    return records.ClaimRecord(
        wish,
        records.sort_key(4),
        account=account,
        by=account,
        round=round_id,
        claimant_type="party_member",
        basis="roster",
        claimed_at=clock.stamp(),
    ).to_dynamodb_dict()


def _put(room: str, items: list[dict[str, Any]]) -> None:
    table = f"{settings.table_prefix()}-{room}"
    for start in range(0, len(items), _AT_ONCE):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + _AT_ONCE]]
        aws.client("dynamodb").batch_write_item(RequestItems={table: puts})


def _made(variables: dict[str, str], round_id: str) -> dict[str, Any]:
    """What a process of its own says of the summary it made."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.one_summary", round_id],
        env=os.environ | variables,
        cwd=_CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found
