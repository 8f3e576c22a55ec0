"""What asking for an upload takes, and what it gives."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.base.bodies import Body
from chalicelib.uploads.rules import LARGEST, Purpose


class UploadBody(Body):
    """POST /v1/uploads. With `bytes` the form takes files of that size at most, never more than the purpose allows.

    Without `purpose` the media type tells it: a register from those who may import one, a photo from anybody.
    """

    content_type: Annotated[str, Meta(min_length=1, max_length=100)]
    bytes: Annotated[int, Meta(ge=1, le=max(LARGEST.values()))] | None = None
    purpose: Purpose | None = None


class UploadForm(msgspec.Struct, frozen=True):
    """A presigned S3 POST: send `fields` and then the file, as `file`, to `url`; `key` names it afterwards."""

    key: str
    url: str
    fields: dict[str, str]
    expires_at: str
