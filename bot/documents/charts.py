"""Pictures: an SVG template (`templates/charts/<name>.svg.j2`) drawn as a PNG with the fonts beside it and no others.

Drawing takes about a tenth of a second: it is work for after the commit, never for a turn.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.clock import local
from bot.render import TEMPLATES, clock, full_day

FOLDER = TEMPLATES / "charts"
FONTS = tuple(sorted((FOLDER / "fonts").glob("*.otf")))
FAMILY = "Noto Sans CJK SC"
PATIENCE = 30.0
"""Seconds after which a picture is given up."""

_RASTERIZE = Path(__file__).with_name("rasterize.py")
_PIECE = re.compile(r"[“‘（《〈〔【]*(?:[!-~]+|.)[，。、；：？！…”’）》〉〕】]*")
"""What stays on one line: a figure, a Latin word or a character, with the marks that may not end or begin a line."""
_UNDRAWABLE = re.compile(
    r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200b-\u200f\u202a-\u202e\u2060-\u206f]"
)
"""What XML forbids, and what is invisible or turns the direction of writing."""


def png(template: str, width: int, **context: Any) -> bytes:
    """A template drawn as a PNG so many pixels wide, its height following; the same bytes for the same context.

    Other threads go on meanwhile. Raises CalledProcessError where the template is no SVG, TimeoutExpired after PATIENCE.
    """
    return subprocess.run(
        [sys.executable, "-I", _RASTERIZE, str(width), FAMILY, *FONTS],
        input=svg(template, **context).encode(),
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    ).stdout


def svg(template: str, **context: Any) -> str:
    """A template filled in; whatever the context holds is text there, never markup."""
    return _UNDRAWABLE.sub("", _templates().get_template(f"{template}.svg.j2").render(FAMILY=FAMILY, **context))


def lines(text: str, longest: int, most: int) -> list[str]:
    """Text broken into lines of at most `longest` characters; what `most` lines do not hold is left out, with … ."""
    broken = [""]
    for piece in _pieces(" ".join(text.split()), longest):
        if len(broken[-1]) + len(piece) > longest:
            broken.append("")
        broken[-1] += piece
    if len(broken) > most:
        broken = [*broken[: most - 1], f"{broken[most - 1][: longest - 1]}…"]
    return [line.strip() for line in broken]


def shares(counts: Sequence[int], width: int, least: int) -> list[int]:
    """A width in pixels, divided as the counts are; each count above 0 has at least `least`, at the cost of the widest.

    At least one count is above 0. Four counts need a width of 7 times `least`.
    """
    widths = [max(least, width * count // sum(counts)) if count else 0 for count in counts]
    widths[widths.index(max(widths))] += width - sum(widths)
    return widths


def _pieces(text: str, longest: int) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        yield from (piece[begin : begin + longest] for begin in range(0, len(piece), longest))


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    environment.filters |= {"lines": lines, "shares": shares, "local": local, "full_day": full_day, "clock": clock}
    return environment
