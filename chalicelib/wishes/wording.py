"""Whether what people write may go into a message as it is written (product.md section 3). Pure.

Messages never carry sealed fields, and what is said to somebody who was not introduced leads to nobody: no phone, no
address, no account. Whoever does not know the sealed fields is not held against them, for a refusal would tell that a
guess was right.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from chalicelib.base import phones
from chalicelib.wishes import scan, shapes
from chalicelib.wishes.scan_folding import Kind, fold

_PERSONAL: Final = ("id_number", "bank_card", "wechat", "qq", "email")
"""What is somebody's own, whoever that is. Links, offices' addresses and landlines are what a reason may need."""
_SHORTEST_ADDRESS: Final = 4  # characters; a shorter one is a word that stands in many messages
_NOT_WORDS: Final = re.compile(r"[\W_]+")
_NOT_DIGITS: Final = re.compile("[^0-9]+")
_MOBILE: Final = re.compile(phones.MOBILE)


def sealed_fields(text: str, sealed: shapes.Sealed, *, team: bool) -> list[dict[str, Any]]:
    """What of the wisher's sealed fields stands in the text, as {kind, text}; nothing clears it. A team has no name."""
    names = [name for name in sealed.names if not (team and name == sealed.wisher.name)]
    found = [_told(hit.kind, hit.found) for hit in scan.scan(text, names=names) if hit.kind == "name"]
    folded = fold(text)
    digits = _NOT_DIGITS.sub("", folded.numerals)
    found += [_told("phone", phone) for phone in _phones(sealed) if phone in digits]
    address = _NOT_WORDS.sub("", fold(sealed.wisher.address or "").plain)
    if len(address) >= _SHORTEST_ADDRESS and address in _NOT_WORDS.sub("", folded.plain):
        found.append(_told("address", sealed.wisher.address or ""))
    return found


def ways_to_somebody(text: str, cleared: Collection[str]) -> list[dict[str, Any]]:
    """Phones, addresses, accounts and words about payment in the text that `cleared` does not answer for."""
    return [_told(hit.kind, hit.found) for hit in scan.unclear(scan.scan(text, names=()), cleared)]


def personal(text: str, sealed: shapes.Sealed | None, *, team: bool) -> list[Kind]:
    """The kinds of what gives somebody away in a reason or a note that others are told; nothing clears it.

    Of the wisher's side whatever is sealed, of anybody else their mobile, ID number, bank card or account.
    """
    found = {each["kind"] for each in sealed_fields(text, sealed, team=team)} if sealed else set()
    for hit in scan.scan(text, names=()):
        digits = _NOT_DIGITS.sub("", fold(hit.found).numerals)
        if hit.kind in _PERSONAL or (hit.kind == "phone" and _MOBILE.search(digits)):
            found.add(hit.kind)
    return sorted(found, key=scan.rank)


def _phones(sealed: shapes.Sealed) -> Iterator[str]:
    people = (sealed.wisher, sealed.contact, sealed.guardian)
    yield from sorted({person.phone for person in people if person is not None and person.phone})


def _told(kind: str, text: str) -> dict[str, Any]:
    return {"kind": kind, "text": text}
