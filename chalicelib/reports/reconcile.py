"""Does every total equal the sum of its parts? (product.md section 5, `reconciled`)

Totals and parts are counted apart from each other: the totals by `rounds.figures`, the parts by the summary's
own groups. So a wish under an unknown word, a claim without its time or a wish read twice shows here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.reports.shapes import Day, Difference, Group, Sector, Stuck
from chalicelib.rounds.figures import Figures
from chalicelib.wishes.narrow import Narrow

Check = tuple[str, int, str, int]
"""A total's name and value, its parts' name and sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a summary that its totals are held against."""

    lines: Sequence[Narrow]
    by_state: dict[str, int]
    groups: dict[str, list[Group]]
    claimant_bases: dict[str, dict[str, int]]
    sectors: list[Sector]
    days: list[Day]
    stuck: Stuck


def reconcile(totals: Figures, parts: Parts) -> bool | list[Difference]:
    """True where all agree, else every difference, in a fixed order."""
    differences = [
        Difference(total, value, name, summed)
        for total, value, name, summed in _checks(totals, parts)
        if value != summed
    ]
    return differences or True


def _checks(totals: Figures, parts: Parts) -> Iterable[Check]:
    yield from _collected(totals, parts)
    yield from _claimed(totals, parts)
    for name, rows in parts.groups.items():
        yield "collected", totals.collected, name, sum(row.collected for row in rows)
        yield "published", totals.published, name, sum(row.published for row in rows)
        yield "claimed", totals.claimed, name, sum(row.claimed for row in rows)
        yield "fulfilled", totals.fulfilled, name, sum(row.fulfilled for row in rows)
    yield "fulfilled", totals.fulfilled, "by_state", parts.by_state["fulfilled"]
    yield "stuck", parts.stuck.total, "stuck_by_reason", sum(parts.stuck.by_reason.values())


def _collected(totals: Figures, parts: Parts) -> Iterable[Check]:
    states = parts.by_state
    in_play = sum(states.values()) - states["withdrawn"] - states["rejected"]
    yield "wishes", len(parts.lines), "distinct_ids", len({line.id for line in parts.lines})
    yield "wishes", len(parts.lines), "by_state", sum(states.values())
    yield "collected", totals.collected, "by_state", in_play
    yield "collected", totals.collected, "by_subject", sum(totals.by_subject.values())
    yield "collected", totals.collected, "by_kind", sum(totals.by_kind.values())
    yield "collected", totals.collected, "by_subdistrict", sum(totals.by_subdistrict.values())
    yield "collected", totals.collected, "by_category", sum(totals.by_category.values())


def _claimed(totals: Figures, parts: Parts) -> Iterable[Check]:
    states = parts.by_state
    yield "claimed", totals.claimed, "by_state", states["claimed"] + states["delivered"] + states["fulfilled"]
    yield "claimed", totals.claimed, "by_claimant_type", sum(totals.by_claimant_type.values())
    bases = sum(sum(row.values()) for row in parts.claimant_bases.values())
    yield "claimed", totals.claimed, "claimant_bases", bases
    yield "claimed", totals.claimed, "sectors", sum(row.claimed for row in parts.sectors)
    crossed = sum(sum(row.by_subdistrict.values()) for row in parts.sectors)
    yield "claimed", totals.claimed, "sectors_by_subdistrict", crossed
    yield "claimed", totals.claimed, "claims_per_day", sum(day.claims for day in parts.days)
