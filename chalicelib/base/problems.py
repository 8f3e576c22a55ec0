"""The one family of errors: raised where a rule breaks, turned into an RFC 9457 problem document in one place.

A problem carries a stable code and never personal data; its sentence comes from `base/languages.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from chalicelib.base import languages


class FieldFault(NamedTuple):
    """One wrong field: its path ("wisher.phone"), the code of what is wrong, and the values of its sentence."""

    field: str
    code: str
    values: Mapping[str, Any] = {}


class Problem(Exception):
    """A refusal with a status, a stable code, and details that are safe to show."""

    status: ClassVar[int] = 500

    def __init__(
        self,
        code: str = "",
        *,
        errors: Sequence[FieldFault] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        self.code = code or self.default_code()
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        self.values = values

    @classmethod
    def default_code(cls) -> str:
        """The code when none is given: the class name in snake case."""
        name = cls.__name__
        return name[0].lower() + "".join(f"_{c.lower()}" if c.isupper() else c for c in name[1:])

    def document(self, language: str) -> dict[str, Any]:
        """The problem document in the caller's language (RFC 9457), `errors` only where fields are wrong."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": languages.say(f"status_{self.status}", language),
            "status": self.status,
            "code": self.code,
            "detail": languages.say(self.code, language, **self.values),
        }
        if self.errors:
            body["errors"] = [
                {"field": fault.field, "message": languages.say(fault.code, language, **fault.values)}
                for fault in self.errors
            ]
        return body | self.extra


class BadRequest(Problem):
    """400: an unreadable body or a bad parameter."""

    status = 400


class Unauthorized(Problem):
    """401: no token, or not a good one."""

    status = 401


class Forbidden(Problem):
    """403: known, but not allowed."""

    status = 403


class NotFound(Problem):
    """404: unknown, or not visible to this reader; the two can't be told apart."""

    status = 404


class MethodNotAllowed(Problem):
    """405: the path is there, the method is not."""

    status = 405


class Conflict(Problem):
    """409: wrong state, or a lost race."""

    status = 409


class Stale(Problem):
    """412: the version in If-Match is not today's."""

    status = 412


class TooLarge(Problem):
    """413: more bytes than are taken here."""

    status = 413


class NotJson(Problem):
    """415: another media type than the one taken here."""

    status = 415


class Unprocessable(Problem):
    """422: readable, but fields are wrong."""

    status = 422


class VersionRequired(Problem):
    """428: an edit without If-Match."""

    status = 428


class TooManyRequests(Problem):
    """429: slow down."""

    status = 429


class InternalError(Problem):
    """500: our fault; the log knows more."""

    status = 500


class Unavailable(Problem):
    """503: something we stand on did not answer; try again. The reason is for the log only."""

    status = 503

    def __init__(self, reason: str = "") -> None:
        super().__init__(headers={"Retry-After": "2"})
        self.reason = reason


class NotReached(Problem):
    """503: the time of a batch was up before this item; nothing was done with it, and it may be sent again."""

    status = 503
