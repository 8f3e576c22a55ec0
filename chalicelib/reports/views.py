"""A summary's edition as it is handed out: its figures, and its files behind links that expire."""

from typing import Any, Final

import msgspec

from chalicelib.base import clock, files
from chalicelib.reports import actions, records

FULL_DAYS: Final = 29
"""The bucket's lifecycle lets full editions expire after 30 days; a link must not outlive its file."""


class ReportFile(msgspec.Struct, frozen=True):
    """One file; `url` works for five minutes. `edition`: `full` holds names and phones, `masked` does not."""

    format: str
    name: str
    bytes: int
    url: str
    edition: str


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


def one(edition: records.Edition, *, full: bool, at: str) -> Report:
    """The edition with fresh links: with `full` (for administrators) to the full workbook as long as it is kept.

    Both go by the name of the file in the edition; where they lie is S3's matter.
    """
    kept = full and edition.full is not None and clock.later(edition.made_at, days=FULL_DAYS) > at
    return Report(
        edition=int(edition.number),
        round=edition.pk,
        kind=edition.kind,
        made_at=edition.made_at,
        figures=edition.figures,
        files=[_file(edition, form, name, size, full=kept) for form, name, size in edition.files],
    )


def _file(edition: records.Edition, form: str, name: str, size: int, *, full: bool) -> ReportFile:
    if full and form == "xlsx":
        return ReportFile(form, name, int(edition.full), files.link(actions.full_name(name)), "full")
    return ReportFile(form, name, size, files.link(name), "masked")
