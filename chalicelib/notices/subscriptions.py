"""What people want to hear of: wishes of a subdistrict or a category.

A subscriber is found by what they subscribed to, without looking through the accounts: one pointer for each.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from chalicelib.base import tables
from chalicelib.base.problems import Conflict
from chalicelib.notices import records
from chalicelib.notices.records import Subscriber, Subscription

MOST: Final = 45
"""Subdistricts and categories together; twice as many pointers, old and new, fit into one transaction."""


class Wanted(NamedTuple):
    """The wishes somebody subscribed to: those of a subdistrict, and those of a category wherever they are."""

    subdistricts: frozenset[str]
    categories: frozenset[str]

    def includes(self, subdistrict: str, category: str) -> bool:
        """Whether a wish there, of that category, is among them."""
        return subdistrict in self.subdistricts or category in self.categories


NOTHING: Final = Wanted(frozenset(), frozenset())


def of(account: str) -> Wanted:
    """What an account has subscribed to."""
    found = records.subscription(account)
    return _wanted(found) if found else NOTHING


def replace(account: str, wanted: Wanted) -> Wanted:
    """Replace what an account subscribed to, with the pointers that lead to it. Raises Conflict when contended."""
    for _ in range(5):
        found = records.subscription(account)
        before = _wanted(found) if found else NOTHING
        if before == wanted:
            return wanted
        version = int(found.version) if found else 0
        item = Subscription(
            account,
            "subscriptions",
            version=version + 1,
            subdistricts=set(wanted.subdistricts) or None,
            categories=set(wanted.categories) or None,
        )
        # Two replacements at once: the second finds the version moved, and takes away the first one's pointers.
        unmoved = Subscription.version == version if found else tables.absent(Subscription)
        try:
            tables.commit([tables.Put(item, unmoved), *_pointers(account, before, wanted)])
        except tables.Refused:
            continue
        return wanted
    raise Conflict()


def subscribers(places: Iterable[tuple[str, str]]) -> dict[str, Wanted]:
    """Who wants to hear of wishes at one of the (subdistrict, category) places, and of which."""
    pairs = list(places)
    topics = [*(_of_place(name) for name in sorted({place for place, _ in pairs})),
              *(_of_category(name) for name in sorted({category for _, category in pairs}))]  # fmt: skip
    return {found.sk: _wanted(found) for topic in topics for found in records.subscribers(topic)}


def _pointers(account: str, before: Wanted, now: Wanted) -> list[tables.Part]:
    old, new = _topics(before), _topics(now)
    places, categories = set(now.subdistricts) or None, set(now.categories) or None
    written: list[tables.Part] = [
        tables.Put(Subscriber(topic, account, subdistricts=places, categories=categories)) for topic in sorted(new)
    ]
    return written + [tables.Remove(Subscriber(topic, account)) for topic in sorted(old - new)]


def _topics(wanted: Wanted) -> set[str]:
    return {_of_place(name) for name in wanted.subdistricts} | {_of_category(name) for name in wanted.categories}


def _of_place(subdistrict: str) -> str:
    return f"subscribers#place#{subdistrict}"


def _of_category(category: str) -> str:
    return f"subscribers#category#{category}"


def _wanted(found: Subscription | Subscriber) -> Wanted:
    return Wanted(frozenset(found.subdistricts or ()), frozenset(found.categories or ()))
