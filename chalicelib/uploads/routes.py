"""The route of uploads."""

from chalicelib.base.web import SIGNED_IN, Answer, Call, Room
from chalicelib.uploads import actions, shapes

room = Room("uploads")


@room.route("POST", "/v1/uploads", who=SIGNED_IN, takes=shapes.UploadBody, gives={201: shapes.UploadForm})
def open_upload(call: Call, body: shapes.UploadBody) -> Answer:
    """Get a presigned S3 POST for one file: a photo of a delivery, or a register to import.

    S3 enforces the key, the media type and the size. Photos: JPEG, PNG or WebP up to 10 MB. Imports: CSV or XLSX up to
    50 MB, for liaisons and administrators.
    """
    return Answer(actions.open_form(body, call.caller, call.idempotency_key, call.at), 201)
