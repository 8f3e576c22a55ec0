"""Pure decisions about claims: ids, caps, stages, time limits (product.md section 2)."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from chalicelib.base import clock
from chalicelib.base.words import ORGANISATIONS, STAGES

CAP_OF_A_PERSON: Final = 3
CAP_OF_AN_ORGANISATION: Final = 50
EXPIRY_DAYS: Final = 7
EXTENSION_DAYS: Final = 7
CONTACT_HOURS: Final = 24
UNCONFIRMED_DAYS: Final = 3
WARNING_DAYS: Final = (2, 1)
STANDBY_HOURS: Final = 24
"""How long a wish that came back is kept for the first on standby (product.md section 2)."""
OFFER_HOURS: Final = 72
STANDBYS_OF_A_PERSON: Final = 10
STANDBYS_OF_AN_ORGANISATION: Final = 50
MOST_ON_STANDBY: Final = 50
"""For one wish: with a day for each, whoever comes after them would wait longer than a round lasts."""
STANDING: Final = ("claimed", "delivered", "fulfilled")
"""The wish's states in which a claim stands."""
OPEN: Final = ("claimed", "delivered")
"""Those in which it is still under way."""


def claim_id(wish: str, version: int) -> str:
    """A claim's id carries its wish's, so that one read finds both."""
    return f"{wish}-{version}"


def parse_id(text: str) -> tuple[str, int] | None:
    """(wish, version) of a claim's id, None for anything else."""
    wish, _, version = text.partition("-")
    if not (version.isascii() and version.isdigit() and len(version) <= 6 and version[0] != "0"):
        return None
    return wish, int(version)


def cap(
    claimant_type: str, of_a_person: int = CAP_OF_A_PERSON, of_an_organisation: int = CAP_OF_AN_ORGANISATION
) -> int:
    """How many live claims a claimant may hold in one round."""
    return of_an_organisation if claimant_type in ORGANISATIONS else of_a_person


def expires_at(since: str, days: int, standing: str | None = None, visit_at: str | None = None) -> str:
    """When a claim without progress since then expires. Progress never brings an expiry forward (`standing`), and a
    claim does not expire before the day after an agreed visit."""
    after_visit = clock.later(visit_at, days=1) if visit_at else ""
    return max(clock.later(since, days=days), standing or "", after_visit)


def kept_for_visit(visit_at: str, deliver_until: str) -> str:
    """Until when an agreed visit keeps its claim: a day after it, or after the round's end where that is first."""
    return clock.later(min(visit_at, deliver_until), days=1)


def goes_forward(now: str | None, wanted: str) -> bool:
    """Whether the stage does not go backwards; stages may be skipped."""
    return now is None or STAGES.index(wanted) >= STAGES.index(now)


def pauses_expiry(stage: str | None) -> bool:
    """Whether delivery is under way, so that the claim does not expire."""
    return stage == STAGES[-1]


def claim_state(wish_state: str) -> str:
    """The state of the standing claim of a wish in `wish_state`."""
    return {"claimed": "live", "delivered": "delivered", "fulfilled": "fulfilled"}[wish_state]


def kept_until(at: str, hours: int, claim_until: str) -> str:
    """Until when a wish is kept for somebody: so many hours, but no longer than anybody may claim at all."""
    return min(clock.later(at, hours=hours), claim_until)


class Limits(NamedTuple):
    """How long a claim may stand still; days and hours (product.md sections 2 and 4)."""

    claim_days: int = EXPIRY_DAYS
    extension_days: int = EXTENSION_DAYS
    contact_hours: int = CONTACT_HOURS
    warning_days: tuple[int, ...] = WARNING_DAYS
    unconfirmed_days: int = UNCONFIRMED_DAYS


class Facts(NamedTuple):
    """What the clock goes by: the claim as it stands; stamps, None where the thing has not happened."""

    state: str
    claimed_at: str
    stage: str | None = None
    expires_at: str | None = None
    delivered_at: str | None = None


class Moment(NamedTuple):
    """Something the clock does about a claim, and when: announced, no_contact, expiring, expired, unconfirmed."""

    at: str
    what: str


def moments(facts: Facts, limits: Limits) -> list[Moment]:
    """Everything the clock will do about a claim if nothing else happens, in order.

    Contact that was reported cancels the first reminder; while delivery is on its way nothing expires.
    """
    found = [Moment(facts.claimed_at, "announced")]
    if facts.state == "live":
        if facts.stage is None:
            found.append(Moment(clock.later(facts.claimed_at, hours=limits.contact_hours), "no_contact"))
        if facts.expires_at:
            warnings = [clock.later(facts.expires_at, days=-days) for days in limits.warning_days]
            found += [Moment(at, "expiring") for at in warnings if at > facts.claimed_at]
            found.append(Moment(facts.expires_at, "expired"))
    elif facts.state == "delivered" and facts.delivered_at:
        found.append(Moment(clock.later(facts.delivered_at, days=limits.unconfirmed_days), "unconfirmed"))
    else:
        return []
    return sorted(found)


def next_look(planned: Iterable[Moment], after: str) -> str | None:
    """When the clock has to look at the claim again after `after`; None for never."""
    return min((each.at for each in planned if each.at > after), default=None)


def pending(planned: Sequence[Moment], since: str, at: str) -> list[str]:
    """What is to be done at `at` by a clock that was to look at `since`.

    A run that comes late says nothing silly: of several warnings only the last is given, and none where the claim
    has expired already.
    """
    todo = [each.what for each in planned if since <= each.at <= at]
    if "expired" in todo:
        return ["expired"]
    return list(dict.fromkeys(todo))
