"""How a file begins, as text, where that can be had cheaply: a 密级 mark stands there. Pictures and films are not read."""

import codecs
import html
import re
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from bot import secrecy
from bot.files.unfit import Unfit

ENTRIES = frozenset(
    {
        "word/document.xml", *(f"word/header{number}.xml" for number in range(1, 7)),
        "xl/sharedstrings.xml", "ppt/slides/slide1.xml", "doc_0/pages/page_0/content.xml",
    }
)  # fmt: skip
"""The parts of Office and OFD files in which their first words are, in lower case."""

_HEAD_BYTES = 16 * 1024
_LARGEST_PDF = 50 << 20
_MOST_DRAWN = 1 << 20  # bytes that draw a page: text takes thousands; reading more would take seconds
_ENDS_A_LINE = re.compile(r"</(?:w:p|a:p|si|ofd:TextCode)>|<w:(?:br|tab)\b[^>]*/>")
_TAG = re.compile(r"<[^>]*>")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def check_texts(texts: Iterable[str]) -> None:
    """Raises Unfit("secret") if one of the texts begins with a 密级 mark."""
    if any(map(secrecy.is_marked, texts)):
        raise Unfit("secret")


def check_entries(kept: Mapping[str, bytes]) -> None:
    """The same for what was kept of the ENTRIES of a ZIP."""
    check_texts(_words(content) for name, content in kept.items() if name in ENTRIES)


def check_plain(file: BinaryIO) -> None:
    """The same for a plain text."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    utf_16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    check_texts(head.decode(one, "replace") for one in (("utf-16",) if utf_16 else ("utf-8-sig", "gb18030")))


def check_word(head: bytes) -> None:
    """The same for the beginning of a binary Word file's text, which is in either of two encodings."""
    lines = (_UNPRINTED.sub("\n", head.decode(one, "replace")) for one in ("utf-16-le", "gb18030"))
    check_texts(line.replace("\r", "\n") for line in lines)


def check_pdf(file: BinaryIO, size: int) -> None:
    """The same for the first page of a PDF whose text is kept as text. One that cannot be read says nothing."""
    if size > _LARGEST_PDF:
        return
    from pypdf import PdfReader  # noqa: PLC0415  (a start should not wait for the library)

    try:
        file.seek(0)
        page = PdfReader(file).pages[0]
        drawn = page.get_contents()
        text = page.extract_text() if drawn is not None and len(drawn.get_data()) <= _MOST_DRAWN else ""
    except Exception:  # whatever is wrong inside, the file is judged by its ends alone
        return
    check_texts([text])


def _words(xml: bytes) -> str:
    return html.unescape(_TAG.sub("", _ENDS_A_LINE.sub("\n", xml.decode("utf-8", "replace"))))
