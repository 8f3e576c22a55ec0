"""Text at the door: what every written field goes through before any rule looks at it (quality.md, Input).

`tidy` first, then `fault` on what it gave: a newline at the end of a title is forgiven, one inside it is not.
"""

import re
import unicodedata
from functools import cache
from typing import Final, Literal

Fault = Literal["control_character", "lone_surrogate", "line_separator", "bidi_control", "noncharacter"]

# Zero-width characters are stripped with the blanks: a field holding one of them alone counts as empty.
# Control characters other than these are left where they are, so that `fault` sees them.
_OUTER: Final = (
    "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
    "\u200b\u200c\u200d\u2060\ufeff"
)

_NONCHARACTERS: Final = "\ufdd0-\ufdef" + "".join(
    f"{chr((plane << 16) + 0xFFFE)}{chr((plane << 16) + 0xFFFF)}" for plane in range(17)
)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# Refused: what breaks a CSV line, XML or a log entry, or makes a text read otherwise than it is written.
# Allowed on purpose: joiners and variation selectors (emoji, rare name characters), tag characters (flags),
# and private use: old Chinese input methods write rare names with it, and nobody may be shut out by a name.
_REFUSED: Final[dict[Fault, str]] = {
    "control_character": "\x00-\x1f\x7f-\x9f",
    "lone_surrogate": "\ud800-\udfff",
    "line_separator": "\u2028\u2029",
    "bidi_control": "\u202a-\u202e\u2066-\u2069",
    "noncharacter": _NONCHARACTERS,
}


def tidy(text: str, *, lines: bool) -> str:
    """`text` in Unicode NFC without outer white space and outer zero-width characters.

    With `lines` its lines end by "\\n" alone; without, an inner line end stays for `fault` to refuse.
    Nothing else inside is changed. Applying it twice changes nothing more.
    """
    composed = unicodedata.normalize("NFC", text)
    if lines:
        composed = composed.replace("\r\n", "\n").replace("\r", "\n")
    return composed.strip(_OUTER)


def fault(text: str, *, lines: bool) -> Fault | None:
    """Why `text` cannot be accepted: the code of its first refused character, or None where all may stand.

    `lines` says whether it may have several lines: then "\\n" and "\\t" are allowed, else they are control
    characters like the rest (product.md section 6: control characters answer 422).
    """
    refused = _refused(lines).search(text)
    if refused is None:
        return None
    return next(code for code, characters in _REFUSED.items() if re.match(f"[{characters}]", refused.group()))


def guarded(text: str) -> str:
    """`text` for a CSV cell: with an apostrophe before it where a spreadsheet would see a formula (quality.md)."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """What `guarded` was given: a cell that went out and came back says what it said before."""
    return text[1:] if text.startswith("'") and guarded(text[1:]) == text else text


@cache
def _refused(lines: bool) -> re.Pattern[str]:
    """Compiled when first asked for: a cold start that only reads has no text to judge."""
    allowed = "(?![\n\t])" if lines else ""
    return re.compile(f"{allowed}[{''.join(_REFUSED.values())}]")
