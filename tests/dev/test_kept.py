"""The data directory: one run at a time, and nothing damaged in it."""

from pathlib import Path

import pytest

from dev import kept


def test_a_second_run_is_told_where_the_first_one_serves(tmp_path: Path) -> None:
    with kept.lock(tmp_path) as first:
        kept.sign(first, 8123)

        with pytest.raises(kept.InUse, match="8123"):
            kept.lock(tmp_path)


def test_the_directory_is_free_again_after_a_run(tmp_path: Path) -> None:
    with kept.lock(tmp_path) as first:
        kept.sign(first, 8123)

    with kept.lock(tmp_path) as second:
        kept.sign(second, 8124)

    assert (tmp_path / "lock").read_text().endswith(" 8124")


def test_damaged_data_are_set_aside_whole(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "ssm.json").write_text("{}")
    (state / "dynamodb.json").write_text('{"payload": {"tab')

    aside = kept.set_aside_if_damaged(state)

    assert aside is not None
    assert not state.exists()
    assert (aside / "ssm.json").read_text() == "{}"


def test_sound_or_missing_data_stay_where_they_are(tmp_path: Path) -> None:
    state = tmp_path / "state"

    assert kept.set_aside_if_damaged(state) is None
    state.mkdir()
    (state / "ssm.json").write_text('{"a": 1}')
    assert kept.set_aside_if_damaged(state) is None
    assert (state / "ssm.json").exists()
