"""Pure decisions about claims: ids, caps, stages, time limits (product.md section 2)."""

from typing import Final

from chalicelib.base import clock
from chalicelib.base.words import ORGANISATIONS, STAGES

CAP_OF_A_PERSON: Final = 3
CAP_OF_AN_ORGANISATION: Final = 50
EXPIRY_DAYS: Final = 7
EXTENSION_DAYS: Final = 7
CONTACT_HOURS: Final = 24
UNCONFIRMED_DAYS: Final = 3
STANDING: Final = ("claimed", "delivered", "fulfilled")
"""The wish's states in which a claim stands."""


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


def expires_at(since: str, days: int = EXPIRY_DAYS) -> str:
    """When a claim without progress since then expires."""
    return clock.later(since, days=days)


def goes_forward(now: str | None, wanted: str) -> bool:
    """Whether the stage does not go backwards; stages may be skipped."""
    return now is None or STAGES.index(wanted) >= STAGES.index(now)


def pauses_expiry(stage: str | None) -> bool:
    """Whether delivery is under way, so that the claim does not expire."""
    return stage == STAGES[-1]


def claim_state(wish_state: str) -> str:
    """The state of the standing claim of a wish in `wish_state`."""
    return {"claimed": "live", "delivered": "delivered", "fulfilled": "fulfilled"}[wish_state]
