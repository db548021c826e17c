"""Reads invitation codes as people type, copy and forward them."""

import re

from bot.reading.text import fold

LEAST_SIGNS = 12
"""No shorter text holds a code."""

_DASHES = re.compile("[\u2014\u2015\u2500\u30fc_·•.]+")
_AROUND = " 。.,，:：!！"
_START = re.compile(r"^/START\b")
_INSIDE = re.compile(r"[0-9A-Z](?<![0-9A-Z-].)[0-9A-Z]{3}-?[0-9A-Z]{4}-?[0-9A-Z]{4}(?![0-9A-Z-])")
"""A sign first, and only then what stands before it: so a Chinese text is passed over in no time."""
_MISTAKEN = str.maketrans("OIL", "011")
_ATTEMPT = re.compile(r"[0-9A-Z]{12}|(?=.*\d)(?=.*[A-Z])[0-9A-Z]{8,16}")
"""Twelve signs are a code; a few more or less, mixed as nothing else is, were meant as one."""


def read_code(text: str) -> str | None:
    """The code that a text is or holds, without dashes, O I L as the figures they are taken for.

    Any case, full-width or not, with dashes or spaces, `/start` in front. A text that is clearly meant as a code but
    cannot be one comes back as it is, to be told so; None: it is no code, or holds several.
    """
    shown = _START.sub("", _DASHES.sub("-", fold(text[:2000])).upper()).strip()
    inside = {found.replace("-", "") for found in _INSIDE.findall(shown)}
    if inside:
        return inside.pop().translate(_MISTAKEN) if len(inside) == 1 else None
    whole = shown.strip(_AROUND).replace("-", "").replace(" ", "")
    return whole.translate(_MISTAKEN) if _ATTEMPT.fullmatch(whole) else None


def read_last_digits(text: str) -> str | None:
    """The last four figures of a mobile number, written alone (尾号5678) or as the whole number; else None."""
    figures = re.sub(r"\D", "", fold(text[:100]))
    return figures[-4:] if len(figures) in (4, 11) and figures.isascii() else None
