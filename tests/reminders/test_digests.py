"""One digest per reader and day, of everything that is due: exact after deaths, failures, second runs and late ones."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.base import clock, settings
from chalicelib.base.deadline import Deadline
from chalicelib.base.problems import Unavailable
from chalicelib.notices import digests
from chalicelib.reminders import actions as reminders
from chalicelib.reminders import records, rules
from chalicelib.wishes import records as wishes
from chalicelib.wishes import reminding
from tests.costs import many_wishes
from tests.people import ADMINISTRATOR, LIAISON
from tests.races import books
from tests.races.between import Killed, dying, on_the_wire
from tests.reminders.days import MORNING, after, counts, inbox, now, sms
from tests.world import World


def nothing_is_left() -> bool:
    """Whether no run has anything to go on with."""
    return records.batch() is None and records.gathered() == []


def test_what_comes_due_after_the_days_digest_waits_for_the_next_days(world: World) -> None:
    world.published()
    with after(hours=3):
        late = now_published(world)
    with after(days=1):
        reminders.remind()
    with after(days=1, hours=3):
        reminders.remind()
        assert counts(world.staff.local) == [1]

    with after(days=1, hours=14):  # midnight in Shanghai
        assert reminders.remind() == {"due": 0, "digests": 2}
        reminders.remind()

    assert [each["titles"] for each in inbox(world.staff.local, "unclaimed")] == ["一个电饭煲", late]
    assert nothing_is_left()


def now_published(world: World, title: str = "一把伞") -> str:
    """A wish published at the pinned time; its title."""
    from tests.reminders.test_waiting import now_staff

    now_staff(world.staff).published(world.round_id, title=title)
    return title


def test_what_was_claimed_before_the_next_days_digest_is_not_spoken_of(world: World) -> None:
    world.published()
    with after(hours=3):
        now_published(world, "一把伞")
        now_published(world, "一盏灯")
    with after(days=1):
        reminders.remind()
    with after(days=1, hours=3):
        reminders.remind()
    gone = next(each for each in world.anyone.must("GET", "/v1/wishes", round=world.round_id)["items"]
                if each["title"] == "一盏灯")  # fmt: skip
    with after(days=1, hours=4):
        now(world.staff.company).must("POST", f"/v1/wishes/{gone['id']}/claim", {})

    with after(days=2):
        reminders.remind()

    assert inbox(world.staff.local, "unclaimed")[-1]["titles"] == "一把伞"
    assert counts(world.staff.local) == [1, 1]


def test_where_all_of_it_is_claimed_by_then_there_is_no_digest(world: World) -> None:
    world.published()
    with after(hours=3):
        now_published(world)
    with after(days=1):
        reminders.remind()
    with after(days=1, hours=3):
        reminders.remind()
    for each in world.anyone.must("GET", "/v1/wishes", round=world.round_id)["items"]:
        world.staff.company.must("POST", f"/v1/wishes/{each['id']}/claim", {})

    with after(days=2):
        reminders.remind()

    assert counts(world.staff.local) == [1]


def test_a_digest_counts_everything_and_names_the_first_titles(world: World) -> None:
    for number in range(7):
        world.published(title=f"第{number}个")

    with after(days=1):
        reminders.remind()

    (digest,) = inbox(world.staff.local, "unclaimed")
    assert digest["count"] == 7
    assert digest["titles"].count("第") == digests.TITLES_SHOWN
    assert digest["titles"].endswith("……")


def test_each_liaison_hears_of_their_own_subdistrict_only(world: World) -> None:
    world.published()
    other = world.declared(subdistrict="花木街道")["id"]
    for name, body in (("verify", {"method": "visit", "identity": True, "income": "confirmed", "feasible": True,
                                   "on": "2026-01-05"}), ("publish", {})):  # fmt: skip
        world.staff.liaison.must("POST", f"/v1/wishes/{other}/{name}", body)

    with after(days=1):
        reminders.remind()

    assert counts(world.staff.local) == [1]
    assert counts(world.staff.liaison) == [2]
    assert sms(world, ADMINISTRATOR) == []


def test_a_subdistricts_group_gets_its_line_where_it_has_a_robot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    real = settings.secrets()
    monkeypatch.setattr(settings, "secrets", lambda: msgspec.structs.replace(real, wecom_keys={"南码头路街道": "k"}))
    world.published()

    with after(days=1):
        reminders.remind()
        reminders.remind()

    lines = [sent for sent in world.anyone.outbox if sent.channel == "wecom"]
    assert [(line.to, line.kind) for line in lines] == [("南码头路街道", "unclaimed")]


@pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "after it landed"])
def test_killed_at_any_step_the_next_run_tells_everybody_once_and_of_everything(
    world: World, landed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNCLAIMED_DAYS", "1")
    long = world.with_round(3, claim_until="2032-12-01T00:00:00Z", deliver_until="2032-12-01T00:00:00Z")
    days, died = 0, True
    while died:
        days += 1
        # Both of the first subdistrict of the register, whose liaison is the one of everywhere.
        yesterday = clock.stamp(MORNING + timedelta(days=days - 1))
        many_wishes.store(long.round_id, range(414 * days, 414 * days + 2), 1, yesterday, all_open=True)
        with after(days=days):
            try:
                # Before a read is before the write that follows it: only writes make a difference.
                with on_the_wire(dying(days, landed=landed), only_writes=True):
                    reminders.remind()
                died = False
            except Killed:
                reminders.remind()
        with after(days=days, minutes=2):  # who died may have had the SMS in hand: its lease has run out
            reminders.sweep()
        assert nothing_is_left()

    assert days > 5
    assert counts(world.staff.liaison) == [2] * days
    assert len({each["at"][:10] for each in inbox(world.staff.liaison, "unclaimed")}) == days
    # A death between sending and noting it makes the one duplicate that is documented.
    assert days <= len(sms(world, LIAISON)) <= days + 1


def due_wishes(world: World, number: int) -> None:
    """Many published wishes, due a day after the morning."""
    many_wishes.store(world.round_id, range(number), 1, clock.stamp(MORNING), all_open=True)


def total(reader: Any) -> int:
    return sum(counts(reader))


def test_hundreds_that_are_due_make_one_digest_per_liaison(world: World) -> None:
    due_wishes(world, 200)

    with after(days=1):
        assert reminders.remind()["due"] == 200

    assert counts(world.staff.liaison) == [200]
    assert nothing_is_left()


def test_what_little_is_due_makes_one_page_and_much_makes_pages_that_fit(world: World) -> None:
    spread = world.with_round(7, expected_wishes=20_000)  # four shards, one in each bucket of the due index
    many_wishes.store(spread.round_id, range(200), 4, clock.stamp(MORNING), all_open=True)
    few, many = clock.stamp(MORNING + timedelta(hours=23)), clock.stamp(MORNING + timedelta(days=1))
    for wish in sorted(books.every_wish(spread.round_id), key=lambda wish: wish.pk)[:10]:
        wish.due_at = few
        wish.save()

    (page,) = reminding.pages(few)
    assert len(page) == 10
    pages = list(reminding.pages(many))
    assert [len(page) for page in pages] == [90, 90, 20]
    assert len({wish for page in pages for wish in page}) == 200
    assert {int(wish.shard) for wish in books.every_wish(spread.round_id)} == {0, 1, 2, 3}


class Turns(Deadline):
    """A deadline that passes after so many questions."""

    def __init__(self, questions: int) -> None:
        self._left = questions

    @property
    def passed(self) -> bool:
        self._left -= 1
        return self._left < 0


@pytest.mark.parametrize("questions", [1, 3])
def test_a_run_whose_time_is_up_is_gone_on_with_by_the_next_ones(world: World, questions: int) -> None:
    due_wishes(world, 200)
    runs = 0

    with after(days=1):
        while total(world.staff.liaison) < 200 and runs < 60:
            reminders.remind(Turns(questions))
            runs += 1

    assert runs > 1
    assert counts(world.staff.liaison) == [200]
    assert nothing_is_left()


def test_a_page_that_cannot_be_read_waits_and_the_others_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_wishes(world, 200)
    several, calls = wishes.several, 0

    def fails_once(keys: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Unavailable("dynamodb: x")
        return several(keys)

    with after(days=1):
        with monkeypatch.context() as patch:
            patch.setattr(wishes, "several", fails_once)
            first = reminders.remind()
        assert 0 < first["due"] < 200
        assert counts(world.staff.liaison) == []  # the digest waits for the rest of what is due
        second = reminders.remind()

    assert first["due"] + second["due"] == 200
    assert counts(world.staff.liaison) == [200]


def test_what_was_gathered_is_told_after_an_hour_whatever_else_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_wishes(world, 200)
    several = wishes.several

    def fails_for_one(keys: Any) -> Any:
        found = several(keys)
        if any(wish.source.endswith("00007") for wish in found if wish.source):
            raise Unavailable("dynamodb: x")
        return found

    monkeypatch.setattr(wishes, "several", fails_for_one)
    with after(days=1):
        reminders.remind()
    with after(days=1, hours=1, minutes=1):
        reminders.remind()

    assert 0 < total(world.staff.liaison) < 200


@pytest.mark.parametrize("part", ["gather", "share"])
def test_one_part_of_a_run_that_fails_does_not_end_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    from chalicelib.reminders import gathering, sharing

    world.published()
    with after(days=1, hours=-3):
        now(world.staff.local)
    module = {"gather": gathering, "share": sharing}[part]

    def fails(*_: object, **__: object) -> None:
        raise Unavailable("dynamodb: Throttled")

    with after(days=1):
        with monkeypatch.context() as patch:
            patch.setattr(module, part, fails)
            assert reminders.remind()["digests"] == 0
        assert "dynamodb: Throttled" in caplog.text
        assert reminders.remind()["digests"] == 2


def test_one_part_of_a_sweep_that_fails_does_not_end_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.claims import timekeeping
    from chalicelib.rounds import closing

    world.published()
    with after(days=1, hours=12):  # night
        reminders.remind()

    def fails(*_: object) -> None:
        raise Unavailable("x")

    monkeypatch.setattr(timekeeping, "run", fails)
    monkeypatch.setattr(closing, "pending", fails)
    with after(days=1, hours=22):
        assert reminders.sweep()["sent"] == 2


def test_stored_tallies_are_read_back_as_they_were() -> None:
    tallies = {
        rules.Place("unclaimed", "花木街道", "图书"): rules.Tally(12, [("w", "一本书"), ("x", "两本书")]),
        rules.Place("review", "花木街道", "图书"): rules.Tally(3),
    }

    assert rules.unpacked(rules.packed(tallies)) == tallies


def test_merging_counts_all_and_names_the_first() -> None:
    place = rules.Place("unclaimed", "花木街道", "图书")
    many = [{place: rules.Tally(2, [(f"{number}", "书"), (f"{number}b", "书")])} for number in range(8)]

    merged = rules.merged(many)

    assert merged[place].count == 16
    assert len(merged[place].named) == rules.NAMED
