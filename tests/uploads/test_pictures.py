"""Pictures keep their pixels, their colours and which way is up, and lose everything they tell beside that."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.uploads.pictures import Unreadable, stripped
from tests.uploads.photographs import MEDIA, SECRET, opened, photo

KINDS = sorted(MEDIA)
WHOLE = {kind: photo(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_and_colours_stay_and_metadata_goes(kind: str) -> None:
    before, after = opened(WHOLE[kind]), opened(stripped(WHOLE[kind], MEDIA[kind]))

    assert after.tobytes() == before.tobytes()
    assert after.info["icc_profile"] == before.info["icc_profile"]
    assert SECRET in WHOLE[kind]
    assert SECRET not in stripped(WHOLE[kind], MEDIA[kind])
    assert not {"xmp", "comment", "Comment", "XML:com.adobe.xmp"} & set(after.info)


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("kind", KINDS)
def test_of_exif_only_which_way_is_up_stays(kind: str, turned: int) -> None:
    exif = opened(stripped(photo(kind, turned=turned), MEDIA[kind])).getexif()

    assert dict(exif) == ({} if turned == 1 else {0x0112: turned})
    assert not exif.get_ifd(0x8825)


@pytest.mark.parametrize("kind", KINDS)
def test_what_hangs_on_behind_the_picture_is_cut_off(kind: str) -> None:
    hung_on = WHOLE[kind] + photo("JPEG") + SECRET

    assert stripped(hung_on, MEDIA[kind]) == stripped(WHOLE[kind], MEDIA[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_stripping_twice_changes_nothing_more(kind: str) -> None:
    once = stripped(WHOLE[kind], MEDIA[kind])

    assert stripped(once, MEDIA[kind]) == once


def test_a_progressive_jpeg_with_its_many_scans_is_read_to_its_end() -> None:
    whole = photo("JPEG", progressive=True)

    after = opened(stripped(whole, "image/jpeg"))

    assert after.tobytes() == opened(whole).tobytes()
    assert after.info["progressive"] == 1


def test_a_thumbnail_in_the_jfif_head_goes() -> None:
    head = b"JFIF\0\1\1\0\0\1\0\1" + bytes([1, 4]) + SECRET  # one point by four: twelve bytes
    whole = b"\xff\xd8" + struct.pack(">BBH", 0xFF, 0xE0, len(head) + 2) + head + WHOLE["JPEG"][20:]

    after = stripped(whole, "image/jpeg")

    assert SECRET in whole
    assert SECRET not in after
    assert opened(after).tobytes() == opened(WHOLE["JPEG"]).tobytes()


@pytest.mark.parametrize("marker", [0xE1, 0xE2, 0xE3, 0xED, 0xEE, 0xEF, 0xFE, 0xF0])
def test_segments_of_any_kind_that_draw_nothing_go(marker: int) -> None:
    told = struct.pack(">BBH", 0xFF, marker, len(SECRET) + 2) + SECRET

    assert stripped(b"\xff\xd8" + told + WHOLE["JPEG"][2:], "image/jpeg") == stripped(WHOLE["JPEG"], "image/jpeg")


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"tIME", b"prVt", b"sPLT"])
def test_chunks_of_any_kind_that_draw_nothing_go(kind: bytes) -> None:
    told = struct.pack(">I", len(SECRET)) + kind + SECRET + struct.pack(">I", zlib.crc32(kind + SECRET))
    whole = WHOLE["PNG"]

    assert stripped(whole[:33] + told + whole[33:], "image/png") == stripped(whole, "image/png")


@pytest.mark.parametrize(
    ("content", "media"),
    [(b"", "image/jpeg"), (b"\xff\xd8\xff", "image/jpeg"), (b"\xff\xd8\xff\xd9", "image/jpeg"),
     (b"\xff\xd8\xff\xdb\0\1", "image/jpeg"), (WHOLE["PNG"], "image/jpeg"), (b"<html>", "image/png"),
     (WHOLE["PNG"][:-12], "image/png"), (WHOLE["PNG"].replace(b"IDAT", b"IDAX"), "image/png"),
     (WHOLE["WEBP"][:40], "image/webp"), (b"RIFF\4\0\0\0WEBP", "image/webp"),
     (b"\xff\xd8" + b"\xff\xfe\0\2" * 20_000 + WHOLE["JPEG"][2:], "image/jpeg")],
)  # fmt: skip
def test_what_is_no_whole_picture_is_refused(content: bytes, media: str) -> None:
    with pytest.raises(Unreadable):
        stripped(content, media)


def test_a_film_is_no_photo() -> None:
    film = photo("WEBP", save_all=True, append_images=[opened(photo("WEBP")).rotate(180)], duration=100)

    with pytest.raises(Unreadable):
        stripped(film, "image/webp")


@given(st.sampled_from(KINDS), st.data())
def test_whatever_is_broken_is_refused_or_stripped_and_fails_in_no_other_way(kind: str, data: st.DataObject) -> None:
    whole = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(whole)))

    try:
        once = stripped(bytes(whole[:end]), MEDIA[kind])
    except Unreadable:
        return
    assert stripped(once, MEDIA[kind]) == once


def test_a_file_made_of_one_byte_costs_no_more_than_any_other() -> None:
    for content in (b"\xff\xd8" + b"\xff" * 2_000_000, b"\xff\xd8\xff\xda\0\2" + b"\xff" * 2_000_000 + b"\0"):
        with pytest.raises(Unreadable):
            stripped(content, "image/jpeg")
