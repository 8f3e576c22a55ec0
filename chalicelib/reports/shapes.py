"""What a summary consists of (product.md section 5). These shapes are the JSON edition, field for field.

Nothing here names a person: the same summary serves the full and the masked edition.
"""

import msgspec

from chalicelib.rounds.figures import Figures, Number


class RoundInfo(msgspec.Struct, frozen=True):
    """What the summary says of its round. Dates are RFC 3339 text in UTC."""

    id: str
    number: int
    name: str
    declare_from: str
    claim_from: str
    claim_until: str
    deliver_until: str
    state: str


class Group(msgspec.Struct, frozen=True):
    """The wishes of one group; `collected` is its n. Rates are None where n is too small for one."""

    name: str
    collected: int
    published: int
    claimed: int
    fulfilled: int
    claim_rate: float | None
    fulfilment_rate: float | None


class Sector(msgspec.Struct, frozen=True):
    """The claims of one sector ("" where none was stated), in all and by subdistrict (those with any)."""

    name: str
    claimed: int
    by_subdistrict: dict[str, int]


class Day(msgspec.Struct, frozen=True):
    """The standing claims made on one day (YYYY-MM-DD, Asia/Shanghai) and all of them up to its end."""

    date: str
    claims: int
    so_far: int


class QuickClaim(msgspec.Struct, frozen=True):
    """A wish claimed soon after publication. `title` is None unless the public may read it.

    `number` is the register's 编号, "" where the wish was not imported.
    """

    id: str
    number: str
    title: str | None
    subdistrict: str
    claimant_type: str
    minutes: Number
    claimed_at: str


class StuckWish(msgspec.Struct, frozen=True):
    """A wish that waits too long: why, since when (RFC 3339) and for how many whole days."""

    id: str
    number: str
    title: str | None
    subdistrict: str
    category: str
    state: str
    reason: str
    since: str
    days: int


class Stuck(msgspec.Struct, frozen=True):
    """All stuck wishes counted, by reason (every reason, zeros included), and the longest-waiting listed."""

    total: int
    by_reason: dict[str, int]
    longest: list[StuckWish]


class Change(msgspec.Struct, frozen=True):
    """One figure in the round before and in this one; `change` is None where either is unknown."""

    figure: str
    before: Number | None
    now: Number | None
    change: Number | None


class Comparison(msgspec.Struct, frozen=True):
    """This round beside the one before it."""

    number: int
    name: str
    changes: list[Change]


class PastRound(msgspec.Struct, frozen=True):
    """One round in the trend over the rounds."""

    number: int
    name: str
    collected: int
    claimed: int
    fulfilled: int
    claim_rate: float | None
    fulfilment_rate: float | None
    minutes_to_claim_median: Number | None


class Difference(msgspec.Struct, frozen=True):
    """A total that is not the sum of its parts."""

    total: str
    value: int
    parts: str
    sum: int


class Summary(Figures, frozen=True, kw_only=True):
    """The statistics of the round and everything the report adds to them."""

    round: RoundInfo
    reconciled: bool | list[Difference]
    """True, or the differences found."""
    by_state: dict[str, int]
    """Every wish of the round, withdrawn and rejected ones too, under all ten states."""
    kinds: list[Group]
    subjects: list[Group]
    subdistricts: list[Group]
    categories: list[Group]
    claimant_bases: dict[str, dict[str, int]]
    """Claims by claimant type and, within it, by basis (`unstated` where none is recorded)."""
    sectors: list[Sector]
    claims_per_day: list[Day]
    fastest_claims: list[QuickClaim]
    stuck: Stuck
    comparison: Comparison | None
    trend: list[PastRound] = []
    """The rounds up to this one, oldest first; empty in summaries made before there was a trend."""
    paragraph: str
