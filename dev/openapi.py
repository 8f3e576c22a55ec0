"""Writes docs/openapi.json from the routes and the types they name: `python -m dev.openapi`."""

from pathlib import Path

import msgspec

import app  # noqa: F401  (registers every room's routes)
from chalicelib.base import openapi

PLACE = Path(__file__).parent.parent / "docs" / "openapi.json"


def indented(document: dict[str, object]) -> str:
    """The document as the file has it: indented, so that a change shows as a small diff."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def main() -> None:
    """Write the file."""
    PLACE.write_text(indented(openapi.document()), encoding="utf-8")
    print(f"{PLACE.name}: {sum(len(methods) for methods in openapi.document()['paths'].values())} operations")


if __name__ == "__main__":
    main()
