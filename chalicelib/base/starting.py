"""How a function starts fast. `app.py` imports this before anything else (docs/adr/0028 has the numbers).

While a function starts, nothing it makes is garbage, and the collector would look through all of it ten times over:
it rests until `over`.

The house's modules are found at once, but run when a name in them is first asked for: `from chalicelib.reports import
actions` costs next to nothing until a line says `actions.make`; `from chalicelib.base.words import Kind` runs `words`.
So a request pays for what its own acts use and no module has to hide its imports. The standard library does it
(importlib.util.LazyLoader), but up to Python 3.12 not for two threads at once: the local server, which has threads and
time, and the tests import as usual.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

gc.disable()


class _Late(MetaPathFinder):
    """Finds the house's modules and has them run late; packages, which hold a docstring, run at once."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("chalicelib."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, Loader) and spec.submodule_search_locations is None:
            spec.loader = LazyLoader(spec.loader)
        return spec


if os.environ.get("LOCAL_RUN") != "1":
    sys.meta_path.insert(0, _Late())


def over() -> None:
    """Collect again from here on, and leave what was made until now alone: it stays for as long as the process."""
    gc.freeze()
    gc.enable()
