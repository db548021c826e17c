"""电话催办: whom the legal section is to telephone, because the deadline is over or no reminder reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from handlers.calling import say_page
from handlers.items import due_at
from handlers.members import person_at
from handlers.self_assessment import own
from models import calls, members, owed
from models.members import Member
from models.rights import Right

PAGE = 10


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody to be telephoned: how many items are left, whether anything reaches them, how often they were called."""

    person: Member
    mobile: str
    left: int
    reached: bool
    made: int
    called_at: datetime | None


@command("calls", right=Right.ACCEPT, ambiguous=False)
@action("cl", right=Right.ACCEPT)
def call_list(turn: Turn, button: Button) -> None:
    """电话催办名单, from the place that the button carries; those not telephoned yet go first."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    if assessment.submitted_at is not None:
        turn.say("gone_up", Button("menu"))
        return
    due = due_at(turn, assessment)
    lines = [] if turn.post is None else _lines(turn, assessment, turn.post.bureau_id, late=turn.now > due)
    say_page(
        turn, lines, button.id, PAGE, mark=lambda line, label: Button("cl.x", line.person.id, line.made, label=label),
        onward=lambda place, label: Button("cl", place, label=label), back=Button("menu"), due=due, late=turn.now > due,
    )  # fmt: skip


@action("cl.x", right=Right.ACCEPT, load=person_at)
def called(turn: Turn, person: Member, button: Button) -> None:
    """已电话联系: noted once for each time that it is shown."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    made, at = calls.latest(turn.db, assessment.id).get(person.id, (0, None))
    before = made > button.version
    if not before:
        at = turn.now
        calls.note(turn.db, assessment.id, person.id, turn.actor.person_id, at)
        turn.audit("call", "person", person.id)
    turn.say("noted", [Button("cl", primary=True), Button("menu")], person=person, at=at, before=before)


def _lines(turn: Turn, assessment: Any, bureau: int, *, late: bool) -> list[Line]:
    made = calls.latest(turn.db, assessment.id)
    lines = []
    for part in owed.parts(turn.db, assessment, turn.today):
        person = members.member(turn.db, bureau, part.person, turn.today)
        reached = bool(turn.reach(part.person))
        if person is not None and (late or not reached):
            left = len(part.returned) + len(part.unanswered)
            mobile = members.mobile_of(turn.db, part.person)
            lines.append(Line(person, mobile, left, reached, *made.get(part.person, (0, None))))
    return sorted(lines, key=lambda line: line.made > 0)
