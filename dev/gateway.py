"""API Gateway's part in the local run: from a request to the function's event, and back.

Chalice's own local gateway answers what it cannot route with texts of its own, takes the first route's path
parts into the next one, decodes nothing and calls every client 127.0.0.1. Here unknown paths and methods are
problem documents (product.md section 6), paths are percent-decoded, the event carries the client's address.
"""

import base64
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

import msgspec
from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LambdaContext, LocalChalice, LocalGateway, LocalGatewayException, NotAuthorizedError

from chalicelib.base.problems import BadRequest, Forbidden, MethodNotAllowed, NotFound, Problem, Unauthorized

MOST_PARAMETERS = 100
_TIMEOUT = 29_000  # milliseconds, as API Gateway has it


class Incoming(NamedTuple):
    """A request as it came in: `target` is path and query as sent, header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    address: str

    @property
    def path(self) -> str:
        """The target without its query, scheme and host; still percent-encoded."""
        path = self.target.partition("?")[0].partition("#")[0]
        if path.startswith(("http://", "https://")):
            path = "/" + path.split("/", 3)[3] if path.count("/") > 2 else "/"
        return path

    @property
    def query(self) -> dict[str, list[str]]:
        """The decoded parameters. Raises BadRequest where they cannot be decoded or are too many."""
        text = self.target.partition("#")[0].partition("?")[2]
        try:
            return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
        except ValueError as error:
            raise BadRequest() from error


class Outgoing(NamedTuple):
    """An answer; a header may stand in the list more than once."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Gateway(LocalGateway):
    """Chalice's local gateway with the routing, refusals and events of the real one."""

    def __init__(self, app: Chalice, config: Config) -> None:
        _make_thread_safe(app)
        super().__init__(app, config)
        self._routes = _Routes(app.routes)
        self._context = partial(LambdaContext, config.function_name, config.lambda_memory_size, _TIMEOUT)

    def answer(self, request: Incoming) -> Outgoing:
        """The application's answer. Raises Problem for what never reaches the application."""
        route, parts = self._routes.find(request.path)
        methods = self._app_object.routes[route]
        method = "GET" if request.method == "HEAD" and "HEAD" not in methods else request.method
        event = self._event(request, method, route, parts)
        if method == "OPTIONS" and method not in methods:
            return self._preflight(event, _allowed(methods))
        if method not in methods:
            raise MethodNotAllowed(headers={"Allow": _allowed(methods)})
        context = self._context()
        try:
            event, context = self._authorizer.authorize(request.path, event, context)
        except LocalGatewayException as refusal:
            raise (Unauthorized() if isinstance(refusal, NotAuthorizedError) else Forbidden()) from refusal
        return _outgoing(self._app_object(event, context))

    def _event(self, request: Incoming, method: str, route: str, parts: Mapping[str, str]) -> dict[str, Any]:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        binary = bool(request.body) and media in self._app_object.api.binary_types
        body: Any = base64.b64encode(request.body).decode() if binary else request.body or None
        return {
            "resource": route,
            "path": request.path,
            "httpMethod": method,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": route,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "stage": "local",
                "identity": {
                    "sourceIp": request.address,
                    "userAgent": request.headers.get("user-agent"),
                },
            },
            # Chalice refuses a file to those who name no Accept at all; API Gateway's own default is anything.
            "headers": {"accept": "*/*", **request.headers},
            "pathParameters": parts,
            "multiValueQueryStringParameters": request.query or None,  # null without any, as API Gateway has it
            "stageVariables": {},
            "body": body,
            "isBase64Encoded": binary,
        }

    def _preflight(self, event: dict[str, Any], allowed: str) -> Outgoing:
        routes = self._app_object.routes[event["requestContext"]["resourcePath"]]
        headers = [("Allow", allowed)]
        if any(entry.cors is not None for entry in routes.values()):
            headers += self._autogen_options_headers(event).items()
        return Outgoing(204, headers, b"")


def problem_answer(problem: Problem, language: str) -> Outgoing:
    """The problem document as an answer."""
    headers = {
        "Content-Type": "application/problem+json",
        "Content-Language": language,
        "Cache-Control": "no-store",
        **problem.headers,
    }
    return Outgoing(problem.status, list(headers.items()), msgspec.json.encode(problem.document(language)))


def json_answer(body: object, status: int = 200) -> Outgoing:
    """A JSON answer."""
    return Outgoing(status, [("Content-Type", "application/json")], msgspec.json.encode(body))


def _make_thread_safe(app: Chalice) -> None:
    """Keep the current request per thread, as Chalice's command line does for its local server."""
    if not isinstance(app, LocalChalice):
        app.__class__ = type("LocalApplication", (LocalChalice, app.__class__), {})


def _allowed(methods: Mapping[str, Any]) -> str:
    names = set(methods) | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return ", ".join(sorted(names))


def _outgoing(response: Mapping[str, Any]) -> Outgoing:
    body = response.get("body") or ""
    content = base64.b64decode(body) if response.get("isBase64Encoded") else body
    if isinstance(content, str):
        content = content.encode()
    headers = [(name, str(value)) for name, value in (response.get("headers") or {}).items()]
    for name, values in (response.get("multiValueHeaders") or {}).items():
        headers += [(name, str(value)) for value in values]
    return Outgoing(int(response["statusCode"]), headers, content)


class _Routes:
    """The application's paths by number of segments, literal ones before those with parameters."""

    def __init__(self, routes: Mapping[str, Any]) -> None:
        self._literal = {route for route in routes if "{" not in route}
        self._by_length: dict[int, list[tuple[str, list[str]]]] = {}
        for route in sorted(routes, key=lambda route: route.replace("{", "\uffff")):
            segments = route.split("/")
            self._by_length.setdefault(len(segments), []).append((route, segments))

    def find(self, path: str) -> tuple[str, dict[str, str]]:
        """The route of a percent-encoded path and its parameters. Raises NotFound, BadRequest."""
        if path != "/" and path.endswith("/"):
            path = path[:-1]  # as API Gateway does
        if path in self._literal:
            return path, {}
        try:
            parts = [unquote(part, errors="strict") for part in path.split("/")]
        except UnicodeDecodeError as error:
            raise BadRequest() from error
        for route, segments in self._by_length.get(len(parts), ()):
            if all(part == segment or segment.startswith("{") for part, segment in zip(parts, segments, strict=True)):
                return route, {
                    segment[1:-1]: part
                    for part, segment in zip(parts, segments, strict=True)
                    if segment.startswith("{")
                }
        raise NotFound()
