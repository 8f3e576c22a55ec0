"""Pure decisions about rounds: their dates, what is open when, and which one is current (product.md section 1)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

DATES: Final = ("declare_from", "claim_from", "claim_until", "deliver_until")
WISHES_PER_SHARD: Final = 5_000
MOST_SHARDS: Final = 16


class Window(NamedTuple):
    """A round's four dates as they hold for one subdistrict; stamps in UTC, each from inclusive, until exclusive."""

    declare_from: str
    claim_from: str
    claim_until: str
    deliver_until: str

    def declaring(self, at: str) -> bool:
        """Whether wishes may be declared at `at`: from declare_from to claim_until."""
        return self.declare_from <= at < self.claim_until

    def claiming(self, at: str) -> bool:
        """Whether wishes may be claimed at `at`."""
        return self.claim_from <= at < self.claim_until


class Round(NamedTuple):
    """A campaign round as the rest of the house sees it. `id` is its number as text."""

    id: str
    number: int
    name: str
    window: Window
    overrides: Mapping[str, Mapping[str, str]]
    shards: int
    closed_at: str | None
    settled_at: str | None
    created_at: str
    version: int
    looked_at: str | None = None
    late_at: str | None = None
    carried_to: str | None = None
    carried_at: str | None = None
    moved_at: str | None = None

    def window_for(self, subdistrict: str) -> Window:
        """The dates that hold for a subdistrict, its own where it has some."""
        return self.window._replace(**self.overrides.get(subdistrict, {}))

    def state(self, at: str) -> str:
        """planned, declaring, claiming, delivering or closed. Only the act of closing closes a round."""
        if self.closed_at is not None:
            return "closed"
        if self.window.claiming(at):
            return "claiming"
        if at >= self.window.claim_until:
            return "delivering"
        return "declaring" if self.window.declaring(at) else "planned"


def current(rounds: Iterable[Round], at: str) -> Round | None:
    """The highest-numbered round open for claims, by its own dates or a subdistrict's."""
    open_ones = [each for each in rounds if each.closed_at is None and _claims_somewhere(each, at)]
    return max(open_ones, key=lambda each: each.number, default=None)


def _claims_somewhere(each: Round, at: str) -> bool:
    return each.window.claiming(at) or any(each.window_for(name).claiming(at) for name in each.overrides)


def shards_for(expected_wishes: int) -> int:
    """How many partitions a round's list indexes are spread over; fixed when the round is made."""
    return max(1, min(MOST_SHARDS, -(-expected_wishes // WISHES_PER_SHARD)))


def out_of_order(dates: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first date that lies before the one it must not precede, with that one's name."""
    pairs = [("claim_from", "declare_from"), ("claim_until", "claim_from"), ("deliver_until", "claim_until")]
    for later, earlier in pairs:
        if dates[later] < dates[earlier] or (later == "claim_until" and dates[later] == dates[earlier]):
            return later, earlier
    return None
