"""The one clock, and times as they are stored, given and shown."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base import clock

AT = datetime(2026, 11, 22, 8, 30, 15, 999_999, tzinfo=UTC)


def test_a_stamp_is_utc_in_whole_seconds_rounded_down() -> None:
    assert clock.stamp(AT) == "2026-11-22T08:30:15Z"
    assert clock.stamp(AT.astimezone(clock.SHANGHAI)) == "2026-11-22T08:30:15Z"


def test_within_a_pin_the_clock_stands_still_and_afterwards_goes_on() -> None:
    with clock.pinned(AT):
        assert clock.now() == AT
        assert clock.stamp() == "2026-11-22T08:30:15Z"
        with clock.pinned(AT + timedelta(days=1)):
            assert clock.now() == AT + timedelta(days=1)
        assert clock.now() == AT
    assert clock.now() != AT


@given(st.datetimes(datetime(1900, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_stamps_sort_as_the_times_do_and_come_back(moment: datetime) -> None:
    stamp = clock.stamp(moment)

    assert clock.moment(stamp) == moment.replace(microsecond=0)
    assert stamp < clock.stamp(moment + timedelta(seconds=1))
    assert clock.given(stamp) == stamp


@pytest.mark.parametrize(
    ("text", "stamp"),
    [("2026-01-01T08:00:00+08:00", "2026-01-01T00:00:00Z"), ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z"),
     ("2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z")],
)  # fmt: skip
def test_any_offset_can_be_given(text: str, stamp: str) -> None:
    assert clock.given(text) == stamp


@pytest.mark.parametrize(
    "text",
    ["", "2026-01-01", "2026-01-01T00:00:00", "soon", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59-14:00", "9999-12-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:30:00Z"],
)  # fmt: skip
def test_what_is_no_time_or_lies_at_the_calendars_ends_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clock.given(text)


def test_seconds_of_nothing_are_nought() -> None:
    assert (clock.seconds(None), clock.seconds(""), clock.seconds("1970-01-01T00:01:00Z")) == (0, 0, 60)


def test_days_are_those_of_shanghai() -> None:
    assert clock.local_day("2026-11-22T15:59:59Z") == "2026-11-22"
    assert clock.local_day("2026-11-22T16:00:00Z") == "2026-11-23"
    assert clock.SHANGHAI.utcoffset(None) == timezone(timedelta(hours=8)).utcoffset(None)


def test_later_counts_on() -> None:
    assert clock.later("2026-02-28T23:00:00Z", hours=2) == "2026-03-01T01:00:00Z"
    assert clock.later("2026-03-01T01:00:00Z", days=-1) == "2026-02-28T01:00:00Z"
