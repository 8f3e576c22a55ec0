"""Chinese surnames of two characters, for masking a name and for finding a given name in a story."""

from typing import Final

_COMPOUND: Final = """
    欧阳 太史 端木 上官 司马 东方 独孤 南宫 夏侯
    诸葛 尉迟 公羊 赫连 澹台 皇甫 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于
    司空 闾丘 子车 亓官 司寇 公西 颛孙 壤驷 公良 漆雕 宰父 拓跋 轩辕 令狐 百里 呼延 东郭 南门
    西门 羊舌 微生 公户 公玉 公仪 公仲 公上 公门 公山 公坚 公伯 公祖 公乘 公皙 第五 贯丘 南荣
    东里 东宫 子书 子桑 即墨 达奚 纳兰 完颜 叶赫 耶律 万俟 淳于 屈突 哥舒 沙吒 豆卢 贺拔 斛律
    歐陽 東方 諸葛 司馬 長孫 鍾離 尉遲 澹臺 軒轅 納蘭 鮮于
"""
_AMBIGUOUS: Final = "宗政 乐正 谷梁 夹谷 段干 梁丘 左丘 巫马 闻人 单于 仲长 褚师 贺兰 贺若 宿勤 樂正 賀蘭"

COMPOUND: Final[frozenset[str]] = frozenset(_COMPOUND.split())
"""Surnames of two characters that are hardly anything else, traditional spellings included."""

AMBIGUOUS: Final[frozenset[str]] = frozenset(_AMBIGUOUS.split())
"""Surnames of two characters that may be a shorter one and the begin of a given name: 贺兰英, 贺 + 兰英."""


def surname_length(name: str) -> int:
    """How many leading characters of the Chinese name `name` are surely surname: 1 or 2, 0 of an empty one.

    In doubt 1: a mask may hide a surname's second character, but never show a given name's first.
    """
    if len(name) > 2 and (name[:2] in COMPOUND or (len(name) > 3 and name[:2] in AMBIGUOUS)):
        return 2
    return min(len(name), 1)
