"""What the page of a matter shows: facts, attachments, opinions so far, the documents they came to, and what happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.actions import page
from bot.turn import Turn
from handlers import matter_cards
from handlers.attached import Attached, attached
from handlers.matter_cards import KIND
from models.matters import assignments, extensions, files, opinions, records, suspensions
from models.matters.files import Kind
from models.matters.names import Names
from models.matters.opinions import Part, Sheet
from models.rights import Right

FILES = ("matter_file", "matter_picture")
"""The kinds of download of a file and of a picture of an album."""
HANDED_IN = (assignments.State.SUBMITTED, assignments.State.DONE)


@dataclass(frozen=True, slots=True)
class Said:
    """What one reviewer says. `file`: the opinion that was given as a file, or None."""

    part: Part
    file: Attached | None


@dataclass(frozen=True, slots=True)
class OfStep:
    """One step's opinions, and the document they came to. `name`: empty where the matter has one step only."""

    name: str
    sheet: Sheet
    said: tuple[Said, ...]
    document: Any | None


@page(KIND, right=Right.SEE_MATTER, load=matter_cards.matter_at)
def content(turn: Turn, matter: Any) -> dict[str, Any]:
    """Everything that whoever may see the content of a matter reads of it."""
    db = turn.db
    return {
        "view": matter_cards.view(turn, matter),
        "materials": [attached(turn, row, *FILES) for row in files.of_matter(db, matter.id, *files.MATERIALS)],
        "steps": _steps(turn, matter),
        "record": records.of_matter(db, matter.id),
        "pictures": [attached(turn, row, *FILES) for row in files.of_matter(db, matter.id, Kind.RECORD)],
        "visits": records.visits(db, matter.id),
        "suspensions": suspensions.of_matter_all(db, matter.id),
        "extensions": extensions.of_matter(db, matter.id),
    }


def _steps(turn: Turn, matter: Any) -> list[OfStep]:
    """The steps so far of which there is anything to read, in order."""
    documents = {one.step: one for one in opinions.documents_of(turn.db, matter.id)}
    kind = matter_cards.view(turn, matter).affair
    found = []
    for number in range(matter.step + 1):
        step = kind.step(matter.route, number)
        said = tuple(_said(turn, matter, number, opinions.names_in(turn.db, matter, documents.get(number))))
        if step is not None and (said or number in documents):
            sheet = opinions.sheet(turn.db, matter, number)
            found.append(OfStep(step.name, sheet, said, documents.get(number)))
    return found


def _said(turn: Turn, matter: Any, step: int, named: Names) -> list[Said]:
    given = {row.id: row for row in files.of_matter(turn.db, matter.id, Kind.OPINION)}
    found = []
    for one in assignments.of_matter(turn.db, matter.id):
        opinion = opinions.latest(turn.db, one.id) if one.step == step and one.state in HANDED_IN else None
        if opinion is not None:
            file = given.get(opinion.evidence_id)
            part = opinions.part(turn.db, opinion, *named.parts[one.id])
            found.append(Said(part, attached(turn, file, *FILES) if file is not None else None))
    return found
