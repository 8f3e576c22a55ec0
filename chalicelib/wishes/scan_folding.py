"""One spelling for what people write in many: the text the scan searches, with the way back to the original."""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal, NamedTuple

Kind = Literal[
    "name", "phone", "id_number", "address", "wechat", "qq", "bank_card", "payment", "email", "url"
]  # fmt: skip


class Hit(NamedTuple):
    """A find in folded text: characters `start` up to, not including, `end`."""

    kind: Kind
    start: int
    end: int


class Folded(NamedTuple):
    """A text in one spelling: lower case, half width, simplified where a pattern needs it, nothing invisible."""

    plain: str
    numerals: str  # `plain` with Chinese numerals as digits, character for character
    origin: list[int]  # for each character of `plain`, the index of its character in the original


_NUMERALS: Final = str.maketrans(
    "〇零○一壹弌幺二贰貳三叁參四肆五伍六陆陸七柒八捌九玖",
    "0001111222333445566677" + "8899",
)
# Only the characters the patterns are made of; names are folded by the same table, so they still match.
_SIMPLIFIED: Final = dict(
    zip("轉賬帳匯錢銀號樓單電話門棟區組紅籌碼絡聯開戶們", "转账账汇钱银号楼单电话门栋区组红筹码络联开户们", strict=True)
)
# A few compatibility characters unfold to whole phrases; four characters are enough to read a number or a unit.
_LONGEST_UNFOLDING: Final = 4
_INVISIBLE: Final = frozenset({"Cf", "Mn", "Me", "Cs"})


def fold(text: str) -> Folded:
    """`text` in the spelling the scan searches. Any string, lone surrogates included."""
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        for folded in _folded(character):
            characters.append(folded)
            origin.append(index)
    plain = "".join(characters)
    return Folded(plain, plain.translate(_NUMERALS), origin)


def settled(text: str) -> str:
    """`text` for comparing a finding with what a reviewer cleared: NFKC, without spaces and invisible characters."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if not character.isspace() and unicodedata.category(character) != "Cf"
    )


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    digit = unicodedata.digit(character, -1)  # type: ignore[call-overload]
    if digit >= 0:
        return str(digit)  # ①, ❶, ١ as well as full-width ones
    unfolded = unicodedata.normalize("NFKC", character).lower()[:_LONGEST_UNFOLDING]
    return "".join(
        _SIMPLIFIED.get(each, each) for each in unfolded if unicodedata.category(each) not in _INVISIBLE
    )
