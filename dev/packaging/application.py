"""Stock `chalice package` over a clean copy of the application: its zip and its template, taken apart."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import yaml

from dev.packaging.lock import CHECKOUT

_LEFT_BEHIND: Final = ("__pycache__", "*.pyc", ".*", "*~", "*.orig", "*.rej")
_NOT_INSTALLED: Final = "Could not install dependencies"
_SHIPPED: Final = ("app.py", "chalicelib")
_SETTINGS: Final = ("config.json", "policy-*.json", "resources.yaml")

Template = dict[str, Any]


class ChaliceFailed(Exception):
    """Chalice did not package the application; the text is for people."""


def package_application(stage: str, scratch: Path, tree: Path, checkout: Path = CHECKOUT) -> Template:
    """Lay the application and Chalice's runtime down in `tree`; the SAM template of the stage.

    `scratch`: an empty directory to work in. Raises ChaliceFailed.
    """
    project = scratch / "project"
    _copy(checkout, project)
    made = _run_chalice(project, stage, scratch / "stock")
    refuse_incomplete(made.returncode, made.stdout + made.stderr)
    with zipfile.ZipFile(scratch / "stock" / "deployment.zip") as stock:
        stock.extractall(tree)
    return template_of((scratch / "stock" / "sam.yaml").read_text(encoding="utf-8"))


def refuse_incomplete(status: int, said: str) -> None:
    """Raise ChaliceFailed for a failure, and for the one that Chalice reports with status 0."""
    if status != 0 or _NOT_INSTALLED in said:
        raise ChaliceFailed(f"chalice package failed ({status}):\n{said.strip()}")


def template_of(text: str) -> Template:
    """The template Chalice wrote, as plain JSON: CloudFormation takes no YAML aliases, which the text is full of."""
    template: Template = json.loads(json.dumps(yaml.safe_load(text)))
    return template


def _copy(checkout: Path, project: Path) -> None:
    for name in _SHIPPED:
        source, place = checkout / name, project / name
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
    (project / ".chalice").mkdir()
    for pattern in _SETTINGS:
        for file in (checkout / ".chalice").glob(pattern):
            shutil.copyfile(file, project / ".chalice" / file.name)
    # The dependencies are laid down from the lock, hashes checked; Chalice would resolve them by name alone.
    (project / "requirements.txt").write_text("", encoding="utf-8")


def _run_chalice(project: Path, stage: str, out: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    merge = ["--merge-template", ".chalice/resources.yaml", "--template-format", "yaml"]
    return subprocess.run(
        [sys.executable, "-c", "from chalice.cli import main; main()", "package", "--stage", stage, *merge, str(out)],
        cwd=project,
        # Chalice wants a region and forgets it again: the template is the same for all of them.
        env=kept | {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
