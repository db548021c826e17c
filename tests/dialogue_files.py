"""The files that people in dialogues send, the spoilt ones too: 〔文件 佐证.pdf〕, 〔文件 佐证.pdf 空〕, 〔相册 甲.jpg、乙.jpg〕.

Where people write beside what they send: 〔照片〕大厅的窗口.
"""

import re
from dataclasses import dataclass, replace

from tests import sample_files as samples
from tests import sample_rosters, sample_secrets

_ALBUM = re.compile("〔相册 (.+)〕")
_FILE = re.compile(r"〔文件 (?P<name>\S+?\.\w+|\S+)(?: (?P<manner>.+))?〕")
_PHOTO = re.compile("〔照片(?: (?P<seed>.+))?〕")
_CAPTIONED = re.compile("(〔(?:文件|相册|照片).*〕)(.+)")
_SIZE = re.compile(r"(\d+) ?MB")
_SAME = re.compile("内容同“(.+)”")
_BROKEN_OFF = "传到一半断开"
PHOTO = "照片.jpg"
_PNG_HEADER = 33


@dataclass(frozen=True)
class Sending:
    """A file as it is sent: its name, the bytes announced, its content, and whether it breaks off half-way."""

    name: str
    size: int
    data: bytes
    breaks_off: bool = False
    caption: str = ""
    """What is written beside it."""
    photo: bool = False
    """Sent as a picture, which has no name of its own."""


def sending(text: str) -> list[Sending]:
    """The files that a line of a dialogue sends in one go, none if it is no file.

    ValueError: nobody knows how to make that one.
    """
    if captioned := _CAPTIONED.fullmatch(text):
        first, *others = sending(captioned[1])
        return [replace(first, caption=captioned[2]), *others]
    if photo := _PHOTO.fullmatch(text):
        data = whole("jpg", photo["seed"] or "")
        return [Sending(PHOTO, len(data), data, photo=True)]
    if album := _ALBUM.fullmatch(text):
        return [one for name in album[1].split("、") for one in sending(f"〔文件 {name}〕")]
    found = _FILE.fullmatch(text)
    return [] if found is None else [_made(found)]


def _made(found: re.Match[str]) -> Sending:
    name, manner = found["name"], found["manner"] or ""
    if size := _SIZE.fullmatch(manner):
        return Sending(name, int(size[1]) << 20, b"")
    data = _content(name, manner)
    return Sending(name, len(data), data, manner == _BROKEN_OFF)


def _content(name: str, manner: str) -> bytes:
    extension = name.rpartition(".")[2].lower()
    if manner == "空":
        return b""
    if manner.startswith("含："):
        return sample_rosters.as_written(manner.removeprefix("含："))
    if manner == "实为程序":
        return b"MZ\x90\0" + bytes(60)
    if manner == "实为压缩包":
        return samples.zipped({"清单.txt": samples.TEXT})
    if manner == "展开后过大":
        return samples.zipped({"[Content_Types].xml": samples.content_types("x"), "a": bytes(50 << 20)})
    if manner == "开头标有密级":
        return sample_secrets.SAYING[extension]("000001", sample_secrets.MARK, "关于某某的通知")
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
