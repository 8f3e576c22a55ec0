"""One row under judgement: hands out what its cells mean and notes what is wrong, one fault a cell."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypeVar

from chalicelib.imports import values
from chalicelib.imports.faults import Fault
from chalicelib.imports.reading import Row

Word = TypeVar("Word")


class RowJudge:
    """The cells of `row` by header. `spoilt`: headers of cells that reading has already found fault with.

    Every question answers None (or "") both for an empty cell and for a wrong one; `faults` tells them apart.
    """

    def __init__(self, row: Row, spoilt: Collection[str] = ()) -> None:
        self.number = row.number
        self.faults: list[Fault] = []
        self._cells = row.cells
        self._spoilt = set(spoilt)

    def good(self) -> bool:
        """Whether no cell of this row has a fault."""
        return not self._spoilt

    def fault(self, column: str, code: str, **details: str | int) -> None:
        """Notes what is wrong with a cell, unless something already is: a second sentence would confuse."""
        if column not in self._spoilt:
            self._spoilt.add(column)
            self.faults.append(Fault(self.number, column, code, details))

    def text(self, column: str, limit: int, *, required: bool = False) -> str:
        """The cell's text of at most `limit` characters."""
        text = self._cells.get(column, "")
        if len(text) > limit:
            self.fault(column, "too_long", limit=limit)
        elif required and not text:
            self.fault(column, "required")
        return text

    def number_between(self, column: str, low: int, high: int, *, required: bool = False) -> int | None:
        """The cell's whole number from `low` to `high`."""
        text = self._filled(column, required)
        number = values.whole_number(text)
        if text and (number is None or not low <= number <= high):
            self.fault(column, "not_a_number", low=low, high=high)
            return None
        return number

    def choice(self, column: str, words: Mapping[str, Word], *, required: bool = False) -> Word | None:
        """The word that the cell's text, in upper or lower case, stands for."""
        text = self._filled(column, required)
        word = words.get(text.lower())
        if text and word is None:
            self.fault(column, "not_in_choices", choices="、".join(_customary(words)))
        return word

    def listed(self, column: str, names: Collection[str]) -> str:
        """The cell's text if it is one of `names`; a part of just one of them is met with a guess."""
        text = self._filled(column, required=True).replace(" ", "")
        if not text or text in names:
            return text
        alike = [name for name in names if text in name] if len(text) > 1 else []
        if len(alike) == 1:
            self.fault(column, "not_in_list_but", suggestion=alike[0])
        else:
            self.fault(column, "not_in_list")
        return ""

    def phone(self, column: str) -> str:
        """The cell's phone as digits: a mobile, or a landline with its area code. Always required."""
        text = self._filled(column, required=True)
        number = values.phone(text)
        if text and number is None:
            self.fault(column, "not_a_phone")
        return number or ""

    def mobile(self, column: str) -> str:
        """The cell's mobile number. Always required."""
        text = self._filled(column, required=True)
        number = values.mobile(text)
        if text and number is None:
            self.fault(column, "not_a_mobile")
        return number or ""

    def moment(self, column: str, *, required: bool = False) -> datetime | None:
        """The cell's time in UTC."""
        text = self._filled(column, required)
        moment = values.moment(text)
        if text and moment is None:
            self.fault(column, "not_a_time")
        return moment

    def _filled(self, column: str, required: bool) -> str:
        text = self._cells.get(column, "")
        if required and not text:
            self.fault(column, "required")
        return text


def _customary(words: Mapping[str, Word]) -> list[str]:
    """The name that registers use for each word: its first."""
    names: dict[Word, str] = {}
    for name, word in words.items():
        names.setdefault(word, name)
    return list(names.values())
