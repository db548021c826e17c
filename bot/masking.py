"""Mobile numbers as they are shown wherever calling is not the point: 138****5678."""

from __future__ import annotations

import re
from contextlib import suppress

from bot.reading import Unreadable, read_mobile

DIGITS = 11
"""Of a mobile number."""
MOBILE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?([1１][3-9３-９]\d)(?:([ .·—-]?)\d{4}\2|\d ?\d{3} ?)\d?(\d{4})(?!\d)")
"""A mainland mobile number in running text, in one piece or in the groups in which people write it; a digit too many too."""


_BEGINS = re.compile(r"[1１][3-9３-９]\d\D?\d")
"""How they all begin. Most texts have nothing like it, and to look for that takes a fiftieth of the time."""


def has_mobile(text: str) -> bool:
    """Whether there is a mobile number in a text."""
    return _BEGINS.search(text) is not None and masked(text) != text


def masked(text: str) -> str:
    """A text with the middle of every mobile number in it hidden."""
    if len(text) < DIGITS or _BEGINS.search(text) is None:
        return text
    shown = MOBILE.sub(lambda found: f"{found[1]}****{found[3]}", text)
    if shown == text:
        with suppress(Unreadable):  # one that is written in some other way
            whole = read_mobile(text)
            return f"{whole[:3]}****{whole[-4:]}"
    return shown
