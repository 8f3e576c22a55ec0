"""Addresses: the numbers of lanes, houses and rooms, with the road, village or town before them."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chalicelib.base.words import SUBDISTRICTS
from chalicelib.wishes.scan_folding import Folded, Hit

_HAN: Final = "\u3400-\u9fff"
_COUNT: Final = "一二三四五六七八九十百零〇两"
_UNITS: Final = "号楼|号院|支弄|弄|号(?![线码召称令角子机店])|栋|幢|座|单元|室(?![友内外])|层|楼|组|队|宅|巷"
_PART: Final = re.compile(
    rf"(?:(?<![0-9])(?P<number>[0-9]{{1,5}}[a-z]?|[{_COUNT}]{{1,6}})\s{{0,2}}(?P<unit>{_UNITS})"
    rf"|(?<![a-z0-9])(?P<block>[a-z][0-9]{{0,2}})(?P<of_block>座|栋|幢|号楼)"
    rf"|(?<![0-9])(?P<bare>[0-9]{{3,4}})(?![0-9元块个人名位岁年月日斤件套米点分公瓦厘度克升毫%.]))"
)
# A comma joins parts only after a lane or a building: 112弄，22号, but not 2号，3楼 (a date, then a floor).
_JOIN: Final = re.compile(r"[\s\-—]{0,2}")
_JOIN_AFTER_BUILDING: Final = re.compile(r"[\s\-—,、]{0,2}")
_BUILDINGS: Final = frozenset({"弄", "支弄", "号楼", "号院", "栋", "幢"})
_HOUSES: Final = _BUILDINGS | {"号", "座", "单元", "宅"}
_INSIDE: Final = frozenset({"楼", "层", "室", "单元", "座", ""})
_AFTER_ROAD: Final = _BUILDINGS | {"号", "座", "巷"}
_AFTER_VILLAGE: Final = _BUILDINGS | {"号", "组", "队", "宅", "巷"}
_ROAD: Final = re.compile(
    rf"[{_HAN}](?:路|街|大道|公路|巷|胡同|新村|[{_COUNT}]村|小区|花园|公寓|大厦|苑|家园|坊|庭|邸|府|宅|浜|弄)$"
)
_VILLAGE: Final = re.compile(rf"[{_HAN}]村$")
_PLACE: Final = re.compile("[路街道镇村区园寓厦苑坊庭邸府宅浜弄巷同场城]$")
_TIME_OF_DAY: Final = re.compile("上午|下午|早上|晚上|中午|之前|以前|之后|以后|那天|开始|开学|举[办行]")
_VERB_AFTER_LANE: Final = re.compile("[丢坏脏错清懂得完个点到不]")  # 把3弄丢了
# Where an address begins: behind these words, and if there is one with the name of a place that is known.
_NOT_BEFORE: Final = "在住到是于址去来从我他她您你们请送寄为叫的了想"
_NOT_HAN: Final = re.compile(rf"[^{_HAN}]")
_KNOWN: Final = re.compile("|".join(("上海", "浦东", *SUBDISTRICTS)))

_LABELLED: Final = re.compile(
    r"(?:地址|住址|家住|门牌号?)[^0-9\n]{0,12}([0-9]{1,5}(?:\s?[\-—]\s?[0-9]{1,5}){1,3})(?![0-9])"
)
_ENGLISH: Final = re.compile(
    r"(?<![a-z])(?:room|rm\.?|lane|building|bldg\.?|apartment|apt\.?)\s{0,2}"
    r"(?:no\.?\s{0,2})?#?[0-9]{1,5}[a-z]?(?![a-z0-9])"
    r"|(?<![a-z0-9])(?:no\.?\s{0,2})?[0-9]{1,5}\s{1,3}(?:[a-z]{1,20}\s{1,3}){1,4}"
    r"(?:road|rd|street|avenue|ave)(?![a-z])"
)


class _Part(NamedTuple):
    number: str
    unit: str  # "" of a bare number
    start: int
    end: int

    @property
    def written_in_digits(self) -> bool:
        return not self.number or self.number[0] not in _COUNT


def find_places(folded: Folded) -> Iterator[Hit]:
    """Every address that has a number leading to a door; a name alone (第一居民区, 东明路) is none."""
    text = folded.plain
    for parts in _chains(text):
        chain = _without_date(parts, text)
        if not chain:
            continue
        before = _before(text, chain[0].start)
        if _leads_to_a_door(chain, before, text):
            yield Hit("address", chain[0].start - _length_of_place(before), chain[-1].end)
    yield from (Hit("address", *match.span(1)) for match in _LABELLED.finditer(text))
    yield from (Hit("address", *match.span()) for match in _ENGLISH.finditer(text))


def _chains(text: str) -> Iterator[list[_Part]]:
    chain: list[_Part] = []
    for match in _PART.finditer(text):
        part = _part(match)
        if chain:
            join = _JOIN_AFTER_BUILDING if chain[-1].unit in _BUILDINGS else _JOIN
            if not join.fullmatch(text, chain[-1].end, part.start):
                yield chain
                chain = []
        chain.append(part)
    if chain:
        yield chain


def _part(match: re.Match[str]) -> _Part:
    number = match["number"] or match["block"] or match["bare"]
    return _Part(number, match["unit"] or match["of_block"] or "", match.start(), match.end())


def _before(text: str, start: int) -> str:
    """The Chinese characters that run up to `start`, twenty at most."""
    return _NOT_HAN.split(text[max(0, start - 20) : start])[-1]


def _without_date(chain: list[_Part], text: str) -> list[_Part]:
    """The chain without a first 号 that is a day: 5月12号, 12号下午."""
    first = chain[0]
    if first.unit == "号" and (text[first.start - 1 : first.start] == "月" or _TIME_OF_DAY.match(text, first.end)):
        return chain[1:]
    return chain


def _leads_to_a_door(chain: list[_Part], before: str, text: str) -> bool:
    if _ROAD.search(before[-4:]) and chain[0].unit in _AFTER_ROAD:
        return True
    if _VILLAGE.search(before[-2:]) and chain[0].unit in _AFTER_VILLAGE:
        return True
    if any(_is_door(part, text) for part in chain):
        return True
    houses = [index for index, part in enumerate(chain) if part.unit in _HOUSES]
    return bool(houses) and any(part.unit in _INSIDE for part in chain[houses[0] + 1 :])


def _is_door(part: _Part, text: str) -> bool:
    """Whether the part alone is an address: 112弄, 3号楼, 374室; not 一栋楼, 两室一厅, 五楼, 2号."""
    if part.unit == "室":
        return len(part.number) >= (2 if part.written_in_digits else 3)
    if part.unit in ("号楼", "号院"):
        return True
    if part.unit in ("弄", "支弄"):
        return part.written_in_digits and not _VERB_AFTER_LANE.match(text, part.end)
    return part.unit in ("栋", "幢") and part.written_in_digits


def _length_of_place(before: str) -> int:
    """How many characters of `before` name the road, village or town that the numbers belong to."""
    if not _PLACE.search(before[-1:]):
        return 0
    place = before[1 + max(before.rfind(word, 0, -1) for word in _NOT_BEFORE) :]
    known = _KNOWN.search(place)
    return len(place) - (known.start() if known else 0)
