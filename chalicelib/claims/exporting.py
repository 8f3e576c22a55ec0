"""Standing claims on their way into a file for administrators: who the claimants are."""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.accounts import actions as accounts
from chalicelib.base import sealing
from chalicelib.claims import records, shapes
from chalicelib.wishes.actions import Wish


class Told(NamedTuple):
    """What a full summary says of a claim beyond its wish's line; "" and None where nothing is known or left."""

    name: str = ""
    phone: str = ""
    contributors: int | None = None
    thanks: str = ""


def told(wishes: Sequence[Wish]) -> dict[str, Told]:
    """The standing claims of up to 100 wishes, by wish; about 1.5 read units each."""
    keys = [(wish.pk, records.sort_key(int(wish.claim))) for wish in wishes if wish.claim]
    found = records.several(keys)
    people = accounts.people_of(sorted({record.account for record in found.values() if record.account}))
    return {key[0]: _told(record, people) for key, record in found.items()}


def _told(record: records.ClaimRecord, people: dict[str, accounts.Person]) -> Told:
    contributors = None if record.contributors is None else int(record.contributors)
    if record.account:
        person = people.get(record.account, accounts.Person())
        return Told(person.name, person.phone, contributors, record.thanks or "")
    if record.sealed is None:
        return Told(contributors=contributors, thanks=record.thanks or "")
    imported = sealing.unseal("claims", record.pk, record.sealed, shapes.Claimant)
    return Told(imported.name, "", contributors, record.thanks or imported.thanks or "")
