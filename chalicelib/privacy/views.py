"""What may be seen of consents and of requests: allow-lists."""

import msgspec

from chalicelib.wishes.actions import Wish
from chalicelib.wishes.shapes import Consent


class ConsentRecord(msgspec.Struct, frozen=True):
    """One consent as it was recorded: what, by whom, how, when, and which text was read."""

    process: bool
    publish_story: bool
    share_contact: bool
    photos: bool
    by: str
    method: str
    witness: str | None
    at: str
    text_version: str


class WishConsents(msgspec.Struct, frozen=True):
    """A wish's consents of today, what follows from them, and every record of them, newest first."""

    wish: str
    state: str
    hidden: bool
    introduced: bool
    process: bool
    publish_story: bool
    share_contact: bool
    photos: bool
    items: list[ConsentRecord]
    version: int


def consents(wish: Wish, records: list[Consent]) -> WishConsents:
    """For the wish's own side and staff in scope."""
    return WishConsents(
        wish=wish.pk,
        state=wish.state,
        hidden=bool(wish.hidden),
        introduced=bool(wish.introduced_at),
        process="p" in wish.consents,
        publish_story="s" in wish.consents,
        share_contact="c" in wish.consents,
        photos="f" in wish.consents,
        items=[
            ConsentRecord(
                each.process, each.publish_story, each.share_contact, each.photos,
                each.by, each.method, each.witness, each.at, each.text_version,
            )
            for each in records
        ],
        version=int(wish.version),
    )  # fmt: skip
