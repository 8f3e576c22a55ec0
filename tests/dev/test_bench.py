"""The benchmark measures what it says: peers that do the same, targets told as met or missed, sections kept apart."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import canned, measuring, row

PEERS = Path(measuring.__file__).with_name("peers")
CHECKOUT = PEERS.parent.parent


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bench") / "plan.json"
    canned.write(place)
    return place


def answers(tree: Path, plan: Path) -> measuring.Said:
    """What the function in `tree` answers to the three routes, run with the libraries of this Python."""
    run = [sys.executable, "-B", str(measuring.PROGRAM), "each", str(tree), str(plan), *measuring.ROUTES]
    return measuring.said(tree.name, run)


@pytest.fixture(scope="module")
def ours(plan: Path) -> measuring.Said:
    return answers(CHECKOUT, plan)


@pytest.mark.parametrize("name", ["floor", "chalice"])
def test_a_peer_gives_the_same_answers_for_the_same_calls(
    name: str, plan: Path, ours: measuring.Said, tmp_path: Path
) -> None:
    tree = tmp_path / name
    tree.mkdir()
    shutil.copyfile(PEERS / name / "app.py", tree / "app.py")
    shutil.copyfile(PEERS / "store.py", tree / "store.py")

    theirs = answers(tree, plan)

    for route in measuring.ROUTES:
        measuring.require_same(name, route, theirs[route], ours[route])


def test_a_peer_that_leaves_a_field_out_is_found(ours: measuring.Said) -> None:
    shown = ours["show"]
    lacking = {name: value for name, value in json.loads(shown["body"]).items() if name != "title"}

    with pytest.raises(measuring.NotTheSame):
        measuring.require_same("peer", "show", shown | {"body": json.dumps(lacking)}, shown)


def test_a_peer_that_asks_dynamodb_less_is_found(ours: measuring.Said) -> None:
    with pytest.raises(measuring.NotTheSame):
        measuring.require_same("peer", "claim", ours["claim"] | {"asked": []}, ours["claim"])


@pytest.mark.parametrize(("measured", "met"), [(0.4, True), (0.41, False)])
def test_a_target_is_met_at_its_number_and_missed_above_it(measured: float, met: bool) -> None:
    assert row("a start", measured, "x", 0.4)["met"] is met


def test_what_cannot_be_measured_here_is_neither_met_nor_missed() -> None:
    assert row("instructions", "not measurable here", "", 0.4)["met"] is None


def test_a_section_that_is_measured_leaves_the_others_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {"rush": {"rows": [row("writes", 75, "x")]}}
    place = tmp_path / "results.json"
    place.write_text(json.dumps(kept), encoding="utf-8")
    document = tmp_path / "benchmarks.md"
    document.write_text("Words.\n" + command._MARK + "an old table", encoding="utf-8")
    monkeypatch.setattr(command, "RESULTS", place)
    monkeypatch.setattr(command, "DOCUMENT", document)
    monkeypatch.setattr(command, "SECTIONS", ("one",))
    monkeypatch.setitem(sys.modules, "bench.one", type("One", (), {"run": lambda say: {"rows": [row("a", 2, "x", 1)]}}))

    assert command.main(["one"]) == 0

    found = json.loads(place.read_text(encoding="utf-8"))
    assert found["rush"] == kept["rush"]
    assert found["one"]["rows"][0]["met"] is False
    assert "MISSED" in capsys.readouterr().out
    assert document.read_text(encoding="utf-8").startswith("Words.\n")
    assert "| a | 2 x | <= 1 | MISSED |" in document.read_text(encoding="utf-8")


def test_the_document_shows_what_was_measured_last() -> None:
    kept = json.loads(command.RESULTS.read_text(encoding="utf-8"))

    assert command.DOCUMENT.read_text(encoding="utf-8").endswith(command._MARK + command.markdown(kept))


def test_a_section_nobody_knows_is_refused() -> None:
    assert command.main(["colder"]) == 1


def test_peers_are_pinned_to_the_sdk_we_ship() -> None:
    ours = (CHECKOUT / "requirements.txt").read_text(encoding="utf-8").split()
    sdk = next(line for line in ours if line.startswith("botocore=="))

    assert all(sdk in file.read_text(encoding="utf-8").split() for file in PEERS.glob("*/requirements.txt"))
