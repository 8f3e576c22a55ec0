"""How long claims may stand still and how many there may be, as this district has set it (docs/runbook.md)."""

from chalicelib.base import settings
from chalicelib.claims import rules


def of_time() -> rules.Limits:
    """The limits of time: CLAIM_DAYS, EXTENSION_DAYS, CONTACT_HOURS, WARNING_DAYS ("2,1") and UNCONFIRMED_DAYS."""
    days = settings.text("WARNING_DAYS")
    return rules.Limits(
        claim_days=settings.number("CLAIM_DAYS", rules.EXPIRY_DAYS),
        extension_days=settings.number("EXTENSION_DAYS", rules.EXTENSION_DAYS),
        contact_hours=settings.number("CONTACT_HOURS", rules.CONTACT_HOURS),
        warning_days=tuple(int(day) for day in days.split(",")) if days else rules.WARNING_DAYS,
        unconfirmed_days=settings.number("UNCONFIRMED_DAYS", rules.UNCONFIRMED_DAYS),
    )


def cap(claimant_type: str) -> int:
    """How many live claims a claimant of the type may hold in a round: CAP_OF_A_PERSON, CAP_OF_AN_ORGANISATION."""
    return rules.cap(
        claimant_type,
        settings.number("CAP_OF_A_PERSON", rules.CAP_OF_A_PERSON),
        settings.number("CAP_OF_AN_ORGANISATION", rules.CAP_OF_AN_ORGANISATION),
    )


def standbys(claimant_type: str) -> int:
    """How many wishes a claimant may be on standby for: STANDBYS_OF_A_PERSON, STANDBYS_OF_AN_ORGANISATION."""
    return rules.cap(
        claimant_type,
        settings.number("STANDBYS_OF_A_PERSON", rules.STANDBYS_OF_A_PERSON),
        settings.number("STANDBYS_OF_AN_ORGANISATION", rules.STANDBYS_OF_AN_ORGANISATION),
    )


def standby_hours() -> int:
    """How long a wish that came back is kept for whoever is next: STANDBY_HOURS."""
    return settings.number("STANDBY_HOURS", rules.STANDBY_HOURS)
