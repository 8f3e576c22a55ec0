"""The first half of a reminder run: every wish that is due is counted once and moved on to its next look.

    a page of due wishes → each one's next look, and the page's count    one transaction

So a wish is counted exactly when it is moved on: whatever dies, nothing is told twice and nothing is lost, and of two
runs at once one counts it. What a run has no time for stays due, and the next run goes on there.
"""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.base import logs, tables
from chalicelib.base.deadline import Deadline
from chalicelib.reminders import records, rules
from chalicelib.reminders.rules import Place, Tallies, Tally
from chalicelib.wishes import reminding


class Gathering(NamedTuple):
    """How many wishes were found due, and whether there was time and luck to look at all that are."""

    wishes: int
    is_whole: bool


def gather(at: str, deadline: Deadline) -> Gathering:
    """Count what is due by `at`. A page that fails is left for the next run, and the others go on."""
    wishes, is_whole = 0, True
    for page in reminding.pages(at):
        if deadline.passed:
            return Gathering(wishes, False)
        try:
            wishes += _gather(page, at)
        except Exception as error:  # it must not end the run; what it could not look at stays due
            logs.error("page_not_gathered", kind=type(error).__name__, place=logs.place_of(error))
            is_whole = False
    return Gathering(wishes, is_whole)


def _gather(page: Sequence[str], at: str) -> int:
    """Count one page; how many of its wishes something has to be said of."""
    found = reminding.due(page, at)
    while found:
        tallies = _counted(found)
        parts: list[tables.Part] = [each.looked for each in found]
        parts += [records.page(at, rules.packed(tallies))] if tallies else []
        try:
            tables.commit(parts)
        except tables.Refused as refusal:
            # Somebody acted on some of them, or another run was here: they are looked at anew when they are due.
            found = [each for each in found if each.looked not in refusal.found]
            continue
        return sum(bool(each.said) for each in found)
    return 0


def _counted(found: Sequence[reminding.Due]) -> Tallies:
    tallies: Tallies = {}
    for wish, said, _ in found:
        for what in said:
            place = Place(what, str(wish.subdistrict), str(wish.category))
            # What is not public yet is counted and never named (product.md section 3).
            named = [(str(wish.pk), str(wish.title))] if what == "unclaimed" else []
            tallies.setdefault(place, Tally()).add(Tally(1, named))
    return tallies
