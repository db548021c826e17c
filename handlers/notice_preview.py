"""预览: whom a notice would reach and how, what they have had this week, what it will look like; and a copy to oneself."""

from __future__ import annotations

from bot import conversation
from bot.actions import action
from bot.messages import Button
from bot.talk import Talk, current
from bot.turn import Turn
from handlers.notice_writing import GO
from models.outgoing import Urgency
from models.rights import Right

FLOWS = ("notice_write", "notice_edit", "notice_again")
PAGE = 20
"""People to a page of the list."""


@action("nt.me", right=Right.WRITE_NOTICE)
def to_oneself(turn: Turn, button: Button) -> None:
    """先发给自己看: as recipients get it, to where the sender gets messages."""
    talk = _at_the_end(turn)
    if talk is None:
        return
    message = talk.facts.drawn(talk.place.answers, inside=False)
    message.text = f"{turn.text('only_you')}\n{message.text}"
    turn.bring(turn.actor.person_id, message.body() | {"news": True}, Urgency.REPLY)
    conversation.ask(turn, talk, lead=turn.text("sent_to_you"))


@action("nt.ch", right=Right.WRITE_NOTICE)
def change(turn: Turn, button: Button) -> None:
    """改: which of the answers?"""
    talk = _at_the_end(turn)
    if talk is not None:
        keys = talk.flow.numbered(talk.place)
        turn.say("to_change", [Button("e", talk.id, 0, key, label=talk.called(turn, key)) for key in keys])


@action("nt.now", right=Right.WRITE_NOTICE)
def at_once(turn: Turn, button: Button) -> None:
    """立即: it does not wait for a decent hour."""
    talk = _at_the_end(turn)
    if talk is None:
        return
    question = talk.place.ask("at_once")
    if question is not None:
        talk.move(talk.flow.take(talk.draft, talk.place, question, GO))
        talk.stamp += 1
    conversation.ask(turn, talk)


@action("nt.who", right=Right.WRITE_NOTICE)
def who(turn: Turn, button: Button) -> None:
    """收件人: by name, those first who can only be telephoned; from the place that the button carries."""
    talk = _at_the_end(turn)
    if talk is None:
        return
    people = talk.facts.reached(talk.place.answers).by
    begins = min(button.id, max(0, len(people) - 1))
    ends = begins + PAGE
    onward = [Button("nt.who", ends, label=turn.text("further"))] if ends < len(people) else []
    turn.say(
        "people",
        [*onward, Button("resume")],
        shown=people[begins:ends],
        begins=begins,
        total=len(people),
        facts=talk.facts,
    )


def _at_the_end(turn: Turn) -> Talk | None:
    """The sender's notice, once all is answered; None: there is none, which has been said."""
    talk = current(turn)
    if turn.was_ended:
        return None
    if talk is None or talk.flow.name not in FLOWS:
        turn.say("not_writing", Button("nt.new"), Button("menu"))
        return None
    if talk.place.current is not None:
        conversation.ask(turn, talk, resumed=True)
        return None
    return talk
