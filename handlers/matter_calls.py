"""审核催办: which reviewers the legal section is to telephone, because an opinion is overdue or no reminder reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from handlers.calling import say_page
from handlers.members import person_at
from models import members
from models.matters import clock, waiting
from models.matters import matter_calls as calls
from models.members import Member
from models.rights import Right

PAGE = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A reviewer to be telephoned. `tasks`: what waits for them, rows; `called_at`: when they were last called about it."""

    person: Member
    mobile: str
    tasks: tuple[Any, ...]
    reached: bool
    made: int
    called_at: datetime | None


@command("matter_calls", right=Right.MANAGE, ambiguous=False)
@action("mt.cl", right=Right.MANAGE)
def call_list(turn: Turn, button: Button) -> None:
    """The list, from the place that the button carries; those not telephoned yet go first."""
    say_page(
        turn, lines_of(turn), button.id, PAGE,
        mark=lambda line, label: Button("mt.clx", line.person.id, line.made, label=label),
        onward=lambda place, label: Button("mt.cl", place, label=label), back=Button("menu"),
    )  # fmt: skip


@action("mt.clx", right=Right.MANAGE, load=person_at)
def called(turn: Turn, person: Member, button: Button) -> None:
    """已电话联系: noted once for each time that it is shown, about all that is late."""
    line = next((one for one in lines_of(turn) if one.person.id == person.id), None)
    if line is None:
        turn.say("owes_nothing", [Button("mt.cl"), Button("menu")], person=person)
        return
    before, at = line.made > button.version, line.called_at
    if not before:
        at = turn.now
        for row in line.tasks:
            calls.note(turn.db, row.id, turn.actor.person_id, at)
        turn.audit("call", "person", person.id)
    turn.say("noted", [Button("mt.cl", primary=True), Button("menu")], person=person, at=at, before=before)


def lines_of(turn: Turn) -> list[Line]:
    """Whoever of the sender's bureau has something overdue, or something to do and is reached nowhere."""
    assert turn.post is not None
    bureau, found = turn.post.bureau_id, []
    made = calls.latest(turn.db, bureau)
    for person, rows in groupby(waiting.tasks_in(turn.db, bureau), key=lambda row: row.person_id):
        tasks, reached = tuple(rows), bool(turn.reach(person))
        late = tuple(row for row in tasks if turn.now > clock.moment(row.due_on))
        who = members.member(turn.db, bureau, person, turn.today)
        if who is None or not (late or not reached):
            continue
        about = late or tasks
        known = [made[row.id] for row in about if row.id in made]
        count, at = min((one[0] for one in known), default=0), max((one[1] for one in known), default=None)
        found.append(
            Line(who, members.mobile_of(turn.db, person), about, reached, count if len(known) == len(about) else 0, at)
        )
    return sorted(found, key=lambda line: line.made > 0)
