"""One spelling for what people write in many: the text a scan searches, and the way back to the original."""

import re
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
        "轉賬帳匯錢銀號樓單電話門棟區組紅籌碼絡聯開戶們寶維掃"
        # and what names are often made of, for a name is found in either spelling
        "華國麗蘭榮偉強傑鳳龍陳張劉楊趙黃吳孫馬鄭謝許鄧蕭馮葉蘇盧鍾譚賈鄒陸顧湯齊韓羅蔣閻潘龔嚴萬賴"
        "寧慶軍農樂義興創業愛靜穎瑩潔紅純緯經緣綺綿蓮蘊藝譽讓豐貞貴賢輝達遠遙邁鋒鋼銘鎮長雲霞順頌領風飛鵬鶯麥",
        "转账账汇钱银号楼单电话门栋区组红筹码络联开户们宝维扫"
        "华国丽兰荣伟强杰凤龙陈张刘杨赵黄吴孙马郑谢许邓萧冯叶苏卢钟谭贾邹陆顾汤齐韩罗蒋阎潘龚严万赖"
        "宁庆军农乐义兴创业爱静颖莹洁红纯纬经缘绮绵莲蕴艺誉让丰贞贵贤辉达远遥迈锋钢铭镇长云霞顺颂领风飞鹏莺麦",
        strict=True,
    )
)
# Letters that stand for digits, only in the midst of digits or before many: 17oooo91234, l7000091234.
_LOOKALIKES: Final = re.compile(
    r"(?<=[0-9])[oil]+(?=[0-9])|(?<![a-z0-9])[il](?=[0-9]{6})|(?<=[0-9]{6})[oil]+(?![a-z0-9])"
)
_MEANT: Final = str.maketrans("oil", "011")
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
    numerals = _LOOKALIKES.sub(lambda found: found[0].translate(_MEANT), plain.translate(_NUMERALS))
    return Folded(plain, numerals, origin)


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
