"""审核: the legal section looks at finished answers one by one, accepts them or sends them back with a comment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, OneOf, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.campaign_reminders import KIND as CAMPAIGN
from handlers.evidence import shown
from handlers.item_facts import ItemFacts, about, item_at, may_still_answer
from handlers.items import flow_for
from handlers.menu import waits
from handlers.self_assessment import own
from models import acceptance, answering, assessments, evidence, holders, owed, people
from models.assessments import State
from models.rights import Right

COMMENT_LIMIT = 200

flow = Flow("acceptance", right=Right.ACCEPT, summary=False)


@dataclass(frozen=True)
class Facts:
    """The item that goes back, and whether it was changed since the comment was begun."""

    item: ItemFacts
    row: Any
    moved: bool


@waits
def first(turn: Turn) -> Button | None:
    """审核答复 before everything else in the menu, while answers wait for it."""
    assessment = own(turn) if turn.actor.may(Right.ACCEPT) else None
    return Button("rv") if assessment is not None and acceptance.pending(turn.db, assessment.id) else None


@command("review", right=Right.ACCEPT, ambiguous=False)
@action("rv", right=Right.ACCEPT)
def review(turn: Turn, button: Button) -> None:
    """The next answer to look at, behind the position that the button carries."""
    _show_next(turn, button.id)


@action("ok", right=Right.ACCEPT, load=item_at)
def accept(turn: Turn, row: Any, button: Button) -> None:
    """采纳: if the answer still is what was shown."""
    if row.state != State.COMPLETE or row.version != button.version:
        _show(turn, row, turn.text("changed_meanwhile", row=row) if row.state == State.COMPLETE else "")
        return
    if row.accepted != row.version:
        acceptance.accept(turn.db, [row])
        turn.audit("accept", "answer", row.id, None, row.version)
    _show_next(turn, row.position, turn.text("accepted", rows=[row]))


@action("okg", right=Right.ACCEPT, load=item_at)
def accept_group(turn: Turn, row: Any, button: Button) -> None:
    """采纳本组: all that wait under the same 一级指标, if they still are what was shown."""
    waiting = _same_group(about(turn, row), acceptance.pending(turn.db, row.assessment_id))
    if not waiting or _stamp(waiting) != button.version:
        _show(turn, row, turn.text("group_changed"))
        return
    acceptance.accept(turn.db, waiting)
    for one in waiting:
        turn.audit("accept", "answer", one.id, None, one.version)
    _show_next(turn, row.position, turn.text("accepted", rows=waiting))


@action("sb", right=Right.ACCEPT, load=item_at)
def send_back(turn: Turn, row: Any, button: Button) -> None:
    """退回: the comment is asked for."""
    if row.state == State.COMPLETE:
        conversation.begin(turn, flow, row.id)
    else:
        _show(turn, row, "")


@action("pcs", right=Right.SEE_ANSWERS, load=item_at)
def look_at_pieces(turn: Turn, row: Any, button: Button) -> None:
    """看佐证: each piece, pictures shown, files to be opened."""
    pieces = evidence.pieces_of(turn.db, row.id)
    if not pieces:
        turn.say("no_pieces", Button("rv", row.position - 1))
    for piece in pieces:
        shown(turn, piece)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such item in this bureau, it is not finished (any more), or it has gone up."""
    target = item_at(turn, subject)
    if target is None or turn.acts(Right.ACCEPT, target.place) is None:
        raise Refuse(None, "not_there")
    row = target.value
    if row.submitted_at is not None:
        raise Refuse(None, "submitted")
    if row.state != State.COMPLETE:
        raise Refuse(None, "not_finished", row=row)
    return Facts(about(turn, row), row, moved=basis is not None and row.version != basis)


@flow.start
def begin(facts: Facts, at: str | None) -> tuple[dict[str, Any], int]:
    """The comment is about the version that was shown."""
    return {}, facts.row.version


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """What is wrong; and whether that still holds, if the answer was changed meanwhile."""
    yield Ask("comment", Text(COMMENT_LIMIT, least=2))
    if a.facts.moved:
        yield Ask("still", OneOf(("return", "look")))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It goes back; whoever answered it, and the liaisons of its unit, are told why."""
    row, a = talk.facts.row, talk.place.answers
    if a.get("still") == "look":
        _show(turn, row, "")
        return
    acceptance.send_back(turn.db, row, a.comment)
    turn.audit("send_back", "answer", row.id, State.COMPLETE.value, a.comment)
    liaisons = holders.at_work(turn.db, row.unit_id, turn.today) if row.unit_id is not None else []
    whose = holders.doing_work_of(turn.db, row.bureau_id, row.person_id, turn.today)
    told = may_still_answer(turn, [*whose, *liaisons], row)
    open_it = Button("it", row.id, label=turn.text("mend", row=row), primary=True)
    # Whoever is to mend it is told only as long as it wants that; others who answered it, in any case.
    mending = {part.person for part in owed.parts(turn.db, assessments.by_id(turn.db, row.assessment_id), turn.today)}
    for persons, of in ((told & mending, (CAMPAIGN, row.assessment_id)), (told - mending, None)):
        turn.remind(persons - {turn.actor.person_id}, "told_returned", open_it, of=of, row=row, comment=a.comment)
    _show_next(turn, row.position, turn.text("returned", row=row))


def _show_next(turn: Turn, after: int, lead: str = "") -> None:
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    waiting = acceptance.pending(turn.db, assessment.id)
    if not waiting:
        turn.say("nothing_waits", [Button("gate", primary=True), Button("ov")], lead=lead)
        return
    following = next((one for one in waiting if one.position > after), waiting[0])
    row = answering.item(turn.db, following.id)
    _show(turn, row, lead)


def _show(turn: Turn, row: Any, lead: str) -> None:
    if row.at is None:  # nobody has answered it
        _show_next(turn, row.position, lead)
        return
    facts = about(turn, row)
    pending = acceptance.pending(turn.db, row.assessment_id)
    waiting = _same_group(facts, pending)
    with turn.within(flow_for(row.item).name):
        standing = turn.text("standing", facts=facts)
        header = turn.text("header", facts=facts)
    decide = []
    if row.state == State.COMPLETE:
        decide = [Button("ok", row.id, row.version, primary=True), Button("sb", row.id)]
    group = [Button("okg", row.id, _stamp(waiting), label=turn.text("whole_group", count=len(waiting)))]
    pieces = [Button("pcs", row.id)] if facts.listed else []
    unit = turn.db.session.get(people.Unit, row.unit_id) if row.unit_id else None
    turn.say(
        "item", decide, [*pieces, Button("rv", row.position), *(group if len(waiting) > 1 else [])],
        lead=lead, header=header, standing=standing, row=row, unit=unit, by=facts.by, total=len(pending),
    )  # fmt: skip


def _same_group(facts: ItemFacts, waiting: list[Any]) -> list[Any]:
    """Those of the answers that wait which stand under the same 一级指标; bonus and veto items by themselves."""
    kind = facts.row.item.partition(".")[0]
    if not kind.isdecimal():
        return [one for one in waiting if one.item.partition(".")[0] == kind]
    numbers = {
        str(indicator.number) for group in facts.catalogue.groups if group.number == facts.indicator.group
        for indicator in group.indicators
    }  # fmt: skip
    return [one for one in waiting if one.item in numbers]


def _stamp(rows: list[Any]) -> int:
    """What a button carries of answers as they stand, so that none is accepted that was not shown."""
    return crc32(repr([(row.id, row.version) for row in rows]).encode())
