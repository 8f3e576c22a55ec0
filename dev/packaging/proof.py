"""The packaged tree on its own: whether it starts, with nothing of this machine's Python but the standard library."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

from dev.packaging.target import Target

_STARTS: Final = """
import ast, importlib, json, pathlib, sys
tree, services = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
sys.path.insert(0, str(tree))
sys.dont_write_bytecode = True
import app
for file in sorted((tree / "chalicelib").rglob("*.py")):
    name = ".".join(file.relative_to(tree).with_suffix("").parts).removesuffix(".__init__")
    importlib.import_module(name).__doc__  # the house's modules run when something of them is asked for
    for node in ast.walk(ast.parse(file.read_bytes())):  # what is only imported when it is first used, too
        if isinstance(node, ast.ImportFrom) and not node.level:
            importlib.import_module(node.module)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
from chalicelib.base import aws
class Refusal:
    def stream(self):
        return iter([b"<ErrorResponse><Error><Code>Refused</Code></Error></ErrorResponse>"])
for service in services:  # a call of each, signed and parsed, which a service that is not there refuses
    from botocore.awsrequest import AWSResponse
    from botocore.exceptions import ClientError
    client = aws.client(service)
    client.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 400, {}, Refusal()))
    shapes = {name: client.meta.service_model.operation_model(name).input_shape
              for name in client.meta.service_model.operation_names}
    free = min(name for name, shape in shapes.items() if shape is None or not shape.required_members)
    try:
        client._make_api_call(free, {})
    except ClientError:
        pass
    else:
        raise SystemExit(f"{service}: a refusal was taken for an answer")
strangers = [
    name for name, module in sys.modules.items() if "site-packages" in (getattr(module, "__file__", None) or "")
]
stale = [
    name for name, module in sys.modules.items()
    if (getattr(module, "__file__", None) or "").startswith(str(tree) + "/") and module.__file__.endswith(".py")
    and not pathlib.Path(module.__cached__).is_file()
]
print(json.dumps({"handlers": sorted(name for name in dir(app) if callable(getattr(app, name))),
                  "strangers": strangers, "stale": stale}))
"""


class DoesNotStart(Exception):
    """The package would not start in Lambda; the text is for people."""


def handlers_of(tree: Path, target: Target, services: frozenset[str]) -> frozenset[str] | None:
    """The names in `app.py` that Lambda could call, after importing everything and using every client.

    None where the package is for another processor than this machine's, and can't be tried here. Raises DoesNotStart.
    """
    if platform.machine() != target.machine:
        return None
    made = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _STARTS, tree, json.dumps(sorted(services))],
        env={
            "AWS_DEFAULT_REGION": "cn-north-1",
            "PATH": os.defpath,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
        },
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        raise DoesNotStart(f"The package does not start:\n{made.stderr.strip()}")
    found = json.loads(made.stdout)
    if found["strangers"] or found["stale"]:
        raise DoesNotStart(f"Not from the package: {found['strangers']}; without byte code: {found['stale']}")
    return frozenset(found["handlers"])
