"""One spelling for what people write in many: the text a scan searches, and the way back to the original."""

import unicodedata
from functools import lru_cache
from typing import Final, Literal, NamedTuple

Kind = Literal[
    "name",
    "id_number",
    "wechat",
    "qq",
    "bank_card",
    "phone",
    "email",
    "url",
    "address",
    "payment",
]


class Hit(NamedTuple):
    """A find in folded text: characters `start` up to, not including, `end`."""

    kind: Kind
    start: int
    end: int


class Folded(NamedTuple):
    """A text in one spelling: lower case, half width, simplified where need be, nothing invisible."""

    plain: str
    numerals: str  # `plain` with Chinese numerals as digits, character for character
    origin: list[int]  # for each character of `plain`, the index of its character in the original


_SPELT: Final = "零〇○ 一壹弌幺 二贰貳 三叁參 四肆 五伍 六陆陸 七柒 八捌 九玖"
_NUMERALS: Final = {ord(numeral): str(digit) for digit, spelt in enumerate(_SPELT.split()) for numeral in spelt}
# Only the characters the patterns are made of; names are folded by the same table, so they still match.
_SIMPLIFIED: Final = dict(
    zip(
        "轉賬帳匯錢銀號樓單電話門棟區組紅籌碼絡聯開戶們",
        "转账账汇钱银号楼单电话门栋区组红筹码络联开户们",
        strict=True,
    )
)
# A few compatibility characters unfold to whole phrases; four characters are enough for a number or a unit.
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
    """`text` as findings and clearances are compared: in NFKC, without spaces and invisible characters."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if not character.isspace() and unicodedata.category(character) != "Cf"
    )


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    digit = unicodedata.digit(character, -1)
    if digit >= 0:
        return str(digit)  # ①, ❶, ١ as well as full-width ones
    unfolded = unicodedata.normalize("NFKC", character).lower()[:_LONGEST_UNFOLDING]
    return "".join(_SIMPLIFIED.get(each, each) for each in unfolded if unicodedata.category(each) not in _INVISIBLE)
