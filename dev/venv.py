"""Makes .venv inside the checkout and keeps it at what the requirements say. Standard library only.

Run by the system's Python (`make`), before anything is installed: `python3 dev/venv.py`. Installs only when
the requirements or the Python have changed since the last time.
"""

import fcntl
import hashlib
import platform
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
STAMP = VENV / "installed"
_FILES = ("requirements.txt", "requirements-dev.txt")
_NO_VENV = """\
This Python ({python}) cannot make virtual environments: its modules venv and ensurepip are missing.
On Debian and Ubuntu: apt-get install python3-venv. Or choose another Python: make run PYTHON=python3.13"""
_NOT_INSTALLED = """\
The packages could not be installed (see above). The package index must be reachable the first time;
behind a mirror, set PIP_INDEX_URL. Nothing is half-done: run the same command again."""


def main() -> int:
    """Bring .venv up to date; the exit status."""
    if VENV.is_symlink():  # another checkout's, which keeps it: clearing it would pull it away from under everybody
        return 0
    (CHECKOUT / ".local").mkdir(exist_ok=True)
    with (CHECKOUT / ".local" / "venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make run` and `make test` may start at the same time
        wanted = _fingerprint()
        if STAMP.is_file() and STAMP.read_text() == wanted:
            return 0
        return _install(wanted)


def _fingerprint() -> str:
    content = hashlib.sha256(f"{platform.python_version()} {sys.base_prefix}".encode())
    for name in _FILES:
        content.update((CHECKOUT / name).read_bytes())
    return content.hexdigest()


def _install(wanted: str) -> int:
    started = time.monotonic()
    _show("Setting up .venv with " + platform.python_version() + " (once; a minute or two) ...")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode != 0:
        _show(_NO_VENV.format(python=sys.executable))
        return 1
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    looks = [] if sys.stdout.isatty() else ["--quiet", "--progress-bar", "off"]
    _show("Installing requirements-dev.txt ...")
    if subprocess.run([*pip, *looks, "-r", str(CHECKOUT / "requirements-dev.txt")]).returncode != 0:
        _show(_NOT_INSTALLED)
        return 1
    STAMP.write_text(wanted)
    _show(f"Installed in {time.monotonic() - started:.0f} s.")
    return 0


def _show(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
