"""Which stage a command works on: the local run, or one of .chalice/config.json on AWS."""

import json
import os

from dev import settings
from dev.emulator import CHECKOUT, local_aws

LOCAL = "local"


class Refused(Exception):
    """Why a command does nothing; the text is for people."""


def enter(stage: str, endpoint: str | None) -> None:
    """Point this process at the stage, with the caller's own AWS credentials, or at an emulator's `endpoint`.

    Raises Refused for a stage there is not, and for the local run without its endpoint.
    """
    if stage == LOCAL:
        if endpoint is None:
            raise Refused("The local run needs --endpoint: make run prints it when it is up.")
        settings.enter(endpoint)
        return
    stages = json.loads((CHECKOUT / ".chalice" / "config.json").read_text(encoding="utf-8"))["stages"]
    if stage not in stages:
        raise Refused(f"There is no stage {stage}; there are: {', '.join([LOCAL, *sorted(stages)])}.")
    os.environ.update(local_aws(endpoint) if endpoint else {})
    os.environ.update(stages[stage]["environment_variables"])
