"""What in a story or title would give somebody away or ask for money (product.md section 2, publish). Pure.

The reviewer sees each finding and either changes the text or lists the finding in `cleared`. The scan would
rather show a harmless number once too often than let a phone go out; it is no substitute for the reader.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from chalicelib.wishes.scan_folding import Hit, Kind, fold, settled


class Finding(NamedTuple):
    """`found` is the very text from `start` up to, not including, `end` (counted in code points)."""

    kind: Kind
    found: str
    start: int
    end: int


# Most specific first: of two kinds for one place the earlier is told.
_KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "name": ("姓名", "name"),
    "id_number": ("身份证号", "ID number"),
    "email": ("电子邮箱", "e-mail address"),
    "url": ("网址", "link"),
    "wechat": ("微信号", "WeChat id"),
    "qq": ("QQ号", "QQ number"),
    "bank_card": ("银行卡号", "bank card number"),
    "phone": ("电话号码", "phone number"),
    "address": ("住址", "address"),
    "payment": ("涉及付款的词语", "words about payment"),
}
_RANK: Final = {kind: rank for rank, kind in enumerate(_KINDS)}


def scan(text: str, *, names: Sequence[str]) -> list[Finding]:
    """Every finding in `text`, in its order, none overlapping another. Any string will do.

    `names` are the people's whose wish it is: wisher, contact, guardian. Their surnames alone are no finding.
    """
    # Imported when first used: their patterns take 25 ms to compile, which no reader's cold start should pay.
    from chalicelib.wishes.scan_contacts import find_contacts
    from chalicelib.wishes.scan_names import find_names
    from chalicelib.wishes.scan_numbers import find_numbers
    from chalicelib.wishes.scan_places import find_places

    folded = fold(text)
    hits = chain(find_names(folded, names), find_numbers(folded), find_contacts(folded), find_places(folded))
    findings = []
    for hit in _apart(hits):
        start, end = folded.origin[hit.start], folded.origin[hit.end - 1] + 1
        findings.append(Finding(hit.kind, text[start:end], start, end))
    return findings


def unclear(findings: Sequence[Finding], cleared: Collection[str]) -> list[Finding]:
    """The findings that no entry of `cleared` answers for, in their order.

    An entry answers for the findings whose text it is, whole: width, spaces and invisible characters aside, a
    longer text that contains the finding clears nothing.
    """
    answered = {settled(entry) for entry in cleared}
    return [finding for finding in findings if settled(finding.found) not in answered]


def kind_name(kind: Kind, language: str) -> str:
    """What a reviewer is told was found, in "zh-CN" or "en"."""
    chinese, english = _KINDS[kind]
    return english if language == "en" else chinese


def rank(kind: Kind) -> int:
    """Where a kind stands among all, the most specific first."""
    return _RANK[kind]


def _apart(hits: Iterator[Hit]) -> Iterator[Hit]:
    """The hits with those that overlap made one.

    A hit inside another goes; two that overlap in part become one from end to end, so that clearing the one
    can never let a piece of the other slip through.
    """
    standing: Hit | None = None
    for hit in sorted(set(hits), key=lambda hit: (hit.start, -hit.end, _RANK[hit.kind])):
        if standing is None or hit.start >= standing.end:
            if standing:
                yield standing
            standing = hit
        elif hit.end > standing.end:
            kind = min(standing.kind, hit.kind, key=rank)
            standing = Hit(kind, standing.start, hit.end)
    if standing:
        yield standing
