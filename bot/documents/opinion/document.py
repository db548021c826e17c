"""An opinion as a Word document: templates/documents/opinion.docx, or opinion_red.docx with a red head, filled in."""

from __future__ import annotations

from typing import Any

from docxtpl import RichText

from bot.documents import forms
from bot.documents.opinion.content import Content, content
from bot.render import Words, full_day
from models.matters.opinions import Sheet

MIME = forms.MIME
LARGEST_HEAD, SMALLEST_HEAD, LINE = 32, 16, 442
"""Points: of a character in the red head, and of the line in which it has to stand (156 mm)."""
PLAIN, RED = forms.FORMS / "opinion.docx", forms.FORMS / "opinion_red.docx"


def docx(words: Words, sheet: Sheet) -> bytes:
    """The document of a step as it stands. Blocks: about a tenth of a second."""
    made = content(words, sheet)
    days = [one.on for one in made.wholes]
    on = made.accepted_on or max(days, default=None)
    return forms.filled(
        RED if made.red else PLAIN, _context(made, full_day(on) if on else ""), on or sheet.matter.begun_on
    )


def head_points(issuer: str) -> int:
    """How large the characters of a red head are, in points: so large that it fits one line."""
    return max(SMALLEST_HEAD, min(LARGEST_HEAD, LINE // max(len(issuer), 1)))


def _context(made: Content, dated: str) -> dict[str, Any]:
    return {
        "bureau": made.bureau,
        "issuer": made.issuer,
        "head": RichText(made.issuer, size=2 * head_points(made.issuer)),
        "title": made.title,
        "number": made.number,
        "about": made.about,
        "blocks": made.blocks,
        "filed": [one for one in made.wholes if one.file],
        "wholes": [one for one in made.wholes if one.conclusion or one.paragraphs],
        "several": made.several,
        "signed": [{"who": one.who, "on": full_day(one.on)} for one in made.wholes],
        "accepted_by": made.accepted_by,
        "accepted_on": full_day(made.accepted_on) if made.accepted_on else "",
        "dated": dated,
    }
