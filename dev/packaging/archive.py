"""Byte code beside every source, and one zip whose bytes depend on nothing but what is in it."""

import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_IN_LAMBDA: Final = "/var/task"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can name
_UNIX: Final = 3
_COMPILE: Final = """
import compileall, py_compile, sys
compiled = compileall.compile_dir(
    sys.argv[1], maxlevels=50, stripdir=sys.argv[1], prependdir=sys.argv[2], quiet=1, force=True, workers=1,
    invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
)
sys.exit(not compiled)
"""


class NotCompiled(Exception):
    """A source could not be compiled; the text is for people."""


def compile_sources(tree: Path) -> None:
    """Write `__pycache__` for every source of `tree`, for this Python, valid for as long as the source is the same.

    Without it each cold start would compile all it imports. Dates say nothing in a zip, so a hash of the source is
    compared. One process with fixed string hashes, file by file: the same sources give the same bytes.
    """
    made = subprocess.run(
        [sys.executable, "-I", "-c", _COMPILE, tree, _IN_LAMBDA],
        env={"PYTHONHASHSEED": "0", "PATH": os.defpath},
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        raise NotCompiled(f"compileall failed:\n{(made.stdout + made.stderr).strip()}")


def write_zip(tree: Path, place: Path) -> None:
    """Pack every file of `tree` under its relative name, in order, with a fixed date and fixed rights."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in _files(tree):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), _EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, _UNIX
            entry.external_attr = (0o100755 if file.suffix == ".so" else 0o100644) << 16
            archive.writestr(entry, file.read_bytes())


def largest_parts(place: Path, most: int = 8) -> list[tuple[str, int]]:
    """The top-level names that take most of the zip, with their compressed bytes."""
    sizes: Counter[str] = Counter()
    with zipfile.ZipFile(place) as archive:
        for entry in archive.infolist():
            sizes[entry.filename.partition("/")[0]] += entry.compress_size
    return sizes.most_common(most)


def _files(tree: Path) -> Iterator[Path]:
    yield from sorted((file for file in tree.rglob("*") if file.is_file()), key=lambda file: file.as_posix())
