"""撤回备案: the legal section takes a filed change back, with the reason, until its day; and 待生效变动, where it finds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import personnel_cards as shown
from handlers import personnel_effects, vacancy_reminders
from handlers.personnel_cards import KIND
from handlers.personnel_filing import hold
from handlers.units import speakers
from models import mergers
from models.conversations import CANCELLED
from models.people import Unit
from models.personnel import changes, undoing, waiting
from models.personnel.changes import State
from models.personnel.filing import NoPlace, Obstacle
from models.rights import Place, Right

MOST_LISTED = 8
REASON_LIMIT = 100

flow = Flow("personnel_undo", right=Right.FILE_CHANGE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The change that is taken back."""

    change: Any
    view: shown.View


@command("ahead", right=Right.REPORT_CHANGE, ambiguous=False)
@action("pc.next", right=Right.REPORT_CHANGE)
def ahead(turn: Turn, button: Button) -> None:
    """待生效变动: what is filed, in the unit of the post acted in or in its bureau, and has its day ahead, the earliest first."""
    found = list(filed_ahead(turn))
    first = found[:MOST_LISTED]
    opens = [Button("pc.see", one.id, label=turn.text("open", number=number)) for number, one in enumerate(first, 1)]
    turn.say("ahead", opens, [Button("pc"), Button("menu")], listed=[shown.view(turn, one) for one in first],
             more=len(found) - len(first))  # fmt: skip


def filed_ahead(turn: Turn) -> Iterator[Any]:
    """The filed changes whose day lies ahead, as far as the sender reports changes in the post acted in."""
    assert turn.post is not None
    for change in waiting.ahead(turn.db, turn.post.bureau_id, turn.today):
        if turn.actor.may(Right.REPORT_CHANGE, Place(change.bureau_id, unit=change.unit_id)):
            yield change


@action("pc.undo", right=Right.FILE_CHANGE, load=shown.change_at)
def undo(turn: Turn, change: Any, button: Button) -> None:
    """撤回备案: the reason is asked for, unless something stands against it."""
    if change.state == State.IN_EFFECT:
        shown.show(turn, change, turn.text("in_effect", view=shown.view(turn, change)))
    elif change.version != button.version or not shown.may_undo(turn, change):
        shown.show_stale(turn, change)
    elif (against := _against(turn, change)) is not None:
        shown.show(turn, change, against)
    else:
        conversation.begin(turn, flow, change.id, replaces=(flow.name,))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such change in this bureau, or it is in effect, or taken back, by now."""
    target = shown.change_at(turn, subject)
    if target is None or turn.acts(flow.right, target.place) is None:
        raise Refuse(None, "not_there")
    change = target.value
    if change.state == State.IN_EFFECT:
        raise Refuse(None, "in_effect", view=shown.view(turn, change))
    if not shown.may_undo(turn, change) or (basis is not None and change.version != basis):
        raise Refuse(None, "moved_on", view=shown.view(turn, change, turn.actor.person_id))
    return Facts(change, shown.view(turn, change))


@flow.start
def begin(facts: Facts, at: str | None) -> tuple[dict[str, Any], int]:
    """The reason is about the change as it was shown."""
    return {}, facts.change.version


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Why."""
    yield Ask("why", Text(REASON_LIMIT, least=4))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """Its posts are as before it was filed, and everybody concerned is told. Refuse: something stands against it by now."""
    change, why = talk.facts.change, talk.place.answers.why
    hold(turn, change)
    if (against := _against(turn, change)) is not None:
        raise Refuse(None, "stands_against", against=against)
    lines = changes.lines_of(turn.db, change.id)
    changes.undo(turn.db, change, turn.actor.person_id, why, turn.now)
    undoing.write_posts(turn.db, lines, turn.today, turn.now)
    left = undoing.restore_delegations(turn.db, lines, change.effective_on)
    merger = mergers.of_change(turn.db, change.id)
    mergers.undo(turn.db, change.id)
    goes_on = [line.post_id for line in lines if line.post_id is not None]
    never = [line.begun_id for line in lines if line.begun_id is not None]
    after = {"state": State.WITHDRAWN.value, "reason": why, "goes_on": goes_on, "never_begun": never}
    turn.audit("personnel.undo", KIND, change.id, change.state, after)
    undone = changes.by_id(turn.db, change.id)
    shown.redraw(turn, change.id)
    vacancy_reminders.watch(turn, change.bureau_id, change.unit_id)
    _tell(turn, undone, lines, speakers(turn, merger.into_id) if merger is not None else ())
    _tell_of_standing_in(turn, left)
    shown.reply(turn, undone, Button("pc"))


def _against(turn: Turn, change: Any) -> str | None:
    """Why it cannot be taken back, in a sentence; None: nothing stands against it."""
    unit = turn.db.session.get_one(Unit, change.unit_id)
    with turn.within(flow.name):
        try:
            undoing.check(turn.db, unit, changes.lines_of(turn.db, change.id), change.effective_on)
        except NoPlace as found:
            return turn.text("no_place", role=found.role, quota=found.quota, would_be=found.would_be)
        except Obstacle as found:
            return turn.text(found.code, name=found.name)
    return None


def _tell(turn: Turn, change: Any, lines: list[Any], besides: Iterable[int]) -> None:
    """Whose post goes on, or will not begin; whoever reported and recommended it, and `besides`."""
    view, sender = shown.view(turn, change), turn.actor.person_id
    stay = [(shown.holder_of(turn, line.post_id), line.role) for line in lines if line.post_id is not None]
    never = [(line.successor_id, line.role) for line in lines]
    with turn.within(flow.name):
        for sentence, found in (("stays", stay), ("never_begins", never)):
            for person, roles in personnel_effects.by_person(found):
                if person != sender:
                    personnel_effects.tell(
                        turn, person, change.bureau_id, sentence, view=view, roles=roles, today=turn.today
                    )
        others = {change.reporter_id, change.recommended_by, *besides} - {None, sender}
        turn.remind(others, "undone", Button("pc"), view=view)


def _tell_of_standing_in(turn: Turn, left: list[Any]) -> None:
    """代办 that was cut short by the change and cannot go on ends as early still: both may arrange it anew."""
    with turn.within(flow.name):
        for row in left:
            both, last = {row.person_id, row.on_behalf_of}, row.ends_on - timedelta(days=1)
            turn.remind(both - {turn.actor.person_id}, "until_then", Button("dl.u", row.unit_id), row=row, last=last)
