"""The files that people in dialogues send, the spoilt ones too: 〔文件 佐证.pdf〕, 〔文件 佐证.pdf 空〕."""

import re
from dataclasses import dataclass

from tests import sample_files as samples

_FILE = re.compile(r"〔文件 (?P<name>\S+?\.\w+|\S+)(?: (?P<manner>.+))?〕")
_SIZE = re.compile(r"(\d+) ?MB")
_SAME = re.compile("内容同“(.+)”")
_BROKEN_OFF = "传到一半断开"
_PNG_HEADER = 33


@dataclass(frozen=True)
class Sending:
    """A file as it is sent: its name, the bytes announced, its content, and whether it breaks off half-way."""

    name: str
    size: int
    data: bytes
    breaks_off: bool = False


def sending(text: str) -> Sending | None:
    """What a line of a dialogue sends, or None if it is no file. ValueError: nobody knows how to make that one."""
    found = _FILE.fullmatch(text)
    if found is None:
        return None
    name, manner = found["name"], found["manner"] or ""
    if size := _SIZE.fullmatch(manner):
        return Sending(name, int(size[1]) << 20, b"")
    data = _content(name, manner)
    return Sending(name, len(data), data, manner == _BROKEN_OFF)


def _content(name: str, manner: str) -> bytes:
    extension = name.rpartition(".")[2].lower()
    if manner == "空":
        return b""
    if manner == "实为程序":
        return b"MZ\x90\0" + bytes(60)
    if manner == "实为压缩包":
        return samples.zipped({"清单.txt": samples.TEXT})
    if manner == "展开后过大":
        return samples.zipped({"[Content_Types].xml": samples.content_types("x"), "a": bytes(50 << 20)})
    if manner == "缺了后半":
        return whole(extension, name)[:-8]
    if same := _SAME.fullmatch(manner):
        return whole(extension, same[1])
    if manner in ("", _BROKEN_OFF):
        return whole(extension, name)
    raise ValueError(manner)


def whole(extension: str, seed: str) -> bytes:
    """A sound file of a kind; another seed is another content."""
    mark = seed.encode()
    if extension == "pdf":
        return samples.pdf().replace(b"\n", b"\n%" + mark + b"\n", 1)
    if extension == "txt":
        return samples.TEXT + mark
    if extension == "png":
        data = samples.png()
        return data[:_PNG_HEADER] + samples.chunk(b"tEXt", b"Title\0" + mark) + data[_PNG_HEADER:]
    if extension in ("jpg", "jpeg"):
        return samples.jpg(scan=mark)
    if extension == "docx":
        return samples.docx(note=mark)
    if extension == "xlsx":
        return samples.SAMPLES["xlsx"]
    if extension == "mp4":
        return samples.mp4() + samples.box(b"free", mark)
    return samples.SAMPLES.get(extension, mark)


__all__ = ["Sending", "sending", "whole"]
