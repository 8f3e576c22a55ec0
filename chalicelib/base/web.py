"""The door: what happens to every request before and after a route's own three lines.

    parse → who may → act → view

A room declares its routes on a `Room`; each names its audience, what it takes and what it gives. From the same
declaration come the checks at the door, the OpenAPI document and the table of routes that tests walk through.
Chalice knows the routes from `base/surface.py`, so that a room is loaded by its first request (docs/adr/0028).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, Literal

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.base import bodies, clock, failures, headers, languages
from chalicelib.base.callers import NOBODY, Caller, require
from chalicelib.base.problems import (
    BadRequest,
    FieldFault,
    NotJson,
    Problem,
    TooLarge,
    Unauthorized,
    Unprocessable,
)

LARGEST_JSON: Final = 256 * 1024  # bytes; the longest honest body is a wish of some 10 KB
LARGEST_FILE: Final = 4 * 1024 * 1024  # product.md section 6: up to 4 MB, larger ones go through S3
BINARY_TYPES: Final = [
    "text/csv",
    "application/csv",
    "application/octet-stream",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
]
"""Bodies API Gateway must hand over byte for byte; anything else it would force into UTF-8."""

Audience = frozenset[str] | Literal["anyone", "signed_in"]
ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed_in"
STAFF: Final[Audience] = frozenset({"committee_worker", "liaison", "administrator"})
REVIEWERS: Final[Audience] = frozenset({"liaison", "administrator"})
READERS: Final[Audience] = frozenset({"administrator", "observer"})
ADMINISTRATORS: Final[Audience] = frozenset({"administrator"})


@dataclass(frozen=True)
class Call:
    """One request, parsed: who calls, in which language, with which headers that matter."""

    caller: Caller
    language: str
    address: str  # the client's IP address as the gateway saw it
    idempotency_key: str  # "" without one; already bound to the caller
    fingerprint: str  # of method, path and body: the same key with another fingerprint is refused
    if_match: int | None
    headers: Mapping[str, str]
    content: bytes = b""  # the raw body, of routes that take files
    origin: str = ""  # where the platform is reached, as this request reached it: "https://host", with a stage's prefix
    at: str = field(default_factory=clock.stamp)


@dataclass(frozen=True)
class Answer:
    """What a route gives: a Struct (or builtins), its status, and headers such as ETag."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """One method of one path, as declared: the source of the OpenAPI document and of the audience table."""

    method: str
    path: str
    room: str
    audience: Audience
    takes: Any
    files: tuple[str, ...]
    query: Any
    gives: Mapping[int, Any]
    refuses: tuple[str, ...]
    edits: bool
    summary: str
    description: str
    name: str
    rushed: bool = False
    module: str = ""  # that declares it


_modules: list[str] = []  # of routes, in the order the composition root names them

_authenticate: Callable[[str], Caller] | None = None


def set_authenticator(authenticate: Callable[[str], Caller]) -> None:
    """Called once by the composition root: how a bearer token becomes a caller (`accounts` knows)."""
    global _authenticate
    _authenticate = authenticate


def blueprint(module: str, routes: Iterable[tuple[str, str, str]]) -> Blueprint:
    """The routes of a module, each (method, path, name), for Chalice to register: a route's first request loads it."""
    made = Blueprint(module)
    _modules.append(module)
    for method, path, name in routes:
        made.route(path, methods=[method], content_types=["*/*"], name=name)(_view(made, module, name))
    return made


def _view(made: Blueprint, module: str, name: str) -> Callable[..., Response]:
    def view(**parts: str) -> Response:
        _, serve = _declarations(module)[name]
        return serve(made.current_request, parts)

    view.__name__ = name
    return view


def every_route() -> list[Route]:
    """Every route of the API, room by room, in the order it was declared; loads every room."""
    return [route for module in _modules for route, _ in _declarations(module).values()]


def _declarations(module: str) -> Mapping[str, tuple[Route, Callable[..., Response]]]:
    """What the module declared: asking for its `room` runs it (base/starting.py), or waits for whoever runs it."""
    room: Room = import_module(module).room
    return room.declared


class Room:
    """The routes of one room."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.declared: dict[str, tuple[Route, Callable[..., Response]]] = {}  # by name: the route, what serves it

    def route(
        self,
        method: str,
        path: str,
        *,
        who: Audience,
        takes: Any = None,
        files: tuple[str, ...] = (),
        query: Any = None,
        gives: Mapping[int, Any],
        refuses: tuple[str, ...] = (),
        edits: bool = False,
        rushed: bool = False,
    ) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        """Declare a route.

        `takes` is the body's Struct, `files` the media types of a raw body instead, `query` the Struct of the
        parameters; the function gets them as `body` and `query`, and the path's parts by name. `edits` asks for
        If-Match. `rushed` leaves it to the act to read who the caller is now, once that matters (docs/adr/0008): a lost
        claim never pays for it. `gives` maps statuses to answer types; `refuses` names this route's own refusals.
        """

        def declare(function: Callable[..., Answer]) -> Callable[..., Answer]:
            summary, _, description = (function.__doc__ or "").strip().partition("\n")
            route = Route(
                method, path, self.name, who, takes, files, query, gives, refuses, edits,
                summary.strip(), " ".join(description.split()), function.__name__, rushed,
                function.__module__,
            )  # fmt: skip
            self.declared[route.name] = (route, _serving(route, function))
            return function

        return declare


def _serving(route: Route, function: Callable[..., Answer]) -> Callable[..., Response]:
    def serve(request: Any, parts: Mapping[str, str]) -> Response:
        language = languages.preferred(request.headers.get("accept-language"))
        try:
            return _answered(_handle(route, function, request, language, parts))
        except Exception as error:
            return refused(failures.problem_of(error, route.name), language)

    return serve


def _handle(
    route: Route, function: Callable[..., Answer], request: Any, language: str, parts: Mapping[str, str]
) -> Answer:
    caller = _caller(request.headers.get("authorization"))
    _admit(route, caller)
    raw = _raw(route, request)
    extra: dict[str, Any] = {}
    if route.query is not None:
        extra["query"] = query_of(request.query_params, route.query)
    elif request.query_params:
        raise BadRequest("bad_parameter", name=next(iter(request.query_params))[:60])
    if route.takes is not None:
        extra["body"] = bodies.parse(raw, route.takes)
    asked = [f"{name}={value}" for name, value in sorted((request.query_params or {}).items())]
    key, fingerprint = headers.key(
        request.headers.get("idempotency-key"), caller, (route.method, route.path), parts, asked, raw
    )
    call = Call(
        caller=caller,
        language=language,
        address=headers.address(request),
        idempotency_key=key,
        fingerprint=fingerprint,
        if_match=headers.version(request.headers.get("if-match"), route.edits),
        headers=request.headers,
        content=raw if route.files else b"",
        origin=headers.origin(request),
    )
    return function(call, **parts, **extra)


def _caller(header: str | None) -> Caller:
    if header is None:
        return NOBODY
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token or _authenticate is None:
        raise Unauthorized("bad_token", headers={"WWW-Authenticate": "Bearer"})
    return _authenticate(token.strip())


def _admit(route: Route, caller: Caller) -> None:
    if route.audience == ANYONE:
        return
    if caller.is_anonymous:
        raise Unauthorized(headers={"WWW-Authenticate": "Bearer"})
    if not route.rushed:
        caller.prove()
    if isinstance(route.audience, frozenset):
        require(caller.has(route.audience))


def _raw(route: Route, request: Any) -> bytes:
    raw: bytes = request.raw_body or b""
    limit = LARGEST_FILE if route.files else LARGEST_JSON
    if len(raw) > limit:
        raise TooLarge(limit=limit)
    media = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if route.takes is not None and not route.files and (media or raw) and media != "application/json":
        raise NotJson()
    return raw


def query_of(params: Any, shape: Any) -> Any:
    """The query parameters as the Struct `shape` (texts; numbers where the field is one). Raises BadRequest."""
    given: dict[str, str] = {}
    for name in params or {}:
        values = params.getlist(name) if hasattr(params, "getlist") else [params[name]]
        if len(values) != 1 or name not in bodies.fields_of(shape):
            raise BadRequest("bad_parameter", name=name[:60])
        given[name] = values[0]
    try:
        return bodies.convert(_numbers(given, shape), shape)
    except Unprocessable as problem:
        faults: list[FieldFault] = list(problem.errors)
        raise BadRequest("bad_parameter", errors=faults, name=faults[0].field) from problem


def _numbers(given: Mapping[str, str], shape: Any) -> dict[str, object]:
    """Whole numbers where the field takes one: a query only knows texts."""
    found: dict[str, object] = dict(given)
    for name, info in bodies.fields_of(shape).items():
        if name in given and "int" in str(info.type) and re.fullmatch(r"-?[0-9]{1,9}", given[name]):
            found[name] = int(given[name])
        elif name in given and "bool" in str(info.type) and given[name] in ("true", "false"):
            found[name] = given[name] == "true"
    return found


def _answered(answer: Answer) -> Response:
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        **answer.headers,
    }
    if isinstance(answer.body, bytes | str):  # a file or a page: it says itself what it is
        return Response(answer.body, status_code=answer.status, headers=headers)
    body = msgspec.json.encode(answer.body).decode()
    return Response(body, status_code=answer.status, headers=headers)


def refused(problem: Problem, language: str) -> Response:
    """The problem document for a refusal."""
    return Response(
        msgspec.json.encode(problem.document(language)).decode(),
        status_code=problem.status,
        headers={
            "Content-Type": "application/problem+json",
            "Content-Language": language,
            "Cache-Control": "no-store",
            **problem.headers,
        },
    )
