"""Writes what follows from the routes and the types they name: `python -m dev.openapi`.

docs/openapi.json describes them; chalicelib/base/surface.py tells Chalice of them before their rooms are loaded.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

import app  # noqa: F401  (names every room)
from chalicelib.base import openapi, web

CHECKOUT = Path(__file__).parent.parent
PLACE = CHECKOUT / "docs" / "openapi.json"
SURFACE = CHECKOUT / "chalicelib" / "base" / "surface.py"
_HEAD = '''"""Every route, by the module that declares it.

Written by `python -m dev.openapi`; a test holds it to the declared routes.
"""

from collections.abc import Mapping, Sequence
from typing import Final

ROUTES: Final[Mapping[str, Sequence[tuple[str, str, str]]]] = {
'''


def indented(document: dict[str, object]) -> str:
    """The document as the file has it: indented, so that a change shows as a small diff."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def surface(routes: Sequence[web.Route]) -> str:
    """The source of chalicelib/base/surface.py for `routes`: (method, path, name) under the declaring module."""
    lines: list[str] = []
    module = ""
    for route in routes:
        if route.module != module:
            lines += ["    ],\n"] if module else []
            lines.append(f'    "{route.module}": [\n')
            module = route.module
        lines.append(f'        ("{route.method}", "{route.path}", "{route.name}"),\n')
    return _HEAD + "".join(lines) + "    ],\n}\n"


def main() -> None:
    """Write the files."""
    SURFACE.write_text(surface(web.every_route()), encoding="utf-8")
    PLACE.write_text(indented(openapi.document()), encoding="utf-8")
    print(f"{PLACE.name}: {sum(len(methods) for methods in openapi.document()['paths'].values())} operations")


if __name__ == "__main__":
    main()
