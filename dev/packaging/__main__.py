"""`make package STAGE=prod`: build/<stage>/deployment.zip and the templates beside it. See docs/runbook.md."""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from dev.packaging import application, archive, dependencies, inspection, partitions, proof
from dev.packaging.lock import CHECKOUT, NotLocked
from dev.packaging.target import Target, target_of
from dev.steps import say, step

LARGEST_ZIP: Final = 8 * 1024 * 1024  # quality.md, "Speed and cost"
BUILD: Final = CHECKOUT / "build"


class NotPackaged(Exception):
    """The package is not fit to be deployed; the text is for people."""


def main(stage: str) -> int:
    """Package the stage and say what it weighs; the exit status."""
    try:
        target = target_of(CHECKOUT, stage)
        place = build(stage, target, BUILD / stage)
    except KeyError:
        say(f"No stage {stage} in .chalice/config.json.")
        return 1
    except (
        NotLocked, application.ChaliceFailed, archive.NotCompiled, dependencies.ServiceUnknown,
        proof.DoesNotStart, NotPackaged,
    ) as refusal:  # fmt: skip
        say(f"\nNothing was packaged. {refusal}")
        return 1
    _say_sizes(place / "deployment.zip", target)
    return 0


def build(stage: str, target: Target, place: Path) -> Path:
    """Make the stage's zip and template in `place`, which appears whole or not at all. Raises what `main` explains."""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix=f"{stage}.") as directory:
        scratch = Path(directory)
        tree, made = scratch / "tree", scratch / "made"
        tree.mkdir()
        made.mkdir()
        services = dependencies.services_used()
        with step(f"wheels for {target.runtime} on {target.architecture}, hashes checked"):
            dependencies.lay_down(tree, target)
            dependencies.slim(tree, services)
        with step("chalice package"):
            template = application.package_application(stage, scratch, tree)
        with step("byte code"):
            archive.compile_sources(tree)
        with step("starting it on its own"):
            handlers = proof.handlers_of(tree, target, services)
        if handlers is None:
            say(f"  not started here: this machine is no {target.architecture}")
        _refuse_other_runtime(template, target)
        _refuse_faulty(template, handlers)
        archive.write_zip(tree, made / "deployment.zip")
        _refuse_heavy(made / "deployment.zip")
        _write(made / "sam.json", template)
        _write(made / "sam.aws-cn.json", partitions.without_cloudfront(template))
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    return place


def _write(place: Path, template: application.Template) -> None:
    place.write_text(json.dumps(template, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _refuse_faulty(template: application.Template, handlers: frozenset[str] | None) -> None:
    found = inspection.faults(template, handlers)
    if found:
        raise NotPackaged("The template has faults:\n  " + "\n  ".join(found))


def _refuse_other_runtime(template: application.Template, target: Target) -> None:
    """Byte code of one Python is none to another."""
    for name, resource in template["Resources"].items():
        runtime = resource.get("Properties", {}).get("Runtime", target.runtime)
        if resource["Type"] == "AWS::Serverless::Function" and runtime != target.runtime:
            raise NotPackaged(f"{name} runs on {runtime}, but the byte code is {target.runtime}'s.")


def _refuse_heavy(place: Path) -> None:
    size = place.stat().st_size
    if size > LARGEST_ZIP:
        parts = ", ".join(f"{name} {_mb(part)}" for name, part in archive.largest_parts(place))
        raise NotPackaged(f"The zip takes {_mb(size)}, more than {_mb(LARGEST_ZIP)}: {parts}.")


def _say_sizes(place: Path, target: Target) -> None:
    say(f"\n{place.relative_to(CHECKOUT)}: {_mb(place.stat().st_size)} for {target.runtime}, {target.architecture}")
    for name, size in archive.largest_parts(place):
        say(f"  {name:<28} {_mb(size)}")


def _mb(size: int) -> str:
    return f"{size / 1024 / 1024:.2f} MB"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Which stage? make package STAGE=prod")
    sys.exit(main(sys.argv[1]))
