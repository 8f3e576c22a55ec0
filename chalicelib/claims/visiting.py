"""Visits agreed for later than their round delivers: their claims are kept until the round's end, and follow it."""

from chalicelib.base import tables
from chalicelib.claims import records, rules, standing
from chalicelib.wishes import change
from chalicelib.wishes.actions import Wish


def prolonged(wish: Wish, deliver_until: str, at: str) -> list[tables.Part]:
    """The parts that keep a claimed wish for its agreed visit as long as its round delivers now; none where it is.

    Only ever longer: what its claimant was told stands, whatever becomes of the round (as progress never brings an
    expiry forward).
    """
    if wish.state != "claimed" or not (wish.claim and wish.visit_at and wish.expires_at):
        return []
    until = rules.kept_for_visit(wish.visit_at, deliver_until)
    record = records.get(wish.pk, int(wish.claim)) if until > wish.expires_at else None
    if record is None:
        return []
    return [change.retimed(wish, expires_at=until), standing.note(wish, record, at)]
