"""Which Lambda the package is for: the runtime follows the interpreter, the processor follows config.json."""

import json
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's names of the processors, and Python's."""
PYTHONS: Final = ((3, 11), (3, 12), (3, 13), (3, 14))
_OLDEST_GLIBC: Final = 17
_AMAZON_LINUX_2, _AMAZON_LINUX_2023 = 26, 34  # minor versions of their glibc 2


class Target(NamedTuple):
    """A runtime and a processor of Lambda."""

    python: tuple[int, int]
    architecture: str = "x86_64"

    @property
    def runtime(self) -> str:
        """Lambda's name of the runtime."""
        return f"python{self.python[0]}.{self.python[1]}"

    @property
    def machine(self) -> str:
        """The processor as Python and the wheels call it."""
        return MACHINES[self.architecture]

    def pip(self) -> list[str]:
        """The options with which pip takes wheels for this target, and nothing it would have to build."""
        newest = _AMAZON_LINUX_2 if self.python < (3, 12) else _AMAZON_LINUX_2023
        platforms = [f"manylinux_2_{minor}_{self.machine}" for minor in range(newest, _OLDEST_GLIBC - 1, -1)]
        tags = [option for tag in [*platforms, f"manylinux2014_{self.machine}"] for option in ("--platform", tag)]
        version = f"{self.python[0]}.{self.python[1]}"
        return [*tags, "--implementation", "cp", "--python-version", version, "--only-binary=:all:"]


def target_of(checkout: Path, stage: str) -> Target:
    """What the stage of this checkout is packaged for. Raises KeyError for a stage config.json does not know."""
    config: dict[str, Any] = json.loads((checkout / ".chalice" / "config.json").read_text(encoding="utf-8"))
    architecture = config["stages"][stage].get("lambda_architecture", config.get("lambda_architecture", "x86_64"))
    return Target(sys.version_info[:2], architecture)
