"""Retention: what happens to a round's people some months after the act of closing it, a page of wishes at a time.

    PUBLIC_MONTHS       its wishes vanish from every public output
    RETENTION_MONTHS    persons, words, messages and photos are erased; numbers, acts and the audit trail stay

How far a pass came lies in the table, written after every page: a run that is killed, or out of time, is taken up there
by the next. Whatever it does twice changes nothing; two runs at once share the passes by a lease.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, logs, settings
from chalicelib.base.callers import NOBODY
from chalicelib.base.problems import Problem
from chalicelib.notices import actions as notices
from chalicelib.privacy import erasing, records, requests, rules
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Round
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import erasing as wish_erasing
from chalicelib.wishes.change import Attempt

BUDGET_SECONDS: Final = 240.0
"""Of the function's 300; a page that has begun is finished."""
LEASE_SECONDS: Final = 120
"""Longer than any page takes: whoever holds a pass writes how far it came before the lease runs out."""
PAGE: Final = 25
OVERDUE: Final = "privacy_overdue"


def run() -> dict[str, int]:
    """Go on with every pass that is due, and remind administrators of overdue requests; what was done, in numbers."""
    at, until = clock.stamp(), time.monotonic() + BUDGET_SECONDS
    counts = {"hidden": 0, "erased": 0, "failed": 0, "reminded": _remind_of_overdue(at)}
    for found, name in _due(at):
        worked = _go_on(found, name, at, until, counts)
        if worked and time.monotonic() >= until:
            break
    for name, count in counts.items():
        logs.info(f"retention_{name}", count=count)
    return counts


def _due(at: str) -> Iterator[tuple[Round, str]]:
    """The passes whose time has come: (round, "public" or "persons"), of every closed round there is."""
    months = {
        "public": settings.number("PUBLIC_MONTHS", rules.PUBLIC_MONTHS),
        "persons": settings.number("RETENTION_MONTHS", rules.RETENTION_MONTHS),
    }
    below: int | None = None
    while found := rounds.newest_first(100, below):
        below = found[-1].number
        for each in found:
            for name, number in months.items():
                if each.closed_at and rules.months_later(each.closed_at, number) <= at:
                    yield each, name


def _go_on(found: Round, name: str, at: str, until: float, counts: dict[str, int]) -> bool:
    """Do a pass from where it stands, a page at least; False where it is done, or somebody else is at it."""
    progress = records.progress(found.id, name)
    if progress.done_at or not records.take(progress, int(time.time()), LEASE_SECONDS):
        return False
    do = _hide if name == "public" else _erase
    while True:
        page = wishes.page_of_round(found.id, found.shards, progress.place, PAGE)
        failed = sum(not _done(do, wish_id, at, counts) for wish_id in page)
        progress.place = page[-1] if page else None
        progress.failed = int(progress.failed) + failed
        if not page and not progress.failed:
            _finish(found, name, at)
            progress.done_at = clock.stamp()
        elif not page:
            progress.failed = 0  # some would not be erased this time: from the beginning again, at the next run
        ends = not page or time.monotonic() >= until
        if not records.note(progress, int(time.time()), 0 if ends else LEASE_SECONDS) or ends:
            return True


def _done(do: Callable[[str, str], bool], wish_id: str, at: str, counts: dict[str, int]) -> bool:
    """Do it to one wish. One that cannot be done does not stop the others."""
    name = "hidden" if do is _hide else "erased"
    try:
        counts[name] += do(wish_id, at)
    except Problem as problem:
        logs.warning("retention_failed", kind=name, reason=problem.code, where=wish_id)
        counts["failed"] += 1
        return False
    return True


def _hide(wish_id: str, at: str) -> bool:
    return wish_erasing.shelve(wish_id, Attempt(NOBODY, at=at))


def _erase(wish_id: str, at: str) -> bool:
    before = wishes.get(wish_id)
    erasing.wish(wish_id, Attempt(NOBODY, at=at), "retention", names=True)
    for account in {before.contact, before.declarer}:
        if account:
            erasing.contact(account, Attempt(NOBODY, at=at))
    return not before.erased_at


def _finish(found: Round, name: str, at: str) -> None:
    """What tells of many wishes at once belongs to no single one: staff's messages of that time go with the round."""
    if name != "persons":
        return
    before = rules.months_before(at, settings.number("RETENTION_MONTHS", rules.RETENTION_MONTHS))
    staff = {who for who, _ in accounts.liaisons()} | set(accounts.administrators())
    for recipient in sorted(staff) + [f"group#{each}" for each in settings.subdistricts()]:
        notices.forget_before(recipient, before)


def _remind_of_overdue(at: str) -> int:
    """Tell every administrator, once a day, that requests wait past their due date."""
    late = requests.overdue(at)
    if not late:
        return 0
    day = clock.local_day(at)
    return sum(
        notices.once(who, OVERDUE, "privacy", day, {"count": len(late)}, late) for who in accounts.administrators()
    )
