"""活动记录: whoever was asked puts down what was done, with pictures; that ends the matter (闵人社发〔2023〕31号 四(七))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Day, Number, OneOf, Option, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers import matter_ending, matter_files
from handlers.matter_cards import KIND
from handlers.matter_view import About, View
from handlers.matter_writing import is_to_write, own_part
from models import people
from models.affairs import Record
from models.conversations import CANCELLED
from models.matters import assignments, matters, records
from models.matters.assignments import State
from models.matters.files import Kind
from models.rights import Right

flow = Flow("matter_record", right=Right.WRITE_OPINION)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
flow.private(lambda a: bool(a.facts.matter.confidential))
flow.file(matter_files.take_in)


@dataclass
class Facts(About):
    """The assignment and its matter (rows)."""

    assignment: Any

    @property
    def record(self) -> Record:
        """What is put down of such an activity."""
        assert self.view.affair.record is not None
        return self.view.affair.record

    def kind(self, a: Answers) -> str:
        """The kind of activity, as the notice words it."""
        return self.record.kinds[int(a.kind)]


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterator[Button]:
    """填写记录 to whoever has accepted it."""
    mine = found.mine(person)
    if found.affair.record is not None and mine is not None and is_to_write(mine, found.row):
        yield Button("mt.recd", mine.id, mine.version)


@action("mt.recd", right=Right.WRITE_OPINION, load=shown.assignment_at)
def begin(turn: Turn, assignment: Any, button: Button) -> None:
    """填写记录."""
    write(turn, assignment)


def write(turn: Turn, assignment: Any, lead: str = "") -> None:
    """Ask for the record of an assignment (a row), if it is still wanted. `lead`: a rendered sentence to put before it."""
    matter = matters.by_id(turn.db, assignment.matter_id)
    assert matter is not None
    if is_to_write(assignment, matter) and matters.kind_of(matter).record is not None:
        conversation.begin(turn, flow, assignment.id, lead=lead)
    else:
        shown.show_stale(turn, matter)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: it is none of the sender's, or it is not wanted (any more)."""
    assignment, matter = own_part(turn, subject)
    found = Facts(turn, matter, assignment)
    if not is_to_write(assignment, matter) or found.view.affair.record is None:
        raise Refuse(None, "over", view=found.view, mover=people.name_of(turn.db, matter.moved_by))
    return found


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """The fields of the catalogue, in its order."""
    facts: Facts = a.facts
    yield Ask("kind", OneOf(tuple(Option(str(place), name) for place, name in enumerate(facts.record.kinds))))
    yield Ask("held_on", Day(last=facts.turn.today, offer=("today",)))
    yield Ask("place", Text(60, least=2))
    yield Ask("content", Text(1000, least=4))
    yield Ask("audience", Number("人", whole=True))
    yield matter_files.asked(facts.turn, facts.bureau, "pictures")


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is kept, its document numbered, and the matter done. Refuse: a picture is still on its way."""
    facts: Facts = talk.facts
    a, me = talk.place.answers, turn.actor.person_id
    matter = matters.hold(turn.db, facts.matter)
    record = records.put(
        turn.db, facts.assignment, kind=facts.kind(a), held_on=a.held_on, place=a.place, content=a.content,
        audience=int(a.audience), by=me, now=turn.now,
    )  # fmt: skip
    matter_files.attach(turn, matter.id, Kind.RECORD, a.pictures, key="pictures", subject=record)
    for one in assignments.live(turn.db, matter):  # who has not even answered has no part in it
        to = State.REPLACED if one.state == State.ASKED else State.SUBMITTED
        assignments.move(turn.db, one, to, me, turn.now)
    turn.audit("matter.record", KIND, matter.id, None, record)
    shown.show(turn, matter_ending.finish(turn, matter), turn.text("recorded"))
