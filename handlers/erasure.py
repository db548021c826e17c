"""删除个人信息: the legal section erases what is kept of somebody who has left, after typing that person's name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.reading import tidy
from bot.talk import Talk, keep
from bot.turn import Turn
from handlers.personal_data import subject_at
from models import erasure, people
from models.conversations import CANCELLED
from models.erasure import Goes
from models.personal_data import Subject
from models.rights import Right

flow = Flow("erasure", right=Right.MANAGE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """Who, and what of it goes."""

    subject: Subject
    goes: Goes


@action("er", right=Right.MANAGE, load=subject_at)
def begin(turn: Turn, subject: Subject, button: Button) -> None:
    """删除个人信息."""
    conversation.begin(turn, flow, subject.id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: nobody of the sender's bureau, somebody still in office, or erased already."""
    target = subject_at(turn, subject)
    if target is None or turn.acts(Right.MANAGE, target.place) is None:
        raise Refuse(None, "not_there")
    if target.value.present:
        raise Refuse(None, "in_office", subject=target.value)
    if target.value.name == turn.house.words.text(flow.name, "erased_name"):
        raise Refuse(None, "erased_before")
    return Facts(target.value, erasure.goes(turn.db, subject))


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """The person's name, in the face of what goes and what stays."""
    yield Ask("name", Text(most=50))


@flow.check("name")
def same_name(turn: Turn, a: Answers, name: str) -> None:
    """Refuse: that is not the name."""
    if tidy(name) != tidy(a.facts.subject.name):
        raise Refuse("name", "other_name")


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is erased, for ever."""
    subject = talk.facts.subject
    talk.draft.forget("name")
    keep(turn, talk)
    people.lock(turn.db, subject.id)
    by = erasure.By(turn.actor.person_id, turn.post.id if turn.post else None, turn.inbound.channel)
    erasure.erase(turn.db, subject.id, turn.text("erased_name"), by, turn.now)
    turn.audit("personal.erase", "person", subject.id)
    turn.say("erased", Button("menu"))
