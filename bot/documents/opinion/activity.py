"""The record of an activity (活动记录) as a Word document: templates/documents/activity.docx filled in, pictures behind it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage

from bot.documents import forms, photos
from bot.documents.opinion.content import SAID, paragraphs
from bot.render import Words, full_day
from models.matters.opinions import Sheet
from models.matters.records import Activity

FORM = forms.FORMS / "activity.docx"
MIME = forms.MIME
WIDE = Mm(72)
"""Of a picture, two in a row."""


def docx(words: Words, sheet: Sheet, activity: Activity, place: Callable[[str], Path]) -> bytes:
    """The document; pictures that it cannot show stand in it by their names.

    `place`: where the file with a hash is. Blocks: up to a second for each picture.
    """
    said: Any = words.environment.get_template(SAID).module
    photos_of = [(name, _photo(place, sha256, mime)) for sha256, mime, name in activity.pictures]
    context = {
        "bureau": sheet.bureau, "title": sheet.title, "number": said.number(sheet.paper, sheet.number), "unit": activity.unit,
        "kind": activity.kind, "held_on": full_day(activity.held_on), "place": activity.place, "audience": said.audience(activity),
        "lines": paragraphs(activity.content), "recorder": activity.recorder, "recorded_on": full_day(activity.recorded_on),
        "other": [name for name, photo in photos_of if photo is None],
    }  # fmt: skip

    def add(document: DocxTemplate) -> dict[str, Any]:
        shown = [InlineImage(document, BytesIO(photo), width=WIDE) for _, photo in photos_of if photo is not None]
        return {"pictures": [(*shown[first : first + 2], "")[:2] for first in range(0, len(shown), 2)]}

    return forms.filled(FORM, context, activity.recorded_on, add)


def _photo(place: Callable[[str], Path], sha256: str, mime: str) -> bytes | None:
    try:
        return photos.fit(place(sha256), mime)
    except KeyError:  # it is gone from the store: the rest is a document all the same
        return None
