"""The local AWS: ministack as a child process on the loopback interface, with or without kept state."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
REGION = "ap-southeast-1"
CHECKOUT = Path(__file__).resolve().parent.parent


class EmulatorFailed(Exception):
    """The emulator did not come up, or went away; the text is for people."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Emulator:
    """A running ministack; use it as a context manager or call `start` and `stop`.

    `state`: the directory that keeps the data over restarts; without one everything is gone at the stop.
    `lock`: an open file descriptor the child inherits, so that an flock on it is held until the child, too,
    has ended. `endpoint` is the URL for AWS clients.
    """

    def __init__(self, state: Path | None = None, *, lock: int | None = None) -> None:
        self._state = state
        self._lock = lock
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._port = 0

    @property
    def endpoint(self) -> str:
        """The URL of the emulator, for AWS_ENDPOINT_URL."""
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._running().pid

    def start(self, timeout: float = 30.0) -> Self:
        """Start the child and wait until it answers. Raises EmulatorFailed after `timeout` seconds."""
        for attempt in range(3):  # another program may take the free port before the child does
            self._port = free_port()
            self._process = self._spawn()
            if self._answers_within(timeout):
                return self
            self.stop()
            if attempt == 2:
                break
        raise EmulatorFailed(f"The local AWS did not start; its log: {self._log_path()}")

    def stop(self, timeout: float = 30.0) -> None:
        """Let the child save its state and end; kill it after `timeout` seconds."""
        process = self._process
        if process is not None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
        self._process = None
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def kill(self) -> None:
        """End the child at once, as a crash would: what was not saved is lost."""
        self._running().kill()
        self._running().wait()

    def alive(self) -> bool:
        """Whether the child is still running."""
        return self._process is not None and self._process.poll() is None

    def save(self) -> None:
        """Have the state written now, while requests go on being answered. Raises EmulatorFailed."""
        if self._status("POST", "/_local/save", 60.0) != 204:
            raise EmulatorFailed("The local AWS did not save its state.")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise EmulatorFailed("The local AWS is not running.")
        return self._process

    def _directory(self) -> Path:
        if self._state is not None:
            self._state.mkdir(parents=True, exist_ok=True)
            return self._state
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="microwish-emulator-")
        return Path(self._scratch.name)

    def _log_path(self) -> Path:
        return self._directory() / "emulator.log"

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log_path().open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dev.emulator_process"],
                cwd=CHECKOUT,
                env=self._environment(),
                stdin=subprocess.PIPE,  # its end tells the child that we are gone, even after a SIGKILL
                stdout=log,
                stderr=log,
                start_new_session=True,  # ctrl-C is for us; the child is stopped last
                pass_fds=() if self._lock is None else (self._lock,),
            )

    def _environment(self) -> dict[str, str]:
        directory = self._directory()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        persist = "1" if self._state is not None else "0"
        return kept | {
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self._port),
            "PERSIST_STATE": persist,
            "STATE_DIR": str(directory),
            "S3_PERSIST": persist,
            "S3_DATA_DIR": str(directory / "s3"),
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "WARNING",
            # listeners on fixed ports: not needed, and several checkouts run side by side
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # no Docker daemon listens there: the emulator must not tidy up a developer's containers
            "DOCKER_HOST": f"unix://{directory / 'no-docker.sock'}",
            "PYTHONPATH": str(CHECKOUT),
        }

    def _answers_within(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.alive():
            if self._status("GET", "/_ministack/health", 2.0) == 200:
                return self.alive()
            time.sleep(0.03)
        return False

    def _status(self, method: str, path: str, timeout: float) -> int:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=timeout)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request(method, path)
            return connection.getresponse().status
        return 0


def local_aws(endpoint: str) -> dict[str, str]:
    """The environment variables that point botocore at `endpoint` with dummy credentials."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",  # the root key ministack knows: presigned URLs are checked against it
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
