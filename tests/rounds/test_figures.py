"""The live numbers of a round, held against a naive recount."""

from statistics import median

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base.words import BASES, CATEGORIES, CLAIMANT_TYPES, STATES, SUBDISTRICTS
from chalicelib.rounds.figures import Figures, Spread, figures
from chalicelib.wishes.narrow import Narrow

AS_OF = "2016-03-01T00:00:00Z"
NOON = 1_454_299_200


def wish(state: str = "published", **known: object) -> Narrow:
    plain = Narrow(
        id="w1",
        state=state,
        hidden=False,
        kind="material",
        subject="individual",
        category="康复护理",
        subdistrict="花木街道",
        claimant_type="",
        basis="",
        sector="",
        declared_at=NOON - 86_400,
        published_at=0 if state in ("submitted", "verified", "returned", "rejected") else NOON,
        republished_at=0 if state in ("submitted", "verified", "returned", "rejected") else NOON,
        claimed_at=0,
        delivered_at=0,
        fulfilled_at=0,
        title="一副老花镜",
    )
    return plain._replace(**known)


def granted(after: int, state: str = "claimed", **known: object) -> Narrow:
    """A wish claimed `after` seconds after publication."""
    return wish(state, claimant_type="party_member", basis="declared", claimed_at=NOON + after, **known)


moments = st.integers(0, 4) | st.integers(NOON, NOON + 10_000_000)
lines = st.builds(
    Narrow,
    id=st.uuids().map(str),
    state=st.sampled_from(list(STATES)),
    hidden=st.booleans(),
    kind=st.sampled_from(["material", "spiritual"]),
    subject=st.sampled_from(["individual", "team"]),
    category=st.sampled_from([*CATEGORIES, "其他"]),
    subdistrict=st.sampled_from([*SUBDISTRICTS[:3], "外区"]),
    claimant_type=st.sampled_from(["", *CLAIMANT_TYPES]),
    basis=st.sampled_from(["", *BASES]),
    sector=st.sampled_from(["", "教育"]),
    declared_at=moments,
    published_at=moments,
    republished_at=moments,
    claimed_at=moments,
    delivered_at=moments,
    fulfilled_at=moments,
    title=st.just("一副老花镜"),
)


@given(st.lists(lines, max_size=40))
def test_figures_equal_a_naive_recount(wishes: list[Narrow]) -> None:
    found = figures(iter(wishes), AS_OF)

    collected = [w for w in wishes if w.state != "withdrawn" and w.state != "rejected"]
    claimed = [w for w in wishes if w.state in ("claimed", "delivered", "fulfilled")]
    fulfilled = [w for w in wishes if w.state == "fulfilled"]
    assert found.collected == len(collected)
    assert found.published == len([w for w in collected if w.published_at])
    assert found.claimed == len(claimed)
    assert found.fulfilled == len(fulfilled)
    for kind in ("material", "spiritual"):
        assert found.by_kind[kind] == len([w for w in collected if w.kind == kind])
    for subject in ("individual", "team"):
        assert found.by_subject[subject] == len([w for w in collected if w.subject == subject])
    for claimant_type in CLAIMANT_TYPES:
        mine = [w for w in claimed if w.claimant_type == claimant_type]
        assert found.by_claimant_type[claimant_type] == len(mine)
    for name in {w.subdistrict for w in collected}:
        assert found.by_subdistrict[name] == len([w for w in collected if w.subdistrict == name])
    for name in {w.category for w in collected}:
        assert found.by_category[name] == len([w for w in collected if w.category == name])
    assert sum(found.by_subdistrict.values()) == sum(found.by_category.values()) == len(collected)


@given(st.lists(lines, max_size=40))
def test_durations_equal_a_naive_recount(wishes: list[Narrow]) -> None:
    found = figures(wishes, AS_OF)

    claims = [w for w in wishes if w.state in ("claimed", "delivered", "fulfilled") and w.claimed_at]
    to_claim = [w.claimed_at - w.republished_at for w in claims if w.republished_at]
    to_fulfil = [w.fulfilled_at - w.claimed_at for w in claims if w.state == "fulfilled" and w.fulfilled_at]
    for measured, seconds, unit in (
        (found.minutes_to_claim, [s for s in to_claim if s >= 0], 60),
        (found.hours_to_fulfil, [s for s in to_fulfil if s >= 0], 3600),
    ):
        if seconds:
            assert measured.fastest == pytest.approx(min(seconds) / unit, abs=0.0501)
            assert measured.median == pytest.approx(median(seconds) / unit, abs=0.0501)
        else:
            assert measured == Spread(None, None)


@given(st.lists(lines, max_size=20), st.randoms())
def test_the_order_of_the_lines_changes_nothing(wishes: list[Narrow], chance) -> None:
    shuffled = list(wishes)
    chance.shuffle(shuffled)

    assert msgspec.json.encode(figures(shuffled, AS_OF)) == msgspec.json.encode(figures(wishes, AS_OF))


def test_the_body_has_exactly_the_fields_of_the_contract() -> None:
    body = msgspec.to_builtins(figures([granted(240)], AS_OF))

    assert body == {
        "collected": 1,
        "by_subject": {"individual": 1, "team": 0},
        "by_kind": {"material": 1, "spiritual": 0},
        "published": 1,
        "claimed": 1,
        "fulfilled": 0,
        "claim_rate": 1.0,
        "fulfilment_rate": 0.0,
        "by_claimant_type": {
            "party_member": 1,
            "party_organisation": 0,
            "company": 0,
            "social_organisation": 0,
            "citizen": 0,
        },
        "by_subdistrict": {"花木街道": 1},
        "by_category": {"康复护理": 1},
        "minutes_to_claim": {"fastest": 4, "median": 4},
        "hours_to_fulfil": {"fastest": None, "median": None},
        "as_of": AS_OF,
    }


def test_an_empty_round_measures_nothing() -> None:
    found = figures([], AS_OF)

    assert found.claim_rate is None
    assert found.fulfilment_rate is None
    assert found.minutes_to_claim == found.hours_to_fulfil == Spread(None, None)
    assert found.by_claimant_type == dict.fromkeys(CLAIMANT_TYPES, 0)


def test_withdrawn_and_rejected_wishes_are_not_collected_and_hidden_ones_are() -> None:
    found = figures([wish("withdrawn"), wish("rejected"), wish(hidden=True)], AS_OF)

    assert (found.collected, found.published) == (1, 1)


def test_a_wish_back_in_the_pool_is_not_claimed() -> None:
    assert figures([wish("published"), wish("closed")], AS_OF).claimed == 0


def test_time_to_claim_counts_from_the_last_publication() -> None:
    again = granted(7200, republished_at=NOON + 6600)

    assert figures([again], AS_OF).minutes_to_claim == Spread(10, 10)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [((240,), "4"), ((250,), "4.2"), ((60, 120), "1.5"), ((3599, 3601), "60"), ((2,), "0")],
)
def test_whole_numbers_are_integers_and_others_have_one_decimal(seconds: tuple[int, ...], shown: str) -> None:
    found = figures([granted(after) for after in seconds], AS_OF)

    assert msgspec.json.encode(found.minutes_to_claim.median).decode() == shown


def test_a_claim_dated_before_its_publication_measures_nothing() -> None:
    assert figures([granted(-60)], AS_OF).minutes_to_claim == Spread(None, None)


def test_rates_have_four_decimals() -> None:
    found = figures([granted(60), wish(), wish()], AS_OF)

    assert found.claim_rate == 0.3333


def test_subdistricts_stand_in_the_configured_order_and_strangers_last() -> None:
    names = ["外区", "乙镇", "甲镇"]

    found = figures([wish(subdistrict=name) for name in names], AS_OF, subdistricts=["甲镇", "丙镇", "乙镇"])

    assert list(found.by_subdistrict) == ["甲镇", "乙镇", "外区"]


def test_the_statistics_survive_a_round_trip_through_json() -> None:
    found = figures([granted(250), granted(61, "fulfilled", fulfilled_at=NOON + 9999)], AS_OF)

    assert msgspec.json.decode(msgspec.json.encode(found), type=Figures) == found
