"""Narrow lines for the desk's rules: a wish that came into its state so many days ago."""

from chalicelib.wishes.narrow import Narrow

NOW = 1_795_485_600  # 2026-11-24 10:00 in Shanghai, a Tuesday
DAY = 86_400


def line(state: str, days: float = 0, **known: object) -> Narrow:
    """A wish that has been in its state for `days`."""
    then = NOW - int(days * DAY)
    public = state in ("published", "claimed", "delivered", "fulfilled")
    plain = Narrow(
        id="w1", state=state, hidden=False, kind="material", subject="individual", category="康复护理",
        subdistrict="花木街道", claimant_type="", basis="", sector="", declared_at=then,
        published_at=then if public else 0, republished_at=then if public else 0,
        claimed_at=then if state in ("claimed", "delivered", "fulfilled") else 0,
        delivered_at=then if state in ("delivered", "fulfilled") else 0, fulfilled_at=0, title="一副老花镜",
        expires_at=then + 7 * DAY if state == "claimed" else 0,
    )  # fmt: skip
    return plain._replace(**known)  # type: ignore[arg-type]
