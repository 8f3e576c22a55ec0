"""What a clean cell's text means: a time, a number, a phone. None where it means nothing of the kind."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from chalicelib.base import phones
from chalicelib.base.clock import SHANGHAI

_TIME: Final = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:(?:[ T]+|(?<=日))([0-9]{1,2})[:时点]([0-9]{1,2})分?(?::?([0-9]{1,2})(?:\.[0-9]+)?秒?)?)?"
    r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.0+)?")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.0+)?")
_UNITS: Final = re.compile(r"\s*[年元人岁]$")
_LONGEST: Final = 40
_FIRST_YEAR: Final = 2000  # nothing these registers record is older; it also catches a wrong epoch


def moment(text: str) -> datetime | None:
    """The UTC time of a register's local time ("2016-02-01 09:00", "2016/2/1 9:00", "2016年2月1日").

    Without an offset it is Asia/Shanghai (product.md section 6); without a time of day it is midnight there.
    None for anything else, and for times before 2000.
    """
    found = _TIME.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if year < _FIRST_YEAR or year > 9000:
        return None
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=_zone(found[7])).astimezone(UTC)
    except ValueError:  # the 30th of February, the 25th hour, an offset of 99 hours
        return None


def _zone(offset: str | None) -> timezone:
    if not offset:
        return SHANGHAI
    if offset == "Z":
        return UTC
    digits = offset[1:].replace(":", "")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if offset[0] == "-" else delta)


def whole_number(text: str) -> int | None:
    """A whole number, also as spreadsheets write it ("2016.0", "1,800") or people do ("1800元")."""
    if len(text) > _LONGEST:
        return None  # a page of blanks would keep the patterns busy for minutes
    text = _UNITS.sub("", text)
    if not _WHOLE.fullmatch(text) and not _THOUSANDS.fullmatch(text):
        return None
    return int(text.replace(",", "").split(".")[0])


def mobile(text: str) -> str | None:
    """A mainland mobile number as eleven digits."""
    number = phone(text)
    return number if number and phones.is_mobile(number) else None


def phone(text: str) -> str | None:
    """A mobile number, or a landline with its area code, spelt as everywhere else (`base/phones.py`).

    A number that a spreadsheet turned into a float and a text again has its ".0" taken off.
    """
    return phones.normalise(text.removesuffix(".0"))
