"""HTML and SVG built so that nothing can be forgotten: every piece of text is escaped unless it is Markup."""

from html import escape
from typing import Final

_VOID: Final = frozenset({"meta", "br", "line", "rect", "circle", "polyline"})


class Markup(str):
    """Text that is markup already, from `element` or the code itself; never made from anybody's words."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float) -> Markup:
    """`<name ...>children</name>`: children that are no Markup are escaped, and all attributes.

    An attribute's underscores become hyphens (`stroke_width`), a trailing one is dropped (`class_`).
    """
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{_text(value)}"' for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """The children one after the other, escaped where they are no Markup."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def _text(value: str | float) -> str:
    """Attribute text; coordinates with one decimal at most, so that equal drawings are equal bytes."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return escape(str(value))
