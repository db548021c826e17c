"""Files of several kinds that begin with the lines one wants, such as a 密级 mark."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from html import escape

from tests import sample_files as samples

MAIN = "application/vnd.openxmlformats-officedocument."
MARK = "机密★5年"
FIRST_TEXT = 0x800
"""Where the text of a binary Word file mostly begins."""


def docx(*lines: str) -> bytes:
    """Each line in two runs, as Word splits them wherever something was changed."""
    runs = ("".join(f"<w:r><w:t>{escape(part)}</w:t></w:r>" for part in (line[:1], line[1:])) for line in lines)
    body = "".join(f"<w:p>{run}</w:p>" for run in runs)
    return _office(
        "wordprocessingml.document", "word/document.xml", f"<w:document><w:body>{body}</w:body></w:document>"
    )


def docx_with_header(*lines: str) -> bytes:
    """The lines stand in the header of the page only."""
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    return _office("wordprocessingml.document", "word/header1.xml", f"<w:hdr>{body}</w:hdr>")


def xlsx(*lines: str) -> bytes:
    cells = "".join(f"<si><t>{escape(line)}</t></si>" for line in lines)
    return _office("spreadsheetml.sheet", "xl/sharedStrings.xml", f"<sst>{cells}</sst>")


def pptx(*lines: str) -> bytes:
    body = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
    return _office("presentationml.presentation", "ppt/slides/slide1.xml", f"<p:sld>{body}</p:sld>")


def ofd(*lines: str) -> bytes:
    page = "".join(f"<ofd:TextCode X='0'>{escape(line)}</ofd:TextCode>" for line in lines)
    return samples.zipped({"OFD.xml": b"<ofd:OFD/>", "Doc_0/Pages/Page_0/Content.xml": f"<x>{page}</x>".encode()})


def doc(*lines: str) -> bytes:
    """A binary Word file: a head of 32 bytes that says where the text begins, and the text."""
    head = b"\xec\xa5".ljust(0x18, b"\0") + struct.pack("<I", FIRST_TEXT)
    text = "\r".join([*lines, ""]).encode("utf-16-le")
    return samples.compound("WordDocument", (head.ljust(FIRST_TEXT, b"\0") + text).ljust(8192, b"\0"))


def txt(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("gb18030")


def pdf(*lines: str) -> bytes:
    """One page, its text in a font that every reader has for Chinese."""
    shown = "".join(f"<{line.encode('utf-16-be').hex()}> Tj 0 -20 Td " for line in lines)
    content = f"BT /F1 16 Tf 72 720 Td {shown}ET"
    font = "/BaseFont/STSong-Light"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
        f"<</Type/Font/Subtype/Type0{font}/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
        f"<</Type/Font/Subtype/CIDFontType0{font}/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj{one}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start, count = len(out), len(objects) + 1
    out += f"xref\n0 {count}\n0000000000 65535 f \n{table}".encode()
    return out + f"trailer<</Size {count}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()


def _office(main: str, entry: str, xml: str) -> bytes:
    types = samples.content_types(f"{MAIN}{main}.main+xml")
    return samples.zipped({"[Content_Types].xml": types, "main.xml": b"<x/>", entry: xml.encode()})


SAYING: Mapping[str, Callable[..., bytes]] = {
    "docx": docx, "wps": docx, "xlsx": xlsx, "et": xlsx, "pptx": pptx, "ofd": ofd, "doc": doc, "txt": txt, "pdf": pdf,
}  # fmt: skip
"""By extension, what makes a file that begins with lines."""
