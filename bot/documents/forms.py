"""Word forms of templates/documents, which are edited with a word processor, filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined

from bot.render import TEMPLATES

FORMS = TEMPLATES / "documents"
Pictures = Callable[[DocxTemplate], Mapping[str, Any]]
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def filled(form: Path, context: Mapping[str, Any], day: date, pictures: Pictures | None = None) -> bytes:
    """A form filled in. Blocks: a few pages take a tenth of a second.

    `day`: when it says it was made. `pictures`: more context, made for this very document.
    """
    document = DocxTemplate(form)
    fill_in(document, {**context, **(pictures(document) if pictures is not None else {})})
    return saved(document, day)


def fill_in(document: DocxTemplate, context: Mapping[str, Any]) -> None:
    """Fill in a form that is open; whatever the context holds is text there, and None is nothing."""
    environment = Environment(undefined=StrictUndefined, finalize=lambda value: "" if value is None else value)
    document.render(dict(context), environment, autoescape=True)


def saved(document: DocxTemplate, day: date) -> bytes:
    """A form that was filled in, as a file that says it was made on a day."""
    about = document.docx.core_properties
    about.created = about.modified = datetime.combine(day, time())
    made = BytesIO()
    document.save(made)
    return made.getvalue()
