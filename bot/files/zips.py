"""ZIP containers, read with distrust: every entry is unpacked, piece by piece, and nothing said of it is believed.

The standard zipfile reads the whole list of entries into memory before one can object, accepts overlapping entries,
and raises a dozen kinds of errors.
"""

import os
import struct
import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO, NamedTuple

from bot.files.reading import BLOCK, exactly
from bot.files.unfit import Unfit

MOST_UNPACKED = 1 << 30
MOST_RATIO = 200
RATIO_COUNTS_FROM = 10 << 20
MOST_ENTRIES = 10_000

_MOST_KEPT = 4 << 20
_LONGEST_NAME = 1_000
_END = struct.Struct("<4s6xHIIH")  # number of entries, size and place of the directory, length of the comment
_END_64 = struct.Struct("<4s28xQQQ")
_LOCATOR_64 = struct.Struct("<4s4xQ4x")
_DIRECTORY = struct.Struct("<4s4xHH4xIIIHHH8xI")
_LOCAL = struct.Struct("<4s2xHH16xHH")
_STORED, _DEFLATED, _AES = 0, 8, 99
_ENCRYPTED = 0x2041  # encrypted, strongly encrypted, masked headers
_IN_ZIP64 = 0xFFFFFFFF
_PIECE = 256 * 1024


class _Entry(NamedTuple):
    start: int
    name: str
    method: int
    crc: int
    packed: int
    size: int


class Archive(NamedTuple):
    """What a scan found: the entries' names, and by name how those asked for begin."""

    names: frozenset[str]
    kept: Mapping[str, bytes]


def scan(file: BinaryIO, size: int, keep: Collection[str]) -> Archive:
    """Unpack a ZIP of `size` bytes into nothing, keeping up to 4 MB of each entry in `keep`; names come in lower case.

    Raises Unfit: locked (an encrypted entry), broken (cut, damaged, of an unknown method), bomb (more than 10,000
    entries, 1 GB unpacked, 200 times its size beyond 10 MB, more unpacked than said, overlaps, names that leave the
    folder).
    """
    first, last, count = _directory_place(file, size)
    entries = sorted(_entries(file, first, last))
    if len(entries) != count:
        raise Unfit("broken")
    if sum(entry.size for entry in entries) > MOST_UNPACKED:
        raise Unfit("bomb")
    kept = {entry.name: bytearray() for entry in entries if entry.name in keep}
    end = unpacked = 0
    for entry in entries:
        if entry.start < end:
            raise Unfit("bomb")
        if entry.start >= first:
            raise Unfit("broken")
        end = _open(file, entry)
        if end > first:
            raise Unfit("broken")
        for piece in _unpack(file, entry):
            unpacked += len(piece)
            if unpacked > RATIO_COUNTS_FROM and unpacked > MOST_RATIO * size:
                raise Unfit("bomb")
            if entry.name in kept and len(kept[entry.name]) < _MOST_KEPT:
                kept[entry.name] += piece
    begins = {name: bytes(content) for name, content in kept.items()}
    return Archive(frozenset(entry.name for entry in entries), begins)


def _directory_place(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Where the central directory begins and ends, and how many entries it has."""
    tail_start = max(0, size - _END.size - 0xFFFF)
    file.seek(tail_start)
    tail = exactly(file, size - tail_start)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise Unfit("broken")
    _, count, length, first, _ = _END.unpack_from(tail, at)
    end = tail_start + at
    if at >= _LOCATOR_64.size and tail[at - _LOCATOR_64.size :].startswith(b"PK\x06\x07"):
        _, end = _LOCATOR_64.unpack_from(tail, at - _LOCATOR_64.size)
        file.seek(min(end, size))
        signature, count, length, first = _END_64.unpack(exactly(file, _END_64.size))
        if signature != b"PK\x06\x06":
            raise Unfit("broken")
    # The end record of a ZIP stored inside a cut one names another place than its own.
    if first + length != end:
        raise Unfit("broken")
    if count > MOST_ENTRIES:
        raise Unfit("bomb")
    return first, end, count


def _entries(file: BinaryIO, first: int, last: int) -> Iterator[_Entry]:
    file.seek(first)
    number = 0
    while file.tell() < last:
        number += 1
        signature, flags, method, crc, packed, size, *lengths, start = _DIRECTORY.unpack(exactly(file, _DIRECTORY.size))
        name_length, extra_length, comment_length = lengths
        if signature != b"PK\x01\x02":
            raise Unfit("broken")
        if number > MOST_ENTRIES or name_length > _LONGEST_NAME:
            raise Unfit("bomb")
        if flags & _ENCRYPTED or method == _AES:
            raise Unfit("locked")
        name = _inner_name(exactly(file, name_length))
        size, packed, start = _with_zip64(exactly(file, extra_length), size, packed, start)
        file.seek(comment_length, os.SEEK_CUR)
        yield _Entry(start, name, method, crc, packed, size)


def _inner_name(raw: bytes) -> str:
    name = raw.decode("utf-8", "replace").replace("\\", "/").lower()
    if name.startswith("/") or name[1:2] == ":" or "\0" in name or ".." in name.split("/"):
        raise Unfit("bomb")
    return name


def _with_zip64(extra: bytes, *values: int) -> Iterator[int]:
    """The values, those too large for 32 bits taken from the extra field 1, where they stand in this order."""
    wide = b""
    while len(extra) >= 4:
        field, length = struct.unpack_from("<HH", extra)
        if field == 1:
            wide = extra[4 : 4 + length]
        extra = extra[4 + length :]
    for value in values:
        if value == _IN_ZIP64 and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        yield value


def _open(file: BinaryIO, entry: _Entry) -> int:
    """Move to the entry's data; return where they end."""
    file.seek(entry.start)
    signature, flags, method, name_length, extra_length = _LOCAL.unpack(exactly(file, _LOCAL.size))
    if signature != b"PK\x03\x04" or method != entry.method:
        raise Unfit("broken")
    if flags & _ENCRYPTED:
        raise Unfit("locked")
    file.seek(name_length + extra_length, os.SEEK_CUR)
    return file.tell() + entry.packed


def _unpack(file: BinaryIO, entry: _Entry) -> Iterator[bytes]:
    """The entry's content in pieces, checked for its length and sum."""
    if entry.method not in (_STORED, _DEFLATED):
        raise Unfit("broken")
    size = crc = 0
    for piece in _inflate(_blocks(file, entry.packed)) if entry.method == _DEFLATED else _blocks(file, entry.packed):
        size += len(piece)
        if size > entry.size:
            raise Unfit("bomb")
        crc = zlib.crc32(piece, crc)
        yield piece
    if size != entry.size or crc != entry.crc:
        raise Unfit("broken")


def _blocks(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        block = exactly(file, min(length, BLOCK))
        length -= len(block)
        yield block


def _inflate(blocks: Iterator[bytes]) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for block in blocks:
            while block and not decompressor.eof:
                yield decompressor.decompress(block, _PIECE)
                block = decompressor.unconsumed_tail
        while piece := decompressor.decompress(b"", _PIECE):  # all read, not all given out
            yield piece
    except zlib.error:
        raise Unfit("broken") from None
    if not decompressor.eof:
        raise Unfit("broken")
