"""Photos as phones take them, made by Pillow: with everything in them that nobody else should know."""

import io
from typing import Any

from PIL import Image, ImageCms

SECRET = b"SECRET-PLACE"
MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_GPS, _MAKE, _ORIENTATION = 0x8825, 0x010F, 0x0112


def photo(kind: str = "JPEG", *, turned: int = 6, **options: Any) -> bytes:
    """A picture of 48 by 32 points with a colour profile and every kind of metadata its type can hold."""
    exif = Image.Exif()
    exif[_MAKE], exif[_ORIENTATION] = SECRET.decode(), turned
    exif.get_ifd(_GPS)[0x1D] = SECRET.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"JPEG": {"comment": SECRET, "xmp": b"<x>" + SECRET}, "PNG": {"pnginfo": _words()},
            "WEBP": {"xmp": b"<x>" + SECRET, "lossless": True}}[kind]  # fmt: skip
    file = io.BytesIO()
    picture().save(file, kind, exif=exif, icc_profile=profile, **more, **options)
    return file.getvalue()


def picture() -> Image.Image:
    """Something to see, the same each time."""
    return Image.linear_gradient("L").resize((48, 32)).convert("RGB")


def opened(content: bytes) -> Image.Image:
    """What a viewer sees."""
    found = Image.open(io.BytesIO(content))
    found.load()
    return found


def _words() -> Any:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", "<x>" + SECRET.decode(), zip=True)
    return info
