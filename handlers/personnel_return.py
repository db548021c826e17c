"""退回: the head, or the legal section, sends a change back to its reporter with the reason; what was answered stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import personnel_cards as shown
from handlers.personnel_cards import KIND
from handlers.personnel_reminders import watch
from models.conversations import CANCELLED
from models.personnel import changes
from models.personnel.changes import State
from models.rights import Right

COMMENT_LIMIT = 200

flow = Flow("personnel_return", right=Right.REPORT_CHANGE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The change that goes back."""

    change: Any
    view: shown.View


@action("pc.back", right=Right.RECOMMEND, load=shown.change_at)
@action("pc.ret", right=Right.FILE_CHANGE, load=shown.change_at)
def send_back(turn: Turn, change: Any, button: Button) -> None:
    """退回: the reason is asked for."""
    if change.version == button.version and _may(turn, change):
        conversation.begin(turn, flow, change.id, replaces=(flow.name,))
    else:
        shown.show_stale(turn, change)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such change for the sender to judge, or somebody has moved it since."""
    target = shown.change_at(turn, subject)
    if target is None or turn.acts(flow.right, target.place) is None:
        raise Refuse(None, "not_there")
    change = target.value
    if not _may(turn, change) or (basis is not None and change.version != basis):
        raise Refuse(None, "moved_on", view=shown.view(turn, change, turn.actor.person_id))
    return Facts(change, shown.view(turn, change))


@flow.start
def begin(facts: Facts, at: str | None) -> tuple[dict[str, Any], int]:
    """The reason is about the change as it was shown."""
    return {}, facts.change.version


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """What is to be mended."""
    yield Ask("comment", Text(COMMENT_LIMIT, least=2))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It goes back; the reporter is told why, everybody else's card changes."""
    change, comment = talk.facts.change, talk.place.answers.comment
    changes.send_back(turn.db, change, turn.actor.person_id, comment, turn.now)
    turn.audit("personnel.return", KIND, change.id, change.state, comment)
    returned = changes.by_id(turn.db, change.id)
    shown.redraw(turn, change.id)
    with turn.within(shown.FOLDER):
        row = shown.buttons(returned, shown.MEND)
        told = set(shown.doing_the_reporters_work(turn, returned)) - {turn.actor.person_id}
        about = KIND, change.id
        turn.remind(told, "card", row, of=about, card=about, view=shown.view(turn, returned), asks=shown.MEND)
    watch(turn, change.id)
    shown.reply(turn, returned)


def _may(turn: Turn, change: Any) -> bool:
    """Whoever is asked to recommend or file it may send it back; the legal section also while it waits for a head."""
    me = turn.actor.person_id
    if shown.asked_of(turn, change, me) in (shown.RECOMMEND, shown.FILE):
        return True
    return change.state == State.SUBMITTED and me in shown.section_of(turn, change)
