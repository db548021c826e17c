"""Pictures and video: whole from the first part to the last, and not larger than a machine can open."""

import os
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from bot.files.reading import MOST_PARTS, exactly
from bot.files.unfit import Unfit

MOST_PNG_PIXELS = 100_000_000
MOST_JPEG_PIXELS = 250_000_000  # phones take pictures of 200 megapixels, as JPEG

_SCAN_BLOCK = 8 * 1024  # less than elsewhere: scans may be short and many
_FRAME_HEADERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA
# Inside a scan FF 00 is a value, FF D0-D7 a restart mark, FF FF a filler: any other marker ends it.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def check_png(file: BinaryIO) -> None:
    """Raises Unfit: broken (no header, no pixels or no IEND), bomb (more than 100 megapixels)."""
    file.seek(8)
    seen = set()
    for position in range(MOST_PARTS):
        length, chunk = struct.unpack(">I4s", exactly(file, 8))
        if position == 0:
            if chunk != b"IHDR" or length != 13:
                raise Unfit("broken")
            width, height = struct.unpack(">II", exactly(file, 8))
            _check_pixels(width * height, MOST_PNG_PIXELS)
            length -= 8
        seen.add(chunk)
        if chunk == b"IEND":
            exactly(file, 4)
            break
        file.seek(length + 4, os.SEEK_CUR)
    if not {b"IDAT", b"IEND"} <= seen:
        raise Unfit("broken")


def check_jpeg(file: BinaryIO) -> None:
    """Raises Unfit: broken (no frame, no scan or no end mark), bomb (more than 250 megapixels).

    What cameras append after the end mark (a second picture, a short video) is passed over.
    """
    file.seek(2)
    seen_frame = seen_scan = False
    for marker in _jpeg_markers(file):
        if marker == _END_OF_IMAGE:
            break
        if marker in _WITHOUT_LENGTH:
            continue
        (length,) = struct.unpack(">H", exactly(file, 2))
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack(">xHH", exactly(file, 5))
            _check_pixels(width * height, MOST_JPEG_PIXELS)
            seen_frame = True
            length -= 5
        if length < 2:
            raise Unfit("broken")
        file.seek(length - 2, os.SEEK_CUR)
        if marker == _START_OF_SCAN:
            seen_scan = True
            _pass_scan(file)
    if not (seen_frame and seen_scan):
        raise Unfit("broken")


def check_boxes(file: BinaryIO, size: int, needed: set[bytes]) -> None:
    """MP4 and HEIC: every box ends within the file, and one of each `needed` kind is there. Raises Unfit("broken")."""
    seen = set()
    position = 0
    for _ in range(MOST_PARTS):
        if size - position < 8:
            break
        file.seek(position)
        length, box = struct.unpack(">I4s", exactly(file, 8))
        if length == 1:
            (length,) = struct.unpack(">Q", exactly(file, 8))
        elif length == 0:
            length = size - position
        if length < 8 or position + length > size:
            raise Unfit("broken")
        seen.add(box)
        position += length
    if not needed <= seen:
        raise Unfit("broken")


def _check_pixels(pixels: int, most: int) -> None:
    if pixels > most:
        raise Unfit("bomb")


def _jpeg_markers(file: BinaryIO) -> Iterator[int]:
    for _ in range(MOST_PARTS):
        mark, code = exactly(file, 2)
        if mark != 0xFF:
            raise Unfit("broken")
        if code == 0xFF:  # a filler
            file.seek(-1, os.SEEK_CUR)
        else:
            yield code
    raise Unfit("broken")


def _pass_scan(file: BinaryIO) -> None:
    """Move to the marker that ends the compressed data."""
    last = b""
    while block := file.read(_SCAN_BLOCK):
        window = last + block
        if end := _END_OF_SCAN.search(window):
            file.seek(end.start() - len(window), os.SEEK_CUR)
            return
        last = block[-1:]
    raise Unfit("broken")
