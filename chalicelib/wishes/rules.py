"""The life of a wish as pure decisions (product.md section 2): which act leads where, and what follows from it."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from chalicelib.base import clock, workdays
from chalicelib.base.words import PUBLIC_STATES
from chalicelib.wishes import narrow
from chalicelib.wishes.narrow import Narrow

BEFORE_CLAIM: Final = ("submitted", "verified", "published", "returned")


class Act(NamedTuple):
    """An act's states: from which it is possible, and where it leads ("" where the wish stays)."""

    sources: tuple[str, ...]
    target: str


ACTS: Final[Mapping[str, Act]] = {
    "verify": Act(("submitted",), "verified"),
    "return": Act(("submitted", "verified"), "returned"),
    "reject": Act(("submitted", "verified"), "rejected"),
    "publish": Act(("verified",), "published"),
    "hide": Act(PUBLIC_STATES, ""),
    "offer": Act(("published",), ""),
    "decline": Act(("published",), ""),
    "take_back": Act(("published",), ""),
    "lapse": Act(("published",), ""),
    "claim": Act(("published",), "claimed"),
    "introduce": Act(("claimed",), ""),
    "progress": Act(("claimed",), ""),
    "extend": Act(("claimed",), ""),
    "release": Act(("claimed",), "published"),
    "revoke": Act(("claimed",), "published"),
    "expire": Act(("claimed",), "published"),
    "deliver": Act(("claimed",), "delivered"),
    "not_received": Act(("delivered",), "claimed"),
    "confirm": Act(("delivered",), "fulfilled"),
    "withdraw": Act((*BEFORE_CLAIM, "claimed"), "withdrawn"),
    "close": Act(BEFORE_CLAIM, "closed"),
    "carry": Act(("closed",), ""),
}
"""Section 2's table. `declare` makes a wish and `edit` changes its words; they lead to `submitted`."""

HELD: Final = ("claimed", "delivered", "fulfilled")
"""The states in which a claim stands."""
CHECKS: Final = ("verify", "carry")
"""The acts whose history entry may hold a verification: the check itself, and the carry-over that brings it along."""
WITH_OUTCOME: Final = ("delivered", "fulfilled")
"""The states in which there is something to see of how the wish came true."""
WITHOUT_CONSENT: Final = ("hide", "withdraw", "close")
"""What may still be done with a wish whose consent to processing was withdrawn: acts that end or shut something."""
EDITABLE_BY_DECLARER: Final = ("submitted", "returned")
EDITABLE_BY_REVIEWER: Final = ("submitted", "returned", "verified", "published")
IN_REVIEW: Final = ("submitted", "verified")
"""The states in which a wish waits for its liaison: to be verified, to be published."""
UNCLAIMED_DAYS: Final = (1, 3, 7)
"""An unclaimed wish is reminded of so many days after its (last) publication (product.md section 4)."""
BEFORE_END_DAYS: Final = 3
"""And so many days before the round's claim window ends."""
REVIEW_DAYS: Final = (2, 4)
"""Working days a wish waits for review until its liaison, and then the administrator, is reminded."""
_REVIEWS: Final = ("review", "review_late")
MONEY: Final = "money"
"""The reason code of what no wish may ask for; its refusal comes with a referral."""


def possible(act: str, state: str) -> bool:
    """Whether `act` can be done while the wish is in `state`."""
    return state in ACTS[act].sources


def target(act: str, state: str) -> str:
    """The state `act` leads to from `state`."""
    return ACTS[act].target or state


def is_public(state: str, hidden: bool | None) -> bool:
    """Whether anyone may see the wish."""
    return state in PUBLIC_STATES and not hidden


def shows_photos(state: str, hidden: bool | None, consents: str) -> bool:
    """Whether anyone may see the photos of the delivery: by the `photos` consent, and never of a hidden wish."""
    return state in WITH_OUTCOME and not hidden and "f" in consents


def shows_thanks(state: str, hidden: bool | None, consents: str) -> bool:
    """Whether anyone may see the thank-you words: of a fulfilled wish whose story may be public."""
    return state == "fulfilled" and not hidden and "s" in consents


def shard_of(wish_id: str, shards: int) -> int:
    """The shard of the list indexes the wish lies in, fixed for its life."""
    return zlib.crc32(wish_id.encode()) % shards


class Pace(NamedTuple):
    """How soon people are reminded of what waits. Days of 24 hours, but for the review: working days."""

    unclaimed_days: tuple[int, ...] = UNCLAIMED_DAYS
    before_end_days: int = BEFORE_END_DAYS
    review_days: tuple[int, ...] = REVIEW_DAYS
    calendar: workdays.Calendar = workdays.Calendar()


class Look(NamedTuple):
    """When the clock looks at a wish that still waits, and what it then says: unclaimed, review, review_late."""

    at: str
    what: str


def waits(state: str) -> bool:
    """Whether a wish in this state waits for somebody whom the clock may have to remind."""
    return state in IN_REVIEW or state == "published"


def unclaimed_looks(published_at: str, claim_from: str, claim_until: str, pace: Pace) -> list[Look]:
    """The looks at a published wish, in order: days after publication, and before the claim window ends.

    Nobody is told that a wish is unclaimed while nobody may claim it: days before the window opens do not count, and
    none comes after it.
    """
    since = max(published_at, claim_from)
    found = {clock.later(since, days=days) for days in pace.unclaimed_days}
    before_end = clock.later(claim_until, days=-pace.before_end_days)
    if before_end > since:
        found.add(before_end)
    return [Look(moment, "unclaimed") for moment in sorted(found) if moment < claim_until]


def next_unclaimed(
    looks: Sequence[Look], held: str | None, reserved_until: str | None, at: str, *, claiming: bool
) -> str | None:
    """When to look at a published wish next, where its round's dates were changed by `at` and `looks` go by them.

    A look that is due already, or was put off until the wish is kept for nobody, is still to come as long as anybody
    may claim: the change must not swallow it.
    """
    still_owed = held is not None and (held <= at or held == reserved_until)
    if claiming and still_owed:
        return held
    return next((look.at for look in looks if look.at > at), None)


def review_looks(since: str, pace: Pace) -> list[Look]:
    """The looks at a wish that waits for review or publication since then: the liaison's, the administrator's."""
    return [
        Look(workdays.later(since, days, pace.calendar), what)
        for days, what in zip(pace.review_days, _REVIEWS, strict=False)
    ]


def review_looks_from(next_at: str, done: int, pace: Pace) -> list[Look]:
    """The same where `done` of them are behind and the next is due at `next_at`."""
    found: list[Look] = []
    for place in range(done, min(len(pace.review_days), len(_REVIEWS))):
        if found:
            next_at = workdays.later(next_at, pace.review_days[place] - pace.review_days[place - 1], pace.calendar)
        found.append(Look(next_at, _REVIEWS[place]))
    return found


def narrow_of(values: Mapping[str, object], wish_id: str) -> Narrow:
    """The narrow line of a wish from its attribute values (python names of `records.Wish`)."""

    def word(name: str) -> str:
        return str(values.get(name) or "")

    def when(name: str) -> int:
        return clock.seconds(word(name))

    live = values.get("state") == "claimed"  # of a claim that is over or delivered, no progress is kept
    return Narrow(
        id=wish_id,
        state=word("state"),
        hidden=bool(values.get("hidden")),
        kind=word("kind"),
        subject=word("subject"),
        category=word("category"),
        subdistrict=word("subdistrict"),
        claimant_type=word("claimant_type"),
        basis=word("basis"),
        sector=word("sector"),
        declared_at=when("declared_at"),
        published_at=when("published_at"),
        republished_at=when("republished_at") or when("published_at"),
        claimed_at=when("claimed_at"),
        delivered_at=when("delivered_at"),
        fulfilled_at=when("fulfilled_at"),
        title=word("title"),
        source=word("source"),
        stage=word("stage") if live else "",
        expires_at=when("expires_at") if live else 0,
        visit_at=when("visit_at") if live else 0,
        queued_at=when("queued_at") if values.get("state") in narrow.IN_REVIEW else 0,
        thanks_waiting=bool(values.get("thanks_waiting")),
    )


_PURPOSES: Final = {
    "submitted": "review",
    "returned": "review",
    "verified": "review",
    "published": "placement",
    "claimed": "fulfilment",
    "delivered": "confirmation",
}


def purpose(state: str) -> str:
    """The code of what a wish in this state is looked into for: the "why" of the audit trail."""
    return _PURPOSES.get(state, "record")
