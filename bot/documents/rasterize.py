"""A program of its own, run by bot/documents/charts.py: the SVG on standard input, as a PNG on standard output.

Apart from the service, because the library holds the interpreter for as long as it draws, and turns would wait for it.
Arguments: the width in pixels, the font family, the font files.
"""

from __future__ import annotations

import sys

import resvg_py

if __name__ == "__main__":
    width, family, *fonts = sys.argv[1:]
    picture = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        width=int(width),
        skip_system_fonts=True,
        font_family=family,
        font_files=fonts,
    )
    sys.stdout.buffer.write(picture)
