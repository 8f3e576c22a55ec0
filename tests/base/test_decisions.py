"""Every decision in docs/adr has a number of its own, and what refers to one refers to one that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs/adr").glob("*.md"))
NUMBERS = [page.name[:4] for page in DECISIONS]
PLACES = ["chalicelib", "dev", "docs", "bench", "tests", ".chalice"]


def test_each_has_a_number_of_its_own() -> None:
    assert len(set(NUMBERS)) == len(NUMBERS)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_its_heading_says_its_number(page: Path) -> None:
    assert re.match(rf"# {page.name[:4]} \S", page.read_text("utf-8"))


def test_whoever_names_one_names_one_that_is_there() -> None:
    named = {
        (str(file.relative_to(ROOT)), number)
        for place in PLACES
        for file in (ROOT / place).rglob("*")
        if file.suffix in {".py", ".md", ".yaml", ".json", ".txt"}
        for number in re.findall(r"(?:adr/|ADR )(\d{4})", file.read_text("utf-8"))
    }

    assert named
    assert [each for each in sorted(named) if each[1] not in NUMBERS] == []
