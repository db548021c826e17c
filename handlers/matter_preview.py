"""预览: what a reviewer is about to hand in, drawn as its document would be, for a phone."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from bot.actions import DRAW, Stored, Target, action, download, picture, result
from bot.messages import Button
from bot.render import Words
from bot.talk import current
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_private import may_show
from models import pictures
from models.db import Transaction
from models.matters import assignments, drafts, files, matters
from models.rights import Right

NAME = "opinion"
WIDTH = 720
FLOW = "matter_opinion"


def preview(turn: Turn, assignment: int) -> None:
    """Have what a reviewer is about to hand in (models/matters/drafts.py) drawn and shown after this turn."""
    turn.later(DRAW, {"picture": NAME, "subject": assignment, "width": WIDTH}, result=NAME)


@action("mt.pre", right=Right.WRITE_OPINION, load=shown.assignment_at)
def look_at(turn: Turn, assignment: Any, button: Button) -> None:
    """预览: what one is about to hand in."""
    matter = matters.by_id(turn.db, assignment.matter_id)
    if may_show(turn, matter) and drafts.part_of(turn.db, assignment.id) is not None:
        preview(turn, assignment.id)
    else:
        shown.show_stale(turn, matter, assignment)


@picture(NAME)
def drawn(db: Transaction, subject: int, now: datetime) -> dict[str, Any]:
    """What the picture shows."""
    from bot.documents.opinion.content import content  # noqa: PLC0415  (a start should not wait for the library)

    assignment: Any = assignments.by_id(db, subject)
    return {"content": content(_words(), drafts.sheet(db, assignment, files.names(db, assignment.matter_id)))}


@result(NAME)
def here(turn: Turn, outcome: dict[str, Any]) -> None:
    """It is drawn, and shown to whoever is to hand it in; or it could not be."""
    target = shown.assignment_at(turn, outcome["subject"])
    if target is None or not turn.actor.may(Right.WRITE_OPINION, target.place):  # the post has ended meanwhile
        turn.say("no_right")
        return
    assignment = target.value
    buttons = [*_next(turn, assignment), Button("mt.doc", assignment.matter_id)]
    if "given_up" in outcome:
        turn.say("not_drawn", buttons)
        return
    made = pictures.keep(turn.db, NAME, assignment.id, outcome["sha256"], turn.now)
    turn.say_text(turn.text("here"), buttons, picture=f"/api/files/{NAME}/{made}")


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
    with turn.within("matter_preview"):
        name = f"{turn.label('mt.pre')}.png"
    return Target(Stored(found.sha256, name, "image/png", private=True), target.place)


@cache
def _words() -> Words:
    """The process's own, for what is drawn outside of turns."""
    return Words()
