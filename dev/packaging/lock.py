"""`make lock`: requirements.lock, every wheel that may ship, by its hash, for every Lambda we can be packaged for.

requirements.txt says what we want and why; the lock adds what those need in turn. Chalice is not in it: the two
files of it that run in Lambda are laid down by Chalice's own packager, and its command line's needs do not ship.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from dev.packaging.target import MACHINES, PYTHONS, Target

CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent
LOCK: Final = CHECKOUT / "requirements.lock"
LAID_DOWN_BY_CHALICE: Final = "chalice"
_HEAD: Final = (
    "# Written by `make lock` from requirements.txt; the hashes are of the wheels for Lambda. Not for editing.\n"
)
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


class NotLocked(Exception):
    """The lock could not be made, or does not fit the requirements; the text is for people."""


def main() -> None:
    """Write the lock."""
    pins: dict[str, str] = {}
    hashes: dict[str, set[str]] = defaultdict(set)
    for target in (Target(python, architecture) for python in PYTHONS for architecture in MACHINES):
        for wheel in _resolved(target):
            name = normal(wheel["metadata"]["name"])
            pins[name] = wheel["metadata"]["version"]
            hashes[name].add(wheel["download_info"]["archive_info"]["hashes"]["sha256"])
        print(f"  {target.runtime} {target.architecture}: {len(pins)} packages", flush=True)
    lines = [
        f"{name}=={pins[name]}" + "".join(f" \\\n    --hash=sha256:{each}" for each in sorted(hashes[name]))
        for name in sorted(pins)
    ]
    LOCK.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def wanted() -> dict[str, str]:
    """Names and versions in requirements.txt."""
    return pins_of((CHECKOUT / "requirements.txt").read_text(encoding="utf-8"))


def pins_of(text: str) -> dict[str, str]:
    """Names, in their normal form, and versions of the pinned lines of a requirements file."""
    return {normal(name): version for name, version in _PIN.findall(text)}


def normal(name: str) -> str:
    """A distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def refuse_stale(requirements: dict[str, str], locked: dict[str, str]) -> None:
    """Raise NotLocked unless every requirement but Chalice is locked at its version."""
    missing = {
        name: version
        for name, version in requirements.items()
        if name != LAID_DOWN_BY_CHALICE and locked.get(name) != version
    }
    if missing:
        named = ", ".join(f"{name}=={version}" for name, version in sorted(missing.items()))
        raise NotLocked(f"requirements.lock does not hold {named}: run make lock and commit the file.")


def _resolved(target: Target) -> list[dict[str, Any]]:
    """pip's report of the wheels it would install for the target. Raises NotLocked where one is missing."""
    with tempfile.TemporaryDirectory(prefix="microwish-lock-") as directory:
        requirements = Path(directory) / "requirements.txt"
        pins = [f"{name}=={version}" for name, version in wanted().items() if name != LAID_DOWN_BY_CHALICE]
        requirements.write_text("\n".join(pins) + "\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--dry-run"]
        made = subprocess.run(
            [*pip, "--ignore-installed", "--report", "-", "--target", directory, *target.pip(), "-r", requirements],
            capture_output=True,
            text=True,
        )
    if made.returncode != 0:
        raise NotLocked(f"No wheels for {target.runtime} on {target.architecture}:\n{made.stderr.strip()}")
    found: list[dict[str, Any]] = json.loads(made.stdout)["install"]
    return found


if __name__ == "__main__":
    try:
        main()
    except NotLocked as refusal:
        sys.exit(str(refusal))
