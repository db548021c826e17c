"""Voice messages as messengers record them: AMR (WeCom) and Opus in Ogg (Telegram), whole from the first part to the last."""

import struct
from typing import BinaryIO

from bot.files.reading import MOST_PARTS, exactly
from bot.files.unfit import Unfit

_HEAD_OF_WIDE, _HEAD = b"#!AMR-WB\n", b"#!AMR\n"
# Bytes of a frame's speech by its type; silence and lost frames are short. RFC 4867, 5.3 and 3GPP TS 26.101, 26.201.
_NARROW = dict(enumerate((12, 13, 15, 17, 19, 20, 26, 31, 5))) | {15: 0}
_WIDE = dict(enumerate((17, 23, 32, 36, 40, 46, 50, 58, 60, 5))) | {14: 0, 15: 0}
_PAGE, _OPUS = struct.Struct("<4sBBqIIIB"), b"OpusHead"


def check_amr(file: BinaryIO, size: int) -> None:
    """A head and whole frames of 20 ms to the end, at least one. Raises Unfit("broken").

    There is no end mark: one that was cut between two frames is taken for a shorter one.
    """
    file.seek(0)
    wide = file.read(len(_HEAD_OF_WIDE)) == _HEAD_OF_WIDE
    position = len(_HEAD_OF_WIDE if wide else _HEAD)
    file.seek(0)
    if not wide and exactly(file, position) != _HEAD:
        raise Unfit("broken")
    frames = _WIDE if wide else _NARROW
    for _ in range(MOST_PARTS):
        file.seek(position)
        length = frames.get(exactly(file, 1)[0] >> 3 & 0x0F)
        if length is None or position + 1 + length > size:
            raise Unfit("broken")
        position += 1 + length
        if position == size:
            return
    raise Unfit("broken")


def check_ogg(file: BinaryIO, size: int) -> bool:
    """Every page ends within the file; whether the first holds Opus. Raises Unfit("broken")."""
    opus, position = False, 0
    for number in range(MOST_PARTS):
        file.seek(position)
        mark, *_, segments = _PAGE.unpack(exactly(file, _PAGE.size))
        content = sum(exactly(file, segments))
        if mark != b"OggS":
            raise Unfit("broken")
        if number == 0:
            opus = file.read(len(_OPUS)) == _OPUS
        position += _PAGE.size + segments + content
        if position > size:
            raise Unfit("broken")
        if position == size:
            return opus
    raise Unfit("broken")
