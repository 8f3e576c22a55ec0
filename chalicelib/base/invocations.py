"""Around every invocation, whatever it is of: its ids on each log line, its numbers and its end on the last one.

Chalice calls these as middleware (`app.py` registers them); they see its objects and need nothing of it.
"""

import logging
import os
import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from chalicelib.base import logs, metrics
from chalicelib.base.problems import Problem

REQUEST_ID_HEADER: Final = "X-Request-Id"
_TRACE: Final = re.compile(r"Root=([0-9a-f-]{1,64})")

_invoked: set[str] = set()  # functions this process has served: whoever is not in it starts cold


class RunFailed(Exception):
    """A run of a scheduled function or a worker failed: kind and place, for Lambda writes the text into the log."""


def answered(request: Any, get_response: Callable[[Any], Any]) -> Any:
    """Around a request: the answer carries the request's id, the log a line with route, status and milliseconds."""
    if request is None:  # nothing Chalice could read as a request
        return get_response(request)
    started = time.perf_counter()
    request_id = str(request.context.get("requestId") or uuid.uuid4())
    route = f"{request.method} {request.context.get('resourcePath', '')}"
    with (
        logs.invocation(request_id=request_id, trace_id=_trace(request.headers), function=_function(), route=route),
        metrics.gathered() as counted,
    ):
        response = get_response(request)
        response.headers[REQUEST_ID_HEADER] = request_id
        ms = round((time.perf_counter() - started) * 1000)
        status = int(response.status_code)
        level = logging.ERROR if status >= 500 else logging.INFO
        logs.end("answered", level, metrics.embedded(counted), status=status, ms=ms, cold=_cold("api"))
    return response


def ran(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Around a run of a scheduled function or a worker. Raises Problem, or RunFailed for whatever else was raised."""
    started = time.perf_counter()
    name = _function(event.context)
    request_id = str(getattr(event.context, "aws_request_id", "") or uuid.uuid4())
    with (
        logs.invocation(request_id=request_id, trace_id=_trace({}), function=name),
        metrics.gathered() as counted,
    ):
        failed = True
        try:
            result = get_response(event)
            failed = False
        except Problem as problem:
            logs.error("run_refused", kind=problem.code)
            raise
        except Exception as error:
            kind, place = type(error).__name__, logs.place_of(error)
            logs.error("run_failed", kind=kind, place=place)
            raise RunFailed(f"{kind} at {place}") from None
        finally:
            ms = round((time.perf_counter() - started) * 1000)
            numbers = metrics.embedded(counted, run_ms=ms, failed=failed)
            logs.end("ran", logging.ERROR if failed else logging.INFO, numbers, ms=ms, cold=_cold(name))
    return result


def _trace(headers: Mapping[str, str]) -> str:
    """The trace's root id, from the gateway or from Lambda; "" where nobody traces."""
    for text in (headers.get("x-amzn-trace-id") or "", os.environ.get("_X_AMZN_TRACE_ID") or ""):
        found = _TRACE.search(text)
        if found is not None:
            return found[1]
    return ""


def _function(context: Any = None) -> str:
    """The function's name as deployed, or as the local run calls it."""
    return os.environ.get("AWS_LAMBDA_FUNCTION_NAME") or str(getattr(context, "function_name", "") or "api")


def _cold(name: str) -> bool:
    if name in _invoked:
        return False
    _invoked.add(name)
    return True
