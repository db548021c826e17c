"""The 备案汇总表 as a Word document: templates/documents/roster_filing.docx, which is edited with a word processor, filled in."""

from __future__ import annotations

from typing import Any

from docx.oxml.ns import qn
from docxtpl import DocxTemplate

from bot.documents import forms
from bot.documents.filing import rows
from bot.render import Words
from models.personnel.filing_table import FilingTable

FORM = forms.FORMS / "roster_filing.docx"
MIME = forms.MIME


def docx(words: Words, table: FilingTable) -> bytes:
    """The table, and the year's changes on a page of their own. Blocks: 3,000 people take seconds."""
    form = DocxTemplate(FORM)
    forms.fill_in(form, _context(words, table))
    _keep_units_together(form.docx.element.body)
    return forms.saved(form, table.day)


def _context(words: Words, table: FilingTable) -> dict[str, Any]:
    said = rows.said(words)
    return {
        "bureau": table.bureau,
        "day": table.day,
        "units": rows.people(words, table),
        "changes": rows.changes(words, table),
        "filled_in": words.environment.filters["full_day"](table.day),
        "total": said.total(table.counts),
        "source": said.source(),
        "nobody": said.nobody(),
        "unchanged": said.unchanged(table.day),
    }


def _keep_units_together(body: Any) -> None:
    """No page ends inside a unit, because its name stands only in the first of its rows."""
    for row in body.iter(qn("w:tr")):
        following = row.getnext()
        if following is not None and any(one.val == "continue" for one in following.iter(qn("w:vMerge"))):
            for paragraph in row.iter(qn("w:p")):
                _keep_with_next(paragraph.get_or_add_pPr())


def _keep_with_next(properties: Any) -> None:
    """The library's own way, which looks through all that may come behind, takes as long as everything else together."""
    if properties.keepNext is None:
        properties.insert(int(properties.pStyle is not None), properties.makeelement(qn("w:keepNext")))
