"""Lays the locked wheels down and leaves out what no function needs."""

import ast
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from dev.packaging.lock import CHECKOUT, LOCK, NotLocked, pins_of, refuse_stale, wanted
from dev.packaging.target import Target

_CLUTTER_DIRECTORIES: Final = ("__pycache__", "tests", "test", "*.dist-info")
_CLUTTER_FILES: Final = (
    "*.pyi",
    "*.pyx",
    "*.pxd",
    "*.c",
    "*.cpp",
    "*.h",
    "*.hh",
    "py.typed",
    "*.pyc",
    "examples-1.json*",
)
_NEVER_LOADED: Final = (
    "bin",
    "cffi",  # PyNaCl loads `_cffi_backend` alone; these two are for whoever compiles against C
    "pycparser",
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",  # read where a system has no time zones; ours is a fixed offset
    "urllib3/contrib/emscripten",  # browsers
)
_SHARED_DATA: Final = ("endpoints", "partitions", "sdk-default-configuration", "_retry")


class ServiceUnknown(Exception):
    """The application asks for an AWS client in a way from which the service can't be read; for people."""


def lay_down(tree: Path, target: Target) -> None:
    """Install the locked wheels for the target into `tree`. Raises NotLocked for a missing one or another hash."""
    refuse_stale(wanted(), pins_of(LOCK.read_text(encoding="utf-8")))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-compile",
        "--no-deps",
    ]
    made = subprocess.run(
        [*pip, "--require-hashes", "--target", tree, *target.pip(), "-r", LOCK], capture_output=True, text=True
    )
    if made.returncode != 0:
        raise NotLocked(f"The wheels for {target.runtime} on {target.architecture}:\n{made.stderr.strip()}")


def slim(tree: Path, services: Iterable[str]) -> None:
    """Take away tests, metadata and sources of compiled code, and the SDK's data of all but these services."""
    for name in _NEVER_LOADED:
        if (tree / name).is_dir():
            shutil.rmtree(tree / name)
        (tree / name).unlink(missing_ok=True)
    for pattern in _CLUTTER_DIRECTORIES:
        for directory in sorted(tree.rglob(pattern)):
            if directory.is_dir():
                shutil.rmtree(directory)
    for pattern in _CLUTTER_FILES:
        for file in sorted(tree.rglob(pattern)):
            file.unlink()
    _slim_sdk(tree / "botocore" / "data", frozenset(services))


def services_used(sources: Path = CHECKOUT / "chalicelib") -> frozenset[str]:
    """The AWS services the application makes clients of: every `aws.client("...")` in it.

    Raises ServiceUnknown where the name is no literal: its data would be missing from the package.
    """
    found = set()
    for file in sorted(sources.rglob("*.py")):
        for call in _client_calls(ast.parse(file.read_text(encoding="utf-8"))):
            argument = call.args[0] if call.args else None
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise ServiceUnknown(f"{file.name}:{call.lineno}: name the service of aws.client(...) literally.")
            found.add(argument.value)
    return frozenset(found)


def _client_calls(module: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client":
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "aws":
                yield node


def _slim_sdk(data: Path, services: frozenset[str]) -> None:
    missing = sorted(service for service in services if not (data / service).is_dir())
    if missing:
        raise ServiceUnknown(f"The SDK knows no service {', '.join(missing)}.")
    for entry in sorted(data.iterdir()):
        if entry.is_dir() and entry.name not in services:
            shutil.rmtree(entry)
        elif entry.is_file() and not entry.name.startswith(_SHARED_DATA):
            entry.unlink()
    _slim_endpoints(data / "endpoints.json", services)
    for model in sorted(data.rglob("*.json.gz")):
        _slim_model(model)


def _slim_endpoints(file: Path, services: frozenset[str]) -> None:
    """Every partition, China's and the others', with the endpoints of the services that are used.

    A client reads this file whole when it is made. A service that is not listed gets its partition's pattern.
    """
    document: dict[str, Any] = json.loads(file.read_bytes())
    for partition in document["partitions"]:
        partition["services"] = {
            name: endpoints
            for name, endpoints in partition["services"].items()
            if name in services or name.partition(".")[2] in services
        }
    file.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")), encoding="utf-8")


def _slim_model(file: Path) -> None:
    """A service's model without its documentation, four fifths of it: a client reads the model whole when it is made.

    Not packed, for the zip packs it and a cold start need not unpack it.
    """
    model = _undocumented(json.loads(gzip.decompress(file.read_bytes())))
    file.with_suffix("").write_text(json.dumps(model, separators=(",", ":")), encoding="utf-8")
    file.unlink()


def _undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        # Emptied, not taken out: botocore asks some for their text, S3's context parameters among them. And a member
        # may be called `documentation`: the text about one is no object.
        return {
            name: "" if name == "documentation" and isinstance(value, str) else _undocumented(value)
            for name, value in part.items()
        }
    return [_undocumented(value) for value in part] if isinstance(part, list) else part
