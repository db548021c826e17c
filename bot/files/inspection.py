"""What a file really is, told by its content and never by its name."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from bot.files import headings
from bot.files.compound import Compound
from bot.files.kinds import ALLOWED, Kind, announced_kind
from bot.files.media import check_boxes, check_jpeg, check_png
from bot.files.reading import exactly
from bot.files.sound import check_amr, check_ogg
from bot.files.text import is_text
from bot.files.unfit import Unfit
from bot.files.zips import scan

_HEAD = 1024
_PDF_TAIL = 4096
_LINEARIZED = re.compile(rb"/Linearized\b[^>]*/L\s+([0-9]{1,12})\b")
_CONTENT_TYPES = "[content_types].xml"
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_OTHER_BRANDS = {b"qt  ": "mov", b"avif": "avif", b"avis": "avif"}

_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"{\\rtf", "rtf"),
    (b"\x7fELF", "exe"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gz"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
    (b"#!AMR", "amr"),
    (b"OggS", "ogg"),
)

_PROGRAMS = {
    b"wordprocessingml": "docx",
    b"ms-word": "docx",
    b"spreadsheetml": "xlsx",
    b"ms-excel": "xlsx",
    b"presentationml": "pptx",
    b"ms-powerpoint": "pptx",
}
# The type of the main part: document, template or slide show, with macros or without.
_MAIN_TYPE = re.compile(rb"(" + b"|".join(_PROGRAMS) + rb")\.\w+(\.macroenabled)?\.main\+xml")

# What a container may turn out to be. An Office file with a password is a compound file, whatever it was before.
_INSIDE = {
    "zip": {"docx", "xlsx", "pptx", "ofd"},
    "ole": {"doc", "xls", "ppt", "docx", "xlsx", "pptx"},
    "unknown": {"txt"},
}
_PICTURES = {extension for extension, kind in ALLOWED.items() if kind.is_picture}
# WPS saves its own extensions in either of the Office containers; messengers rename pictures without converting them.
_ALSO = {
    "wps": {"doc", "docx"},
    "et": {"xls", "xlsx"},
    "txt": {"txt", "html"},
    **dict.fromkeys(_PICTURES, _PICTURES),
}


def inspect(path: Path, name: str) -> Kind:
    """Judge the whole file at `path`, which was sent under `name`, and tell its kind.

    The kind is the one of the name's extension, except that a picture under another picture's extension is taken for
    what it is. Memory stays flat; the time is seconds at worst (1 GB unpacked). Missing ends count as broken: %%EOF in
    the last 4 KB of a PDF, the end mark of a JPEG, IEND, the last box, the last sector, the directory of a ZIP.
    Raises Unfit: name, kind, empty, content, locked, macro, bomb, broken, secret.
    """
    said = announced_kind(name)
    accepted = _ALSO.get(said.extension, {said.extension})
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            raise Unfit("empty")
        found = container = _container(file.read(_HEAD))
        try:
            if container in _OPENERS:
                found = _OPENERS[container](file, size)
        except Unfit as unfit:
            if unfit.code == "secret" or accepted & _INSIDE.get(container, {container}):
                raise
    if found not in accepted:
        raise Unfit("content", said=said.extension, is_=found)
    return ALLOWED[found] if said.is_picture else said


def _container(head: bytes) -> str:
    for signature, container in _SIGNATURES:
        if head.startswith(signature):
            return container
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head.startswith(b"MZ") and b"\0" in head:
        return "exe"
    return "pdf" if b"%PDF-" in head else "unknown"


def _brand(head: bytes) -> str:
    """An ISO base media file by its brands: the major one, a version, the compatible ones."""
    brands = head[8 : int.from_bytes(head[:4], "big")]
    major, *compatible = (brands[at : at + 4] for at in range(0, max(len(brands), 1), 4))
    if major in _OTHER_BRANDS:
        return _OTHER_BRANDS[major]
    if b"avif" in compatible:
        return "avif"
    return "heic" if major in _HEIC_BRANDS or b"heic" in compatible else "mp4"


def _open_pdf(file: BinaryIO, size: int) -> str:
    file.seek(0)
    linearized = _LINEARIZED.search(file.read(_HEAD))
    if linearized and size < int(linearized[1]):  # one laid out for the web has an %%EOF near its start, too
        raise Unfit("broken")
    file.seek(max(0, size - _PDF_TAIL))
    if b"%%EOF" not in exactly(file, min(size, _PDF_TAIL)):
        raise Unfit("broken")
    headings.check_pdf(file, size)
    return "pdf"


def _open_zip(file: BinaryIO, size: int) -> str:
    names, kept = scan(file, size, keep={_CONTENT_TYPES, *headings.ENTRIES})
    headings.check_entries(kept)
    if "ofd.xml" in names:
        return "ofd"
    if _CONTENT_TYPES not in names:
        return "zip"
    plain = kept[_CONTENT_TYPES].replace(b"\0", b"").lower()  # UTF-16 is allowed there too
    main_type = _MAIN_TYPE.search(plain)
    if main_type is None:
        return "unknown"
    if main_type[2] or any(name.endswith("vbaproject.bin") for name in names):
        raise Unfit("macro")
    return _PROGRAMS[main_type[1]]


def _open_compound(file: BinaryIO, size: int) -> str:
    compound = Compound(file, size)
    headings.check_word(compound.word_text())
    return compound.kind()


def _open_png(file: BinaryIO, size: int) -> str:
    check_png(file)
    return "png"


def _open_jpeg(file: BinaryIO, size: int) -> str:
    check_jpeg(file)
    return "jpg"


def _open_heic(file: BinaryIO, size: int) -> str:
    check_boxes(file, size, needed={b"ftyp", b"meta", b"mdat"})
    return "heic"


def _open_mp4(file: BinaryIO, size: int) -> str:
    check_boxes(file, size, needed={b"ftyp", b"moov", b"mdat"})
    return "mp4"


def _open_amr(file: BinaryIO, size: int) -> str:
    check_amr(file, size)
    return "amr"


def _open_ogg(file: BinaryIO, size: int) -> str:
    return "ogg" if check_ogg(file, size) else "unknown"


def _open_text(file: BinaryIO, size: int) -> str:
    if not is_text(file):
        return "unknown"
    headings.check_plain(file)
    file.seek(0)
    start = file.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" if start.startswith((b"<!doctype html", b"<html")) else "txt"


_OPENERS: Mapping[str, Callable[[BinaryIO, int], str]] = {
    "pdf": _open_pdf,
    "zip": _open_zip,
    "ole": _open_compound,
    "png": _open_png,
    "jpg": _open_jpeg,
    "heic": _open_heic,
    "mp4": _open_mp4,
    "amr": _open_amr,
    "ogg": _open_ogg,
    "unknown": _open_text,
}
