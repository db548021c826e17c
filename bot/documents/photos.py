"""Photos as a document holds them: upright, because a word processor does not look which way the camera was held, and light."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired

from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.image.image import Image

from bot.documents import charts

SHOWN = ("image/jpeg", "image/png")
"""Types that a document can show."""
_UNREADABLE = (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError)
WIDEST = 1000
"""Pixels; 8 centimetres of paper need no more."""
_LIGHT = 600_000
"""Bytes up to which a photo stays as it is."""
_ORIENTATION = 0x0112
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG behind which stands how large it is: those of its range that are not tables or reserved."""
_TURNS = {3: 180, 6: 90, 8: 270}
"""Degrees clockwise, by what the camera notes."""


def fit(place: Path, mime: str) -> bytes | None:
    """A photo as it stands in a document: as it is, or drawn anew; None: it is none that one can show. Blocks: up to a second."""
    if mime not in SHOWN:
        return None
    data = place.read_bytes()
    turn = turned(data) if mime == "image/jpeg" else 0
    try:
        known = _measured(data)
        across, down = known or frame(data)
        if known and not turn and len(data) <= _LIGHT:
            return data
        if known or not _is_blank(_drawn(data, mime, 1, 1, 0)):
            return _drawn(data, mime, across, down, turn)
        return None
    except (*_UNREADABLE, CalledProcessError, TimeoutExpired):
        return None


def _measured(data: bytes) -> tuple[int, int] | None:
    """How many pixels a picture has across and down; None: the document's library does not know such a header."""
    try:
        image = Image.from_blob(data)
    except UnrecognizedImageError:
        return None
    return image.px_width, image.px_height


def frame(jpeg: bytes) -> tuple[int, int]:
    """How many pixels a JPEG has across and down, whatever header it begins with (ITU T.81, B.2.2).

    Raises UnrecognizedImageError: it is no JPEG, or none that ends well.
    """
    place = 2
    while jpeg[:2] == b"\xff\xd8" and place + 9 <= len(jpeg) and jpeg[place] == 0xFF:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if marker in _FRAMES:
            down, across = struct.unpack_from(">HH", jpeg, place + 5)
            return across, down
        place += 1 if marker == 0xFF else 2 + length
    raise UnrecognizedImageError


def _is_blank(dot: bytes) -> bool:
    """Whether a PNG of one pixel shows nothing at all: what could not be read was not drawn."""
    (length,) = struct.unpack_from(">I", dot, dot.index(b"IDAT") - 4)
    start = dot.index(b"IDAT") + 4
    return not any(zlib.decompress(dot[start : start + length])[1:])  # behind the number of the filter


def _drawn(data: bytes, mime: str, across: int, down: int, turn: int) -> bytes:
    wide = down if turn in (90, 270) else across
    return charts.png(
        "photo",
        min(wide, WIDEST),
        across=across,
        down=down,
        turn=turn,
        mime=mime,
        data=base64.b64encode(data).decode("ascii"),
    )


def turned(jpeg: bytes) -> int:
    """How many degrees clockwise a JPEG has to be turned to stand upright, as its Exif header says; 0: not, or unsaid."""
    start = jpeg.find(b"Exif\0\0", 0, 65_536)
    if start < 0:
        return 0
    header = jpeg[start + 6 : start + 65_536]
    order = {b"II": "<", b"MM": ">"}.get(header[:2])
    if order is None or len(header) < 8:
        return 0
    (entries,) = struct.unpack_from(f"{order}I", header, 4)
    if entries + 2 > len(header):
        return 0
    (count,) = struct.unpack_from(f"{order}H", header, entries)
    for place in range(entries + 2, min(entries + 2 + 12 * count, len(header) - 11), 12):
        tag, value = struct.unpack_from(f"{order}H6xH", header, place)
        if tag == _ORIENTATION:
            return _TURNS.get(value, 0)
    return 0
