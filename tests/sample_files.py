"""The smallest whole files of every kind of evidence, and the makings of spoilt ones."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

_MAIN = "application/vnd.openxmlformats-officedocument."
END_OF_CHAIN, FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def zipped(entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def content_types(main: str) -> bytes:
    return f'<?xml version="1.0"?><Types><Override PartName="/main.xml" ContentType="{main}"/></Types>'.encode()


def office(main: str, **more: bytes) -> bytes:
    """An Office Open XML file with this main content type; `more` are further entries, __ standing for / and . each."""
    entries = {"[Content_Types].xml": content_types(main), "main.xml": b"<x/>"}
    return zipped(entries | {name.replace("__", "/"): content for name, content in more.items()})


def docx(**more: bytes) -> bytes:
    return office(_MAIN + "wordprocessingml.document.main+xml", **more)


def xlsx() -> bytes:
    return office(_MAIN + "spreadsheetml.sheet.main+xml")


def pptx() -> bytes:
    return office(_MAIN + "presentationml.presentation.main+xml")


def ofd() -> bytes:
    return zipped({"OFD.xml": b"<ofd:OFD/>", "Doc_0/Document.xml": b"<x/>"})


def compound(stream: str, content: bytes = b"\xec\xa5" + bytes(4094), unused: int = FREE) -> bytes:
    """An OLE compound file with one stream: sector 0 the table, 1 the directory, the stream after them."""
    count = len(content) // 512
    table = [_TABLE, END_OF_CHAIN, *range(3, 2 + count), END_OF_CHAIN]
    table += [unused] * (128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    directory = _entry("Root Entry", 5, child=1) + _entry(stream, 2, start=2, size=len(content)) + bytes(256)
    return header + struct.pack("<128I", *table) + directory + content


def _entry(name: str, kind: int, child: int = FREE, start: int = 0, size: int = 0) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBB3I", len(text), kind, 1, FREE, FREE, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int = 1, height: int = 1) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def jpg(width: int = 1, height: int = 1, scan: bytes = b"\x3f\xff\x00\xff\xd0\x40") -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB3B", 11, 8, height, width, 1, 1, 0x11, 0)
    return (
        b"\xff\xd8\xff\xe0\x00\x06\xff\xd9\xff\xd9"
        + frame
        + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
        + scan
        + b"\xff\xd9"
    )


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def heic() -> bytes:
    return box(b"ftyp", b"mif1\0\0\0\0mif1heic") + box(b"meta", bytes(16)) + box(b"mdat", bytes(64))


def mp4(brand: bytes = b"isom") -> bytes:
    return box(b"ftyp", brand + b"\0\0\2\0isommp41") + box(b"moov", bytes(32)) + box(b"mdat", bytes(64))


def amr() -> bytes:
    """A voice message of 20 ms."""
    return b"#!AMR\n" + bytes([7 << 3]) + bytes(31)


def ogg(codec: bytes = b"OpusHead") -> bytes:
    """A voice message of two pages: its head, and a packet."""

    def page(number: int, flags: int, content: bytes) -> bytes:
        return struct.pack("<4sBBqIIIBB", b"OggS", 0, flags, number, 1, number, 0, 1, len(content)) + content

    return page(0, 2, codec + bytes(11)) + page(1, 4, bytes(200))


def pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


TEXT = "二〇二二年度法治政府建设情况报告\n".encode()

SAMPLES: Mapping[str, bytes] = {
    "pdf": pdf(),
    "ofd": ofd(),
    "doc": compound("WordDocument"),
    "docx": docx(),
    "xls": compound("Workbook"),
    "xlsx": xlsx(),
    "ppt": compound("PowerPoint Document"),
    "pptx": pptx(),
    "wps": compound("WordDocument"),
    "et": compound("Book"),
    "txt": TEXT,
    "jpg": jpg(),
    "jpeg": jpg(),
    "png": png(),
    "heic": heic(),
    "mp4": mp4(),
    "amr": amr(),
    "ogg": ogg(),
}
