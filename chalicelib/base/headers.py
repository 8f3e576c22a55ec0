"""What a request's headers say: from where it comes and how it got here, its Idempotency-Key, the version it edits."""

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.base import ids, settings
from chalicelib.base.callers import Caller
from chalicelib.base.problems import BadRequest, VersionRequired

_KEY_FORM: Final = re.compile(r"[\x21-\x7e]{1,200}")
_VERSION_FORM: Final = re.compile(r'(?:W/)?"([0-9]{1,9})"|([0-9]{1,9})')  # quoted, weakened by a proxy, or bare


def address(request: Any) -> str:
    """The client's address: as the gateway saw it or, behind CloudFront, as CloudFront saw it.

    The header is named only where the stack puts CloudFront in front; what does not come through it is refused there.
    """
    header = settings.text("VIEWER_ADDRESS_HEADER")
    forwarded = request.headers.get(header) if header else None
    return forwarded or request.context.get("identity", {}).get("sourceIp") or ""


def origin(request: Any) -> str:
    """Scheme, host and the stage's prefix: API Gateway puts `/api` before every path unless a domain stands before."""
    host = request.headers.get("host") or "localhost"
    own = request.path
    for name, value in (request.uri_params or {}).items():
        own = own.replace(f"{{{name}}}", value)
    prefix = request.context.get("path", own).removesuffix(own)
    return f"{request.headers.get('x-forwarded-proto') or 'http'}://{host}{prefix}"


def key(
    header: str | None, caller: Caller, route: tuple[str, str], parts: Mapping[str, str], asked: list[str], raw: bytes
) -> tuple[str, str]:
    """The Idempotency-Key bound to caller and place, and what it stands for: the parameters and the body.

    `route` is (method, path). Without a key, and where nothing is posted, both are "". Raises BadRequest.
    """
    if header is None or route[0] != "POST":
        return "", ""
    if not _KEY_FORM.fullmatch(header):
        raise BadRequest("bad_idempotency_key")
    where = [*route, *parts.values()]
    return ids.digest(caller.account, *where, header), ids.digest(*where, *asked, base64.b85encode(raw).decode())


def version(header: str | None, needed: bool) -> int | None:
    """The version If-Match states. Raises VersionRequired where it is `needed`, BadRequest for another form."""
    if header is None:
        if needed:
            raise VersionRequired()
        return None
    found = _VERSION_FORM.fullmatch(header.strip())
    if found is None:
        raise BadRequest("bad_if_match")
    return int(found[1] or found[2])
