"""Runs the variants as functions of their own, one after the other by turns, and holds their answers together."""

import json
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from bench import canned
from bench.function import Canned

PROGRAM: Final = Path(__file__).with_name("function.py")
ROUTES: Final = {"show": "GET one wish", "list": "GET a list of 50", "claim": "POST a claim"}
_STATUS: Final = {"show": 200, "list": 200, "claim": 201}
_MOMENTS: Final = ("cd", "ex", "or", "du")  # attributes that hold the time of the claim
_MOMENTS_OF_LINE: Final = (8, 13)
_REMEMBERED: Final = ("GetItem accounts", "GetItem rounds")

Said = dict[str, Any]


class NotTheSame(Exception):
    """A variant did not do what ours does: it measured something else. The text is for people."""


def plan(trees: Mapping[str, Path]) -> Path:
    """The file of answers and requests, made anew beside the trees."""
    place = next(iter(trees.values())).with_name("plan.json")
    canned.write(place)
    return place


def command(how: str, tree: Path, plan: Path, *routes: str) -> list[str]:
    """The process that is measured. -B: the stock package has no byte code, and Lambda's disk takes none."""
    return [sys.executable, "-I", "-S", "-B", str(PROGRAM), how, str(tree), str(plan), *routes]


def said(name: str, run: Sequence[str], endpoint: str = "", **more: str) -> Said:
    """What the process said on its last line. Raises NotTheSame where it failed."""
    where = {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", **canned.environment(), **where, **more}
    made = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=600)
    if made.returncode != 0:
        raise NotTheSame(f"{name}: {made.stderr[-1500:]}")
    found: Said = json.loads(made.stdout.splitlines()[-1])
    return found


@contextmanager
def dynamodb(plan: Path) -> Iterator[str]:
    """A stub that answers over HTTP at once; its URL."""
    answer = Canned(json.loads(plan.read_text(encoding="utf-8"))["answers"])

    class Stub(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = answer(self.headers["X-Amz-Target"], content)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def require_same(name: str, route: str, theirs: Said, ours: Said) -> None:
    """Raise NotTheSame unless a variant answers as ours does and, where that is known, asks DynamoDB the same."""
    for who, each in (("ours", ours), (name, theirs)):
        if each["status"] != _STATUS[route]:
            raise NotTheSame(f"{who}, {route}: {each['status']} {each['body']}")
    if answer_of(route, theirs["body"]) != answer_of(route, ours["body"]):
        raise NotTheSame(f"{name}, {route}: {theirs['body'][:600]}\ninstead of {ours['body'][:600]}")
    if "asked" in ours and calls_of(theirs) != calls_of(ours):
        raise NotTheSame(f"{name}, {route}: {theirs['asked']}\ninstead of {ours['asked']}")


def answer_of(route: str, body: str) -> Any:
    """An answer without what may differ: how a cursor is made, and when the claim was."""
    found = json.loads(body)
    if route == "list":
        return found | {"next": bool(found["next"])}
    return found | {"claimed_at": "", "expires_at": ""} if route == "claim" else found


def calls_of(said: Said) -> list[Any]:
    """What was asked of DynamoDB, but for what all remember alike: on a slow day one of them has to ask again."""
    return [call_of(name, body) for name, body in said["asked"] if name not in _REMEMBERED]


def call_of(name: str, body: str) -> Any:
    """A call without what may differ: the page's size by one, names of expressions, and when the claim was."""
    if name != "TransactWriteItems":
        return name.partition(" 5")[0]
    parts = [next(iter(part.items())) for part in json.loads(body)["TransactItems"]]
    return [(kind, part["TableName"], part.get("Key"), _item(part.get("Item", {}))) for kind, part in parts]


def _item(item: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in item.items() if name not in _MOMENTS}
    if "n" in kept:
        line = kept["n"]["S"].split("\x1f")
        kept["n"] = [field for place, field in enumerate(line) if place not in _MOMENTS_OF_LINE]
    return kept


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Ours over theirs: the median of the rounds, each compared within itself."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
