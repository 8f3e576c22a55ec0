"""The summary of a round (product.md section 5): narrow lines in, one `Summary` out.

Pure and deterministic: the same lines in any order give an equal summary. Nothing ranks people or places;
subdistricts and categories stand in the order of the configured lists.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from chalicelib.base.clock import SHANGHAI, seconds, stamp
from chalicelib.base.words import BASES, CATEGORIES, CLAIMANT_TYPES, KINDS, STATES, SUBDISTRICTS, SUBJECTS
from chalicelib.reports.paragraph import paragraph
from chalicelib.reports.reconcile import Parts, reconcile
from chalicelib.reports.shapes import Change, Comparison, Day, Group, PastRound, QuickClaim, RoundInfo, Sector, Summary
from chalicelib.reports.stuck import public_title, stuck
from chalicelib.rounds.figures import (
    MINUTE,
    Figures,
    Number,
    Spread,
    counted,
    figures,
    held,
    in_order,
    measured,
    rate,
    seconds_to_claim,
)
from chalicelib.wishes.narrow import Narrow

SMALLEST_RATED_GROUP: Final = 5
"""Below this n a rate says more about chance, or about one family, than about the group (section 5)."""

FASTEST_LISTED: Final = 10
LONGEST_FILLED_SERIES: Final = 400
"""Days. A series longer than this (one mistyped year is enough) lists only the days with claims."""

UNSTATED: Final = "unstated"


def summary(
    lines: Iterable[Narrow],
    round_info: RoundInfo,
    as_of: str,
    previous: Summary | None = None,
    past: Sequence[PastRound] = (),
    *,
    subdistricts: Sequence[str] = SUBDISTRICTS,
    categories: Sequence[str] = CATEGORIES,
) -> Summary:
    """Everything section 5 asks about the round `round_info`, from all its `lines` as of `as_of` (RFC 3339).

    `previous` is the last summary of the round before, where there is one; `past` are the rounds before for the trend,
    oldest first; `subdistricts` and `categories`
    are the configured lists: every name on them gets its row. Raises ValueError where `as_of` is no time.
    """
    everything = list(lines)
    totals = figures(everything, as_of, subdistricts=subdistricts, categories=categories)
    collected = [line for line in everything if counted(line)]
    claimed = [line for line in collected if held(line)]
    parts = Parts(
        lines=everything,
        by_state=_by_state(everything),
        groups=_groups(collected, subdistricts, categories),
        claimant_bases=_claimant_bases(claimed),
        sectors=_sectors(claimed, subdistricts),
        days=_claims_per_day(claimed),
        stuck=stuck(everything, seconds(as_of)),
    )
    found = Summary(
        **{field: getattr(totals, field) for field in totals.__struct_fields__},
        round=round_info,
        reconciled=reconcile(totals, parts),
        by_state=parts.by_state,
        kinds=parts.groups["kinds"],
        subjects=parts.groups["subjects"],
        subdistricts=parts.groups["subdistricts"],
        categories=parts.groups["categories"],
        claimant_bases=parts.claimant_bases,
        sectors=parts.sectors,
        claims_per_day=parts.days,
        fastest_claims=_fastest(claimed),
        stuck=parts.stuck,
        comparison=_comparison(previous, totals) if previous else None,
        trend=[*past, past_round(round_info.number, round_info.name, totals)],
        paragraph="",
    )
    return msgspec.structs.replace(found, paragraph=paragraph(found))


class PastFigures(msgspec.Struct, frozen=True):
    """What the trend needs of the figures kept with an edition."""

    collected: int
    claimed: int
    fulfilled: int
    claim_rate: float | None
    fulfilment_rate: float | None
    minutes_to_claim: Spread


def past_round(number: int, name: str, totals: Figures | PastFigures) -> PastRound:
    """A round's line in the trend."""
    return PastRound(
        number,
        name,
        totals.collected,
        totals.claimed,
        totals.fulfilled,
        totals.claim_rate,
        totals.fulfilment_rate,
        totals.minutes_to_claim.median,
    )


def _by_state(lines: Iterable[Narrow]) -> dict[str, int]:
    counts = Counter(line.state for line in lines)
    return {state: counts[state] for state in STATES}


def _groups(
    collected: Sequence[Narrow], subdistricts: Sequence[str], categories: Sequence[str]
) -> dict[str, list[Group]]:
    return {
        "kinds": _grouped(collected, lambda line: line.kind, list(KINDS)),
        "subjects": _grouped(collected, lambda line: line.subject, list(SUBJECTS)),
        "subdistricts": _grouped(collected, lambda line: line.subdistrict, subdistricts),
        "categories": _grouped(collected, lambda line: line.category, categories),
    }


def _grouped(collected: Iterable[Narrow], name_of: Callable[[Narrow], str], listed: Sequence[str]) -> list[Group]:
    """One row for each name listed, then one for each other name that occurs."""
    members: dict[str, list[Narrow]] = {name: [] for name in listed}
    for line in collected:
        members.setdefault(name_of(line), []).append(line)
    return [_group(name, members[name]) for name in in_order(members, listed)]


def _group(name: str, lines: list[Narrow]) -> Group:
    claimed = sum(map(held, lines))
    fulfilled = sum(line.state == "fulfilled" for line in lines)
    enough = len(lines) >= SMALLEST_RATED_GROUP
    return Group(
        name=name,
        collected=len(lines),
        published=sum(line.published_at > 0 for line in lines),
        claimed=claimed,
        fulfilled=fulfilled,
        claim_rate=rate(claimed, len(lines)) if enough else None,
        fulfilment_rate=rate(fulfilled, len(lines)) if enough else None,
    )


def _claimant_bases(claimed: Iterable[Narrow]) -> dict[str, dict[str, int]]:
    counts = Counter((line.claimant_type, line.basis or UNSTATED) for line in claimed)
    return {kind: {basis: counts[kind, basis] for basis in (*BASES, UNSTATED)} for kind in CLAIMANT_TYPES}


def _sectors(claimed: Iterable[Narrow], subdistricts: Sequence[str]) -> list[Sector]:
    """By name; the claims without a stated sector come last."""
    places: dict[str, Counter[str]] = {}
    for line in claimed:
        places.setdefault(line.sector, Counter())[line.subdistrict] += 1
    return [
        Sector(
            name,
            places[name].total(),
            {place: places[name][place] for place in in_order(places[name], subdistricts)},
        )
        for name in sorted(places, key=lambda name: (not name, name))
    ]


def _claims_per_day(claimed: Iterable[Narrow]) -> list[Day]:
    """Every day from the first claim to the last, those without a claim too."""
    counts = Counter(datetime.fromtimestamp(line.claimed_at, SHANGHAI).date() for line in claimed if line.claimed_at)
    series: list[Day] = []
    so_far = 0
    for day in _days(counts):
        so_far += counts[day]
        series.append(Day(day.isoformat(), counts[day], so_far))
    return series


def _days(found: Iterable[date]) -> list[date]:
    days = sorted(found)
    if not days or (days[-1] - days[0]).days > LONGEST_FILLED_SERIES:
        return days
    return [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]


def _fastest(claimed: Iterable[Narrow]) -> list[QuickClaim]:
    timed = [
        (taken, line.claimed_at, line.id, line) for line in claimed if (taken := seconds_to_claim(line)) is not None
    ]
    timed.sort(key=lambda entry: entry[:3])
    return [_quick_claim(line, taken) for taken, _, _, line in timed[:FASTEST_LISTED]]


def _quick_claim(line: Narrow, taken: int) -> QuickClaim:
    return QuickClaim(
        id=line.id,
        number=line.source,
        title=public_title(line),
        subdistrict=line.subdistrict,
        claimant_type=line.claimant_type,
        minutes=measured(taken / MINUTE),
        claimed_at=stamp(datetime.fromtimestamp(line.claimed_at, UTC)),
    )


def _comparison(previous: Summary, totals: Figures) -> Comparison:
    before, now = _compared(previous), _compared(totals)
    changes = [Change(name, before[name], now[name], _change(before[name], now[name])) for name in now]
    return Comparison(previous.round.number, previous.round.name, changes)


def _compared(totals: Figures) -> dict[str, Number | None]:
    """The figures worth laying side by side, under the names the tables know."""
    return {
        "collected": totals.collected,
        **totals.by_subject,
        **totals.by_kind,
        "published": totals.published,
        "claimed": totals.claimed,
        "fulfilled": totals.fulfilled,
        "claim_rate": totals.claim_rate,
        "fulfilment_rate": totals.fulfilment_rate,
        "minutes_to_claim_fastest": totals.minutes_to_claim.fastest,
        "minutes_to_claim_median": totals.minutes_to_claim.median,
        "hours_to_fulfil_fastest": totals.hours_to_fulfil.fastest,
        "hours_to_fulfil_median": totals.hours_to_fulfil.median,
    }


def _change(before: Number | None, now: Number | None) -> Number | None:
    if before is None or now is None:
        return None
    return round(now - before, 4)
