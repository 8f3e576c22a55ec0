"""Pure decisions about uploads: what may be put where, and whether the bytes are what they are called."""

import re
from typing import Final, Literal

from chalicelib.base import ids

Purpose = Literal["photo", "import"]
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA: Final[dict[Purpose, tuple[str, ...]]] = {
    "photo": ("image/jpeg", "image/png", "image/webp"),
    "import": ("text/csv", XLSX),
}
LARGEST: Final[dict[Purpose, int]] = {"photo": 10 * 1024 * 1024, "import": 50 * 1024 * 1024}
"""Bytes. API Gateway takes 10 MB and Lambda 6 in one body, so whatever may be larger goes straight to S3."""
FORM_SECONDS: Final = 15 * 60
FORMS_PER_DAY: Final = (500, 24 * 3600)
"""Upload forms an account may draw in a day: an organisation's fifty claims with nine photos each fit in."""
_KEY: Final = re.compile("uploads/([0-9A-Z]{26})/([0-9A-Z]{26})")


def purpose_of(content_type: str, may_import: bool) -> Purpose:
    """What a file is for where nobody said: no media type serves both purposes."""
    return "import" if may_import and content_type in MEDIA["import"] else "photo"


def key_for(account: str, upload: str) -> str:
    """Where an account's upload lies: the name tells who may use it, and nothing else."""
    return f"uploads/{account}/{upload}"


def is_own(key: str, account: str) -> bool:
    """Whether the key is one `key_for` gave this account: another's, or a path made up, is not."""
    found = _KEY.fullmatch(key)
    return found is not None and found[1] == account and ids.is_id(found[2])


def media_of(content: bytes) -> str:
    """The media type the first bytes show, "" for none of those taken here. A text shows none."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return XLSX if content.startswith(b"PK\x03\x04") else ""
