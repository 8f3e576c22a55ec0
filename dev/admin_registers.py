"""Commands about registers and summaries: what administrators do in the API, for files that lie on a machine.

They act under an administrator's name (`--by`, their phone): the audit trail has it as if they had done it in the API.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dev.stages import LOCAL, Refused

_HOURS = 12 * 3600


def add(commands: Any, everywhere: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    acting = argparse.ArgumentParser(add_help=False)
    acting.add_argument("--by", required=True, metavar="PHONE", help="the administrator whose act this is")
    coming = commands.add_parser("import", parents=[everywhere, acting], help="import a register, CSV or XLSX")
    coming.add_argument("file", type=Path)
    coming.add_argument("--kind", choices=["wishes", "claims", "roster"], default="wishes")
    coming.add_argument("--round", help="its round; a roster has none")
    coming.add_argument("--dry-run", action="store_true", help="judge it, write nothing")
    coming.set_defaults(run=import_register)
    going = commands.add_parser("export", parents=[everywhere, acting], help="write a round's register to a file")
    going.add_argument("--round", required=True)
    going.add_argument("--format", choices=["xlsx", "csv"], default="xlsx")
    going.add_argument("--out", type=Path, help="the file; register-<round>.<format> where it is not named")
    going.set_defaults(run=export_register)
    summary = commands.add_parser("report", parents=[everywhere, acting], help="make a summary, and fetch its files")
    summary.add_argument("--round", required=True)
    summary.add_argument("--out", type=Path, default=Path(), help="the folder for the files")
    summary.set_defaults(run=make_report)


def import_register(given: argparse.Namespace) -> Iterator[str]:
    """Import the file, with a progress bar; every fault by row and column. Raises Refused where there are any."""
    from chalicelib.base.problems import Unprocessable
    from chalicelib.imports import actions, views
    from chalicelib.imports.outcome import Outcome
    from chalicelib.wishes.change import Attempt

    if given.kind != "roster" and not given.round:
        raise Refused("Which round? --round NUMBER.")
    if not given.file.is_file():
        raise Refused(f"There is no file {given.file}.")
    caller = _administrator(given)
    os.environ["IMPORT_WAIT_SECONDS"] = str(_HOURS)  # nobody's browser waits here
    with tqdm(unit=" rows", desc=f"  {given.file.name}", disable=None) as bar:

        def told(done: int, rows: int) -> None:
            bar.total = rows
            bar.update(done - bar.n)

        content = given.file.read_bytes()
        try:
            made = actions.run(given.kind, given.round, content, given.dry_run, Attempt(caller), "zh-CN", told)
        except Unprocessable as refusal:
            raise Refused("\n".join([str(refusal.document("zh-CN")["detail"]), *_faults(refusal.extra)])) from refusal
    outcome = made if isinstance(made, Outcome) else views.job(made)
    counts = f"{outcome.created} created, {outcome.updated} updated, {outcome.unchanged} unchanged"
    if given.dry_run and outcome.errors:
        raise Refused("\n".join([f"{outcome.rows} rows: {counts}", *_faults({"errors": outcome.errors})]))
    yield f"{outcome.rows} rows: {counts}" + (" (a dry run: nothing was written)" if given.dry_run else "")
    yield from _faults({"errors": outcome.errors})


def export_register(given: argparse.Namespace) -> Iterator[str]:
    """Write the round's register, personal fields included, to a file that only its owner may read."""
    from chalicelib.base import files
    from chalicelib.imports import exporting

    name, rows, _ = exporting.export(given.round, given.format, _administrator(given))
    target = given.out or Path(f"register-{given.round}.{given.format}")
    _write(target, files.get(name) or b"")
    yield f"{target}: {rows} wishes"


def make_report(given: argparse.Namespace) -> Iterator[str]:
    """Make a summary of the round as it is now and fetch its files, the full workbook among them."""
    from chalicelib.base import files
    from chalicelib.reports import actions
    from chalicelib.rounds import actions as rounds

    caller = _administrator(given)
    found = rounds.fetch(rounds.get(given.round).id)
    edition = actions.make(found, "command", actions.demand_name(""), caller.account)
    actions.handed_out([edition], caller, "exported")
    given.out.mkdir(parents=True, exist_ok=True)
    for form, name, _ in tqdm(list(edition.files), unit=" files", desc="  fetching", disable=None):
        content = files.get(actions.full_name(name)) if form == "xlsx" and edition.full else files.get(name)
        target = given.out / f"round-{found.id}-{name.rpartition('/')[2]}"
        _write(target, content or b"")
        yield str(target)


def _administrator(given: argparse.Namespace) -> Any:
    """The caller an act is recorded under. Raises Refused for whoever administers nothing."""
    from chalicelib.accounts import actions
    from chalicelib.base import aws, phones, settings
    from chalicelib.base.callers import Caller

    if given.stage != LOCAL:  # the bucket's name ends with the account's number, which only AWS knows
        number = aws.client("sts").get_caller_identity()["Account"]
        os.environ["BUCKET"] = f"{settings.table_prefix()}-files-{number}"
    account = actions.find(phones.normalise(given.by) or "")
    if account is None or account not in actions.administrators():
        raise Refused("--by names no administrator's phone.")
    return Caller(account, lambda: actions.standing_of(actions.get(account)))


def _faults(told: Any) -> list[str]:
    return [f"  row {each['row']}, {each['column'] or 'file'}: {each['message']}" for each in told.get("errors", [])]


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)
    target.write_bytes(content)
