"""What each route may answer when it refuses: the statuses, their codes, and what describes them. Pure."""

from typing import Any, Final

from chalicelib.base.openapi_schemas import Schema
from chalicelib.base.web import ANYONE, LARGEST_FILE, LARGEST_JSON, Route

REFUSALS: Final[dict[int, str]] = {
    400: "An unreadable body, or a bad parameter",
    401: "No token where one is needed, or not a good one",
    403: "Known, but not allowed",
    404: "Unknown, or not visible to this reader",
    409: "Wrong state, or a lost race",
    412: "The version in If-Match is not today's",
    413: f"Too large: at most {LARGEST_JSON} bytes of JSON, or {LARGEST_FILE} bytes of a file",
    415: "Another media type than the one taken here",
    422: "Readable, but fields are wrong: unknown ones, wrong types, control characters",
    428: "An edit without If-Match",
    429: "Too many; try again later",
    500: "Our fault",
    503: "Something the platform stands on did not answer; try again",
}

CODES: Final[dict[int, tuple[str, ...]]] = {
    400: ("bad_request", "bad_json", "bad_parameter", "bad_cursor", "bad_if_match", "bad_idempotency_key"),
    401: ("unauthorized", "bad_token"),
    403: ("forbidden",),
    404: ("not_found",),
    409: ("conflict",),
    412: ("stale",),
    413: ("too_large",),
    415: ("not_json",),
    422: ("invalid_fields", "idempotency_key_reused"),
    428: ("version_required",),
    429: ("too_many_requests",),
    500: ("internal_error",),
    503: ("unavailable",),
}
"""The codes of each status that any route may answer with; a route's own come beside them."""

STATUS_OF: Final[dict[str, int]] = {
    "bad_cursor": 400,
    "bad_link": 401,
    "bad_token": 401,
    "declarer_may_not_review": 403,
    "guardian_required": 422,
    "no_current_round": 404,
    "not_a_member": 403,
    "not_an_organisation": 422,
    "own_claim": 403,
    "own_wish": 403,
    "process_consent_required": 422,
    "register_faulty": 422,
    "slip_unknown": 422,
    "stale": 412,
    "too_many_tries": 429,
    "unreadable_file": 422,
    "unsupported_media": 415,
    "wechat_code": 401,
    "wechat_declined": 401,
    "wechat_not_configured": 404,
    "wechat_state": 401,
    "wrong_code": 401,
}
"""The status of a route's own refusal; 409 for every code not named here. A test compares with the code."""

_NAMING: Final = frozenset({"round", "receipt", "wish", "subject", "key"})
"""Fields of a body or a query that name something which may not be there."""
COUNTED: Final = ("/v1/auth/", "/v1/wishes/lookup", "/v1/claims/{claim_id}/confirm")
"""Where tries are counted, of codes and receipts: the beginnings of those paths."""

PROBLEM: Final[Schema] = {
    "title": "Problem",
    "description": "An RFC 9457 problem document. `code` is stable; `title` and `detail` are in the caller's "
    "language. Some codes add members of their own, such as `state`, `found`, `cap` or `reserved_until`.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "default": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "detail": {"type": "string"},
        "errors": {
            "description": "Every wrong field at once; of a register, every wrong cell by row and column.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "row": {"type": "integer"},
                    "column": {"type": "string"},
                    "message": {"type": "string"},
                },
                "required": ["message"],
                "additionalProperties": True,
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": True,
}

_RETRY: Final[Schema] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}
_CHALLENGE: Final[Schema] = {"WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}}}
_HEADERS: Final[dict[int, Schema]] = {401: _CHALLENGE, 409: _RETRY, 429: _RETRY, 503: _RETRY}


def own_codes(route: Route) -> dict[int, list[str]]:
    """The route's own refusals by status, in the order it names them."""
    found: dict[int, list[str]] = {}
    for code in route.refuses:
        found.setdefault(STATUS_OF.get(code, 409), []).append(code)
    return found


def statuses(route: Route) -> list[int]:
    """Every status of refusal the route can answer with, ascending (product.md section 6)."""
    changes = route.method != "GET"
    takes_body = route.takes is not None or bool(route.files)
    # A query string nobody asked for and a bad token are refused everywhere, even where no token is needed.
    found = {400, 401, 500, 503, *own_codes(route)}
    conditions = {
        403: route.audience != ANYONE,
        404: "{" in route.path or _names_something(route),
        409: changes and not route.path.startswith("/v1/auth/"),
        412: route.edits,
        413: takes_body,
        415: takes_body,
        422: takes_body or changes,
        428: route.edits,
        429: route.path.startswith(COUNTED),
    }
    return sorted(found | {status for status, can in conditions.items() if can})


def refusals(route: Route) -> dict[str, Schema]:
    """The problem responses of a route: the shared one of a status, or its own where codes are added."""
    own = own_codes(route)
    is_form = route.method == "POST" and str in route.gives.values()  # a page's form tells what is wrong on the page
    return {
        str(status): _response(status, (*CODES[status], *own.get(status, ())), is_form=is_form)
        if is_form or set(own.get(status, ())) - set(CODES[status])
        else {"$ref": f"#/components/responses/{name(status)}"}
        for status in statuses(route)
    }


def shared() -> dict[str, Schema]:
    """The component responses: one per status of refusal."""
    return {name(status): _response(status, CODES[status]) for status in REFUSALS}


def name(status: int) -> str:
    """The name of a shared response: `Problem404`."""
    return f"Problem{status}"


def _names_something(route: Route) -> bool:
    # In a list an unknown round is a filter value nobody has (400); in an act it is missing (404).
    naming = _NAMING if route.method != "GET" else {"receipt"}
    fields = {field for shape in (route.query, route.takes) for field in getattr(shape, "__struct_fields__", ())}
    return not fields.isdisjoint(naming)


def _response(status: int, codes: tuple[str, ...], *, is_form: bool = False) -> dict[str, Any]:
    listed = ", ".join(f"`{code}`" for code in codes)
    content: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if is_form:
        content["text/html"] = {"schema": {"type": "string"}}
    answer: dict[str, Any] = {"description": f"{REFUSALS[status]}. Codes: {listed}.", "content": content}
    if status in _HEADERS:
        answer["headers"] = _HEADERS[status]
    return answer | {"x-codes": list(codes)}
