"""The summary: what it counts, that it reconciles, and that it says so when it does not."""

import msgspec
import pytest
from hypothesis import given, settings

from chalicelib.base.words import SUBDISTRICTS
from chalicelib.reports.plain import read_json, write_json
from chalicelib.reports.rules import summary
from chalicelib.reports.shapes import Difference, Group, Summary
from chalicelib.wishes.narrow import Narrow
from tests.reports.register_lines import AS_OF, DAY, NOW, ROUND, many_lines, round_one, wish


@pytest.fixture(scope="module")
def first() -> Summary:
    return summary(round_one(), ROUND, AS_OF)


def row(rows: list[Group], name: str) -> Group:
    return next(each for each in rows if each.name == name)


def test_round_one_shows_the_numbers_everybody_knows(first: Summary) -> None:
    assert first.collected == first.published == first.claimed == first.fulfilled == 414
    assert first.by_subject == {"individual": 390, "team": 24}
    assert first.by_kind == {"material": 361, "spiritual": 53}
    assert first.claim_rate == first.fulfilment_rate == 1.0
    assert first.by_claimant_type["party_member"] == 284
    assert first.minutes_to_claim.fastest == 4
    assert first.reconciled is True
    assert first.stuck.total == 0


def test_round_one_lists_the_ten_fastest_claims_from_four_minutes_up(first: Summary) -> None:
    minutes = [claim.minutes for claim in first.fastest_claims]

    assert len(minutes) == 10
    assert minutes[0] == 4
    assert minutes == sorted(minutes)


def test_every_configured_subdistrict_has_its_row_in_the_lists_order(first: Summary) -> None:
    assert [each.name for each in first.subdistricts] == list(SUBDISTRICTS)
    assert sum(each.collected for each in first.subdistricts) == 414


def test_a_group_of_fewer_than_five_has_no_rate_and_one_of_five_has() -> None:
    four = [wish("claimed", id=f"a{n}", subdistrict="唐镇", category="陪伴") for n in range(4)]
    five = [wish("claimed", id=f"b{n}", subdistrict="花木街道") for n in range(5)]

    made = summary([*four, *five], ROUND, AS_OF)

    assert row(made.subdistricts, "唐镇").claim_rate is None
    assert row(made.categories, "陪伴").fulfilment_rate is None
    assert row(made.subdistricts, "花木街道").claim_rate == 1.0
    assert row(made.subdistricts, "花木街道").fulfilment_rate == 0.0


def test_a_name_outside_the_configured_list_still_counts_and_stands_last() -> None:
    made = summary([wish(subdistrict="外区")], ROUND, AS_OF, subdistricts=["花木街道"])

    assert [(each.name, each.collected) for each in made.subdistricts] == [("花木街道", 0), ("外区", 1)]
    assert made.reconciled is True


def test_claims_are_counted_by_type_and_basis() -> None:
    lines = [
        wish("claimed", id="a", basis="roster"),
        wish("claimed", id="b", basis=""),
        wish("claimed", id="c", claimant_type="company"),
    ]

    bases = summary(lines, ROUND, AS_OF).claimant_bases

    assert bases["party_member"] == {"declared": 0, "roster": 1, "checkin": 0, "unstated": 1}
    assert bases["company"]["declared"] == 1


def test_claims_are_counted_by_sector_and_subdistrict_and_those_without_a_sector_come_last() -> None:
    lines = [
        wish("claimed", id="a", sector=""),
        wish("claimed", id="b", sector="金融", subdistrict="唐镇"),
        wish("claimed", id="c", sector="金融"),
    ]

    sectors = summary(lines, ROUND, AS_OF).sectors

    assert [(each.name, each.claimed) for each in sectors] == [("金融", 2), ("", 1)]
    assert sectors[0].by_subdistrict == {"花木街道": 1, "唐镇": 1}


def test_days_without_a_claim_stand_in_the_series_and_days_are_shanghais() -> None:
    one_to_midnight_in_shanghai = 1_454_342_340
    lines = [
        wish("claimed", id="a", claimed_at=one_to_midnight_in_shanghai),
        wish("claimed", id="b", claimed_at=one_to_midnight_in_shanghai + 60 + DAY),
    ]

    series = summary(lines, ROUND, AS_OF).claims_per_day

    assert [(day.date, day.claims, day.so_far) for day in series] == [
        ("2016-02-01", 1, 1),
        ("2016-02-02", 0, 1),
        ("2016-02-03", 1, 2),
    ]


def test_one_mistyped_year_does_not_make_a_series_of_thousands_of_days() -> None:
    lines = [wish("claimed", id="a", claimed_at=NOW - 9000 * DAY), wish("claimed", id="b")]

    assert len(summary(lines, ROUND, AS_OF).claims_per_day) == 2


def test_a_claim_of_an_unknown_type_is_named_as_a_difference() -> None:
    made = summary([wish("claimed", claimant_type="")], ROUND, AS_OF)

    assert isinstance(made.reconciled, list)
    assert Difference("claimed", 1, "by_claimant_type", 0) in made.reconciled
    assert "请先查明" in made.paragraph


def test_a_claim_without_its_time_is_named_as_a_difference() -> None:
    made = summary([wish("claimed", claimed_at=0)], ROUND, AS_OF)

    assert made.reconciled == [Difference("claimed", 1, "claims_per_day", 0)]


def test_a_wish_read_twice_is_named_as_a_difference() -> None:
    made = summary([wish(), wish()], ROUND, AS_OF)

    assert made.reconciled == [Difference("wishes", 2, "distinct_ids", 1)]


@pytest.mark.parametrize(
    ("broken", "parts"),
    [
        ({"kind": "both"}, {"by_kind"}),
        ({"subject": "crowd"}, {"by_subject"}),
        ({"state": "lost"}, {"by_state"}),
    ],
)
def test_a_word_outside_the_closed_lists_is_named_as_a_difference(broken: dict, parts: set) -> None:
    made = summary([wish(**broken)], ROUND, AS_OF)

    assert isinstance(made.reconciled, list)
    assert {each.parts for each in made.reconciled} == parts


@given(many_lines)
@settings(max_examples=60)
def test_every_total_equals_the_sum_of_its_parts_or_the_difference_is_named(lines: list[Narrow]) -> None:
    made = summary(lines, ROUND, AS_OF)

    named = [] if made.reconciled is True else made.reconciled
    differing = {(each.total, each.parts): each.value - each.sum for each in named}
    claimed = [each for each in lines if each.state in ("claimed", "delivered", "fulfilled")]
    assert differing.get(("claimed", "by_claimant_type"), 0) == sum(not each.claimant_type for each in claimed)
    assert differing.get(("claimed", "claims_per_day"), 0) == sum(not each.claimed_at for each in claimed)
    assert set(differing) <= {
        ("claimed", "by_claimant_type"),
        ("claimed", "claimant_bases"),
        ("claimed", "claims_per_day"),
    }
    assert sum(made.by_state.values()) == len(lines)
    assert sum(each.collected for each in made.subdistricts) == made.collected


def test_the_round_before_is_laid_beside_this_one(first: Summary) -> None:
    second = msgspec.structs.replace(ROUND, id="2", number=2, name="夏季")

    made = summary([wish("claimed", id="a"), wish(id="b")], second, AS_OF, first)

    assert made.comparison is not None
    changes = {each.figure: (each.before, each.now, each.change) for each in made.comparison.changes}
    assert made.comparison.number == 1
    assert changes["collected"] == (414, 2, -412)
    assert changes["claim_rate"] == (1.0, 0.5, -0.5)
    assert changes["hours_to_fulfil_median"][2] is None


def test_an_empty_round_has_nulls_and_reconciles() -> None:
    made = summary([], ROUND, AS_OF)

    assert made.reconciled is True
    assert made.claim_rate is None
    assert made.minutes_to_claim.fastest is None
    assert made.claims_per_day == made.fastest_claims == made.sectors == []
    assert "尚未征集到心愿" in made.paragraph


def test_a_title_the_public_may_not_read_is_left_out() -> None:
    made = summary([wish("claimed", hidden=True), wish("submitted", 5, id="w2")], ROUND, AS_OF)

    assert made.fastest_claims[0].title is None
    assert made.stuck.longest[0].title is None


def test_the_json_edition_reads_back_as_the_same_summary(first: Summary) -> None:
    assert read_json(write_json(first)) == first


def test_a_json_file_of_another_shape_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        read_json(b'{"collected": 3}')
