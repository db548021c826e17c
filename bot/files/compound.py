"""OLE compound files ([MS-CFB]): the container of doc, xls, ppt, wps, et, and of every Office file with a password."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from bot.files.reading import exactly
from bot.files.unfit import Unfit

_LARGEST_SECTOR_NUMBER = 0xFFFFFFFA
_MOST_DIRECTORY_BYTES = 4 << 20
_SMALL_STREAM = 4096  # smaller streams share sectors and are not looked into
_WORD_ENCRYPTED = 0x0100  # [MS-DOC] FibBase.fEncrypted
_TEXT_AT = 0x18  # FibBase.fcMin, which every program still writes, though readers are to look elsewhere
_TEXT_BYTES = 4096
_TEXT_WITHIN = 16 * 1024

_MAIN_STREAMS = {"worddocument": "doc", "workbook": "xls", "book": "xls", "powerpoint document": "ppt"}


class _Entry(NamedTuple):
    name: str
    left: int
    right: int
    child: int
    start: int
    size: int


class Compound:
    """A compound file of `size` bytes. Raises Unfit("broken") where a part of it lies beyond the end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        file.seek(0)
        header = exactly(file, 512)
        (shift,) = struct.unpack_from("<H", header, 0x1E)
        if shift not in (9, 12):
            raise Unfit("broken")
        self._sector_size = 1 << shift
        self._numbers = self._sector_size // 4
        (self._first_directory,) = struct.unpack_from("<I", header, 0x30)
        self._tables = [number for number in self._table_numbers(header) if number < _LARGEST_SECTOR_NUMBER]
        self._check_length()
        self._top = self._top_entries()

    def kind(self) -> str:
        """What it is: doc, xls, ppt, or unknown. Raises Unfit("locked")."""
        if "encryptedpackage" in self._top:
            raise Unfit("locked")
        kind = next((kind for stream, kind in _MAIN_STREAMS.items() if stream in self._top), "unknown")
        if kind == "doc" and self._word_is_encrypted(self._top["worddocument"]):
            raise Unfit("locked")
        return kind

    def word_text(self) -> bytes:
        """How the text of a Word file begins, encoded as it is there; nothing for another file, or a locked one."""
        stream = self._top.get("worddocument")
        if stream is None or stream.size < _SMALL_STREAM or self._word_is_encrypted(stream):
            return b""
        head = self._begins(stream, _TEXT_WITHIN)
        (text,) = struct.unpack_from("<I", head, _TEXT_AT)
        return head[text : text + _TEXT_BYTES]

    def _top_entries(self) -> dict[str, _Entry]:
        """Streams and storages at the top, by name in lower case; an embedded document's own are further down."""
        entries = [_entry(raw) for raw in self._directory()]
        if not entries:
            raise Unfit("broken")
        found: dict[str, _Entry] = {}
        waiting, seen = [entries[0].child], set()
        while waiting:
            number = waiting.pop()
            if number < len(entries) and number not in seen:
                seen.add(number)
                entry = entries[number]
                found[entry.name.lower()] = entry
                waiting += [entry.left, entry.right]
        return found

    def _word_is_encrypted(self, stream: _Entry) -> bool:
        if stream.size < _SMALL_STREAM:
            return False
        (flags,) = struct.unpack_from("<H", self._sector(stream.start), 10)
        return bool(flags & _WORD_ENCRYPTED)

    def _sector(self, number: int) -> bytes:
        self._file.seek((number + 1) * self._sector_size)
        return exactly(self._file, self._sector_size)

    def _table_numbers(self, header: bytes) -> Iterator[int]:
        """The sectors that hold the allocation table: 109 named in the header, the rest in a chain."""
        yield from struct.unpack_from("<109I", header, 0x4C)
        (following,) = struct.unpack_from("<I", header, 0x44)
        for _ in range(self._size // (self._sector_size * self._numbers**2) + 1):
            if following >= _LARGEST_SECTOR_NUMBER:
                return
            *numbers, following = struct.unpack(f"<{self._numbers}I", self._sector(following))
            yield from numbers

    def _check_length(self) -> None:
        """The last sector that a chain leads to begins before the end of the file, or the upload was cut.

        The entries themselves do not tell: some programs mark the unused ones at the end as used.
        """
        entries = struct.Struct(f"<{self._numbers}I")
        following = (number for table in self._tables for number in entries.unpack(self._sector(table)))
        last = max((number for number in following if number < _LARGEST_SECTOR_NUMBER), default=0)
        if (last + 1) * self._sector_size >= self._size:
            raise Unfit("broken")

    def _directory(self) -> Iterator[bytes]:
        number = self._first_directory
        for _ in range(_MOST_DIRECTORY_BYTES // self._sector_size):
            if number >= _LARGEST_SECTOR_NUMBER:
                return
            sector = self._sector(number)
            yield from (sector[at : at + 128] for at in range(0, self._sector_size, 128))
            number = self._after(number)
        raise Unfit("broken")

    def _begins(self, stream: _Entry, count: int) -> bytes:
        """At most so many bytes from the beginning of a stream."""
        number, content = stream.start, b""
        while len(content) < min(count, stream.size) and number < _LARGEST_SECTOR_NUMBER:
            content += self._sector(number)
            number = self._after(number)
        return content

    def _after(self, number: int) -> int:
        """The sector that follows in a chain."""
        table, position = divmod(number, self._numbers)
        if table >= len(self._tables):
            raise Unfit("broken")
        (following,) = struct.unpack_from("<I", self._sector(self._tables[table]), 4 * position)
        return int(following)


def _entry(raw: bytes) -> _Entry:
    (name_length,) = struct.unpack_from("<H", raw, 0x40)
    name = raw[: max(0, min(name_length, 64) - 2)].decode("utf-16-le", "replace")
    left, right, child = struct.unpack_from("<3I", raw, 0x44)
    start, size = struct.unpack_from("<2I", raw, 0x74)
    return _Entry(name, left, right, child, start, size)
