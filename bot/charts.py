"""Pictures: an SVG template (`templates/charts/<name>.svg.j2`) drawn as a PNG with the fonts beside it and no others.

Drawing takes tens of milliseconds: it belongs to work done after a commit, never into a turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.clock import local
from bot.render import TEMPLATES, clock, full_day

FOLDER = TEMPLATES / "charts"
FONTS = sorted(map(str, (FOLDER / "fonts").glob("*.otf")))
FAMILY = "Noto Sans CJK SC"

_PIECE = re.compile(r"(?:[“‘（《〈〔【]*(?:[\w.%-]+(?<=[!-~])|.)[，。、；：？！…”’）》〉〕】]*)")
"""What stays on one line: a figure or Latin word, with the marks that may not end a line or begin one."""
_UNDRAWABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200b-\u200f\u202a-\u202e\u2060-\u206f]")
"""What XML forbids, and what is invisible or turns the direction of writing."""


def png(template: str, width: int, **context: Any) -> bytes:
    """A template drawn as a PNG so many pixels wide (its height follows), the same bytes for the same context."""
    import resvg_py  # noqa: PLC0415  (loaded only where a picture is drawn)

    svg = _UNDRAWABLE.sub("", _templates().get_template(f"{template}.svg.j2").render(context))
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, width=width, skip_system_fonts=True, font_files=FONTS, font_family=FAMILY
        )
    )
