"""Deploying, as far as it can be said without a stack; `make rehearse` does the rest."""

import json
import re
from typing import Any

import pytest

from dev import deploy
from dev.emulator import CHECKOUT
from dev.rehearse import readme_commands

CONFIG = json.loads((CHECKOUT / ".chalice" / "config.json").read_text(encoding="utf-8"))
RUNBOOK = (CHECKOUT / "docs" / "runbook.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d+) \| (.+) \|$", re.MULTILINE)


def change(kind: str, action: str, replacement: str = "False") -> dict[str, Any]:
    return {"ResourceType": kind, "Action": action, "Replacement": replacement, "LogicalResourceId": "It"}


@pytest.mark.parametrize("kind", sorted(deploy.KEEPS_DATA))
@pytest.mark.parametrize(
    ("action", "replacement"), [("Remove", "False"), ("Modify", "True"), ("Modify", "Conditional")]
)
def test_what_keeps_data_is_neither_removed_nor_replaced(kind: str, action: str, replacement: str) -> None:
    assert deploy.endangered([change(kind, action, replacement)]) == ["It"]


def test_everything_else_may_change() -> None:
    changes = [
        change("AWS::DynamoDB::Table", "Modify"),
        change("AWS::DynamoDB::Table", "Add"),
        change("AWS::Lambda::Function", "Remove"),
        change("AWS::ApiGateway::Deployment", "Modify", "True"),
    ]

    assert deploy.endangered(changes) == []


@pytest.mark.parametrize(("region", "name"), [("cn-north-1", "sam.aws-cn.json"), ("eu-central-1", "sam.json")])
def test_each_partition_has_its_template(region: str, name: str) -> None:
    assert deploy.template_for(region) == name


def test_every_function_runs_the_code_that_was_uploaded() -> None:
    template = {"Resources": {"A": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./x.zip"}}}}

    found = deploy.located(template, "bucket", "key")

    assert found["Resources"]["A"]["Properties"]["CodeUri"] == {"Bucket": "bucket", "Key": "key"}


def test_the_readmes_commands_are_found_in_their_order() -> None:
    commands = readme_commands((CHECKOUT / "README.md").read_text(encoding="utf-8"))

    assert [command.split()[1] for command in commands] == ["package", "deploy", "admin"]


@pytest.mark.parametrize("stage", sorted(CONFIG["stages"]))
def test_the_runbook_gives_a_reason_for_every_functions_memory_and_time_out(stage: str) -> None:
    told = {name: (int(memory), int(seconds)) for name, memory, seconds, reason in ROW.findall(RUNBOOK) if reason}
    settings = CONFIG["stages"][stage]
    wanted = {"api": (settings["lambda_memory_size"], settings["lambda_timeout"])} | {
        name: (function["lambda_memory_size"], function["lambda_timeout"])
        for name, function in settings["lambda_functions"].items()
    }

    assert told == wanted
