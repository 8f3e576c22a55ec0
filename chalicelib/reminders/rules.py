"""Pure decisions about reminders: what is counted together, who hears of what (product.md section 4)."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec

NAMED: Final = 10
"""Wishes named in one tally: enough for the titles of a digest, and for a later look at whether they still wait."""


class Place(NamedTuple):
    """What wishes are counted by. `what` is said of them: unclaimed, review, review_late."""

    what: str
    subdistrict: str
    category: str


class Tally(msgspec.Struct):
    """So many wishes, some of them by (id, title)."""

    count: int = 0
    named: list[tuple[str, str]] = []

    def add(self, other: "Tally", most: int = NAMED) -> None:
        """Count the other's wishes in."""
        self.count += other.count
        self.named = [*self.named, *other.named][:most]


Tallies = dict[Place, Tally]


class Audience(NamedTuple):
    """Who hears of it, and in which kind of message."""

    who: str  # liaison, group, administrator, subscriber
    kind: str


AUDIENCES: Final[dict[str, tuple[Audience, ...]]] = {
    "unclaimed": (
        Audience("liaison", "unclaimed"),
        Audience("group", "unclaimed"),
        Audience("subscriber", "wishes_waiting"),
    ),
    "review": (Audience("liaison", "review_due"), Audience("group", "review_due")),
    "review_late": (Audience("administrator", "review_late"),),
}
"""What is due → who hears of it. A subdistrict without a liaison has the administrators instead."""


def merged(many: Iterable[Tallies]) -> Tallies:
    """All of them in one."""
    found: Tallies = {}
    for tallies in many:
        for place, tally in tallies.items():
            found.setdefault(place, Tally()).add(tally)
    return found


def share(tallies: Tallies, what: str, wants: Callable[[Place], bool], most: int) -> Tally:
    """What concerns one reader, with up to `most` wishes named."""
    found = Tally()
    for place, tally in tallies.items():
        if place.what == what and wants(place):
            found.add(tally, most)
    return found


def packed(tallies: Tallies) -> list[object]:
    """The tallies as they are stored."""
    return [[*place, tally.count, [list(each) for each in tally.named]] for place, tally in sorted(tallies.items())]


def unpacked(stored: list[list[object]]) -> Tallies:
    """The tallies as they were stored."""
    lines = msgspec.convert(stored, list[tuple[str, str, str, int, list[tuple[str, str]]]])
    return {Place(*line[:3]): Tally(line[3], line[4]) for line in lines}
