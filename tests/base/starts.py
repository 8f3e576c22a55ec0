"""One start of a function in a process of its own, as Lambda's is: what it answers, and what it ran for that."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

CHECKOUT = Path(__file__).parent.parent.parent
_START = """
import json, sys
sys.path.insert(0, sys.argv[1])
answer = None
exec(sys.argv[2])
ran = [name for name, module in sys.modules.items() if type(module).__name__ != "_LazyModule"]
print(json.dumps({"answer": answer, "ran": ran}))
"""


class Start(NamedTuple):
    """What was answered (None without a request), and the names of the modules that were run."""

    answer: Any
    ran: frozenset[str]


def start(code: str) -> Start:
    """Run `code` in a fresh process, with these settings but as in Lambda; what it calls `answer` is the answer."""
    made = subprocess.run(
        [sys.executable, "-B", "-c", _START, str(CHECKOUT), code],
        env={name: value for name, value in os.environ.items() if name != "LOCAL_RUN"},
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    found = json.loads(made.stdout.splitlines()[-1])
    return Start(found["answer"], frozenset(found["ran"]))


def answered(method: str, resource: str, path: str, token: str = "", body: Any = None) -> Start:
    """The API function started by one request, as API Gateway hands it over: `resource` is the path with names."""
    url = urlsplit(path)
    names = [part[1:-1] for part in resource.split("/") if part.startswith("{")]
    values = [given for given, part in zip(url.path.split("/"), resource.split("/"), strict=True) if part[:1] == "{"]
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    event = {
        "resource": resource,
        "path": url.path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": parse_qs(url.query) or None,
        "pathParameters": dict(zip(names, values, strict=True)) or None,
        "stageVariables": None,
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": f"/api{url.path}",
            "stage": "api",
            "requestId": "start",
            "identity": {"sourceIp": "192.0.2.1"},
        },
    }
    return start(f"import app\nanswer = app.app({event!r}, None)")
