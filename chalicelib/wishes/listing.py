"""Lists of wishes: the wall straight from its index, everything else from the round's cached narrow lines.

The wall (published, no other filter) is what a rush asks for: one query of a sparse index. Any other list filters
the narrow lines of the round (8.5 read units for 414 wishes, held for a moment in the process) and then reads just
the wishes of the page.
"""

import heapq
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Final, NamedTuple

from chalicelib.base import clock
from chalicelib.wishes import index_records, narrow, records
from chalicelib.wishes.narrow import Narrow

_KEEP_SECONDS: Final = 2.0
_MOST_STORIES: Final = 20_000
_lock = Lock()
_snapshots: dict[str, tuple[float, list[Narrow]]] = {}
_moved: dict[str, float] = {}  # round → when this process last changed one of its wishes
_stories: OrderedDict[tuple[str, int], str] = OrderedDict()  # (wish, published_at) → public story, for searching


class Filter(NamedTuple):
    """What a list of wishes is narrowed to; "" where anything goes."""

    states: tuple[str, ...]
    subdistrict: str = ""
    kind: str = ""
    subject: str = ""
    category: str = ""
    q: str = ""

    def takes(self, line: Narrow) -> bool:
        """Whether the line passes everything but the search."""
        return (
            line.state in self.states
            and (not self.subdistrict or line.subdistrict == self.subdistrict)
            and (not self.kind or line.kind == self.kind)
            and (not self.subject or line.subject == self.subject)
            and (not self.category or line.category == self.category)
        )

    @property
    def is_the_wall(self) -> bool:
        """Whether this is the plain list of published wishes."""
        return self == Filter(("published",))


def forget(round_id: str) -> None:
    """A wish of the round has changed here: read its lines anew at the next question."""
    with _lock:
        _snapshots.pop(round_id, None)
        _moved[round_id] = time.monotonic()


def forget_story(wish: records.Wish) -> None:
    """The published words of the wish were edited: search the new ones."""
    if wish.published_at:
        _stories.pop((wish.pk, clock.seconds(wish.published_at)), None)


def moved_at(round_id: str) -> float:
    """When (monotonic) this process last changed a wish of the round."""
    return _moved.get(round_id, 0.0)


def snapshot(round_id: str, shards: int, *, fresh: bool = False) -> list[Narrow]:
    """Every wish of the round as a narrow line, at most two seconds old, or read now."""
    held = _snapshots.get(round_id)
    if held is not None and held[0] > time.monotonic() and not fresh:
        return held[1]
    started = time.monotonic()
    lines = [
        narrow.unpack(wish_id, line)
        for shard in range(shards)
        for wish_id, line in index_records.lines(round_id, shard)
    ]
    with _lock:
        # Somebody here may have changed a wish while we read: then these lines are old already.
        if moved_at(round_id) < started:
            _snapshots[round_id] = (started + _KEEP_SECONDS, lines)
    return lines


Place = tuple[int, str]
"""Where a page ended in a filtered list: (epoch seconds it is ordered by, id)."""


def order(line: Narrow) -> Place:
    """Lists run from the longest waiting: by first publication, or by declaration before that; then by id."""
    return line.published_at or line.declared_at, line.id


def page(
    lines: Iterable[Narrow],
    wanted: Filter,
    visible: Callable[[Narrow], bool],
    limit: int,
    after: Place | None,
) -> tuple[list[Narrow], Place | None]:
    """Up to `limit` lines after a place, and the place to go on from (None at the end)."""
    matching = [line for line in lines if wanted.takes(line) and visible(line)]
    if after is not None:
        matching = [line for line in matching if order(line) > after]
    if wanted.q:
        matching = _searched(sorted(matching, key=order), wanted.q, limit + 1)
    found = heapq.nsmallest(limit + 1, matching, key=order)
    more = len(found) > limit
    return found[:limit], order(found[limit - 1]) if more else None


def wall_page(
    round_id: str, shards: int, limit: int, after: Sequence[tuple[str, str] | None] | None
) -> tuple[list[index_records.WallRow], list[tuple[str, str] | None] | None]:
    """Up to `limit` published wishes, longest first; `after` holds each shard's own place. One query a shard."""
    places: list[tuple[str, str] | None] = list(after) if after is not None else [None] * shards
    queues = [index_records.on_the_wall(round_id, shard, limit + 1, places[shard]) for shard in range(shards)]
    merged = heapq.merge(
        *([(wish.published_at, shard, wish) for wish in queue] for shard, queue in enumerate(queues)),
        key=lambda each: each[:2],
    )
    shown: list[index_records.WallRow] = []
    for published_at, shard, wish in merged:
        if len(shown) == limit:
            return shown, places
        shown.append(wish)
        places[shard] = (published_at, wish.pk)
    return shown, None


def _searched(candidates: list[Narrow], q: str, enough: int) -> list[Narrow]:
    """Those whose title or published story holds the words, in either case; stories are read once per process."""
    needle = q.casefold()
    found: list[Narrow] = []
    for start in range(0, len(candidates), 100):
        if len(found) >= enough:
            break
        chunk = candidates[start : start + 100]
        unknown = [line for line in chunk if needle not in line.title.casefold() and _version_of(line) not in _stories]
        _read_stories(unknown)
        found += [
            line for line in chunk if needle in line.title.casefold() or needle in _stories.get(_version_of(line), "")
        ]
    return found


def _version_of(line: Narrow) -> tuple[str, int]:
    return line.id, line.published_at


def _read_stories(lines: list[Narrow]) -> None:
    if not lines:
        return
    wishes = records.several([line.id for line in lines])
    long_ones = records.stories([wish.pk for wish in wishes if wish.story_beside])
    with _lock:
        for wish in wishes:
            story = wish.story or long_ones.get(wish.pk, "")
            if wish.published_at:
                _stories[wish.pk, clock.seconds(wish.published_at)] = story.casefold()
        while len(_stories) > _MOST_STORIES:
            _stories.popitem(last=False)
