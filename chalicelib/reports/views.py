"""A summary's edition as it is handed out: its figures, and its files behind links that expire."""

from typing import Any

import msgspec

from chalicelib.base import files
from chalicelib.reports import records


class ReportFile(msgspec.Struct, frozen=True):
    """One file; `url` works for five minutes."""

    format: str
    name: str
    bytes: int
    url: str


class Report(msgspec.Struct, frozen=True):
    """An edition. `figures`: as the statistics, plus `reconciled`: true, or the differences."""

    edition: int
    round: str
    kind: str
    made_at: str
    figures: dict[str, Any]
    files: list[ReportFile]


class ReportPage(msgspec.Struct, frozen=True):
    """A page of editions, newest first."""

    items: list[Report]
    next: str | None


def one(edition: records.Edition) -> Report:
    """The edition with fresh links. Every edition of today is masked: no name, no phone, no address in it."""
    return Report(
        edition=int(edition.number),
        round=edition.pk,
        kind=edition.kind,
        made_at=edition.made_at,
        figures=edition.figures,
        files=[ReportFile(form, name, size, files.link(name)) for form, name, size in edition.files],
    )
