"""Pictures without what they tell beside themselves: where and when they were taken, by whom, with which device. Pure.

Only the parts a picture needs to be drawn are copied; everything else stays behind, known or not: EXIF with its GPS
and its thumbnail, XMP, IPTC, comments, a second picture or a film hung on behind the end. Colour profiles stay, and of
EXIF the one number that says which way is up (docs/adr/0014). Nothing is decoded: pixels stay as they were.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")

_UPRIGHT: Final = 1
_ORIENTATION: Final = 0x0112  # EXIF's tag
_SHORT: Final = 3  # EXIF's type of it

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_JPEG_DRAWN: Final = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD}) - {0xC8}
"""Frames, tables, scans, and what they need to be read."""
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN: Final = 0xDA
_JPEG_MARKER: Final = re.compile(rb"\xff++[^\x00\xd0-\xd7]")
# In a scan's data FF stands before 00 (a byte of data), a restart, or another FF; anything else ends it. Neither
# pattern ever goes back, so that a file made of FF costs no more than any other.
_JPEG_NEXT: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JFIF_HEAD: Final = 12  # bytes of a JFIF segment before the size of its thumbnail
_ADOBE_HEAD: Final = 12  # bytes: how the colours are stored

_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_PNG_DRAWN: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
     b"cICP", b"mDCV", b"cLLI"}
)  # fmt: skip

_WEBP_DRAWN: Final = frozenset({b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"})
_MOST_PARTS: Final = 10_000
"""Segments or chunks; ten megabytes of nothing but their beginnings would keep a function busy for nothing."""
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04  # flags of VP8X


class Unreadable(ValueError):
    """The bytes are not one still picture of this type, from beginning to end."""


def stripped(content: bytes, media: str) -> bytes:
    """The picture of type image/jpeg, image/png or image/webp without its metadata. Raises Unreadable."""
    strip: dict[str, Callable[[bytes], bytes]] = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
    try:
        return strip[media](content)
    except (struct.error, IndexError) as error:  # it ends in the middle of something
        raise Unreadable(media) from error


def _few(parts: Iterator[T]) -> Iterator[T]:
    for number, part in enumerate(parts):
        if number >= _MOST_PARTS:
            raise Unreadable("more parts than any picture has")
        yield part


def _jpeg(content: bytes) -> bytes:
    head, body, orientation, frames = b"", [], _UPRIGHT, 0
    for marker, segment, scan in _few(_jpeg_segments(content)):
        if marker in _JPEG_DRAWN:
            frames += marker in _JPEG_FRAMES
            body.append(_jpeg_segment(marker, segment) + scan)
        elif marker == 0xE0 and segment.startswith(b"JFIF\0"):
            head = _jpeg_segment(0xE0, segment[:_JFIF_HEAD] + b"\0\0")
        elif marker == 0xE1 and segment.startswith(b"Exif\0\0"):
            orientation = _orientation(segment[6:])
        elif marker == 0xE2 and segment.startswith(b"ICC_PROFILE\0"):
            body.append(_jpeg_segment(marker, segment))
        elif marker == 0xEE and segment.startswith(b"Adobe"):
            body.append(_jpeg_segment(marker, segment[:_ADOBE_HEAD]))
    if frames != 1:
        raise Unreadable("image/jpeg")
    up = _jpeg_segment(0xE1, b"Exif\0\0" + _exif(orientation)) if orientation != _UPRIGHT else b""
    return _JPEG_START + head + up + b"".join(body) + _JPEG_END


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(marker, content, the data that follows where it begins a scan) up to the picture's end."""
    if not content.startswith(_JPEG_START):
        raise Unreadable("image/jpeg")
    at, scanned = 2, False
    while True:
        found = _JPEG_MARKER.match(content, at)
        if found is None:
            if scanned and at >= len(content):
                return  # cut off in its last scan: what there is can be drawn
            raise Unreadable("image/jpeg")
        marker, at = content[found.end() - 1], found.end()
        if marker == _JPEG_END[1] and scanned:
            return
        (length,) = struct.unpack_from(">H", content, at)
        segment, at = content[at + 2 : at + length], at + length
        if length < 2 or at > len(content):
            raise Unreadable("image/jpeg")
        scan = b""
        if marker == _SCAN:
            following = _JPEG_NEXT.search(content, at)
            end = following.start() if following else len(content)
            scan, at, scanned = content[at:end], end, True
        yield marker, segment, scan


def _jpeg_segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _png(content: bytes) -> bytes:
    kept, orientation, seen = [], _UPRIGHT, set()
    for kind, data in _few(_png_chunks(content)):
        seen.add(kind)
        if kind == b"eXIf":
            orientation = _orientation(data)
        elif kind in _PNG_DRAWN:
            kept.append((kind, data))
    if kept[0][0] != b"IHDR" or not {b"IDAT", b"IEND"} <= seen:
        raise Unreadable("image/png")
    if orientation != _UPRIGHT:
        kept.insert(1, (b"eXIf", _exif(orientation)))
    return _PNG_START + b"".join(_png_chunk(kind, data) for kind, data in kept)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_START)
    if not content.startswith(_PNG_START):
        raise Unreadable("image/png")
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        data, (check,) = content[at + 8 : at + 8 + length], struct.unpack_from(">I", content, at + 8 + length)
        if check != zlib.crc32(kind + data):
            raise Unreadable("image/png")
        yield kind, data
        if kind == b"IEND":
            return
        at += 12 + length


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _webp(content: bytes) -> bytes:
    kept: dict[bytes, bytes] = {}
    orientation = _UPRIGHT
    for kind, data in _few(_webp_chunks(content)):
        if kind == b"ANIM":
            raise Unreadable("image/webp")  # a film, no photo
        if kind == b"EXIF":
            orientation = _orientation(data.removeprefix(b"Exif\0\0"))
        elif kind in _WEBP_DRAWN:
            kept.setdefault(kind, data)
    if not kept.keys() & {b"VP8 ", b"VP8L"}:
        raise Unreadable("image/webp")
    if b"VP8X" in kept:
        turned = orientation != _UPRIGHT
        flags = kept[b"VP8X"][0] & ~(_WEBP_EXIF | _WEBP_XMP) | (_WEBP_EXIF if turned else 0)
        kept[b"VP8X"] = bytes([flags]) + kept[b"VP8X"][1:10]
        kept |= {b"EXIF": _exif(orientation)} if turned else {}
    body = b"WEBP" + b"".join(_webp_chunk(kind, data) for kind, data in kept.items())
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    riff, size, webp = struct.unpack_from("<4sI4s", content)
    if riff != b"RIFF" or webp != b"WEBP" or size + 8 > len(content):
        raise Unreadable("image/webp")
    at = 12
    while at < size + 8:  # what lies behind is no part of the picture
        kind, length = struct.unpack_from("<4sI", content, at)
        if at + 8 + length > len(content):
            raise Unreadable("image/webp")
        yield kind, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _webp_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) % 2)


def _orientation(tiff: bytes) -> int:
    """Which way is up, by EXIF: 1 to 8; upright where it does not say, or says nonsense."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    try:
        if order is None:
            return _UPRIGHT
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            if (tag, kind) == (_ORIENTATION, _SHORT):
                return value if 1 <= value <= 8 else _UPRIGHT
    except struct.error:
        return _UPRIGHT
    return _UPRIGHT


def _exif(orientation: int) -> bytes:
    """EXIF that says which way is up and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, _SHORT, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
