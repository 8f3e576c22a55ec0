"""What an operator does from outside the API: `python -m dev.admin <command> --stage <stage>`; docs/runbook.md.

One module for each family of commands; it adds its own with `add`, and each command names the function that does it.
Exit status: 0 done, or nothing to do; 1 refused, with the reason; 2 wrong usage; 3 AWS does not answer, or does not
allow it.
"""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.base.problems import Problem, Unavailable
from dev import admin_accounts, admin_keys, admin_privacy, admin_registers, stages
from dev.steps import say

FAMILIES = (admin_accounts, admin_keys, admin_privacy, admin_registers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command; its exit status."""
    given = _parser().parse_args(arguments)
    try:
        stages.enter(given.stage, given.endpoint)
        for line in given.run(given):
            say(line)
    except stages.Refused as refusal:
        say(str(refusal))
        return 1
    except (BotoCoreError, ClientError, PynamoDBException, Unavailable) as error:
        say(f"AWS does not answer, or does not allow it: {_told(error)}")
        return 3
    except Problem as problem:
        say(str(problem.document("en")["detail"]))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev.admin", description="What an operator does outside the API.")
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument("--stage", required=True, help="local, or a stage of .chalice/config.json")
    everywhere.add_argument("--endpoint", help="of an emulator instead of AWS; make run prints the local run's")
    commands = parser.add_subparsers(required=True, metavar="command")
    for family in FAMILIES:
        family.add(commands, everywhere)
    return parser


def _told(error: Exception) -> str:
    """The service's own code; never its words, which may quote what it was asked."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return error.reason if isinstance(error, Unavailable) else type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
