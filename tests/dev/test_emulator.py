"""The local AWS as a child process: kept state, saving without stopping, and no orphan."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from dev import kept
from dev.emulator import CHECKOUT, REGION, Emulator, local_aws
from dev.resources import create_all

pytestmark = pytest.mark.local

_LEAVES_WITHOUT_A_WORD = """
import os, sys
from pathlib import Path
from dev import kept
from dev.emulator import Emulator
from dev.resources import create_all
directory = Path(sys.argv[1])
lock = kept.lock(directory)
kept.sign(lock, 8000)
emulator = Emulator(directory / "state", lock=lock.fileno()).start()
create_all("trial", emulator.endpoint)
os.kill(os.getpid(), 9)
"""


def rounds(emulator: Emulator) -> Any:
    local = local_aws(emulator.endpoint)
    return botocore.session.get_session().create_client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=emulator.endpoint,
        aws_access_key_id=local["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=local["AWS_SECRET_ACCESS_KEY"],
    )


def put(emulator: Emulator, name: str) -> None:
    rounds(emulator).put_item(TableName="trial-rounds", Item={"pk": {"S": name}, "sk": {"S": "-"}})


def kept_rounds(state: Path) -> set[str]:
    with Emulator(state) as emulator:
        items = rounds(emulator).scan(TableName="trial-rounds")["Items"]
    return {item["pk"]["S"] for item in items}


def test_data_saved_while_running_survive_a_kill_and_a_stop_keeps_the_rest(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path / "state").start()
    create_all("trial", emulator.endpoint)
    put(emulator, "saved")
    emulator.save()
    put(emulator, "lost")
    emulator.kill()
    emulator.stop()

    with Emulator(tmp_path / "state") as again:
        put(again, "stopped")

    assert kept_rounds(tmp_path / "state") == {"saved", "stopped"}


def test_without_a_state_directory_nothing_is_kept_and_nothing_is_left_behind() -> None:
    with Emulator() as emulator:
        create_all("trial", emulator.endpoint)
        put(emulator, "anything")
        directory = emulator._directory()

    assert not directory.exists()
    assert not emulator.alive()


def test_when_the_parent_is_killed_the_emulator_saves_ends_and_gives_the_lock_back(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _LEAVES_WITHOUT_A_WORD, str(tmp_path)],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        timeout=30,
    )

    with kept.lock(tmp_path):  # waits for the emulator's end
        tables = (tmp_path / "state" / "dynamodb.json").read_text()

    assert killed.returncode == -9
    assert "trial-rounds" in tables
