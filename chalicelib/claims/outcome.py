"""How a wish came true, as far as it may be seen: the photos of the delivery, the thank-you words.

Asked anew by every request: a consent withdrawn, or a wish hidden, closes both at once. What counts are the letters on
the wish: of a minor's they stand for a guardian's consent alone (wishes/consents.py).
"""

from typing import NamedTuple

from chalicelib.claims import photos, records
from chalicelib.wishes import rules as wish_rules
from chalicelib.wishes.actions import Wish


class Outcome(NamedTuple):
    """Photos with their links, and the approved words."""

    photos: list[photos.Photo]
    thanks: str | None


NOTHING = Outcome([], None)


def public(wish: Wish) -> Outcome:
    """What anybody may see of it (product.md section 2): photos by consent, thanks of a fulfilled wish.

    Costs a read only where there can be something to see.
    """
    shows_photos = wish_rules.shows_photos(wish.state, wish.hidden, wish.consents)
    shows_thanks = wish_rules.shows_thanks(wish.state, wish.hidden, wish.consents)
    record = _standing(wish) if shows_photos or shows_thanks else None
    if record is None:
        return NOTHING
    seen = record.photos if shows_photos else []
    return Outcome(photos.links(wish.pk, seen), record.thanks if shows_thanks else None)


def for_staff(wish: Wish) -> Outcome:
    """What the wish's staff see of it: the photos before any consent, too."""
    record = _standing(wish) if wish.state in wish_rules.WITH_OUTCOME else None
    return Outcome(photos.links(wish.pk, record.photos), record.thanks) if record else NOTHING


def _standing(wish: Wish) -> "records.ClaimRecord | None":
    return records.get(wish.pk, int(wish.claim)) if wish.claim else None
