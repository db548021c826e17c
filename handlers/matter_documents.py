"""文书: what a matter has come to, and what is to be handed in or accepted, as Word documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.actions import Composed, Made, Target, action, download
from bot.messages import Button
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_private import may_show
from handlers.matter_view import View
from models.matters import assignments, drafts, files, matters, opinions, records
from models.matters.matters import State
from models.matters.opinions import MatterDocument, Sheet
from models.rights import Place, Right

OPINION, PROOF, DRAFT = "matter_document", "matter_proof", "matter_draft"
"""Kinds of downloads: an accepted document by its id; what waits to be accepted, by the matter's; a reviewer's own
part, handed in or about to be, by the assignment's."""


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """下载, once there is something to be looked at as a document."""
    if (found.documents or found.row.state == State.SUBMITTED) and shown.sees(turn, found.row, person):
        yield Button("mt.doc", found.row.id)


@action("mt.doc", right=Right.SEE_MATTER, load=shown.matter_at)
def offer(turn: Turn, matter: Any, button: Button) -> None:
    """下载: what there is of a matter as documents, for the sender."""
    if not may_show(turn, matter):
        turn.say("on_page", Button("mt.in", matter.id, primary=True))
        return
    found = list(_found(turn, matter))
    for kind, the_id, about in found:
        named = {"kind": kind, "document": about, "matter": matter}
        file = {"name": turn.text("file_name", **named), "size": None, "url": f"/api/files/{kind}/{the_id}"}
        turn.say_text(turn.text("offered", **named), file=file)
    if not found:
        turn.say("nothing_yet", Button("menu"))


def _found(turn: Turn, matter: Any) -> Iterator[tuple[str, int, Any]]:
    for one in opinions.documents_of(turn.db, matter.id):
        yield OPINION, one.id, one
    if matter.state == State.SUBMITTED and turn.actor.may(Right.SEE_MATTER, place_of_proof(turn, matter)):
        yield PROOF, matter.id, None
    for part in assignments.live(turn.db, matter):
        if part.person_id == turn.actor.person_id and drafts.part_of(turn.db, part.id) is not None:
            yield DRAFT, part.id, None


@download(OPINION, right=Right.SEE_MATTER)
def document(turn: Turn, the_id: int) -> Target | None:
    """The document of a step that was accepted."""
    found = turn.db.session.get(MatterDocument, the_id)
    matter = matters.by_id(turn.db, found.matter_id) if found is not None else None
    if found is None or matter is None or not may_show(turn, matter):
        return None
    return Target(_file(turn, matter, found.step), shown.place_of(turn, matter))


@download(PROOF, right=Right.SEE_MATTER)
def proof(turn: Turn, the_id: int) -> Target | None:
    """The document of the present step as it would be accepted; not for its reviewers, of whom each has their own part."""
    matter = matters.by_id(turn.db, the_id)
    if matter is None or matter.state != State.SUBMITTED or not may_show(turn, matter):
        return None
    return Target(_file(turn, matter, matter.step), place_of_proof(turn, matter))


@download(DRAFT, right=Right.WRITE_OPINION)
def draft(turn: Turn, the_id: int) -> Target | None:
    """The document with a reviewer's own part alone."""
    target = shown.assignment_at(turn, the_id)
    if target is None or drafts.part_of(turn.db, the_id) is None:
        return None
    matter = matters.by_id(turn.db, target.value.matter_id)
    if not may_show(turn, matter):
        return None
    return Target(
        _opinion(turn, drafts.sheet(turn.db, target.value, files.names(turn.db, target.value.matter_id))), target.place
    )


def _file(turn: Turn, matter: Any, step: int) -> Made | Composed:
    materials = files.names(turn.db, matter.id)
    sheet = opinions.sheet(turn.db, matter, step, materials)
    activity = None
    if matters.kind_of(matter).record:
        document = opinions.document_of(turn.db, matter.id, step)
        activity = records.sheet(turn.db, matter, opinions.names_in(turn.db, matter, document, materials))
    if activity is None:
        return _opinion(turn, sheet)
    from bot.documents.opinion import activity as record  # noqa: PLC0415  (a start should not wait for the library)
    from bot.documents.opinion import content  # noqa: PLC0415

    words = turn.house.words

    def compose(place: Callable[[str], Path]) -> bytes:
        return record.docx(words, sheet, activity, place)

    return Composed(compose, content.file_name(words, sheet), record.MIME)


def _opinion(turn: Turn, sheet: Sheet) -> Made:
    from bot.documents.opinion import content, document  # noqa: PLC0415  (a start should not wait for the library)

    words = turn.house.words
    return Made(document.docx(words, sheet), content.file_name(words, sheet), document.MIME)


def place_of_proof(turn: Turn, matter: Any) -> Place:
    """Who sees what waits to be accepted: whoever sees the matter's content, but for its reviewers."""
    return replace(shown.place_of(turn, matter), person=None)
