"""Somebody's name in a text: whole, broken up, or without the surname."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.wishes.scan_folding import Folded, Hit, fold
from chalicelib.wishes.surnames import surname_length

_LONGEST: Final = 60
# Two characters also meet by chance at the end of one clause and the begin of the next (老王，明天), so only
# blanks and strokes may part them; three are a name whatever stands between.
_LIGHT: Final = r"[\s\-_.·•・*/|~+]{0,3}"
_ANY: Final = r"(?:[^\w]|_){0,3}"
_REMARK: Final = re.compile(r"[(\[【（].*?[)\]】）]")
_PERSONS: Final = re.compile(r"[,、;/&，；]|\s和\s")
_PIECES: Final = re.compile(r"(?:[^\w]|_)+")
_FEWEST_LETTERS: Final = 3


def find_names(folded: Folded, names: Sequence[str]) -> Iterator[Hit]:
    """Every place where one of `names` stands: the whole name, or the given name if it has two characters."""
    patterns = {pattern for name in names for pattern in _patterns(name)}
    for pattern in sorted(patterns):
        yield from (Hit("name", *match.span()) for match in re.finditer(pattern, folded.plain))


def _patterns(name: str) -> Iterator[str]:
    # A remark such as 秦明华（女儿） is no part of the name: 女儿 stands in many stories.
    for person in _PERSONS.split(_REMARK.sub(" ", fold(name[:_LONGEST]).plain)):
        pieces = [piece for piece in _PIECES.split(person) if piece]
        joined = "".join(pieces)
        if not joined:
            continue
        if joined.isascii():
            yield from _latin(pieces)
        else:
            yield from _chinese(pieces, joined)


def _latin(pieces: list[str]) -> Iterator[str]:
    if len("".join(pieces)) >= _FEWEST_LETTERS:
        yield _word(_ANY.join(map(re.escape, pieces)))
    yield from (_word(re.escape(piece)) for piece in pieces if len(piece) >= _FEWEST_LETTERS)


def _word(pattern: str) -> str:
    return f"(?<![a-z0-9]){pattern}(?![a-z0-9])"


def _chinese(pieces: list[str], joined: str) -> Iterator[str]:
    if len(joined) >= 2:
        yield _spread(joined)
    if len(pieces) > 1:  # 阿布都·热合曼: each part is a name; 秦 明华: the single character is not searched
        yield from (_spread(piece) for piece in pieces if len(piece) >= 2)
    elif 3 <= len(joined) <= 4:
        given_name = joined[surname_length(joined) :]
        if len(given_name) >= 2:
            yield _spread(given_name)


def _spread(characters: str) -> str:
    return (_LIGHT if len(characters) == 2 else _ANY).join(map(re.escape, characters))
