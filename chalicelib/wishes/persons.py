"""The people of a wish: what is wrong with them at the door, how they are sealed, what is public of them.

No child declares alone (product.md section 1): a minor has a guardian, and it is the guardian who consents.
"""

import re
from collections.abc import Iterable
from typing import Final

from chalicelib.base import clock, phones, sealing, tables
from chalicelib.base.problems import FieldFault
from chalicelib.wishes import masks, records, shapes

_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
Guardian = shapes.RelatedIn | shapes.Related


def year_of(at: str) -> int:
    """The year in Shanghai at the stamp `at`, by which age is counted."""
    return int(clock.local_day(at)[:4])


def faults(
    subject: str,
    wisher: shapes.WisherIn,
    contact: shapes.RelatedIn | shapes.Related | None,
    guardian: Guardian | None,
    consent: shapes.ConsentIn | None,
    year: int,
) -> Iterable[FieldFault]:
    """Faults in the people of a wish: phones, the ID number, a reachable contact, a minor's guardian.

    `consent` is the one given with them; None where an earlier one stands.
    """
    if wisher.phone and phones.normalise(wisher.phone) is None:
        yield FieldFault("wisher.phone", "field_phone")
    for name, person in (("contact", contact), ("guardian", guardian)):
        if person is not None and phones.normalise(person.phone) is None:
            yield FieldFault(f"{name}.phone", "field_phone")
    if wisher.birth_year is not None and wisher.birth_year > year:
        yield FieldFault("wisher.birth_year", "field_range", {"least": 1900, "most": year})
    if not wisher.phone and contact is None and guardian is None:
        yield FieldFault("contact", "contact_required")
    born = birth_year(wisher)
    minor = subject == "individual" and born is not None and masks.is_minor(born, year)
    if guardian is None and (minor or (consent is not None and consent.by == "guardian")):
        yield FieldFault("guardian", "guardian_required")
    if minor and consent is not None and consent.by != "guardian":
        yield FieldFault("consent.by", "guardian_required")


def birth_year(wisher: shapes.WisherIn) -> int | None:
    """The wisher's birth year, said or in a valid ID number. Where the two differ the later: it protects a child."""
    told = [wisher.birth_year] if wisher.birth_year else []
    if wisher.id_number and valid_id_number(_plain(wisher.id_number)):
        told.append(int(_plain(wisher.id_number)[6:10]))
    return max(told, default=None)


def _plain(number: str) -> str:
    """An ID number without the spaces and small letters it may have been keyed with."""
    return "".join(number.split()).upper()


def id_check(number: str | None) -> str | None:
    """What the reviewer is told of an ID number that nobody can read any more: "valid" or "doubtful"; None for none.

    A wrong one blocks nobody from declaring (a digit misread by an old hand, a paper that is no resident card): it is
    the reviewer who looks at the card, and a mistyped number would only make the duplicate warning miss.
    """
    if not number:
        return None
    return "valid" if valid_id_number(_plain(number)) else "doubtful"


def valid_id_number(number: str) -> bool:
    """Whether an 18-digit resident ID number has a right check digit (GB 11643-1999)."""
    if not re.fullmatch(r"[1-9][0-9]{5}(19|20)[0-9]{9}[0-9X]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def sealed_wisher(wisher: shapes.WisherIn) -> shapes.Wisher:
    """The wisher as sealed: phone in its one spelling, birth year from the ID number where it was not said."""
    return shapes.Wisher(
        name=wisher.name,
        gender=wisher.gender,
        birth_year=birth_year(wisher),
        phone=phones.normalise(wisher.phone) if wisher.phone else None,
        address=wisher.address,
    )


def sealed_related(person: shapes.RelatedIn | None) -> shapes.Related | None:
    """A contact or guardian as sealed."""
    if person is None:
        return None
    return shapes.Related(person.name, person.relation, phones.normalise(person.phone) or person.phone)


def id_mark(number: str | None) -> str | None:
    """What is kept of an ID number: a keyed hash that only tells whether two are the same."""
    return sealing.blind("person", f"id/{_plain(number)}") if number else None


def apply(wish: records.Wish, sealed: shapes.Sealed, year: int) -> None:
    """Set what is public of the wisher: masked name and age band of adults, neither of a minor (section 3).

    Age is counted in the year of declaring and stays: whoever turns 18 while the wish is open is protected until they
    declare anew. Whose age is unknown might be a minor, so nothing is shown of them; with a guardian they count as one.
    """
    wisher, subject = sealed.wisher, wish.subject
    wish.wisher_name = wish.age_band = wish.minor = None
    if subject == "team":
        wish.wisher_name = masks.mask_team(wisher.name, wish.subdistrict)
    elif wisher.birth_year is None:
        wish.minor = sealed.guardian is not None or None
    elif masks.is_minor(wisher.birth_year, year):
        wish.minor = True
    else:
        wish.wisher_name = masks.mask_name(wisher.name)
        wish.age_band = masks.age_band(wisher.birth_year, year)


def marks(sealed: shapes.Sealed, subdistrict: str) -> list[str]:
    """Keyed hashes that two wishes of one person share: the ID number, name with phone, name with year and place."""
    wisher = sealed.wisher
    told = []
    if wisher.phone:
        told.append(f"phone/{wisher.name}/{wisher.phone}")
    if wisher.birth_year:
        told.append(f"year/{wisher.name}/{wisher.birth_year}/{subdistrict}")
    return ([sealed.id_mark] if sealed.id_mark else []) + [sealing.blind("person", mark) for mark in told]


def pointers(wish: records.Wish, marked: Iterable[str]) -> list[records.SamePerson]:
    """The items that lead from those marks to the wish."""
    return [records.SamePerson(f"person#{wish.round}#{each}", wish.pk) for each in marked]


def repointed(wish: records.Wish, before: Iterable[str], after: Iterable[str]) -> list[tables.Part]:
    """The parts that lead from a person's marks of now to the wish, and no longer from those of before."""
    old, new = set(before), set(after)
    gone: list[tables.Part] = [tables.Remove(each) for each in pointers(wish, sorted(old - new))]
    return gone + [tables.Put(each) for each in pointers(wish, sorted(new - old))]
