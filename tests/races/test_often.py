"""The table of races: every one quality.md names, fifty rounds of sixteen, each a test that is there."""

import re
from pathlib import Path

from tests.races.often import RACES

HERE = Path(__file__).parent


def test_every_race_runs_fifty_rounds_of_sixteen() -> None:
    assert {name for name, race in RACES.items() if race.rounds < 50 or race.contenders < 16} == set()


def test_every_race_is_a_test_and_only_one() -> None:
    defined = [
        name for module in HERE.glob("test_*.py") for name in re.findall(r"^def (test_\w+)", module.read_text(), re.M)
    ]

    assert [defined.count(race.test) for race in RACES.values()] == [1] * len(RACES)
