"""Reading files of unknown origin in bounded pieces."""

from typing import BinaryIO

from bot.files.unfit import Unfit

BLOCK = 64 * 1024
"""Bytes read at a time: what is held in memory does not grow with the file."""

MOST_PARTS = 50_000
"""More chunks, segments or boxes than any real picture or video has: bounds the time that a made-up one can take."""


def exactly(file: BinaryIO, count: int) -> bytes:
    """The next `count` bytes. Raises Unfit("broken") where the file ends before."""
    data = file.read(count)
    if len(data) < count:
        raise Unfit("broken")
    return data
