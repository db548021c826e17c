"""写意见: a reviewer goes through the points of a matter, says what they think of the whole, looks at it, and hands it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, OneOf, Option, Several
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk, current
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers import matter_files, matter_handing_in, matter_points
from handlers.matter_points import WHOLE
from handlers.matter_view import View
from handlers.matter_writing import ALL, EACH, EXCEPT, FILE, Writing, grid_lines, is_to_write, own_part
from models.affairs import Scale
from models.conversations import PAUSED
from models.matters import assignments, matters
from models.matters.opinions import Conclusion
from models.rights import Right

GIVEN_UP = (assignments.State.RECUSED, assignments.State.UNABLE)

flow = Flow("matter_opinion", right=Right.WRITE_OPINION)
flow.file(matter_files.take_in)
flow.private(lambda a: bool(a.facts.matter.confidential))
flow.after(matter_points.unsettle)
flow.way_back(matter_points.way_back)
flow.lines(matter_points.in_order)
flow.first(lambda turn, talk: conversation.leave(turn, talk, PAUSED))


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """审查, to a reviewer who has accepted, or to whom it was returned; also while 补正 is awaited."""
    mine = found.mine(person)
    if mine is not None and not found.affair.record and is_to_write(mine, found.row):
        yield Button("mt.op", mine.id, mine.version)


@action("mt.op", right=Right.WRITE_OPINION, load=shown.assignment_at)
def begin_or_go_on(turn: Turn, assignment: Any, button: Button) -> None:
    """审查: from the first point, or from where one was."""
    matter = matters.by_id(turn.db, assignment.matter_id)
    if is_to_write(assignment, matter):
        write(turn, assignment)
    else:
        shown.show_stale(turn, matter, assignment)


def write(turn: Turn, assignment: Any, lead: str = "") -> None:
    """Ask a reviewer what they think, point by point. `lead`: a rendered sentence to put before it."""
    conversation.begin(turn, flow, assignment.id, lead=lead)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Writing:
    """Refuse: it is not the sender's to write. What was begun may be written to its end, whoever has the matter by then."""
    assignment, matter = own_part(turn, subject)
    found = Writing(turn, assignment, matter)
    if assignment.state in GIVEN_UP or (basis is None and found.late):
        raise Refuse(None, "not_to_write", facts=found)
    return found


@flow.start
def start(facts: Writing, at: str | None) -> tuple[dict[str, Any], int]:
    """What was handed in stands, but for what was sent back."""
    return facts.stored(), facts.assignment.version


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """How to go through the points; each; the whole. Or a file, and the whole."""
    facts: Writing = a.facts
    label = facts.turn.house.words.text(flow.name, "all_good", checks=facts.judged)
    ways = tuple(Option(way, label if way == ALL else None) for way in facts.ways)
    yield Ask("way", OneOf(ways), assumed=EACH if ALL not in facts.ways else None)
    if a.way == FILE:
        yield matter_files.asked(facts.turn, facts.matter.bureau_id, "file", most=1, instead=())
    else:
        if a.way == EXCEPT:
            yield Ask("exceptions", Several(tuple(Option(str(one.number), one.name) for one in facts.judged)))
        for check in facts.kind.checks:
            yield from matter_points.asked_of(a, check)
    yield Ask("conclusion", OneOf(Conclusion))
    needless = a.way == FILE or a.conclusion == Conclusion.AGREED
    yield Ask("text", WHOLE, assumed="" if needless else None)


@flow.beside
def beside(a: Answers) -> tuple[tuple[str, int], ...]:
    """改, and 预览."""
    return ("mt.fix", a.facts.assignment.id), ("mt.pre", a.facts.assignment.id)


@action("mt.fix", right=Right.WRITE_OPINION, load=shown.assignment_at)
def fix(turn: Turn, assignment: Any, button: Button) -> None:
    """改: which point, which line of one, or the whole."""
    talk, matter = current(turn), matters.by_id(turn.db, assignment.matter_id)
    if talk is not None and (talk.flow, talk.subject) == (flow, assignment.id):
        turn.say("to_fix", [Button("e", talk.id, 0, key, label) for key, label in _to_fix(turn, talk)])
    elif is_to_write(assignment, matter):
        turn.say("not_open", Button("mt.op", assignment.id, primary=True))
    else:
        shown.show_stale(turn, matter, assignment)


def _to_fix(turn: Turn, talk: Talk) -> Iterator[tuple[str, str]]:
    a = talk.place.answers
    if a.get("way") == FILE:
        yield "file", turn.text("fix_file")
    for check in talk.facts.kind.checks if a.get("way") != FILE else ():
        if check.scale is not Scale.GRID:
            yield matter_points.first_of(check), turn.text("fix_point", check=check, line=0)
            continue
        count = len(list(grid_lines(a, check.number)))
        for line in range(1, count + 1):
            yield f"s{check.number}_{line}", turn.text("fix_point", check=check, line=line)
        yield f"s{check.number}_{count + 1}", turn.text("fix_more", check=check)
    yield "conclusion", turn.text("fix_whole")


@flow.leave
def left(turn: Turn, talk: Talk) -> None:
    """取消 and 暂存: what was answered stays, and 审查 goes on with it."""
    turn.say("left", [Button("mt.op", talk.subject, primary=True), Button("menu")], facts=talk.facts)


@flow.given
def given(turn: Turn, talk: Talk, key: str) -> None:
    """Once all is answered, the document is drawn, to be looked at."""
    if talk.place.current is None:
        matter_handing_in.draw(turn, talk)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is handed in. Refuse: the file that says it is not here yet."""
    matter_handing_in.hand_in(turn, talk)
