"""The API's own description: OpenAPI 3.1 from the declared routes and the types they name (docs/adr/0005).

Everything is imported and built when somebody asks: a Lambda that only claims wishes never pays for it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from chalicelib.base import web

VERSION: Final = "0.1.0"
"""The platform's version, as in pyproject.toml, which does not ship."""


def document(routes: Sequence[web.Route] | None = None) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `routes`, by default of every declared one."""
    from chalicelib.base.openapi_document import build

    return build(web.every_route() if routes is None else routes, VERSION)


@cache
def text() -> str:
    """The document as JSON, made once per process."""
    import msgspec

    return msgspec.json.encode(document()).decode()


@cache
def page(language: str) -> str:
    """The document as a page for people, in "zh-CN" or "en": no script, nothing from another host."""
    from chalicelib.base.openapi_page import render

    return render(document(), language)
