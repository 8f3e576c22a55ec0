"""What Lambda would unpack, one directory a variant, under build/bench: ours, stock Chalice's, the peers'.

Every tree but `stock` has checked-hash byte code, and every peer's is slimmed as ours is: no tests, no metadata, the
SDK's data of DynamoDB alone. `floor` is botocore as pip lays it down, which quality.md compares with; `floor-slim` is
the same slimmed.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench import Say
from dev.packaging import application, archive, dependencies
from dev.packaging.__main__ import build
from dev.packaging.lock import CHECKOUT
from dev.packaging.target import target_of

FRAMEWORKS: Final = {
    "powertools": "Powertools + boto3",
    "fastapi": "FastAPI + Mangum",
    "flask": "Flask + apig-wsgi",
    "chalice": "plain Chalice + pynamodb",
}
FLOORS: Final = {"floor": "bare botocore", "floor-slim": "bare botocore, slimmed"}
_PLACE: Final = CHECKOUT / "build" / "bench"
_SOURCES: Final = Path(__file__).parent / "peers"
_STAGE: Final = "prod"


_laid: dict[str, Path] = {}


def laid_down(say: Say) -> dict[str, Path]:
    """Every variant's directory. Ours and stock are made anew; the peers' libraries stay until their pins change."""
    if not _laid:
        _PLACE.mkdir(parents=True, exist_ok=True)
        say("packaging ours")
        _laid["ours"] = _ours()
        say("packaging the stock way")
        _laid["stock"] = _stock()
        for name in (*FLOORS, *FRAMEWORKS):
            say(f"laying down {name}")
            _laid[name] = _peer(name)
    return _laid


def zip_of(name: str) -> Path:
    """The variant as it would be uploaded."""
    place = _PLACE / f"{name}.zip"
    archive.write_zip(_PLACE / name, place)
    return place


def _ours() -> Path:
    place = _fresh("ours")
    package = build(_STAGE, target_of(CHECKOUT, _STAGE), _PLACE / "package")
    with zipfile.ZipFile(package / "deployment.zip") as packed:
        packed.extractall(place)
    return place


def _stock() -> Path:
    """The same application as `chalice package` alone makes it: no byte code, nothing left out."""
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    target = target_of(CHECKOUT, _STAGE)
    libraries = _once("stock-libraries", lock, lambda place: dependencies.lay_down(place, target))
    place = _PLACE / "stock"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(libraries, place)
    with tempfile.TemporaryDirectory(dir=_PLACE) as scratch:
        application.package_application(_STAGE, Path(scratch), place)
    return place


def _peer(name: str) -> Path:
    source = _SOURCES / name.partition("-")[0]
    pins = source / "requirements.txt"
    libraries = _once(f"{name}-libraries", pins.read_text(encoding="utf-8"), lambda place: _install(pins, place, name))
    place = _PLACE / name
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(libraries, place)
    shutil.copyfile(source / "app.py", place / "app.py")
    shutil.copyfile(_SOURCES / "store.py", place / "store.py")
    archive.compile_sources(place)
    return place


def _install(pins: Path, place: Path, name: str) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-compile"]
    # No dependencies: each file names all that is to be there, and Chalice's command line is not.
    subprocess.run([*pip, "--no-deps", "--target", place, "-r", pins], check=True)
    if name != "floor":
        dependencies.slim(place, {"dynamodb"})


def _once(name: str, pins: str, make: Callable[[Path], None]) -> Path:
    """The directory, made anew where its pins have changed."""
    place, note = _PLACE / name, _PLACE / f"{name}.pins"
    if not (place.is_dir() and note.is_file() and note.read_text(encoding="utf-8") == pins):
        note.unlink(missing_ok=True)
        make(_fresh(name))
        note.write_text(pins, encoding="utf-8")
    return place


def _fresh(name: str) -> Path:
    place = _PLACE / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return place
