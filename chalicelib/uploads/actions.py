"""Uploads: a form that lets its owner put one file into the bucket, and fetching what was put there.

S3 holds the form to its policy: this key, this media type, this size, within a quarter of an hour. What S3 cannot see,
whether the bytes are what they are called, is looked at when the file is used.
"""

from chalicelib.accounts import counting
from chalicelib.base import clock, files, ids
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import FieldFault, Unprocessable
from chalicelib.uploads import rules, shapes


def open_form(body: shapes.UploadBody, caller: Caller, key: str, at: str) -> shapes.UploadForm:
    """A form for one file. The same Idempotency-Key means the same file, signed anew.

    Raises Unprocessable for another media type or more bytes than the purpose takes, Forbidden where an import is not
    the caller's to make, TooManyRequests beyond the day's number.
    """
    may_import = caller.has(frozenset({"liaison", "administrator"}))
    purpose = body.purpose or rules.purpose_of(body.content_type, may_import)
    allowed, most = rules.MEDIA[purpose], rules.LARGEST[purpose]
    require(purpose != "import" or may_import)
    faults = []
    if body.content_type not in allowed:
        faults.append(FieldFault("content_type", "field_choice", {"choices": ", ".join(allowed)}))
    if body.bytes is not None and body.bytes > most:
        faults.append(FieldFault("bytes", "field_range", {"least": 1, "most": most}))
    if faults:
        raise Unprocessable("invalid_fields", errors=faults)
    counting.within(f"uploads#{caller.account}", rules.FORMS_PER_DAY)
    upload = ids.derived_id("upload", key) if key else ids.new_id()
    name = rules.key_for(caller.account, upload)
    url, fields = files.form(name, body.content_type, body.bytes or most, rules.FORM_SECONDS)
    return shapes.UploadForm(name, url, fields, clock.later(at, seconds=rules.FORM_SECONDS))


def fetch(key: str, caller: Caller, purpose: rules.Purpose, field: str) -> bytes | None:
    """The caller's own upload, None where nothing lies there (any more).

    Raises Unprocessable at `field` for a key that is not the caller's, or bytes that are not what the purpose takes.
    """
    if not rules.is_own(key, caller.account):
        raise Unprocessable("invalid_fields", errors=[FieldFault(field, "upload_unknown")])
    content = files.get(key)
    if content is None:
        return None
    media = rules.media_of(content)
    fits = media in rules.MEDIA[purpose] or (purpose == "import" and not media)  # CSV shows nothing at its beginning
    if not fits or len(content) > rules.LARGEST[purpose]:
        raise Unprocessable("invalid_fields", errors=[FieldFault(field, "upload_wrong_type")])
    return content


def discard(key: str) -> None:
    """Remove an upload that has been used. Raises Unavailable."""
    files.delete(key)
