"""All four formats: the same bytes for the same data, in whatever order it was read."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.reports import actions
from chalicelib.reports.rules import summary
from chalicelib.wishes.narrow import Narrow
from tests.reports.register_lines import AS_OF, ROUND, editions, many_lines, round_one, wish

HOUSE = Path(__file__).parents[2]


@given(many_lines, st.randoms())
@settings(max_examples=15, deadline=None)
def test_shuffled_lines_give_identical_bytes_in_all_four_formats(lines: list[Narrow], chance) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)

    assert editions(shuffled) == editions(lines)


def test_round_one_read_backwards_gives_identical_bytes() -> None:
    lines = round_one()

    assert editions(lines[::-1]) == editions(lines)


def test_the_time_zone_of_the_machine_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    here = editions([wish("claimed")])
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()

    there = editions([wish("claimed")])

    monkeypatch.undo()
    time.tzset()
    assert there == here


def test_one_wish_more_changes_all_four() -> None:
    one, two = editions([wish()]), editions([wish(), wish(id="w2")])

    assert all(one[form] != two[form] for form in one)


def test_a_later_moment_is_told_in_all_four() -> None:
    now = editions([wish()])
    later = editions([wish()], summary([wish()], ROUND, AS_OF.replace("03-01", "03-02")))

    assert all(now[form] != later[form] for form in now)


def test_nobody_works_on_an_edition_longer_than_they_hold_it() -> None:
    """Else the next would take it over beside them, and one edition be of two moments."""
    config = json.loads((HOUSE / ".chalice/config.json").read_text("utf-8"))
    for stage in config["stages"].values():
        scheduled = (stage["lambda_functions"][name]["lambda_timeout"] for name in ("summaries", "sweep"))

        assert max(scheduled) < actions._LEASE_SECONDS
        assert stage["lambda_timeout"] < actions._LEASE_ON_DEMAND_SECONDS
