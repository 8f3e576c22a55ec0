"""From the declared routes to the OpenAPI 3.1 document. Pure: routes in, builtins out."""

import re
from collections.abc import Sequence
from typing import Any, Final

from chalicelib.base import openapi_answers as answers
from chalicelib.base.openapi_schemas import Schema, Schemas, carries_version, properties
from chalicelib.base.web import ANYONE, Route

_TEXT: Final = {"type": "string", "minLength": 1}
_BINARY: Final = {"type": "string", "format": "binary"}
_FILE_TYPES: Final = {".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_SAYS: Final = {200: "Done", 201: "Made", 202: "Accepted; it goes on by itself", 204: "Done; nothing to say"}
_PATH_PART: Final = re.compile(r"\{(\w+)\}")
_DESCRIPTION: Final = (
    "A charity platform for one small wish at a time. JSON in and out, `snake_case`, RFC 3339 UTC times, "
    'opaque ids. Lists answer `{"items": [...], "next": cursor-or-null}`. Errors are RFC 9457 problem '
    "documents with a stable `code`, in zh-CN (default) or en by Accept-Language. `x-audience` names who may "
    "call: `anyone`, `signed_in`, or any of the roles listed."
)
_PARAMETERS: Final[Schema] = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "description": "zh-CN (default) or en: the language of problems and of other sentences for people.",
        "schema": {"type": "string"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Up to 200 visible characters. A replay of a success answers with the first answer's "
        "entity, under today's permissions; the same key with another request is refused.",
        "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
    },
}
_IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "description": "The version the edit starts from, bare or quoted.",
    "schema": {"type": "string", "pattern": '^(W/)?"?[0-9]{1,9}"?$'},
}
_ETAG: Final = {"ETag": {"description": "The version, quoted; If-Match takes it.", "schema": {"type": "string"}}}


def build(routes: Sequence[Route], version: str) -> Schema:
    """The document of `routes`, ordered by path and name: which room was imported first does not matter."""
    declared = sorted(routes, key=lambda route: (route.path, route.method))
    schemas = Schemas(shape for route in declared for shape in (route.takes, *route.gives.values()) if shape)
    paths: Schema = {}
    for route in declared:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "MicroWish 微心愿", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": room} for room in sorted({route.room for route in declared})],
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**schemas.components, "Problem": answers.PROBLEM}.items())),
            "parameters": _PARAMETERS,
            "responses": answers.shared(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token of `POST /v1/auth/tokens`: 30 minutes.",
                }
            },
        },
    }


def _operation(route: Route, schemas: Schemas) -> Schema:
    found: Schema = {
        "operationId": route.name,
        "summary": route.summary,
        "description": route.description,
        "tags": [route.room],
        "parameters": _parameters(route),
        "requestBody": _body(route, schemas),
        "responses": _given(route, schemas) | answers.refusals(route),
        "security": [{}, {"bearer": []}] if route.audience == ANYONE else [{"bearer": []}],
        "x-audience": route.audience if isinstance(route.audience, str) else sorted(route.audience),
    }
    return {key: value for key, value in found.items() if value not in ("", [], None)}


def _parameters(route: Route) -> list[Schema]:
    found: list[Schema] = [
        {"name": name, "in": "path", "required": True, "description": _of(name), "schema": _TEXT}
        for name in _PATH_PART.findall(route.path)
    ]
    for name, schema, required in properties(route.query) if route.query is not None else ():
        found.append({"name": name, "in": "query", "required": required, "schema": schema})
    if route.edits or "stale" in route.refuses:
        found.append({**_IF_MATCH, "required": route.edits})
    if route.method == "POST" and not route.path.startswith("/v1/auth/"):
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    return [*found, {"$ref": "#/components/parameters/AcceptLanguage"}]


def _of(name: str) -> str:
    noun = name.removesuffix("_id").replace("_", " ")
    return "The round's id, or `current`." if noun == "round" else f"The {noun}'s id."


def _body(route: Route, schemas: Schemas) -> Schema | None:
    content: Schema = {media: {"schema": _BINARY} for media in route.files}
    if route.takes is not None:
        content["application/json"] = {"schema": schemas.of(route.takes)}
    if not content:
        return None
    # The door reads an empty body as {}, which does where no field is needed.
    return {"required": bool(route.files) or schemas.needs_something(route.takes), "content": content}


def _given(route: Route, schemas: Schemas) -> Schema:
    return {str(status): _answer(route, status, shape, schemas) for status, shape in sorted(route.gives.items())}


def _answer(route: Route, status: int, shape: Any, schemas: Schemas) -> Schema:
    answer: Schema = {"description": f"{_SAYS.get(status, 'Answered')}."}
    if shape is None:
        return answer
    if carries_version(shape):
        answer["headers"] = _ETAG
    if shape is str:
        media = "text/javascript" if route.path.endswith(".js") else "text/html"
        return answer | {"content": {media: {"schema": {"type": "string"}}}}
    if shape is bytes:
        media = _FILE_TYPES.get(route.path[route.path.rfind(".") :], "application/octet-stream")
        return answer | {"content": {media: {"schema": _BINARY}}}
    return answer | {"content": {"application/json": {"schema": schemas.of(shape)}}}
