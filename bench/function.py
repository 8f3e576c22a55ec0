"""A function as Lambda's runtime runs it: a process with nothing but its tree and the standard library.

    python -I -S -B function.py once TREE PLAN ROUTE       from the import to the first answer, against a stub over HTTP
    python -I -S -B function.py often TREE PLAN ROUTE...   many answers when warm, DynamoDB's put in below urllib3
    python -I -S -B function.py each TREE PLAN ROUTE...    the same, but one answer a route and no measuring

It says what it saw as JSON on its last line. Nothing that the measured code may need is imported before its clock runs.
"""

import sys
import time

_BATCHES = 3
_IN_A_BATCH = {"show": 150, "list": 30, "claim": 80}


class Context:
    """What Lambda's runtime client hands over, as far as anybody here asks for it."""

    function_name = "api"
    function_version = "$LATEST"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws-cn:lambda:cn-north-1:000000000000:function:api"
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    log_group_name = log_stream_name = "bench"

    def get_remaining_time_in_millis(self):  # noqa: ANN201 - typed code would import typing before the clock runs
        """Plenty."""
        return 28_000


class Canned:
    """DynamoDB's answers by what was asked; `asked` keeps what that was."""

    def __init__(self, answers):  # noqa: ANN001, ANN204
        import json

        self._bodies = {name: json.dumps(answer, ensure_ascii=False).encode() for name, answer in answers.items()}
        self.asked = []

    def __call__(self, target, body):  # noqa: ANN001, ANN204
        """The body of the answer. Raises KeyError for what no hot route asks."""
        name = target.rpartition(".")[2]
        if name == "GetItem":
            name += next(f" {table}" for table in ("wishes", "accounts", "rounds") if f'-{table}"'.encode() in body)
        elif name == "Query":
            name += " 51" if b"51" in body[body.index(b'"Limit"') :][:12] else " 50"
        self.asked.append((name, body))
        return self._bodies[name]


def once(tree, plan, route):  # noqa: ANN001, ANN201
    """Import, answer, and what that took in all of this process's life."""
    started = time.perf_counter()
    sys.path.insert(0, tree)
    import app

    with open(plan, encoding="utf-8") as file:
        import json

        event = json.load(file)["events"][route]
    answer = app.app(event, Context())
    wall = time.perf_counter() - started
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "status": answer["statusCode"], "body": answer["body"], "wall_ms": wall * 1000,
        "cpu_ms": (used.ru_utime + used.ru_stime) * 1000, "peak_mb": _peak_kb() / 1024,
    }  # fmt: skip


def _peak_kb():  # noqa: ANN202
    """The most memory this process has held, in KB. Not `ru_maxrss`, which begins with that of whoever started it."""
    with open("/proc/self/status") as file:
        return int(next(line for line in file if line.startswith("VmHWM")).split()[1])


def often(tree, plan, *routes, batches=_BATCHES):  # noqa: ANN001, ANN002, ANN201
    """CPU microseconds a request of each route, the least disturbed of a few batches; one answer of each to compare."""
    sys.path.insert(0, tree)
    import io
    import json

    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.response import HTTPResponse

    import app

    with open(plan, encoding="utf-8") as file:
        told = json.load(file)
    canned = Canned(told["answers"])

    def urlopen(self, method, url, body=None, headers=None, **_):  # noqa: ANN001, ANN202, ANN003
        target = headers["X-Amz-Target"]
        content = canned(target.decode() if isinstance(target, bytes) else target, bytes(body))
        sent = {"Content-Type": "application/x-amz-json-1.0", "Content-Length": str(len(content))}
        return HTTPResponse(io.BytesIO(content), headers=sent, status=200, preload_content=False, decode_content=False)

    HTTPConnectionPool.urlopen = urlopen
    found = {}
    for route in routes:
        event, context = told["events"][route], Context()
        text = json.dumps(event)
        for _ in range(_IN_A_BATCH[route] // 5 if batches else 1):
            app.app(json.loads(text), context)
        canned.asked.clear()
        answer = app.app(json.loads(text), context)
        asked = [(name, body.decode()) for name, body in canned.asked]
        events = [[json.loads(text) for _ in range(_IN_A_BATCH[route])] for _ in range(batches)]
        took = []
        for batch in events:
            canned.asked.clear()
            begun = time.process_time_ns()
            for each in batch:
                app.app(each, context)
            took.append((time.process_time_ns() - begun) / len(batch) / 1000)
        found[route] = {
            "status": answer["statusCode"], "body": answer["body"], "cpu_us": min(took, default=0),
            "asked": asked,
        }  # fmt: skip
    return found


def each(tree, plan, *routes):  # noqa: ANN001, ANN002, ANN201
    """One answer of each route, and what was asked of DynamoDB for it."""
    return often(tree, plan, *routes, batches=0)


if __name__ == "__main__":
    how, *given = sys.argv[1:]
    said = {"once": once, "often": often, "each": each}[how](*given)
    import json

    sys.stdout.flush()
    print("\n" + json.dumps(said))
