"""The live numbers of a round (product.md sections 5 and 6), counted from the narrow lines of its wishes.

Pure: lines in, numbers out. What the words count is fixed in product.md section 6; `counted` and `held` are
that definition in code, and the summary of a round builds on them too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from chalicelib.base.words import CATEGORIES, CLAIMANT_TYPES, KINDS, SUBDISTRICTS, SUBJECTS
from chalicelib.wishes.narrow import Narrow

MINUTE: Final = 60
HOUR: Final = 3600

Number = int | float
"""A measured number: whole where it is whole (4, never 4.0), else with one decimal."""

_NOT_COUNTED: Final = frozenset({"withdrawn", "rejected"})
_HELD: Final = frozenset({"claimed", "delivered", "fulfilled"})


class Spread(msgspec.Struct, frozen=True):
    """The fastest and the median of some durations, both None where there was nothing to measure."""

    fastest: Number | None
    median: Number | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The body of GET /v1/rounds/{id}/statistics. Maps have all their closed keys, zeros included;
    subdistricts and categories stand under their Chinese names, and only where there is a wish."""

    collected: int
    by_subject: dict[str, int]
    by_kind: dict[str, int]
    published: int
    claimed: int
    fulfilled: int
    claim_rate: float | None
    fulfilment_rate: float | None
    by_claimant_type: dict[str, int]
    by_subdistrict: dict[str, int]
    by_category: dict[str, int]
    minutes_to_claim: Spread
    hours_to_fulfil: Spread
    as_of: str


def counted(line: Narrow) -> bool:
    """Whether the wish is one of those collected: every one not withdrawn or rejected, hidden ones too."""
    return line.state not in _NOT_COUNTED


def held(line: Narrow) -> bool:
    """Whether the wish is granted to somebody who still holds the claim or has fulfilled it."""
    return line.state in _HELD


def seconds_to_claim(line: Narrow) -> int | None:
    """Seconds from the last publication to the standing claim, None where either is unknown.

    A claim dated before its publication can only be a slip in an imported register: it measures nothing.
    """
    return _elapsed(line.republished_at, line.claimed_at)


def seconds_to_fulfil(line: Narrow) -> int | None:
    """Seconds from the standing claim to fulfilment, None as for `seconds_to_claim`."""
    return _elapsed(line.claimed_at, line.fulfilled_at)


def rate(part: int, whole: int) -> float | None:
    """`part` of `whole` rounded to four decimals, None of nothing."""
    return round(part / whole, 4) if whole else None


def spread(seconds: Iterable[int | None], unit: int) -> Spread:
    """The fastest and the median of `seconds`, those that are None left out, in units of `unit` seconds."""
    known = sorted(duration for duration in seconds if duration is not None)
    if not known:
        return Spread(None, None)
    middle = len(known) // 2
    median = known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
    return Spread(measured(known[0] / unit), measured(median / unit))


def measured(value: float) -> Number:
    """`value` as figures state it: rounded to one decimal, and whole where that leaves it whole."""
    tenths = round(value, 1)
    return int(tenths) if tenths == int(tenths) else tenths


def in_order(found: Iterable[str], listed: Sequence[str]) -> list[str]:
    """The names of `found`, each once: the `listed` in the list's order, then the others by code points."""
    names = set(found)
    return [name for name in listed if name in names] + sorted(names.difference(listed))


def figures(
    lines: Iterable[Narrow],
    as_of: str,
    *,
    subdistricts: Sequence[str] = SUBDISTRICTS,
    categories: Sequence[str] = CATEGORIES,
) -> Figures:
    """The numbers of one round's `lines` (read once, in any order) as they stood at `as_of` (RFC 3339, UTC).

    `subdistricts` and `categories` are the configured lists; they only give their maps an order.
    """
    collected = [line for line in lines if counted(line)]
    claimed = [line for line in collected if held(line)]
    fulfilled = [line for line in claimed if line.state == "fulfilled"]
    return Figures(
        collected=len(collected),
        by_subject=_closed(SUBJECTS, (line.subject for line in collected)),
        by_kind=_closed(KINDS, (line.kind for line in collected)),
        published=sum(line.published_at > 0 for line in collected),
        claimed=len(claimed),
        fulfilled=len(fulfilled),
        claim_rate=rate(len(claimed), len(collected)),
        fulfilment_rate=rate(len(fulfilled), len(collected)),
        by_claimant_type=_closed(CLAIMANT_TYPES, (line.claimant_type for line in claimed)),
        by_subdistrict=_open(subdistricts, (line.subdistrict for line in collected)),
        by_category=_open(categories, (line.category for line in collected)),
        minutes_to_claim=spread(map(seconds_to_claim, claimed), MINUTE),
        hours_to_fulfil=spread(map(seconds_to_fulfil, fulfilled), HOUR),
        as_of=as_of,
    )


def _elapsed(start: int, end: int) -> int | None:
    return end - start if start and end and end >= start else None


def _closed(keys: Iterable[str], values: Iterable[str]) -> dict[str, int]:
    """How often each of `keys` stands in `values`; other values are left to `reconciled`."""
    counts = Counter(values)
    return {key: counts[key] for key in keys}


def _open(listed: Sequence[str], values: Iterable[str]) -> dict[str, int]:
    counts = Counter(values)
    return {name: counts[name] for name in in_order(counts, listed)}
