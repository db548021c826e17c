"""What goes to Telegram: rendered parts become texts that fit with their quotations marked, buttons rows that fit a phone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.channels import Refused

MOST_UNITS, MOST_CAPTION_UNITS, MOST_ENTITIES = 4096, 1024, 100
MOST_BUTTONS, MOST_IN_A_ROW = 100, 8
WIDE, AROUND = 38, 2
"""What a row of buttons has room for on a phone, in Latin letters (a Chinese character is two), each button's edges counted in."""
_SENTENCE_ENDS = re.compile("[。！？；…]+[”』」）]*")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that fits into one message, with its entities in UTF-16 units as Telegram counts."""

    text: str
    entities: list[dict[str, Any]]


def units(text: str) -> int:
    """How long Telegram takes a text to be."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def texts(parts: Iterable[Sequence[str]], most: int = MOST_UNITS) -> list[Text]:
    """The parts of a message as one text, or as several where it is longer than `most` units.

    Cut at a paragraph, else at a line, else behind a sentence, else anywhere between two characters.
    """
    whole, quotes = _joined(parts)
    return [_cut(whole, quotes, begin, end) for begin, end in _spans(whole, quotes, most)]


def keyboard(
    rows: Iterable[Sequence[Sequence[Any]]], first: Sequence[dict[str, Any]] = ()
) -> dict[str, Any] | None:  # fmt: skip
    """Rows of (label, token, whether it is the likely one) as Telegram shows them. Refused: more than it shows.

    `first`: a row before them, of buttons that are Telegram's own already.
    """
    lines = [line for row in rows for line in _lines(row)]
    if sum(map(len, lines)) + len(first) > MOST_BUTTONS:
        raise Refused("more than 100 buttons")
    shown = [[*first]] * bool(first) + [[_button(*one) for one in line] for line in lines]
    return {"inline_keyboard": shown} if shown else None


def _button(label: str, token: str, primary: bool) -> dict[str, Any]:
    button = {"text": label, "callback_data": token}
    return button | {"style": "primary"} if primary else button


def _lines(row: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """A row as it is, or evenly on several lines where its labels could not be read on a phone."""
    if not row:
        return
    widest = max(_width(label) for label, *_ in row)
    fitting = min(max(WIDE // (widest + AROUND), 1), MOST_IN_A_ROW)
    each = -(-len(row) // -(-len(row) // fitting))
    for start in range(0, len(row), each):
        yield row[start : start + each]


@lru_cache(maxsize=4096)
def _width(label: str) -> int:
    return sum(2 if character > "\u2000" else 1 for character in label)


def _joined(parts: Iterable[Sequence[str]]) -> tuple[str, list[tuple[int, int]]]:
    """All parts as one text, and from where to where the quotations go, in characters."""
    whole, quotes = "", []
    for kind, text in parts:
        if text := text.strip():
            begin = len(whole) + 1 if whole else 0
            whole = f"{whole}\n{text}" if whole else text
            if kind == "quote":
                quotes.append((begin, len(whole)))
    return whole, quotes


def _spans(whole: str, quotes: list[tuple[int, int]], most: int) -> Iterator[tuple[int, int]]:
    begin = 0
    while begin < len(whole):
        end = _fitting(whole, quotes, begin, most)
        if end < len(whole):
            end = _break(whole, quotes, begin, end)
        piece = whole[begin:end]
        if piece.strip():
            yield begin + len(piece) - len(piece.lstrip()), begin + len(piece.rstrip())
        begin = end


def _fitting(whole: str, quotes: list[tuple[int, int]], begin: int, most: int) -> int:
    """The furthest place to which a message that begins here can go."""
    end = min(begin + most, len(whole))
    while (over := units(whole[begin:end]) - most) > 0:
        end -= (over + 1) // 2
    beyond = [start for start, stop in quotes if stop > begin][MOST_ENTITIES:]
    return min([end, *beyond])


def _break(whole: str, quotes: list[tuple[int, int]], begin: int, end: int) -> int:
    """The best place for a cut in the second half of what fits."""
    least = begin + (end - begin) // 2 + 1
    edges = [place for quote in quotes for place in quote if least <= place <= end]
    paragraph = max([whole.rfind("\n\n", least, end + 1), *edges])
    if paragraph > 0:
        return paragraph
    line = whole.rfind("\n", least, end + 1)
    if line > 0:
        return line
    return max((found.end() for found in _SENTENCE_ENDS.finditer(whole, least - 1, end)), default=end)


def _cut(whole: str, quotes: list[tuple[int, int]], begin: int, end: int) -> Text:
    entities = []
    for start, stop in quotes:
        first, last = max(start, begin), min(stop, end)
        if first < last:
            offset, length = units(whole[begin:first]), units(whole[first:last])
            entities.append({"type": "blockquote", "offset": offset, "length": length})
    return Text(whole[begin:end], entities)
