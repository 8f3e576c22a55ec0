"""Which wishes count as stuck, from when, and in what order."""

import pytest
from hypothesis import given

from chalicelib.reports.labels import REASON_NAMES
from chalicelib.reports.stuck import LISTED, REASONS, stuck
from chalicelib.wishes.narrow import Narrow
from tests.reports.register_lines import NOW, many_lines, wish


@pytest.mark.parametrize(
    ("line", "days", "reason"),
    [
        ({"state": "submitted"}, 2, "waiting_for_review"),
        ({"state": "returned"}, 7, "returned_not_resubmitted"),
        ({"state": "verified"}, 7, "verified_not_published"),
        ({"state": "published"}, 7, "unclaimed"),
        ({"state": "published", "hidden": True}, 7, "hidden"),
        ({"state": "claimed"}, 7, "no_delivery"),
        ({"state": "delivered"}, 3, "unconfirmed"),
        ({"state": "closed"}, 0, "never_claimed"),
        ({"state": "closed", "published_at": 0}, 0, "never_published"),
    ],
)
def test_a_wish_is_stuck_only_after_its_days_are_over(line: dict, days: int, reason: str) -> None:
    in_time = stuck([wish(**line, waiting=days)], NOW)
    late = stuck([wish(**line, waiting=days + 0.01)], NOW)

    assert in_time.total == 0
    assert late.total == late.by_reason[reason] == 1
    assert (late.longest[0].reason, late.longest[0].days) == (reason, days)


@pytest.mark.parametrize("state", ["fulfilled", "withdrawn", "rejected"])
def test_a_wish_whose_story_is_over_is_never_stuck(state: str) -> None:
    assert stuck([wish(state, 400)], NOW).total == 0


def test_the_longest_waiting_come_first() -> None:
    found = stuck([wish(waiting=9, id="b"), wish("submitted", 30, id="c"), wish(waiting=9, id="a")], NOW)

    assert [each.id for each in found.longest] == ["c", "a", "b"]


def test_all_are_counted_where_the_list_is_cut() -> None:
    found = stuck([wish(waiting=20, id=f"w{n}") for n in range(LISTED + 5)], NOW)

    assert (found.total, len(found.longest)) == (LISTED + 5, LISTED)


def test_waiting_for_a_claim_counts_from_the_last_publication() -> None:
    assert stuck([wish(waiting=20, republished_at=NOW - 3600)], NOW).total == 0


def test_a_delivery_without_its_time_waits_since_the_claim() -> None:
    assert stuck([wish("delivered", 5, delivered_at=0)], NOW).longest[0].days == 5


def test_every_reason_has_a_chinese_name() -> None:
    assert set(REASON_NAMES) == set(REASONS)


@given(many_lines)
def test_the_reasons_add_up_to_the_total(lines: list[Narrow]) -> None:
    found = stuck(lines, NOW)

    assert sum(found.by_reason.values()) == found.total
    assert found.total <= len(lines)
