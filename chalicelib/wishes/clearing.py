"""What may go out as it is written: the public words of a wish, and what is told to others about it."""

from collections.abc import Sequence
from typing import Any

from chalicelib.base.problems import Conflict, FieldFault, Unprocessable
from chalicelib.wishes import records, scan, shapes, wording


def texts(cleared: Sequence[shapes.Cleared]) -> list[str]:
    """The findings a reviewer answers for, as texts."""
    return [each if isinstance(each, str) else each.text for each in cleared]


def require_clear(
    wish: records.Wish, sealed: shapes.Sealed | None, title: str, story: str, cleared: Sequence[shapes.Cleared]
) -> None:
    """Raises Conflict `text_not_clear` with every finding that `cleared` does not answer for."""
    names = sealed.names if sealed else []
    if wish.subject == "team" and sealed:
        names = [name for name in names if name != sealed.wisher.name]  # a team's name is no person's
    settled = texts(cleared)
    found: list[dict[str, Any]] = [
        {"kind": finding.kind, "text": finding.found, "field": field}
        for field, text in (("title", title), ("story", story))
        for finding in scan.unclear(scan.scan(text, names=names), settled)
    ]
    if found:
        raise Conflict("text_not_clear", extra={"found": found})


def require_tellable(wish: records.Wish, sealed: shapes.Sealed | None, field: str, text: str) -> None:
    """Raises Unprocessable where what others will be told gives somebody away: the kinds of it, never the words.

    Messages never carry sealed fields (product.md section 3): a reason goes to phones and mailboxes, and stays there.
    """
    found = wording.personal(text, sealed, team=wish.subject == "team")
    if not found:
        return
    named = {"zh": "、".join(scan.kind_name(kind, "zh-CN") for kind in found),
             "en": ", ".join(scan.kind_name(kind, "en") for kind in found)}  # fmt: skip
    told = [{"kind": kind, "field": field} for kind in found]
    raise Unprocessable("invalid_fields", errors=[FieldFault(field, "field_gives_away", named)], extra={"found": told})
