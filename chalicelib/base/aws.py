"""One botocore session and one client per service, shared by everything in the process.

Building a client costs tens of milliseconds and its own connection pool (field-notes); clients are safe to
share between threads, building them is not, hence the lock.
"""

from threading import Lock
from typing import Any

import botocore.session
from botocore.config import Config

_lock = Lock()
_session: Any = None
_clients: dict[str, Any] = {}

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=8,
    max_pool_connections=64,
    parameter_validation=False,
    retries={"total_max_attempts": 4, "mode": "standard"},
)


def client(service: str) -> Any:
    """The shared botocore client of `service` ("dynamodb", "s3", "kms", "ssm", ...)."""
    found = _clients.get(service)
    return found if found is not None else _build(service)


def _build(service: str) -> Any:
    global _session
    with _lock:
        if service not in _clients:
            if _session is None:
                _session = botocore.session.get_session()
            config = _CONFIG
            if service == "s3":
                config = _CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": "path"}))
            _clients[service] = _session.create_client(service, config=config)
        return _clients[service]


def forget_clients() -> None:
    """Build every client anew at its next use (tests that change the endpoint)."""
    global _session
    with _lock:
        _clients.clear()
        _session = None
