"""What every reader of typed text shares: the error, the folding of full-width writing, and 字数."""

import re
import unicodedata
from typing import Any

_FOLDED = {chr(ord(mark) + 0xFEE0): mark for mark in "0123456789%./-+~#&=_@"}
_FOLDED |= {chr(ord(letter) + 0xFEE0): letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}
_FOLDED |= dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63", "-")
_FOLDED |= {"\ufe6a": "%", "\ufe52": ".", "\u301c": "~", "\u223c": "~"}
_TO_FOLD = re.compile(f"[{re.escape(''.join(_FOLDED))}]")  # texts are mostly Chinese, of which there is nothing to fold

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]",
)

# Text copied out of a PDF often holds radicals and compatibility forms that only look like 一 月 日.
_LOOK_ALIKE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")

# Everything below U+2000 is written in words with spaces between; what lies above is counted mark by mark.
_WORD_OR_MARK = re.compile(r"[^\s\u2000-\U0010ffff]+|[^\s\u0000-\u1fff]")


class Unreadable(Exception):
    """Typed text that cannot be taken for what was asked.

    `code` names the sentence that the person reads (it lives in the templates); `params` are the
    values that this sentence may show.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, Any] = params


def fold(text: str) -> str:
    """The text with one way of writing digits, letters, `%`, `.`, `/`, `-`; white space becomes single spaces.

    Chinese punctuation of prose (，。、：；（）) stays as it is, invisible characters go. For parsing only.
    """
    shown = _TO_FOLD.sub(lambda found: _FOLDED[found[0]], _INVISIBLE.sub("", text))
    return " ".join(_LOOK_ALIKE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), shown).split())


def tidy(text: str) -> str:
    """As `fold`, with no white space left. For parsing only: what is stored is what the person wrote."""
    return fold(text).replace(" ", "")


def word_count(text: str) -> int:
    """字数 as a word processor counts, which is how 闽人社函〔2022〕267号 limits its reports.

    Each Chinese character and each full-width mark is 1, each unbroken run of Latin letters, digits and
    half-width marks is 1 (`2022年abc-1.5` is 3), white space and invisible characters are 0.
    """
    return len(_WORD_OR_MARK.findall(_INVISIBLE.sub("", text)))
