"""CSV as people's machines write it: any of four encodings, three delimiters, quoted line breaks."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from chalicelib.imports.faults import Unreadable

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 1_024
_DELIMITERS: Final = ",;\t"

CountKnown = Callable[[Sequence[str]], int]
"""How many known headers a record holds: what tells a delimiter, and an encoding, from a wrong guess."""


def decode(content: bytes) -> tuple[str, bool]:
    """The file's text, and whether the encoding is only a guess. Raises Unreadable.

    A byte order mark is believed. Without one UTF-8 is tried first, for it fails on anything else; GB18030,
    which Excel writes in China, takes nearly everything and so comes last.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _strictly(content, encoding), False
    try:
        return content.decode("utf-8"), False
    except UnicodeDecodeError:
        return _strictly(content, "gb18030"), True


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise not_text(content) from None  # the original error carries the bytes themselves


def not_text(content: bytes) -> Unreadable:
    """What to say of bytes that make no sense as text: a zero byte means a picture, a PDF or the like."""
    return Unreadable("not_a_workbook" if b"\0" in content[:_SAMPLE] else "encoding")


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records with their numbers (the first is 1), blank ones included. Raises Unreadable `broken_csv`.

    Strict, because a quotation mark without its partner would otherwise swallow every row after it.
    """
    number = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable("broken_csv", row=number) from None
        yield number, record


def find_delimiter(text: str, head: int, count_known: CountKnown) -> tuple[str, int]:
    """The delimiter under which one of the first `head` records holds most known headers, and how many."""
    best = (",", 0)
    for delimiter in _DELIMITERS:
        known = _most_known(text, delimiter, head, count_known)
        if known > best[1]:
            best = (delimiter, known)
    return best


def _most_known(text: str, delimiter: str, head: int, count_known: CountKnown) -> int:
    most = 0
    try:
        for _, record in islice(records(text, delimiter), head):
            most = max(most, count_known(record))
    except Unreadable:
        pass  # a wrong delimiter may break the quoting; the right one is read again and then does raise
    return most
