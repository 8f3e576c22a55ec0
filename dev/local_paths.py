"""What the local run serves itself, and never ships: the outbox and the schedules (product.md section 6)."""

from datetime import datetime
from urllib.parse import unquote

from chalicelib.base import clock
from chalicelib.base.problems import BadRequest, MethodNotAllowed, NotFound, Problem
from dev.gateway import Incoming, Outgoing, json_answer
from dev.outbox import Outbox
from dev.schedules import Schedules

PREFIX = "/_local/"


class NotReady(Problem):
    """503: the data are still being prepared."""

    status = 503


class LocalPaths:
    """The paths under `/_local/`."""

    def __init__(self, outbox: Outbox, schedules: Schedules) -> None:
        self._outbox = outbox
        self._schedules = schedules

    def answer(self, request: Incoming) -> Outgoing:
        """The answer to a request under the prefix. Raises Problem."""
        match request.path.removeprefix(PREFIX).rstrip("/").split("/"):
            case ["outbox"]:
                _only(request, "GET")
                return json_answer({"items": self._outbox.sent(_parameter(request, "to"))})
            case ["schedules"]:
                _only(request, "GET")
                return json_answer({"items": self._schedules.list()})
            case ["schedules", name]:
                _only(request, "POST")
                return self._run(unquote(name), _parameter(request, "at"))
        raise NotFound()

    def _run(self, name: str, at: str | None) -> Outgoing:
        moment = None if at is None else _moment(at)
        body: dict[str, object] = {"name": name, "at": clock.stamp(moment)}
        result = self._schedules.run(name, moment)
        if isinstance(result, str | int | float | bool | dict | list):
            body["result"] = result
        return json_answer(body)


def _only(request: Incoming, method: str) -> None:
    allowed = ("GET", "HEAD") if method == "GET" else (method,)
    if request.method not in allowed:
        raise MethodNotAllowed(headers={"Allow": ", ".join(allowed)})


def _parameter(request: Incoming, name: str) -> str | None:
    query = request.query
    unknown = next((given for given in query if given != name), None)
    if unknown is not None or len(query.get(name, ())) > 1:
        raise BadRequest("bad_parameter", name=(unknown or name)[:60])
    return query[name][0] if name in query else None


def _moment(text: str) -> datetime:
    try:
        if "T" not in text.upper():
            raise ValueError("a day is no time")
        # an unescaped plus arrives as a space
        return clock.moment(text.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise BadRequest("bad_parameter", name="at") from error
