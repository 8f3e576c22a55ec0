"""The local server: how many trivial requests a second it answers on one keep-alive connection.

The server runs as in the local run (dev/server.py, dev/gateway.py) with an application of one route that does nothing.
Its client is another process, so that it takes no turn of the server's.
"""

import multiprocessing
import socket
import threading
import time
from multiprocessing.connection import Connection
from typing import Any, Final

from chalice.app import Chalice
from chalice.config import Config

from bench import Found, Say, stack
from dev.gateway import Gateway
from dev.server import Server, serve

REQUESTS: Final = 5_000
ROUNDS: Final = 5
LEAST: Final = 2_000
_REQUEST: Final = b"GET /trivial HTTP/1.1\r\nHost: localhost\r\n\r\n"


def run(say: Say) -> Found:
    """The best of five rounds: others use this machine, too, and only ever take time away."""
    server = _server()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        rates = [_measured(server.server_port) for _ in range(ROUNDS)]
    finally:
        server.shutdown()
        server.server_close()
    say(f"{REQUESTS:,} requests a round: " + ", ".join(f"{rate:,.0f}/s" for rate in rates))
    rows = [stack.at_least("trivial requests on one keep-alive connection", max(rates), "/s", LEAST)]
    return {"rows": rows, "rates": [round(rate) for rate in rates], "requests": REQUESTS}


def _server() -> Server:
    application = Chalice(app_name="trivial")

    @application.route("/trivial")
    def trivial() -> dict[str, Any]:
        return {"ok": True}

    config = Config(config_from_disk={"app_name": "trivial"})
    gateway = Gateway(application, config)
    return serve(application, config, "127.0.0.1", 0, gateway.answer)


def _measured(port: int) -> float:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=_ask, args=(theirs, port), daemon=True)
    process.start()
    rate: float = mine.recv()
    process.join()
    return rate


def _ask(pipe: Connection, port: int) -> None:
    """One request after the other; the next is sent when the whole answer is there."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = connection.makefile("rb")
        started = time.perf_counter()
        for _ in range(REQUESTS):
            connection.sendall(_REQUEST)
            _read(answers)
        pipe.send(REQUESTS / (time.perf_counter() - started))


def _read(answers: Any) -> None:
    status, length = answers.readline(), 0
    if b" 200 " not in status:
        raise ValueError(f"the server answered {status!r}")
    while (line := answers.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    answers.read(length)
