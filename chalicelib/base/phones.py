"""Phone numbers of mainland China: one spelling for each, so that equal numbers are equal texts.

The spelling is digits alone: a mobile's eleven, or a landline's with its area code ("02158880000").
"""

import re
from typing import Final

MOBILE: Final = "1[3-9][0-9]{9}"
"""A mobile number, as a regular expression."""

# Three-digit area codes (010, 02x) have eight-digit numbers, four-digit ones seven or eight. No subscriber's
# number begins with 0 or 1.
LANDLINE: Final = "0(?:10|2[0-9])[2-9][0-9]{7}|0[3-9][0-9]{2}[2-9][0-9]{6,7}"
"""A landline with its area code, as a regular expression."""

_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９＋－（）　", "0123456789+-() ")
# What people put between digits. Zero-width characters come along with what is copied out of WeChat or Excel.
_BETWEEN: Final = re.compile("[ \t\u00a0\u2000-\u200d\u2010-\u2015\u202a\u202c\u202d\u2060\u2212\ufeff-]+")
_KNOWN: Final = re.compile(f"{MOBILE}|{LANDLINE}")
_MOBILE: Final = re.compile(MOBILE)
_COUNTRY: Final = re.compile(r"\+86|0086|86(?=1[3-9][0-9]{9}$)")
_AREA_IN_BRACKETS: Final = re.compile(r"\((0[0-9]{2,3})\)")


def normalise(text: str) -> str | None:
    """The phone number written in `text`, as digits alone without country code; None where it is not one.

    Takes mainland mobiles and landlines with area code, with +86 / 0086 / 86, spaces, hyphens, an area code
    in brackets and full-width digits. Extensions, short service numbers and other countries' numbers are not
    taken. Ask this before `text.fault`: address books copy numbers wrapped in bidi controls, which go here.
    """
    written = _BETWEEN.sub(" ", text.translate(_FULL_WIDTH)).strip(" ")
    digits = _AREA_IN_BRACKETS.sub(r"\1", written.replace(" ", ""), count=1)
    country = _COUNTRY.match(digits)
    if country:
        national = digits[country.end() :]
        # Dialled from abroad a landline loses the 0 of its area code.
        digits = national if national.startswith(("0", "1")) else f"0{national}"
        if country.group() != "86" and not _known(digits):
            digits = f"0{national}"  # +86 10 ...: Beijing begins like a mobile
    return digits if _known(digits) else None


def is_mobile(phone: str) -> bool:
    """Whether `phone`, as `normalise` gave it, is a mobile: only those can be sent codes by SMS."""
    return _MOBILE.fullmatch(phone) is not None


def last4(phone: str) -> str:
    """The last four digits, with which a receipt tracks a wish (product.md section 1, receipt)."""
    return phone[-4:]


def _known(digits: str) -> bool:
    return _KNOWN.fullmatch(digits) is not None
