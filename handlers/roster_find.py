"""查找: units and people of the bureau by a part of the name."""

from __future__ import annotations

from collections.abc import Iterator

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk, keep
from bot.turn import Turn
from handlers import roster, roster_unit
from handlers.units import sees_all
from models import mergers
from models.conversations import CANCELLED
from models.people import Unit
from models.personnel import listing
from models.rights import Right

MOST_UNITS, MOST_PEOPLE = 5, 5

flow = Flow("roster_find", right=Right.SEE_ROSTER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@action("ros.find", right=Right.SEE_ROSTER)
def find(turn: Turn, button: Button) -> None:
    """查找: what? Whoever sees one unit alone is shown that unit."""
    if sees_all(turn):
        conversation.begin(turn, flow, replaces=(flow.name,))
    else:
        with turn.within(roster.FOLDER):
            roster.roster(turn, button)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> None:
    """Refuse: the sender sees no more than one unit."""
    if not sees_all(turn):
        raise Refuse(None, "no_right")


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """A part of a name."""
    yield Ask("part", Text(most=20))


@flow.check("part")
def judge(turn: Turn, a: Answers, part: str) -> None:
    """Refuse: nothing is called so."""
    assert turn.post is not None
    units, people = listing.named(turn.db, turn.post.bureau_id, part, turn.today, 1)
    if not units and not people.total:
        raise Refuse("part", "nothing", part=part)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """The one unit found, or what there is; what was typed is not kept."""
    assert turn.post is not None
    part = talk.place.answers.part
    talk.draft.forget("part")
    keep(turn, talk)
    units, people = listing.named(turn.db, turn.post.bureau_id, part, turn.today, MOST_UNITS + 1)
    roster.note(turn, turn.post.bureau_id, "find", turn.today, 0)
    if len({*(unit.id for unit in units), *(one.unit_id for one in people.lines)}) == 1:
        only = units[0].id if units else people.lines[0].unit_id
        merger = mergers.of_unit(turn.db, only)
        over = merger if merger is not None and merger.from_on <= turn.today else None
        shown = over.into_id if over is not None else only
        roster_unit.show(turn, turn.db.session.get_one(Unit, shown), turn.today, over)
        return
    listed, theirs = units[:MOST_UNITS], people.lines[:MOST_PEOPLE]
    opened = {one.id: one.name for one in listed} | {one.unit_id: one.unit for one in theirs}
    opens = [Button("ros.u", the_id, label=name) for the_id, name in opened.items()]
    merged = {one.unit_id: one for one in mergers.of_bureau(turn.db, turn.post.bureau_id) if one.from_on <= turn.today}
    more = len(units) > len(listed) or people.total > len(theirs)
    ways = [Button("ros.find"), Button("ros"), Button("menu")]
    turn.say("found", opens, ways, units=listed, people=theirs, more=more, merged=merged)
