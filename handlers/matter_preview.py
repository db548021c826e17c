"""预览: what a reviewer is about to hand in, and what waits to be accepted, drawn as its document would be, for a phone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from bot.actions import DRAW, Stored, Target, action, download, picture, result
from bot.messages import Button
from bot.render import Words
from bot.talk import current
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers import matter_documents
from handlers.matter_private import may_show
from handlers.matter_view import Asks, View
from models import pictures
from models.db import Transaction
from models.matters import assignments, drafts, files, matters, opinions
from models.matters.matters import State
from models.matters.opinions import Sheet
from models.rights import Right

NAME, PROOF = "opinion", "proof"
"""The pictures: of one reviewer's part, by the assignment; of what waits to be accepted, by the matter."""
OF_ACCEPTING = ("mt.ok", "mt.back", "mt.doc")
"""What can be done about what one has looked at."""
WIDTH = 720
FLOW = "matter_opinion"


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """预览, to whoever is to accept it."""
    if found.asks(person) is Asks.ACCEPT:
        yield Button("mt.pic", found.row.id, found.row.version)


def preview(turn: Turn, assignment: int) -> None:
    """Have what a reviewer is about to hand in (models/matters/drafts.py) drawn and shown after this turn."""
    _draw(turn, NAME, assignment)


@action("mt.pre", right=Right.WRITE_OPINION, load=shown.assignment_at)
def look_at(turn: Turn, assignment: Any, button: Button) -> None:
    """预览: what one is about to hand in."""
    matter = matters.by_id(turn.db, assignment.matter_id)
    if may_show(turn, matter) and drafts.part_of(turn.db, assignment.id) is not None:
        preview(turn, assignment.id)
    else:
        shown.show_stale(turn, matter, assignment)


@action("mt.pic", right=Right.SEE_MATTER, load=shown.matter_at)
def look_at_proof(turn: Turn, matter: Any, button: Button) -> None:
    """预览: what waits to be accepted, by whoever may see it; 内部 on its page."""
    if matter.state != State.SUBMITTED or not _sees_proof(turn, matter):
        shown.show_stale(turn, matter)
    elif may_show(turn, matter):
        _draw(turn, PROOF, matter.id)
    else:
        with turn.within("matter_documents"):
            turn.say("on_page", Button("mt.in", matter.id, primary=True))


@picture(NAME)
def drawn(db: Transaction, subject: int, now: datetime) -> dict[str, Any]:
    """What the picture of a reviewer's part shows."""
    assignment: Any = assignments.by_id(db, subject)
    return _content(drafts.sheet(db, assignment, files.names(db, assignment.matter_id)))


@picture(PROOF)
def proof_drawn(db: Transaction, subject: int, now: datetime) -> dict[str, Any]:
    """What the picture of what waits to be accepted shows."""
    matter: Any = matters.by_id(db, subject)
    return _content(opinions.sheet(db, matter, matter.step, files.names(db, matter.id)))


@result(NAME)
def here(turn: Turn, outcome: dict[str, Any]) -> None:
    """It is drawn, and shown to whoever is to hand it in; or it could not be."""
    target = shown.assignment_at(turn, outcome["subject"])
    if target is None or not turn.actor.may(Right.WRITE_OPINION, target.place):  # the post has ended meanwhile
        turn.say("no_right")
        return
    assignment = target.value
    _show(turn, NAME, outcome, turn.text("here"), [*_next(turn, assignment), Button("mt.doc", assignment.matter_id)])


@result(PROOF)
def proof_here(turn: Turn, outcome: dict[str, Any]) -> None:
    """It is drawn, and shown to whoever asked for it, as long as it still waits."""
    target = shown.matter_at(turn, outcome["subject"])
    if target is None or not turn.actor.may(Right.SEE_MATTER, target.place) or not _sees_proof(turn, target.value):
        turn.say("no_right")
        return
    matter = target.value
    if matter.state == State.SUBMITTED:
        found = shown.view(turn, matter)
        able = [one for one in shown.buttons(turn, found, turn.actor.person_id) if one.code in OF_ACCEPTING]
        _show(turn, PROOF, outcome, turn.text("proof_here", view=found), able)
    else:
        shown.show_stale(turn, matter)


def _draw(turn: Turn, what: str, subject: int) -> None:
    turn.later(DRAW, {"picture": what, "subject": subject, "width": WIDTH}, result=what)


def _show(turn: Turn, what: str, outcome: dict[str, Any], said: str, buttons: list[Button]) -> None:
    if "given_up" in outcome:
        turn.say("not_drawn", buttons)
        return
    made = pictures.keep(turn.db, what, outcome["subject"], outcome["sha256"], turn.now)
    turn.say_text(said, buttons, picture=f"/api/files/{what}/{made}")


def _next(turn: Turn, assignment: Any) -> list[Button]:
    """提交 and 改, as long as the conversation waits for nothing else."""
    talk = current(turn)
    if talk is None or (talk.flow.name, talk.subject) != (FLOW, assignment.id) or talk.place.current is not None:
        return []
    return [Button("sum", talk.id, talk.stamp, primary=True), Button("mt.fix", assignment.id)]


@download(NAME, right=Right.WRITE_OPINION)
def file(turn: Turn, made: int) -> Target | None:
    """A picture that was drawn, for whoever it was drawn for."""
    found = pictures.by_id(turn.db, made)
    target = shown.assignment_at(turn, found.subject) if found is not None and found.what == NAME else None
    if found is None or target is None or not may_show(turn, matters.by_id(turn.db, target.value.matter_id)):
        return None
    return Target(_stored(turn, found), target.place)


@download(PROOF, right=Right.SEE_MATTER)
def proof(turn: Turn, made: int) -> Target | None:
    """As `file`, of what waits to be accepted; not for its reviewers."""
    found = pictures.by_id(turn.db, made)
    matter = matters.by_id(turn.db, found.subject) if found is not None and found.what == PROOF else None
    if found is None or matter is None or not may_show(turn, matter):
        return None
    return Target(_stored(turn, found), matter_documents.place_of_proof(turn, matter))


def _stored(turn: Turn, found: Any) -> Stored:
    with turn.within("matter_preview"):
        return Stored(found.sha256, f"{turn.label('mt.pre')}.png", "image/png", private=True)


def _sees_proof(turn: Turn, matter: Any) -> bool:
    return turn.actor.may(Right.SEE_MATTER, matter_documents.place_of_proof(turn, matter))


def _content(sheet: Sheet) -> dict[str, Any]:
    from bot.documents.opinion.content import content  # noqa: PLC0415  (a start should not wait for the library)

    return {"content": content(_words(), sheet)}


@cache
def _words() -> Words:
    """The process's own, for what is drawn outside of turns."""
    return Words()
