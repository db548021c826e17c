"""Photos in documents: upright whichever way the camera was held, and light."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import pytest
from docx.image.exceptions import UnrecognizedImageError
from docx.image.image import Image
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import charts, photos
from tests import sample_files

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//"
    "2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAQACADAREAAhEBAxEB/8QA"
    "FgABAQEAAAAAAAAAAAAAAAAAAAUG/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABYBAQEBAAAAAAAAAAAAAAAAAAAHBf/EABQRAQAAAAAAAAAAAAAAAAAAAAD/"
    "2gAMAwEAAhEDEQA/AM+xlJAQliSoBdR1VQEJYkqAf//Z"
)
"""32 pixels wide, 16 high."""


def held(orientation: int, order: str = "<", jpeg: bytes = JPEG) -> bytes:
    """The picture, with what a camera notes of how it was held."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    note = struct.pack(f"{order}HHIHH", 0x010F, 2, 1, 65, 0) + struct.pack(
        f"{order}HHIHH", 0x0112, 3, 1, orientation, 0
    )
    header = mark + struct.pack(f"{order}IH", 8, 2) + note + bytes(4)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(header) + 8) + b"Exif\0\0" + header + jpeg[2:]


def fitted(folder: Path, data: bytes, mime: str = "image/jpeg") -> bytes | None:
    place = folder / "photo"
    place.write_bytes(data)
    return photos.fit(place, mime)


def size_of(data: bytes | None) -> tuple[str, int, int]:
    assert data is not None
    image = Image.from_blob(data)
    return image.content_type, image.px_width, image.px_height


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("orientation", "degrees"), [(1, 0), (2, 0), (3, 180), (6, 90), (8, 270)])
def test_what_the_camera_notes_is_read(orientation: int, degrees: int, order: str) -> None:
    assert photos.turned(held(orientation, order)) == degrees


@pytest.mark.parametrize(("orientation", "size"), [(3, (32, 16)), (6, (16, 32)), (8, (16, 32))])
def test_a_photo_is_turned_upright(tmp_path: Path, orientation: int, size: tuple[int, int]) -> None:
    assert size_of(fitted(tmp_path, held(orientation))) == ("image/png", *size)


@pytest.mark.parametrize(
    ("degrees", "move"),
    [(0, "translate(0 0)"), (90, "translate(16 0)"), (180, "translate(32 16)"), (270, "translate(0 32)")],
)
def test_turned_it_fills_its_place(degrees: int, move: str) -> None:
    """SVG turns about the corner: each time the picture is moved back into view."""
    drawn = charts.svg("photo", across=32, down=16, turn=degrees, mime="image/jpeg", data="")
    assert f'transform="{move} rotate({degrees})"' in drawn


def test_what_is_upright_and_light_stays_as_it_is(tmp_path: Path) -> None:
    assert fitted(tmp_path, JPEG) == JPEG
    assert fitted(tmp_path, held(1)) == held(1)


def test_a_heavy_one_is_made_light(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "_LIGHT", 100)
    monkeypatch.setattr(photos, "WIDEST", 20)
    assert size_of(fitted(tmp_path, JPEG)) == ("image/png", 20, 10)


@pytest.mark.parametrize("data", [sample_files.jpg(), b"\x89PNG\r\n\x1a\n", b"", b"II*\0"])
def test_what_cannot_be_shown_is_none(tmp_path: Path, data: bytes) -> None:
    assert fitted(tmp_path, data) is None
    assert fitted(tmp_path, JPEG, "image/heic") is None


@given(st.binary(max_size=60), st.integers(0, 60))
def test_no_header_breaks_it(noise: bytes, cut: int) -> None:
    assert photos.turned(b"\xff\xd8\xff\xe1\x00\x40Exif\0\0" + noise) in (0, 90, 180, 270)
    assert photos.turned(held(6)[:cut]) in (0, 90)


BARE = JPEG[:2] + JPEG[20:]
"""The picture without the header that says which kind of JPEG it is, as some cameras and scanners write it."""


def test_a_jpeg_without_a_header_is_drawn_anew(tmp_path: Path) -> None:
    assert photos.frame(BARE) == photos.frame(JPEG) == (32, 16)
    assert size_of(fitted(tmp_path, BARE)) == ("image/png", 32, 16)
    assert size_of(fitted(tmp_path, held(6, jpeg=BARE))) == ("image/png", 16, 32)


@given(st.binary(max_size=80), st.integers(0, len(JPEG)))
def test_no_frame_breaks_it(noise: bytes, cut: int) -> None:
    for data in (noise, b"\xff\xd8" + noise, BARE[:cut]):
        try:
            found = photos.frame(data)
        except UnrecognizedImageError:
            continue
        assert all(side >= 0 for side in found)
