"""Numbers that lead to somebody: phones, ID numbers, bank cards, however they are broken up or spelt out."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chalicelib.base.phones import LANDLINE, MOBILE
from chalicelib.wishes.scan_folding import Folded, Hit, Kind

# What may stand between two digits of one number. Not the colon, the percent sign and currencies, so that
# hours and prices stay apart; not letters and Chinese characters. The dash-like 一 only where it is no digit.
_GAP: Final = re.compile(r"(?:[^\w:%¥$€£]|_){0,5}")
_GAP_OR_STROKE: Final = re.compile(r"(?:[^\w:%¥$€£]|[_一ー]){0,5}")
_GROUP: Final = re.compile("[0-9]+")

_DATE: Final = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_FROM_ABROAD: Final = f"(?:0086|86)(?:0?{MOBILE}|(?:10|2[0-9])[2-9][0-9]{{7}}|{LANDLINE})"
# No check digit is asked for: a mistyped ID number still tells birthplace and birthday, and of all 18-digit
# numbers fewer than one in a thousand hold a date in that place by chance.
_ID_BUT_LAST: Final = f"[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{_DATE}[0-9]{{3}}"
_OLD_ID: Final = f"[1-8][1-7][0-9]{{6}}{_DATE}[0-9]{{3}}"

_PHONE_FORM: Final = re.compile(f"{_FROM_ABROAD}|0?{MOBILE}|{LANDLINE}")
_ID_FORM: Final = re.compile(f"{_ID_BUT_LAST}[0-9]|{_OLD_ID}")
_ID_BUT_LAST_FORM: Final = re.compile(_ID_BUT_LAST)
_CHECK_LETTER: Final = re.compile(r"(?:[^\w:%]|_){0,5}[x×](?![a-z0-9])")
# How many digits, by the first of them, a number may have; 17 is an ID number before its letter.
_LENGTHS: Final = {"0": range(11, 17), "1": (11, 15, 17, 18), "8": range(12, 20)}
_OTHER_LENGTHS: Final = range(15, 20)
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")

# Inside a longer unbroken number: a neighbour's digit must not hide a phone or an ID number.
_HIDDEN: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("id_number", re.compile(f"(?=({_ID_BUT_LAST}[0-9x]))")),
    ("phone", re.compile(f"(?=({MOBILE}))")),
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
    ("phone", re.compile(rf"(?<![0-9a-z_.\-])(?!20[0-9]{{2}}{_DATE})([2-9][0-9]{{7}})(?![0-9a-z_.\-])")),
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
    for length in _LENGTHS.get(run.digits[start], _OTHER_LENGTHS):
        end = start + length
        if end not in run.ends:
            continue
        kind = _kind_of(run.digits[start:end])
        if kind:
            yield Hit(kind, run.places[start], run.places[end - 1] + 1)
        if length == 17 and _ID_BUT_LAST_FORM.fullmatch(run.digits, start, end):
            letter = _CHECK_LETTER.match(text, run.places[end - 1] + 1)
            if letter:
                yield Hit("id_number", run.places[start], letter.end())


def _kind_of(digits: str) -> Kind | None:
    # By length first: digits set one by one make thousands of candidates.
    length = len(digits)
    if length in (15, 18) and _ID_FORM.fullmatch(digits):
        return "id_number"
    if length >= 16 and digits[0] in "3456789" and (digits.startswith("62") or _luhn(digits)):
        return "bank_card"  # 62 begins China's own cards: a mistyped one tells as much, so no check digit there
    return "phone" if digits[0] in "018" and _PHONE_FORM.fullmatch(digits) else None


def _luhn(digits: str) -> bool:
    """The card networks' check: every second digit from the right doubled, all together a multiple of ten."""
    return (sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10 == 0


def _hidden(text: str, start: int, end: int) -> Iterator[Hit]:
    """What lies inside the unbroken digits from `start` to `end`, a letter that may follow them included."""
    for kind, pattern in _HIDDEN:
        yield from (Hit(kind, *match.span(1)) for match in pattern.finditer(text, start, min(end + 1, len(text))))
