"""When the clock looks at a wish that waits: to be reviewed, published or claimed (product.md section 4)."""

from chalicelib.base import settings, workdays
from chalicelib.rounds import actions as rounds
from chalicelib.rounds.rules import Window
from chalicelib.wishes import records, rules


def pace() -> rules.Pace:
    """How soon this district reminds: UNCLAIMED_DAYS ("1,3,7"), BEFORE_END_DAYS, REVIEW_DAYS ("2,4": the liaison, the
    administrator), HOLIDAYS and WORKED_DAYS."""
    unclaimed, review = settings.text("UNCLAIMED_DAYS"), settings.text("REVIEW_DAYS")
    return rules.Pace(
        unclaimed_days=tuple(map(int, unclaimed.split(","))) if unclaimed else rules.UNCLAIMED_DAYS,
        before_end_days=settings.number("BEFORE_END_DAYS", rules.BEFORE_END_DAYS),
        review_days=tuple(map(int, review.split(","))) if review else rules.REVIEW_DAYS,
        calendar=workdays.configured(),
    )


def anew(wish: records.Wish, state: str, at: str) -> dict[str, object]:
    """The fields of a wish whose reminders start anew in `state` at `at`."""
    return {"reminded": 0, "due_at": first_due(wish, state, at)}


def first_due(wish: records.Wish, state: str, at: str) -> str | None:
    """When the clock first looks at a wish that is in `state` since `at`; None where it never does."""
    looks: list[rules.Look] = []
    if state in rules.IN_REVIEW:
        looks = rules.review_looks(at, pace())
    elif state == "published":
        looks = _unclaimed(wish, at, _window(wish))
    return looks[0].at if looks else None


def looks_to_come(wish: records.Wish) -> list[rules.Look]:
    """The reminders that are still ahead of a wish where it stands, in order."""
    if wish.state in rules.IN_REVIEW and wish.due_at:
        return rules.review_looks_from(str(wish.due_at), int(wish.reminded), pace())
    if wish.state == "published" and wish.due_at:
        # By their times and not by their number: the round's dates may have changed since the last one.
        due = rules.Look(str(wish.due_at), "unclaimed")
        return [due, *(look for look in _unclaimed(wish, _since(wish), _window(wish)) if look.at > due.at)]
    return []


def may_be_claimed(wish: records.Wish, at: str) -> bool:
    """Whether it is within the claim window of a published wish: outside of it nobody is told that it is unclaimed."""
    return _window(wish).claiming(at)


def moved(wish: records.Wish, window: Window, at: str) -> str | None:
    """When the clock looks at a published wish next by the dates its round has now."""
    looks = _unclaimed(wish, _since(wish), window)
    return rules.next_unclaimed(looks, wish.due_at, wish.reserved_until, at, claiming=window.claiming(at))


def _since(wish: records.Wish) -> str:
    return str(wish.republished_at or wish.published_at)


def _window(wish: records.Wish) -> Window:
    return rounds.get(wish.round).window_for(wish.subdistrict)


def _unclaimed(wish: records.Wish, since: str, window: Window) -> list[rules.Look]:
    return rules.unclaimed_looks(since, window.claim_from, window.claim_until, pace())
