"""进度图: how far the whole self-assessment is, by 一级指标, as a picture without names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.actions import DRAW, Stored, Target, action, command, download, picture, result
from bot.messages import Button
from bot.turn import Turn
from handlers.item_facts import place_of
from handlers.self_assessment import own
from models import assessments, deadlines, people, pictures, scoring
from models.db import Transaction
from models.progress import progress_of
from models.rights import Right

NAME = "progress"
WIDTH = 600


@command("progress", right=Right.SEE_PROGRESS, ambiguous=False)
@action("pg", right=Right.SEE_PROGRESS)
def progress(turn: Turn, button: Button) -> None:
    """It is drawn after this turn."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
    elif not turn.actor.may(Right.SEE_PROGRESS, place_of(assessment)):
        turn.say("no_right")
    else:
        turn.later(DRAW, {"picture": NAME, "subject": assessment.id, "width": WIDTH}, result=NAME)


@picture(NAME)
def drawn(db: Transaction, subject: int, now: datetime) -> dict[str, Any]:
    """What the picture shows."""
    assessment: Any = assessments.by_id(db, subject)
    bureau = people.bureau_of(db, assessment.bureau_id)
    score = scoring.tally_of(db, assessment)
    file = assessments.campaign_file(db, assessment)
    return {
        "bureau": bureau.name, "campaign": file.title, "at": now, "due": deadlines.deadline_of(db, bureau.id, file), "score": score,
        "progress": progress_of(score),
    }  # fmt: skip


@result(NAME)
def here(turn: Turn, outcome: dict[str, Any]) -> None:
    """It is drawn, and shown; or it could not be."""
    assessment: Any = assessments.by_id(turn.db, outcome["subject"])
    if not turn.actor.may(Right.SEE_PROGRESS, place_of(assessment)):  # the post has ended meanwhile
        turn.say("no_right")
        return
    if "given_up" in outcome:
        turn.say("not_drawn", Button("ov", primary=True))
        return
    made = pictures.keep(turn.db, NAME, assessment.id, outcome["sha256"], turn.now)
    score = scoring.tally_of(turn.db, assessment)
    said = turn.text("drawn", score=score, counts=progress_of(score).whole)
    turn.say_text(said, [Button("ov", label=turn.label("ov"))], picture=f"/api/files/{NAME}/{made}")


@download(NAME, right=Right.SEE_PROGRESS)
def file(turn: Turn, made: int) -> Target | None:
    """A picture that was drawn."""
    found = pictures.by_id(turn.db, made)
    assessment = assessments.by_id(turn.db, found.subject) if found is not None and found.what == NAME else None
    if found is None or assessment is None:
        return None
    with turn.within(NAME):
        return Target(Stored(found.sha256, f"{turn.label('pg')}.png", "image/png"), place_of(assessment))
