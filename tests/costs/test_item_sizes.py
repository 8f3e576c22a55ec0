"""A wish's item stays below the kilobyte a write bills, from its declaration to its fulfilment."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.base import sizes as bytes_of
from chalicelib.base import words
from chalicelib.wishes import change
from chalicelib.wishes.records import Wish
from tests.costs.many_wishes import register_rows

KILOBYTE = 1_024
AT = "2026-02-01T01:00:00Z"
OFFICIAL_SECTOR = "电力、热力、燃气及水生产和供应业"  # the longest of the 20 of GB/T 4754
_IDENTITY = "0" * 26


def _declared(title: str, story: str, committee: str, masked: str, **more: object) -> Wish:
    wish = Wish(
        _IDENTITY, "wish", version=1, state="submitted", round="999999", shard=15, source="9-99999",
        fingerprint=_IDENTITY, receipt="ABCD2345", kind="spiritual", category=max(words.CATEGORIES, key=len),
        subject="individual", team_size=9999, title=title, committee=committee, wisher_name=masked,
        subdistrict=max(words.SUBDISTRICTS, key=len), age_band="70-79", consents="pscf", declarer=_IDENTITY,
        contact=_IDENTITY, declared_at=AT,
    )  # fmt: skip
    for name, value in more.items():
        setattr(wish, name, value)
    change.place_story(wish, story)
    return wish


def _life(wish: Wish, sector: str) -> list[int]:
    """The item's size after each step of the longest life a wish can have."""
    sizes = [bytes_of.of_record(wish)]
    change.carry(wish, "published", published_at=AT, due_at=AT, reminded=4)
    sizes.append(bytes_of.of_record(wish))
    change.carry(
        wish, "claimed", claim=1000, claims_before=99, claimant=_IDENTITY, claimant_type="social_organisation",
        basis="declared", sector=sector, claimed_at=AT, expires_at=AT, republished_at="2026-02-02T01:00:00Z",
        stage="on_the_way", extended=True, visit_at=AT, introduced_at=AT,
    )  # fmt: skip
    sizes.append(bytes_of.of_record(wish))
    change.carry(wish, "delivered", delivered_at=AT, expires_at=None)
    change.carry(wish, "fulfilled", fulfilled_at=AT)
    return [*sizes, bytes_of.of_record(wish)]


def test_every_wish_of_the_register_stays_below_a_kilobyte_for_its_whole_life() -> None:
    sizes = [
        size
        for row in register_rows()
        for size in _life(
            _declared(
                row.title, row.story, row.committee, "秦**", source=row.source, category=row.category, kind=row.kind
            ),
            OFFICIAL_SECTOR,
        )
    ]

    assert max(sizes) < KILOBYTE


@settings(deadline=None, max_examples=200)
@given(
    title=st.text("愿a", min_size=1, max_size=60),
    story=st.text("愿a", min_size=1, max_size=2000),
    committee=st.text("居a", min_size=1, max_size=40),
    masked=st.text("秦*", min_size=1, max_size=12),
)
@example(title="愿" * 60, story="愿" * 2000, committee="居" * 40, masked="南汇新城镇***")
@example(title="愿" * 60, story="愿" * 10, committee="居" * 40, masked="南汇新城镇***")
def test_whatever_may_be_declared_stays_below_a_kilobyte_until_it_is_claimed(
    title: str, story: str, committee: str, masked: str
) -> None:
    declared, published, *_ = _life(_declared(title, story, committee, masked), "")

    assert declared < KILOBYTE
    assert published < KILOBYTE


@settings(deadline=None, max_examples=200)
@given(
    title=st.text("愿a", min_size=1, max_size=30),
    story=st.text("愿a", min_size=1, max_size=2000),
    committee=st.text("居a", min_size=1, max_size=20),
)
@example(title="愿" * 30, story="愿" * 2000, committee="居" * 20)
@example(title="愿" * 30, story="愿" * 20, committee="居" * 20)
@example(title="愿", story="愿" * 100, committee="居")
def test_a_title_of_thirty_characters_stays_below_a_kilobyte_to_the_end(title: str, story: str, committee: str) -> None:
    assert max(_life(_declared(title, story, committee, "南汇新城镇***"), OFFICIAL_SECTOR)) < KILOBYTE


@pytest.mark.parametrize("sector", ["", "业" * 60])
def test_the_longest_fields_of_all_cost_one_step_more_and_never_two(sector: str) -> None:
    wish = _declared("愿" * 60, "愿" * 2000, "居" * 40, "南汇新城镇***")

    assert KILOBYTE < max(_life(wish, sector)) < 2 * KILOBYTE
