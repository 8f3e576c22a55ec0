"""Photos of a delivery: from an upload to a stripped picture under its wish, and the links to see it.

    upload ── fetched, stripped ── photo written ── upload deleted ── the act's transaction names the photo

The photo's name follows from wish and upload. Whatever dies in between, whoever tries again finds the upload or the
photo, and there is nothing left to do after the act (docs/adr/0014).
"""

from collections.abc import Sequence

import msgspec

from chalicelib.base import files, ids
from chalicelib.base.callers import Caller
from chalicelib.base.problems import FieldFault, Unprocessable
from chalicelib.uploads import actions as uploads
from chalicelib.uploads import rules as upload_rules


class Photo(msgspec.Struct, frozen=True):
    """A photo, and a link to it that is good for five minutes."""

    id: str
    url: str


def require_own(keys: Sequence[str], caller: Caller) -> None:
    """Raises Unprocessable naming every key that is not one of the caller's uploads."""
    faults = [
        FieldFault(f"photos[{index}]", "upload_unknown")
        for index, key in enumerate(keys)
        if not upload_rules.is_own(key, caller.account)
    ]
    if faults:
        raise Unprocessable("invalid_fields", errors=faults)


def keep(wish_id: str, keys: Sequence[str], caller: Caller) -> list[str]:
    """Strip the uploads and store them as photos of the wish; their ids, each once. Safe to run again.

    Raises Unprocessable where an upload is missing or no photo, Unavailable.
    """
    return [_keep(wish_id, key, caller, f"photos[{index}]") for index, key in enumerate(dict.fromkeys(keys))]


def links(wish_id: str, photos: Sequence[str] | None) -> list[Photo]:
    """The photos of a wish with links for whoever may see them; whether somebody may is not asked here."""
    return [Photo(photo, files.link(_name(wish_id, photo))) for photo in photos or ()]


def erase(wish_id: str) -> None:
    """Delete every photo of the wish, those of acts that were refused in the end included. Safe to run again."""
    for name in files.names(f"photos/{wish_id}/"):
        files.delete(name)


def _keep(wish_id: str, key: str, caller: Caller, field: str) -> str:
    from chalicelib.uploads import pictures  # its patterns are compiled for those who bring photos

    photo = ids.derived_id("photo", wish_id, key)
    content = uploads.fetch(key, caller, "photo", field)
    if content is None:
        # An earlier try came as far as here and deleted the upload: its photo is the same.
        if not files.exists(_name(wish_id, photo)):
            raise Unprocessable("invalid_fields", errors=[FieldFault(field, "upload_unknown")])
        return photo
    media = upload_rules.media_of(content)
    try:
        picture = pictures.stripped(content, media)
    except pictures.Unreadable as error:
        raise Unprocessable("invalid_fields", errors=[FieldFault(field, "photo_unreadable")]) from error
    files.put(_name(wish_id, photo), picture, media)
    uploads.discard(key)
    return photo


def _name(wish_id: str, photo: str) -> str:
    return f"photos/{wish_id}/{photo}"
