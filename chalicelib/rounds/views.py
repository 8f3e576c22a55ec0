"""A round as anybody may see it."""

import msgspec

from chalicelib.rounds.rules import Round


class RoundView(msgspec.Struct, frozen=True):
    """A campaign round. `state`: planned, declaring, claiming, delivering or closed; dates in UTC."""

    id: str
    number: int
    name: str
    state: str
    declare_from: str
    claim_from: str
    claim_until: str
    deliver_until: str
    overrides: dict[str, dict[str, str]]
    closed_at: str | None
    carried_to: str | None
    version: int


class CarriedOverView(msgspec.Struct, frozen=True):
    """A carry-over. `carried`: wishes this call carried; `already`: earlier ones; `left`: those that can't be (erased,
    or consent taken back); `total`: all closed wishes of the round. Not `done`: the rest follows by itself."""

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    carried: int
    already: int
    left: int
    total: int
    done: bool


class RoundPage(msgspec.Struct, frozen=True):
    """A page of rounds, highest number first."""

    items: list[RoundView]
    next: str | None


def one(found: Round, at: str) -> RoundView:
    """The round as it is at the stamp `at`."""
    return RoundView(
        id=found.id,
        number=found.number,
        name=found.name,
        state=found.state(at),
        **found.window._asdict(),
        overrides={name: dict(dates) for name, dates in found.overrides.items()},
        closed_at=found.closed_at,
        carried_to=found.carried_to,
        version=found.version,
    )
