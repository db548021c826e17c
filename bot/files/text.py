"""Plain text, told by whether it decodes."""

import codecs
import re
from typing import BinaryIO

from bot.files.reading import BLOCK
from bot.files.unfit import Unfit

_CONTROL = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f]")
_CHARACTERS_PER_CONTROL = 100
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_text(file: BinaryIO) -> bool:
    """Whether the file is UTF-8, UTF-16 with its mark, or GB18030, without NUL and nearly without control characters.

    Raises Unfit("broken") if it ends within a character.
    """
    file.seek(0)
    encodings = ("utf-16",) if file.read(2) in _UTF_16 else ("utf-8", "gb18030")
    return any(_decodes(file, encoding) for encoding in encodings)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    length = controls = 0
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            text = decoder.decode(block)
            if "\0" in text:
                return False
            length += len(text)
            controls += len(_CONTROL.findall(text))
    except UnicodeDecodeError:
        return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Unfit("broken") from None
    return controls * _CHARACTERS_PER_CONTROL <= length
