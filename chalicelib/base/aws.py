"""One botocore session and one client per service, shared by everything in the process.

Building a client costs tens of milliseconds and its own connection pool (field-notes); clients are safe to
share between threads, building them is not, hence the lock.
"""

import os
from threading import Lock
from typing import Any

import botocore
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.base import wire

_lock = Lock()
_session: Any = None
_clients: dict[str, Any] = {}

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=8,
    max_pool_connections=64,
    parameter_validation=False,
    account_id_endpoint_mode="disabled",  # the endpoint follows from the region alone, so that it is looked up once
    user_agent=f"MicroWish Botocore/{botocore.__version__}",  # fixed: botocore puts its own together anew at every call
    retries={"total_max_attempts": 4, "mode": "standard"},
)
_QUICK = Config(
    connect_timeout=1, read_timeout=1, max_pool_connections=1, retries={"total_max_attempts": 1, "mode": "standard"}
)
_PER_SERVICE: dict[str, Config] = {
    "s3": Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    # A message sent again is a second message: whether to try again is the queue's decision, not the SDK's.
    "sns": Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=5),
    "sesv2": Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=5),
}


def client(service: str) -> Any:
    """The shared botocore client of `service` ("dynamodb", "s3", "kms", "ssm", ...)."""
    found = _clients.get(service)
    return found if found is not None else _build(service, service, _PER_SERVICE.get(service))


def quick_client(service: str) -> Any:
    """A client that tries once and gives up after a second: for asking whether the service is there."""
    found = _clients.get(f"quick {service}")
    return found if found is not None else _build(f"quick {service}", service, _QUICK)


def code_of(error: ClientError | BotoCoreError) -> str:
    """The service's own code for a failure, or the kind of failure where no answer came at all."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__


def _build(name: str, service: str, own: Config | None) -> Any:
    global _session
    with _lock:
        if name not in _clients:
            if _session is None:
                _session = _new_session()
            made = _session.create_client(service, config=_CONFIG.merge(own) if own else _CONFIG)
            if service == "dynamodb":
                wire.quicken(made)
            _clients[name] = made
        return _clients[name]


def _new_session() -> Any:
    """A session that, where the environment holds credentials, as Lambda's does, makes ready nobody else to ask.

    The environment is asked first in any case; the others would each get an HTTP client and a TLS context of their own.
    """
    session = botocore.session.get_session()
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        session.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return session


def forget_clients() -> None:
    """Build every client anew at its next use (tests that change the endpoint)."""
    global _session
    with _lock:
        _clients.clear()
        _session = None
