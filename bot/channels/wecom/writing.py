"""What goes to WeCom as text: rendered parts become texts that fit, counted in bytes, official wording behind a bar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

MOST_BYTES = 2048
"""Of a text in UTF-8. What is more, WeCom cuts off without a word."""
BAR = "┃ "
"""Before each line of official wording: a text has no other way to set it off."""
SENTENCE_ENDS = re.compile("[。！？；…]+[”』」）]*")
MEANT_OTHERWISE = re.compile(r"<(?=/?a[ \t\n>])|\\(?=u)", re.IGNORECASE)
"""What WeCom would make a link of, or refuse as no real character (40033); a sign that nobody sees keeps it from that."""

Parts = Iterable[Sequence[str]]


def size(text: str) -> int:
    """How long WeCom takes a text to be."""
    return len(text.encode())


def whole(parts: Parts) -> str:
    """All parts of a message as one text, in which everything stands as it was written."""
    joined = "\n".join(
        "\n".join(f"{BAR}{line}" for line in text.strip().split("\n")) if kind == "quote" else text.strip()
        for kind, text in parts
        if text.strip()
    )
    return MEANT_OTHERWISE.sub("\\g<0>\u200b", joined)


def texts(text: str, most: int = MOST_BYTES) -> list[str]:
    """A text as it is, or as several where it is longer than `most` bytes.

    Cut at a paragraph, else at a line, else behind a sentence, else anywhere between two characters; a line of official
    wording that is cut goes on behind a bar of its own.
    """
    return list(_pieces(text.strip(), most))


def _pieces(text: str, most: int) -> Iterator[str]:
    while size(text) > most:
        fits = len(text.encode()[:most].decode("utf-8", "ignore"))
        end = _break(text, fits)
        piece, rest = text[:end].rstrip(), text[end:].lstrip()
        cut_line = text[:end].rpartition("\n")[2]
        if cut_line.startswith(BAR) and "\n" not in text[end - 1 : end + 1]:
            rest = BAR + rest
        yield piece
        text = rest
    if text:
        yield text


def _break(text: str, fits: int) -> int:
    """The best place for a cut in the second half of what fits."""
    least = fits // 2 + 1
    for mark in ("\n\n", "\n"):
        if (place := text.rfind(mark, least, fits + 1)) > 0:
            return place
    return max((found.end() for found in SENTENCE_ENDS.finditer(text, least - 1, fits)), default=fits)
