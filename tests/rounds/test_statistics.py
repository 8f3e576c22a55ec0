"""The public numbers after many random acts, recounts that die and readers by the hundred: always what a count gives.

The recount of this file trusts nothing the statistics are made from: it scans the wishes and looks at their own
attributes, so a narrow line that disagreed with its wish would be found. `STATISTICS_ACTS=10000 pytest
tests/rounds/test_statistics.py` runs longer than the suite does.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from typing import Any

import pytest

from chalicelib.accounts import records as accounts
from chalicelib.accounts import tokens
from chalicelib.base import clock
from chalicelib.base.words import CATEGORIES, CLAIMANT_TYPES, KINDS, SUBDISTRICTS, SUBJECTS
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import numbers
from chalicelib.wishes.records import Wish
from dev.meter import Meter, metered
from tests.conftest import forget_lists
from tests.costs.many_wishes import REGISTER
from tests.people import Api, Staff, verification
from tests.races import books
from tests.races.between import Killed
from tests.world import World

ACTS = int(os.environ.get("STATISTICS_ACTS", "180"))
WISHES = min(414, ACTS // 12)
ACTS_BETWEEN_LOOKS = 30
SEVERAL_YEARS = 5 * 366 * 24 * 3600
READERS = max(300, min(ACTS, 1_000))


class Crowd:
    """People who do whatever comes to their mind to whatever wish, possible or not; each act minutes after the last."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance, self.now = world, chance, clock.now()
        self.staff: Staff = world.staff
        self.claimants = [self.staff.company, self.staff.member]
        self.done: Counter[str] = Counter()
        self.wishes = [wish.pk for wish in sorted(books.every_wish(world.round_id), key=lambda each: str(each.source))]
        self._acts: list[Callable[[str], None]] = [
            self._verify, self._publish, self._publish, self._claim, self._claim, self._claim, self._end,
            self._end, self._end, self._undo, self._refuse,
        ]  # fmt: skip

    @contextmanager
    def then(self, **delta: float) -> Iterator[None]:
        """Some time later."""
        self.now += timedelta(**delta)
        with clock.pinned(self.now):
            yield

    def act(self) -> None:
        """One random act."""
        with self.then(seconds=self.chance.randrange(20, 400)):
            self.chance.choice(self._acts)(self.chance.choice(self.wishes))

    def _post(self, who: Api, path: str, body: Any) -> dict[str, Any]:
        key = f"key-{self.chance.getrandbits(64):x}"
        reply = who.post(path, body, key=key)
        if reply.status < 300:
            self.done[path.rpartition("/")[2]] += 1
            if self.chance.random() < 0.2:  # the answer was lost: the same request once more
                assert who.post(path, body, key=key).status < 300
        return dict(reply.json)

    def _verify(self, wish: str) -> None:
        self._post(self.staff.liaison, f"/v1/wishes/{wish}/verify", verification())

    def _publish(self, wish: str) -> None:
        self._verify(wish)
        self._post(self.staff.liaison, f"/v1/wishes/{wish}/publish", {})

    def _claim(self, wish: str) -> None:
        if "id" not in self._post(self.chance.choice(self.claimants), f"/v1/wishes/{wish}/claim", {}):
            self._publish(wish)

    def _end(self, wish: str) -> None:
        """Whatever brings a claim on or to its end."""
        found = self.staff.administrator.must("GET", f"/v1/wishes/{wish}")["claim"]
        if not found:
            return self._claim(wish)
        staff, claimant = (
            self.staff.administrator,
            next(
                (each for each in self.claimants if each.get(f"/v1/claims/{found['id']}").status == 200),
                self.staff.company,
            ),
        )
        who, act, body = self.chance.choice(
            [
                (claimant, "progress", {"stage": "contacted"}),
                (claimant, "deliver", {}),
                (claimant, "deliver", {}),
                (staff, "confirm", {"method": "visit"}),
                (staff, "confirm", {"method": "visit"}),
                (claimant, "release", {"reason": "来不及了"}),
                (staff, "revoke", {"reason": "联系不上"}),
                (staff, "return", {"reason": "没有收到"}),
            ]
        )
        self._post(who, f"/v1/claims/{found['id']}/{act}", body)
        return None

    def _undo(self, wish: str) -> None:
        act = self.chance.choice(["hide", "return"])
        self._post(self.staff.liaison, f"/v1/wishes/{wish}/{act}", {"reason": "再看一看"})

    def _refuse(self, wish: str) -> None:
        if self.chance.random() < 0.15:
            act = self.chance.choice(["withdraw", "reject"])
            self._post(self.staff.liaison, f"/v1/wishes/{wish}/{act}", {"reason": "不合适"})


@pytest.fixture
def crowd(world: World, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """A crowd before a round of a few hundred submitted wishes of every kind."""
    rows = b"".join(REGISTER.read_bytes().splitlines(keepends=True)[: WISHES + 1])
    before = world.with_round(world_number(), declare_from="2016-01-01T00:00:00Z")
    before.staff.administrator.must(
        "POST", "/v1/imports", raw=rows, headers={"Content-Type": "text/csv"}, kind="wishes", round=before.round_id
    )
    for api in vars(before.staff).values():
        epoch = getattr(
            accounts.account(api.account, strongly=True), "epoch", 0
        )  # others share these people: signed out?
        monkeypatch.setattr(api, "token", tokens.sign("access", api.account, int(epoch), seconds=SEVERAL_YEARS))
    return Crowd(before, random.Random(20160201))


def world_number() -> int:
    """A number for one more round."""
    return 700_000 + random.SystemRandom().randrange(90_000)


def test_after_random_acts_repeats_and_dying_recounts_the_numbers_are_those_of_the_table(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, ACTS + 1):
        crowd.act()
        if number % ACTS_BETWEEN_LOOKS == 0:
            with crowd.then(seconds=numbers.FRESH_SECONDS + 1):
                a_recount_dies(crowd.world.round_id, crowd.chance, monkeypatch)
            with crowd.then(seconds=numbers.LEASE_SECONDS + numbers.FRESH_SECONDS + 1):
                forget_lists()
                assert shown(crowd.world) == recounted(crowd.world.round_id)

    assert {"verify", "publish", "claim", "deliver", "confirm"} <= set(crowd.done)
    books.in_order(crowd.world.round_id)


def a_recount_dies(round_id: str, chance: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh process takes the lease and is gone: before it has counted, before it has written, or just after."""
    found = rounds.fetch(round_id)
    forget_lists()
    dies_at = chance.choice(["read", "write", "end"])
    with monkeypatch.context() as patch:
        if dies_at == "read":
            patch.setattr(numbers.listing, "snapshot", _killed)
        elif dies_at == "write":
            patch.setattr(numbers.tables, "put", _killed)
        else:
            patch.setattr(numbers, "_hold", _killed)
        with pytest.raises(Killed):
            numbers.live(found)
    forget_lists()
    numbers.live(found)  # the next reader is answered all the same


def _killed(*_: object, **__: object) -> None:
    raise Killed


def shown(world: World) -> dict[str, Any]:
    """What the public reads, without its age."""
    found = dict(world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics"))
    assert clock.seconds(found.pop("as_of")) <= clock.seconds(clock.stamp())
    return found


def recounted(round_id: str) -> dict[str, Any]:
    """The same by section 6's words, from the wishes' own attributes."""
    wishes = [wish for wish in books.every_wish(round_id) if wish.state not in ("withdrawn", "rejected")]
    claimed = [wish for wish in wishes if wish.state in books.HOLDING]
    fulfilled = [wish for wish in claimed if wish.state == "fulfilled"]
    return {
        "collected": len(wishes),
        "by_subject": {key: sum(wish.subject == key for wish in wishes) for key in SUBJECTS},
        "by_kind": {key: sum(wish.kind == key for wish in wishes) for key in KINDS},
        "published": sum(wish.published_at is not None for wish in wishes),
        "claimed": len(claimed),
        "fulfilled": len(fulfilled),
        "claim_rate": round(len(claimed) / len(wishes), 4),
        "fulfilment_rate": round(len(fulfilled) / len(wishes), 4),
        "by_claimant_type": {key: sum(wish.claimant_type == key for wish in claimed) for key in CLAIMANT_TYPES},
        "by_subdistrict": {each: n for each in SUBDISTRICTS if (n := sum(wish.subdistrict == each for wish in wishes))},
        "by_category": {each: n for each in CATEGORIES if (n := sum(wish.category == each for wish in wishes))},
        "minutes_to_claim": _spread([_between(_in_the_pool(wish), wish.claimed_at) / 60 for wish in claimed]),
        "hours_to_fulfil": _spread([_between(wish.claimed_at, wish.fulfilled_at) / 3600 for wish in fulfilled]),
    }


def _in_the_pool(wish: Wish) -> str:
    return str(wish.republished_at or wish.published_at)


def _between(start: str | None, end: str | None) -> float:
    assert start is not None
    assert end is not None
    return (clock.moment(end) - clock.moment(start)).total_seconds()


def _spread(durations: list[float]) -> dict[str, Any]:
    if not durations:
        return {"fastest": None, "median": None}
    return {"fastest": pytest.approx(min(durations), abs=0.051), "median": pytest.approx(median(durations), abs=0.051)}


@pytest.fixture
def counted_once(world: World) -> World:
    """A round whose numbers were counted just now, and some claims since, in another process."""
    world.claimed()
    world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")
    world.claimed()
    return world


def readers(world: World, many: int) -> tuple[Meter, Counter[int]]:
    """So many readers, each in a process of its own that has read nothing yet; what it cost, what they were told."""
    found = rounds.fetch(world.round_id)
    told: Counter[int] = Counter()
    with metered() as meter:
        for _ in range(many):
            forget_lists()
            told[numbers.live(found).claimed] += 1
    return meter, told


def reads_of_lines(meter: Meter) -> int:
    return sum(call.operation == "Query" for call in meter.calls)


def test_readers_by_the_hundred_each_in_a_new_process_count_no_more_than_one(counted_once: World) -> None:
    with clock.pinned(clock.now() + timedelta(seconds=numbers.FRESH_SECONDS + 2)):
        one, told_one = readers(counted_once, 1)
    with clock.pinned(clock.now() + timedelta(seconds=2 * (numbers.FRESH_SECONDS + 2))):
        many, told = readers(counted_once, READERS)

    assert (told_one, told) == ({2: 1}, {2: READERS})
    assert reads_of_lines(many) == reads_of_lines(one) > 0
    assert len([call for call in many.calls if call.write]) == len([call for call in one.calls if call.write])


def test_a_process_that_has_the_numbers_answers_a_thousand_readers_without_any_call(counted_once: World) -> None:
    found = rounds.fetch(counted_once.round_id)
    numbers.live(found)

    with metered() as meter:
        answers = {numbers.live(found).claimed for _ in range(1_000)}

    assert answers == {2}
    assert meter.calls == []


def test_while_somebody_counts_all_others_read_the_last_numbers_and_write_nothing(
    counted_once: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.pinned(clock.now() + timedelta(seconds=numbers.FRESH_SECONDS + 2)):
        forget_lists()
        with monkeypatch.context() as patch:
            patch.setattr(numbers.listing, "snapshot", _killed)
            with pytest.raises(Killed):
                numbers.live(rounds.fetch(counted_once.round_id))

        meter, told = readers(counted_once, 50)

    assert told == {1: 50}
    assert reads_of_lines(meter) == 0
    assert [call for call in meter.calls if call.write] == []


def test_a_slow_count_does_not_write_over_a_newer_one(counted_once: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found, begun = rounds.fetch(counted_once.round_id), clock.now()
    read = numbers.listing.snapshot

    def slow(*args: Any, **options: Any) -> Any:
        lines = read(*args, **options)
        monkeypatch.setattr(numbers.listing, "snapshot", read)
        counted_once.claimed()
        with clock.pinned(begun + timedelta(seconds=60)):
            numbers.live(found)
        return lines

    monkeypatch.setattr(numbers.listing, "snapshot", slow)
    with clock.pinned(begun + timedelta(seconds=30)):
        assert numbers.live(found).claimed == 2

    with clock.pinned(begun + timedelta(seconds=61)):
        forget_lists()
        assert numbers.live(found).claimed == 3
