"""The rows of registers once they are judged good: everything in product.md's vocabulary, times in UTC.

None of them shows its content when printed: they carry names and phones, and logs are read by many.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Literal

from chalicelib.base.words import ClaimantType, Kind, Subject
from chalicelib.imports.columns import CHECK, REGISTERS

Gender = Literal["female", "male"]

_NOT_CONTENT: Final = frozenset({"row", "version"})


@dataclass(frozen=True, slots=True, repr=False)
class WishRow:
    """One wish. `source` is 编号; `monthly_income` in yuan; `phone` digits only, a mobile or a landline.

    A team has neither gender nor birth year; `declarer_name` and `declarer_relation` are "" where the wisher
    declared (`by_self`). `version` is the one the row was exported with, None in a register keyed by hand.
    """

    row: int
    source: str
    subdistrict: str
    committee: str
    name: str
    gender: Gender | None
    birth_year: int | None
    subject: Subject
    team_size: int | None
    kind: Kind
    category: str
    title: str
    story: str
    difficulty: str
    monthly_income: int | None
    household_size: int | None
    phone: str
    address: str
    by_self: bool
    declarer_name: str
    declarer_relation: str
    consented: bool
    submitted_at: datetime
    version: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ClaimRow:
    """One claim of the past. `source` is the wish's 编号; `thanks` may be ""."""

    row: int
    source: str
    published_at: datetime
    claimant_type: ClaimantType
    claimant_name: str
    claimed_at: datetime
    fulfilled_at: datetime | None
    thanks: str


@dataclass(frozen=True, slots=True, repr=False)
class RosterRow:
    """One member of the roster; `phone` is a mobile number, for it is matched at sign-in."""

    row: int
    phone: str
    name: str
    claimant_type: ClaimantType
    branch: str
    sector: str


def cells_mark(round_id: str, cells: Mapping[str, str], key: bytes = b"") -> str:
    """24 hexadecimal digits over a wish's exported `cells` (texts by header) within its round, 校验 itself left out.

    An export writes it beside each row: a row that comes back with the same mark is as it went out, whatever
    happened to the wish meanwhile, and is nobody's edit.
    """
    content = [
        [column.header, cells.get(column.header, "")] for column in REGISTERS["wishes"] if column.header != CHECK
    ]
    text = json.dumps([round_id, content], ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=12, key=key).hexdigest()


def fingerprint(row: WishRow | ClaimRow | RosterRow, key: bytes = b"") -> str:
    """24 hexadecimal digits that are the same for the same content, wherever the row and its columns stand.

    An import of the same file again is "unchanged" by it (product.md section 5). The content is personal and
    partly guessable: where the fingerprint is kept in the open, give a secret `key` (up to 64 bytes).
    """
    content = {f.name: getattr(row, f.name) for f in fields(row) if f.name not in _NOT_CONTENT}
    text = json.dumps([type(row).__name__, content], ensure_ascii=True, sort_keys=True, default=datetime.isoformat)
    return hashlib.blake2b(text.encode(), digest_size=12, key=key).hexdigest()
