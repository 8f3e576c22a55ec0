"""The rows of the full edition, which administrators alone get: with names, phones and addresses.

Read in pages of a hundred wishes, twice (the workbook's two sheets), so that 20,000 cost no more memory than 400.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from chalicelib.claims import exporting as claims
from chalicelib.reports.sheets import claim_row, wish_row
from chalicelib.reports.tables import Row
from chalicelib.wishes import exporting as wishes
from chalicelib.wishes.narrow import Narrow

_AT_ONCE: Final = 100


def wish_rows(lines: Sequence[Narrow]) -> Iterator[Row]:
    """Rows under WISHES_FULL; what was erased is empty."""
    for line, wish, sealed in wishes.opened(lines):
        by = sealed.declared_by if sealed else None
        yield (
            *wish_row(line, line.source or line.id, line.title),
            wish.committee,
            sealed.wisher.name if sealed else "",
            sealed.phone if sealed else "",
            (sealed.wisher.address or "") if sealed else "",
            ("本人" if by.by_self else by.name or "") if by else "",
            (by.relation or "") if by else "",
        )


def claim_rows(lines: Sequence[Narrow]) -> Iterator[Row]:
    """Rows under CLAIMS_FULL, for the wishes with a standing claim."""
    standing = iter(wishes.listed([line for line in lines if line.claimed_at and line.claimant_type]))
    while page := list(islice(standing, _AT_ONCE)):
        told = claims.told([wish for _, wish in page])
        for line, wish in page:
            claim = told.get(wish.pk, claims.Told())
            yield (
                *claim_row(line, line.source or line.id, line.title),
                line.sector,
                claim.name,
                claim.phone,
                claim.contributors,
                claim.thanks,
            )
