"""The round's lock: one holder at a time, for as long as it works, and nobody waits for a holder that is gone."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.base import tables
from chalicelib.base.problems import Conflict, Unavailable
from chalicelib.rounds import locking
from chalicelib.rounds.locking import locked
from chalicelib.rounds.records import Lock
from tests.world import World


def held(round_id: str) -> Lock | None:
    return next(iter(Lock.query(f"lock#{round_id}", consistent_read=True)), None)


def is_busy(act: Callable[[], object]) -> bool:
    with pytest.raises(Conflict) as refusal:
        act()
    return refusal.value.code == "round_busy" and "Retry-After" in refusal.value.headers


def enter(round_id: str, holder: str) -> None:
    with locked(round_id, holder):
        return


def runs_out(patch: pytest.MonkeyPatch) -> None:
    """Let every lock taken from now on be out of time already."""
    patch.setattr(locking, "LOCK_SECONDS", -1)


def a_while_passes(hold: locking.Hold) -> None:
    hold._told -= locking.BEAT_SECONDS + 1


def test_a_second_holder_is_told_that_the_round_is_busy_and_the_same_one_comes_in(world: World) -> None:
    with locked(world.round_id, "import#1"):
        assert is_busy(lambda: enter(world.round_id, "import#2"))
        enter(world.round_id, "import#1")

    assert held(world.round_id) is None


def test_whoever_works_on_keeps_the_lock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(world.round_id, "import#1") as hold:
        monkeypatch.setattr(locking, "LOCK_SECONDS", 500)
        hold.beat()
        assert held(world.round_id).until <= time.time() + 60  # type: ignore[union-attr]

        a_while_passes(hold)
        hold.beat()

        assert held(world.round_id).until > time.time() + 400  # type: ignore[union-attr]


def test_whoever_lost_the_lock_hears_of_it_and_writes_nothing_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs_out(monkeypatch)
    with locked(world.round_id, "import#1") as hold, locked(world.round_id, "import#2"):
        a_while_passes(hold)
        assert is_busy(hold.beat)
        with pytest.raises(tables.Refused):
            tables.commit([hold.still()])
        assert held(world.round_id).holder == "import#2"  # type: ignore[union-attr]


def test_the_one_who_took_over_keeps_it_when_the_late_one_leaves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    runs_out(monkeypatch)
    late = locked(world.round_id, "import#1")
    late.__enter__()
    with locked(world.round_id, "import#2"):
        late.__exit__(None, None, None)

        assert held(world.round_id).holder == "import#2"  # type: ignore[union-attr]


def test_a_write_that_somebody_else_got_in_the_way_of_is_told_as_busy(world: World) -> None:
    def work() -> None:
        with locked(world.round_id, "import#1"):
            raise tables.Refused({})

    assert is_busy(work)
    assert held(world.round_id) is None


def test_a_lock_that_landed_without_an_answer_holds_nobody_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    put = tables.put

    def lands_unheard(*parts: Any) -> bool:
        put(*parts)
        raise Unavailable("dynamodb: ReadTimeoutError")

    with monkeypatch.context() as patch:
        patch.setattr(tables, "put", lands_unheard)
        with pytest.raises(Unavailable):
            enter(world.round_id, "close#1")

    enter(world.round_id, "close#2")


def test_a_lock_that_cannot_be_given_back_does_not_undo_what_was_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_gone(parts: Any) -> None:
        raise Unavailable("dynamodb: gone")

    with monkeypatch.context() as patch, locked(world.round_id, "close#1"):
        patch.setattr(tables, "commit", is_gone)

    assert held(world.round_id).holder == "close#1"  # type: ignore[union-attr]
    enter(world.round_id, "close#1")
    assert held(world.round_id) is None
