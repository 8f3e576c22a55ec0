"""Messages: each goes out once, at decent hours, again when it failed, and ends in a list of the dead."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.base import clock, tables
from chalicelib.notices import actions, channels, manners, records, rules, templates
from tests.people import Api
from tests.world import assert_problem

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def reader(fresh_api: Api) -> Api:
    """Somebody with an inbox."""
    return fresh_api.sign_in("17000090070")


def write(reader: Api, at: datetime = NOON, subject: str = "s", due: str = "2026-11-22") -> bool:
    with clock.pinned(at):
        return actions.once(reader.account, "unclaimed", subject, due, {"count": 1, "titles": "锅"}, [])


def newest(reader: Api) -> records.Notice:
    """The newest message of an inbox, as it lies in the table."""
    return records.inbox(reader.account, 1, None)[0]


def on_its_way(reader: Api) -> records.Sending:
    """The newest message of an inbox on its channel."""
    notice = newest(reader)
    return records.sendings_of(records.Key(notice.pk, notice.sk))[0]


def deliver(at: datetime) -> int:
    with clock.pinned(at):
        return actions.deliver_due()


def sent(reader: Api) -> int:
    return sum(message.kind == "unclaimed" for message in reader.outbox)


def failing(message: channels.Message) -> None:
    raise channels.SendingFailed("ConnectTimeout")


def test_one_ledger_key_is_one_message(reader: Api) -> None:
    assert [write(reader), write(reader), write(reader, subject="another")] == [True, False, True]

    assert deliver(NOON) == 2
    assert deliver(NOON) == 0
    assert sent(reader) == 2


@pytest.mark.parametrize(
    ("shanghai", "waits"), [("20:59", False), ("21:00", True), ("23:59", True), ("07:59", True), ("08:00", False)]
)
def test_pushing_rests_between_nine_at_night_and_eight(reader: Api, shanghai: str, waits: bool) -> None:
    hour, minute = map(int, shanghai.split(":"))
    at = datetime(2026, 11, 23, hour, minute, tzinfo=clock.SHANGHAI)

    write(reader, at)

    assert deliver(at) == (not waits)
    morning = datetime(2026, 11, 24, 8, 0, tzinfo=clock.SHANGHAI)
    deliver(morning)
    assert sent(reader) == 1


def test_a_failure_is_tried_again_with_growing_pauses_and_ends_dead(
    reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(reader)
    monkeypatch.setitem(channels.SENDERS, "sms", failing)
    at, tries = NOON, []
    for _ in range(rules.MOST_TRIES):
        deliver(at)
        sending = on_its_way(reader)
        tries.append((int(sending.tries), sending.state))
        at = clock.moment(sending.due_at) if sending.due_at else at

    assert tries == [(1, "failed"), (2, "failed"), (3, "failed"), (4, "failed"), (5, "failed"), (6, "dead")]
    assert at - NOON > timedelta(hours=4)
    assert deliver(at + timedelta(days=30)) == 0


def test_a_failure_is_logged_without_the_message(
    reader: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write(reader)
    monkeypatch.setitem(channels.SENDERS, "sms", failing)

    deliver(NOON)

    assert "ConnectTimeout" in caplog.text
    assert "17000090070" not in caplog.text
    assert "锅" not in caplog.text


def test_one_failing_message_never_stops_the_others(reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        write(reader, subject=str(number))
    calls: list[Any] = []

    def first_fails(message: channels.Message) -> None:
        calls.append(message)
        if len(calls) == 1:
            raise channels.SendingFailed("x")

    monkeypatch.setitem(channels.SENDERS, "sms", first_fails)

    assert deliver(NOON) == 4


def test_after_a_death_between_sending_and_noting_it_is_sent_again_at_most_once(
    reader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(reader)

    def dies(message: channels.Message) -> None:
        reader.outbox.append(message)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setitem(channels.SENDERS, "sms", dies)
        with pytest.raises(SystemExit):
            deliver(NOON)

    assert deliver(NOON + timedelta(seconds=rules.LEASE_SECONDS - 1)) == 0
    assert on_its_way(reader).state == "queued"
    assert deliver(NOON + timedelta(seconds=rules.LEASE_SECONDS)) == 1
    assert deliver(NOON + timedelta(days=1)) == 0
    assert sent(reader) == 2


def test_the_inbox_is_there_at_once_day_and_night_in_the_readers_language(reader: Api) -> None:
    at = datetime(2026, 11, 22, 23, 0, tzinfo=clock.SHANGHAI)
    write(reader, at)

    chinese = reader.must("GET", "/v1/me/inbox")["items"]
    english = reader.must("GET", "/v1/me/inbox", headers={"Accept-Language": "en"})["items"]

    assert "心愿" in chinese[0]["text"]
    assert "unclaimed" in english[0]["text"]
    assert chinese[0]["at"] == clock.stamp(at)


def test_messages_of_one_second_keep_their_order(reader: Api) -> None:
    for milliseconds in (100, 300, 200):
        write(reader, NOON + timedelta(milliseconds=milliseconds), subject=str(milliseconds))

    assert newest(reader).subject == "300"


def test_a_digest_stands_where_it_was_written_among_what_acts_told(reader: Api) -> None:
    with clock.pinned(NOON - timedelta(hours=1)):
        early = actions.message(reader.account, "wish_fulfilled", "w", {"title": "锅"})
        tables.put(early.record, early.condition)
    write(reader)

    kinds = [each["kind"] for each in reader.must("GET", "/v1/me/inbox")["items"]]

    assert kinds == ["unclaimed", "wish_fulfilled"]


def test_the_inbox_comes_newest_first_page_by_page(reader: Api) -> None:
    for day in range(3):
        write(reader, NOON + timedelta(days=day), due=clock.stamp(NOON + timedelta(days=day)))

    first = reader.must("GET", "/v1/me/inbox", limit=2)
    second = reader.must("GET", "/v1/me/inbox", limit=2, cursor=first["next"])

    times = [each["at"] for each in first["items"] + second["items"]]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)
    assert second["next"] is None


def test_a_cursor_of_somebody_elses_inbox_is_refused(reader: Api, fresh_api: Api) -> None:
    for number in range(2):
        write(reader, subject=str(number))
    other = fresh_api.sign_in("17000090071")
    cursor = reader.must("GET", "/v1/me/inbox", limit=1)["next"]

    assert_problem(other.get("/v1/me/inbox", cursor=cursor), 400, "bad_cursor")


@pytest.mark.parametrize("kind", sorted(templates.TEXTS))
def test_a_template_has_no_blank_for_a_name_a_phone_or_an_address(kind: str) -> None:
    words = {"text"} if kind == "message_to_wisher" else set()  # somebody's own, scanned before they are taken
    for text in templates.TEXTS[kind]:
        assert (
            set(re.findall(r"\{(\w+)}", text))
            <= {"title", "titles", "count", "reason", "until", "message", "text"} | words
        )


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 4), (3, 16), (4, 64), (5, 256), (6, 360)])
def test_pauses_grow_and_end_at_six_hours(tries: int, minutes: int) -> None:
    assert rules.back_off(tries) == timedelta(minutes=minutes)


def test_only_kinds_that_have_words_are_sent() -> None:
    assert set(manners.MANNERS) <= set(templates.TEXTS)
