"""密级 marks and bare words: what a text, a file's name or its heading says of its own secrecy.

The marks are those of GB/T 9704-2012, 7.2.2 (机密, ★ and how long, in the first lines), as people type them. The words that
are only asked about stand in secrecy.yaml. docs/decisions/0011-secrecy.md says what follows from either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import Enum
from functools import cache
from pathlib import Path

import yaml

HEADING_LINES = 12
"""So many lines that are not empty are a heading: copy number, mark, urgency, who issues it, number, title."""

SIGN = "密"
"""Without it nothing here is about secrecy."""

_STARS = "★☆⭐🌟✩✪✫✬✭✮✯✰⋆∗⁎✱✲✳*٭"
_FOLDED = str.maketrans({**dict.fromkeys(_STARS, "★"), "機": "机", "絕": "绝", "祕": "秘", "級": "级"})
_INVISIBLE = {"Cf", "Mn"}

_LEVEL = r"(?:绝\s*密|机\s*密|秘\s*密)\s*级?"
_PERIOD = r"(?:[0-9一二三四五六七八九十]{1,3}\s*(?:年|个?月|天|日)|长期|启用前|解密前|公布前|公开前)(?!\w)"
_STARRED = rf"(?:★\s*)*{_LEVEL}\s*★"
_BRACKETED = rf"[〔【\[(〖「『<《]\s*(?:★\s*)*{_LEVEL}\s*(?:★\s*)*(?:{_PERIOD})?\s*[〕】\])〗」』>》]"
_BEGINS = re.compile(
    rf"(?:(?:NO\.?\s*)?[0-9]{{1,6}}\s+)?(?:{_STARRED}|★\s*{_LEVEL}\s*$|{_LEVEL}\s*{_PERIOD}|{_BRACKETED}|密\s*级\s*[:为是]\s*{_LEVEL})",
    re.IGNORECASE,
)
_ENDS = re.compile(rf"(?:^|\s)(?:{_STARRED}\s*(?:{_PERIOD})?|{_LEVEL}\s*{_PERIOD})\s*$|{_BRACKETED}\s*$")
_ALONE = re.compile(rf"({_LEVEL})")
_APART = r"\s_.,、·&+/\\\-—–"
_IN_NAME = re.compile(
    rf"{_STARRED}|{_BRACKETED}|密\s*级\W*{_LEVEL}|(?:^|[{_APART}]){_LEVEL}\s*(?:{_PERIOD})?(?=$|[{_APART}〔【\[(《])"
)
_BEFORE = " \t\u3000>|“”\"'‘’#-–—·•:"
"""What a quoted or listed line may begin with."""
_EXTENSION = re.compile(r"\.\w{1,10}$")


class Finding(Enum):
    """What was found: nothing, a word to ask about, a mark."""

    CLEAR = "clear"
    ASKED = "asked"
    MARKED = "marked"


def of_text(text: str) -> Finding:
    """What a typed text says of itself."""
    if SIGN not in text:
        return Finding.CLEAR
    plain = _plain(text)
    return Finding.MARKED if _is_marked(_heading(plain)) else _asked(plain)


def of_name(name: str) -> Finding:
    """What a file's name, as it was sent, says of the file."""
    if SIGN not in name:
        return Finding.CLEAR
    plain = _EXTENSION.sub("", _plain(name).strip())
    return Finding.MARKED if _IN_NAME.search(plain) else _asked(plain)


def is_marked(content: str) -> bool:
    """Whether what a file says begins with a mark. A table of all levels to choose from is none."""
    return SIGN in content and _is_marked(_heading(_plain(content)))


def _is_marked(lines: Sequence[str]) -> bool:
    if any(_BEGINS.match(line) for line in lines):
        return True
    alone = {"".join(found[1].split()) for line in lines if (found := _ALONE.fullmatch(line))}
    return len(lines) > 1 and (len(alone) == 1 or any(_ENDS.search(line) for line in lines))


def _asked(plain: str) -> Finding:
    asked, ordinary = _words()
    return Finding.ASKED if asked.search(ordinary.sub("\n", plain)) else Finding.CLEAR


def _heading(plain: str) -> list[str]:
    lines = (line.lstrip(_BEFORE).rstrip() for line in plain.splitlines())
    return [line for line in lines if line][:HEADING_LINES]


def _plain(text: str) -> str:
    """Full-width forms, stars, invisible and old characters as one writes them usually."""
    usual = unicodedata.normalize("NFKC", text).translate(_FOLDED)
    return "".join(character for character in usual if unicodedata.category(character) not in _INVISIBLE)


@cache
def _words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The words asked about, and the ordinary wording that they may stand in."""
    listed = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return re.compile("|".join(listed["asked_about"])), re.compile("|".join(listed["ordinary"]))
