"""One cell on its way in: whatever a CSV or a workbook holds becomes clean text, or a fault's code.

Invisible junk that copying brings along (zero-width spaces, text direction marks) is dropped; whatever else
`base/text.py` refuses at the door is not ours to guess at and is a fault (quality.md, input).
"""

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from chalicelib.base import text as base_text
from chalicelib.imports.columns import CellKind

FOLDED: Final[frozenset[CellKind]] = frozenset({"number", "phone", "time"})
"""Kinds whose full-width digits are folded (NFKC). Names and stories keep their own characters."""

_UNPRINTED: Final[frozenset[CellKind]] = frozenset({"code", "phone"})
_SAFE_INTEGER: Final = 10**15  # beyond it a spreadsheet's float has already lost digits

# Zero-width space, word joiner, BOM, and the direction marks that Windows' contact cards wrap phones in.
# The zero-width joiners stay: emoji and some scripts need them.
_JUNK: Final = re.compile("[\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS: Final = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_SCIENTIFIC: Final = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{1,3}")
_FORMULA_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!"})


class Cleaned(NamedTuple):
    """The cell's text, or the code of the fault that makes it unusable (then `text` is empty)."""

    text: str
    fault: str = ""


def clean(text: str, kind: CellKind) -> Cleaned:
    """Text of a cell, normalised (NFC; NFKC where digits are meant) and stripped. Never raises."""
    if not text.isprintable():
        text = _BREAKS.sub("\n", _JUNK.sub("", text)).replace("\t", " ").strip()
        if kind != "long":
            # Alt+Enter in a name or a title is a slip of the hand, not a line that anybody meant.
            text = text.replace("\n", " ")
        if base_text.fault(text, lines=True):
            return Cleaned("", "control_characters")
    if not text.isascii():
        text = unicodedata.normalize("NFKC" if kind in FOLDED else "NFC", text)
    text = base_text.unguarded(text.strip())
    if text in _FORMULA_ERRORS:
        return Cleaned("", "formula_error")
    if kind in _UNPRINTED and _SCIENTIFIC.fullmatch(text):
        return Cleaned("", "column_not_text")
    return Cleaned(text)


def clean_value(value: object, kind: CellKind, epoch: datetime) -> Cleaned:
    """A workbook's value (as openpyxl gives it) as clean text.

    `epoch` is the workbook's day zero (1900 or 1904): a bare number in a time column is counted from it,
    because openpyxl does not know the Chinese built-in date formats. Never raises.
    """
    if value is None:
        return Cleaned("")
    if isinstance(value, str):
        return clean(_unescape(value), kind)
    if isinstance(value, bool):
        return Cleaned("TRUE" if value else "FALSE")
    if isinstance(value, int | float):
        return _number(value, kind, epoch)
    if isinstance(value, date):
        return _date(value, kind)
    return clean(str(value), kind)  # a time of day or a duration: the rules will say what was expected


def _number(value: int | float, kind: CellKind, epoch: datetime) -> Cleaned:
    if kind == "time":
        moment = _from_serial(value, epoch)
        return Cleaned(str(value)[:40]) if moment is None else _date(moment, kind)
    if not math.isfinite(value) or abs(value) >= _SAFE_INTEGER:
        return Cleaned("", "column_not_text") if kind in _UNPRINTED else Cleaned(str(value)[:40])
    return Cleaned(str(int(value)) if value == int(value) else f"{value:.15g}")


def _from_serial(days: int | float, epoch: datetime) -> datetime | None:
    """A spreadsheet's day count as local time, to the nearest second; None where it can't be a date."""
    if not 1 <= days < 2_958_466:  # Excel's own last day is 9999-12-31
        return None
    try:
        return epoch + timedelta(seconds=round(days * 86_400))
    except OverflowError:  # counted from 1904 the last years lie beyond the calendar
        return None


def _date(value: date, kind: CellKind) -> Cleaned:
    if kind in _UNPRINTED:
        return Cleaned("", "column_not_text")  # "1-0001" that Excel took for a date
    if not isinstance(value, datetime):
        return Cleaned(value.isoformat())
    if value.microsecond >= 500_000 and value.year < 9999:
        value += timedelta(seconds=1)  # a day count rarely hits the second: 09:28:59.999 is 09:29
    return Cleaned(value.replace(microsecond=0, tzinfo=None).isoformat(sep=" "))


def _unescape(text: str) -> str:
    """Workbooks write control characters as _x000D_; openpyxl leaves them so."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
