"""Numbers that lead to somebody: phones, ID numbers, bank cards, however they are broken up or spelt out."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from chalicelib.wishes.scan_folding import Folded, Hit, Kind

# What may stand between two digits of one number. Not the colon, the percent sign and currencies, so that hours
# and prices stay apart; not letters and Chinese characters. The dash-like 一 and ー only where 一 is no digit.
_GAP: Final = re.compile(r"(?:[^\w:%¥$€£]|_){0,4}")
_GAP_OR_STROKE: Final = re.compile(r"(?:[^\w:%¥$€£]|[_一ー]){0,4}")
_GROUP: Final = re.compile("[0-9]+")

_DATE: Final = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_MOBILE: Final = "1[3-9][0-9]{9}"
_LANDLINE: Final = "0(?:10|2[0-9])[2-9][0-9]{7}|0[3-9][0-9]{2}[2-9][0-9]{6,7}"
_FROM_ABROAD: Final = f"(?:0086|86)(?:0?{_MOBILE}|(?:10|2[0-9])[2-9][0-9]{{7}}|{_LANDLINE})"
# No check digit is asked for: a mistyped ID number still tells birthplace and birthday, and of all 18-digit
# numbers fewer than one in a thousand hold a date in that place by chance.
_ID_NUMBER: Final = f"[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{_DATE}[0-9]{{3}}"
_OLD_ID_NUMBER: Final = f"[1-8][1-7][0-9]{{6}}{_DATE}[0-9]{{3}}"

_PHONE: Final = re.compile(f"{_FROM_ABROAD}|0?{_MOBILE}|{_LANDLINE}")
_ID: Final = re.compile(f"{_ID_NUMBER}[0-9]|{_OLD_ID_NUMBER}")
_ID_BUT_LAST: Final = re.compile(_ID_NUMBER)
_CHECK_LETTER: Final = re.compile(r"[\s_\-.·*]{0,4}[x×](?![a-z0-9])")
_CARD_LENGTHS: Final = (19, 18, 17, 16)

# Inside a longer unbroken number: a neighbour's digit must not hide a phone or an ID number.
_HIDDEN: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("id_number", re.compile(f"(?=({_ID_NUMBER}[0-9x]))")),
    ("phone", re.compile(f"(?=({_MOBILE}))")),
)
# A local number is one only where the words say so, or where eight digits stand alone and are not a date.
_LOCAL: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (
        "phone",
        re.compile(
            r"(?:电话|座机|热线|致电|拨打|联系方式|tel|phone|call)[^0-9]{0,8}"
            r"([2-9][0-9]{2,3}[\s\-.]{0,2}[0-9]{4})(?![0-9])"
        ),
    ),
    ("phone", re.compile(rf"(?<![\w.\-])(?!20[0-9]{{2}}{_DATE})([2-9][0-9]{{7}})(?![0-9a-z_.\-])")),
    ("bank_card", re.compile(r"(?:卡号|账号|账户|存折|account)[^0-9]{0,8}([0-9](?:[\s\-]{0,2}[0-9]){8,29})")),
)


class _Run(NamedTuple):
    """Groups of digits that belong together: `digits` without what stood between."""

    digits: str
    places: list[int]  # of each digit, its index in the folded text
    starts: list[int]  # indexes in `digits` where a group begins
    ends: frozenset[int]  # and where one has ended


def find_numbers(folded: Folded) -> Iterator[Hit]:
    """Every phone, ID number and bank card in the text; hits may overlap one another."""
    yield from _find(folded.numerals, _GAP)
    if folded.numerals != folded.plain:
        # 13800138000一个人: read as a digit, a Chinese numeral can hide the number beside it.
        yield from _find(folded.plain, _GAP_OR_STROKE)


def _find(text: str, gap: re.Pattern[str]) -> Iterator[Hit]:
    for run in _runs(text, gap):
        for start in run.starts:
            yield from _at(run, start, text)
    for group in _GROUP.finditer(text):
        if group.end() - group.start() > 11:
            yield from _hidden(text, group.start(), group.end())
    for kind, pattern in _LOCAL:
        yield from (Hit(kind, *match.span(1)) for match in pattern.finditer(text))


def _runs(text: str, gap: re.Pattern[str]) -> Iterator[_Run]:
    spans: list[tuple[int, int]] = []
    for group in _GROUP.finditer(text):
        if spans and not gap.fullmatch(text, spans[-1][1], group.start()):
            yield _run(text, spans)
            spans = []
        spans.append(group.span())
    if spans:
        yield _run(text, spans)


def _run(text: str, spans: list[tuple[int, int]]) -> _Run:
    starts, ends, length = [], [], 0
    for start, end in spans:
        starts.append(length)
        length += end - start
        ends.append(length)
    places = [place for start, end in spans for place in range(start, end)]
    return _Run("".join(text[start:end] for start, end in spans), places, starts, frozenset(ends))


def _at(run: _Run, start: int, text: str) -> Iterator[Hit]:
    """What begins with the group at `start` and ends with a group."""
    first = run.places[start]
    id_but_last = _ID_BUT_LAST.match(run.digits, start)
    if id_but_last and id_but_last.end() in run.ends:
        letter = _CHECK_LETTER.match(text, run.places[id_but_last.end() - 1] + 1)
        if letter:
            yield Hit("id_number", first, letter.end())
    for kind, pattern in _WHOLE:
        match = pattern.match(run.digits, start)
        if match and match.end() in run.ends:
            yield Hit(kind, first, run.places[match.end() - 1] + 1)
