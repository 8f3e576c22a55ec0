"""What the clock plans for a claim, and what it does when it comes late: pure decisions."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base import clock
from chalicelib.claims.rules import Facts, Limits, Moment, expires_at, moments, next_look, pending

AT = "2026-03-02T02:00:00Z"
LIVE = Facts("live", AT, expires_at=clock.later(AT, days=7))


def after(**delta: float) -> str:
    return clock.later(AT, **delta)


def test_a_fresh_claim_is_announced_reminded_of_warned_of_twice_and_expires() -> None:
    assert moments(LIVE, Limits()) == [
        Moment(AT, "announced"),
        Moment(after(hours=24), "no_contact"),
        Moment(after(days=5), "expiring"),
        Moment(after(days=6), "expiring"),
        Moment(after(days=7), "expired"),
    ]


def test_a_limit_of_one_day_has_no_warning_before_the_claim() -> None:
    facts = LIVE._replace(expires_at=after(days=1))

    assert [each.what for each in moments(facts, Limits(claim_days=1))] == ["announced", "expired", "no_contact"]


def test_paused_expiry_plans_nothing_and_delivery_only_the_question_after_three_days() -> None:
    on_the_way = Facts("live", AT, stage="on_the_way")
    delivered = Facts("delivered", AT, stage="on_the_way", delivered_at=after(days=2))

    assert moments(on_the_way, Limits()) == [Moment(AT, "announced")]
    assert moments(delivered, Limits())[1:] == [Moment(after(days=5), "unconfirmed")]


def test_a_claim_that_is_over_plans_nothing() -> None:
    for state in ("fulfilled", "released", "revoked", "expired"):
        assert moments(Facts(state, AT, expires_at=after(days=7)), Limits()) == []


@given(late=st.integers(0, 12 * 24 * 60), missed=st.integers(0, 12 * 24 * 60))
def test_however_late_the_clock_comes_it_does_each_thing_once_and_nothing_that_expiry_makes_silly(
    late: int, missed: int
) -> None:
    planned = moments(LIVE, Limits())
    done: list[str] = []
    look: str | None = AT
    for minutes in sorted((late, late + missed, 13 * 24 * 60)):
        at = after(minutes=minutes)
        if look is None or look > at:
            continue
        todo = pending(planned, look, at)
        assert todo == ["expired"] or ("expired" not in todo and len(set(todo)) == len(todo))
        done += todo
        look = None if "expired" in todo else next_look(planned, at)

    assert done.count("expired") == 1 == len([each for each in done if each == done[-1]])
    assert done.count("announced") <= 1 >= done.count("no_contact")
    assert done.count("expiring") <= 2


def test_progress_lengthens_a_limit_and_never_shortens_it() -> None:
    assert expires_at(after(days=3), 7, standing=after(days=7)) == after(days=10)
    assert expires_at(after(days=3), 7, standing=after(days=14)) == after(days=14)
    assert expires_at(AT, 7, visit_at=after(days=9)) == after(days=10)
    assert expires_at(AT, 7, visit_at=after(days=2)) == after(days=7)
