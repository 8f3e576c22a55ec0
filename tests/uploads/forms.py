"""Upload forms as a browser would send them, and pictures small enough to read."""

from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.people import Api

_BOUNDARY = "----a-boundary-that-no-file-holds"


def send(form: dict[str, Any], content: bytes, **changes: str) -> int:
    """Post the file with the form's fields (changed where told) to S3; the status of its answer."""
    body = b""
    for name, value in (form["fields"] | changes).items():
        body += f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    body += f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'.encode()
    body += content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    media = f"multipart/form-data; boundary={_BOUNDARY}"
    request = Request(form["url"], body, {"Content-Type": media}, method="POST")
    try:
        with urlopen(request) as answer:
            return int(answer.status)
    except HTTPError as refusal:
        return refusal.code


def opened(who: Api, **body: Any) -> dict[str, Any]:
    """A form drawn by somebody."""
    found: dict[str, Any] = who.must("POST", "/v1/uploads", {"content_type": "image/jpeg"} | body)
    return found


def uploaded(who: Api, content: bytes, content_type: str = "image/jpeg", **body: Any) -> str:
    """The key of a file somebody has uploaded."""
    form = opened(who, content_type=content_type, **body)
    assert send(form, content) == 201
    return str(form["key"])
