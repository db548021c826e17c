"""Texts that answer no question on show: kept back, and asked back, until the person says what they are."""

from __future__ import annotations

from typing import Any

from bot import asking, commands, conversation, inside
from bot.actions import action
from bot.messages import Button
from bot.talk import FLOWS, Talk, current
from bot.turn import Turn
from models import conversations as kept
from models import outgoing, people
from models.rights import Right


def meant_for_another(turn: Turn, talk: Talk) -> tuple[int, str] | None:
    """The (conversation, question) a text was meant for, if it cannot have been the current one; else None.

    It cannot where this channel still shows another question, or where the sender had not yet seen the current one.
    """
    actor, seen = turn.actor, turn.inbound.seen
    if not is_shown(turn, talk):
        return actor.shown_conversation or 0, actor.shown_key or ""
    if seen is None or actor.shown_message is None or seen >= actor.shown_message:
        return None
    row = outgoing.row(turn.db, seen)
    of = row.body.get("of") if row is not None and row.person_id == actor.person_id else None
    return None if of is None or tuple(of) == (talk.id, actor.shown_key) else (int(of[0]), str(of[1]))


def is_shown(turn: Turn, talk: Talk) -> bool:
    """Whether the question last shown on this channel is the current one."""
    return (turn.actor.shown_conversation, turn.actor.shown_key) == (talk.id, talk.key)


def ask_word(turn: Turn, talk: Talk, text: str) -> None:
    """A command word came where free text is asked for: is it the command, or the content?"""
    _hold(turn, talk.id, talk.key, text, "word")
    command = Button("h", talk.id, 0, "do", label=text, primary=True)
    turn.say(
        "word_or_content", [command, Button("h", talk.id, 0, "content")], text=text, called=talk.called(turn, talk.key)
    )


def ask_late(turn: Turn, talk: Talk, text: str, conversation_id: int, key: str) -> None:
    """A text came for a question that is no longer the one: does it replace that answer?"""
    asked = asking.asked_before(turn, conversation_id, key)
    private = asked is not None and asked.private and not turn.inside
    for_before = asked is not None and asked.written and not private
    for_now = _takes_writing(turn, talk)
    if private or inside.withheld(turn, talk):
        turn.wipe()
    if not for_before and not for_now:
        conversation.ask(turn, talk, lead=asked.became if asked is not None else "", resumed=True)
        return
    _hold(turn, conversation_id, key, text, "late")
    offered = (["use"] if for_before else []) + (["now"] if for_now else []) + ["drop"]
    answered = asked is not None and asked.answered
    labels = {"use": turn.label("h.replace" if answered else "h.use")}
    buttons = [Button("h", conversation_id, 0, what, labels.get(what), what == offered[0]) for what in offered]
    called = asked.called if asked is not None else ""
    now_called = talk.called(turn, talk.key)
    turn.say("held", buttons, text=text, called=called, now_called=now_called, for_before=for_before, answered=answered)


def is_said_again(turn: Turn, text: str) -> bool:
    """Whether a command word is typed a second time, after it was asked back."""
    held = turn.actor.held
    return held is not None and held["why"] == "word" and held["text"] == text


@action("h", right=Right.USE)
def settle(turn: Turn, button: Button) -> None:
    """The person says what a held text is: a command (do), the answer it was for (use, content), the one now (now), or nothing."""
    held = turn.actor.held
    if held is None or held.get("conversation") != button.id:
        turn.say("held_settled")
        return
    people.hold(turn.db, turn.actor.address_id, None)
    talk = current(turn)
    if button.arg == "do" and (found := commands.find(turn.house.words, held["text"])):
        commands.run(turn, *found)
    elif button.arg in ("use", "content"):
        talk = _back_to(turn, held)
        if talk is not None and talk.key == held["key"]:
            conversation.answer_text(turn, talk, held["text"])
        elif talk is not None:
            conversation.ask(turn, talk, lead=turn.text("held_not_now"), resumed=True)
    elif talk is None:
        turn.say("nothing_open", Button("menu"))
    elif button.arg == "now":
        conversation.answer_text(turn, talk, held["text"])
    else:
        conversation.ask(turn, talk, resumed=True)


def _hold(turn: Turn, conversation_id: int, key: str, text: str, why: str) -> None:
    people.hold(turn.db, turn.actor.address_id, {"text": text, "conversation": conversation_id, "key": key, "why": why})


def _takes_writing(turn: Turn, talk: Talk) -> bool:
    question = talk.place.current
    return question is not None and question.field.kind in asking.WRITTEN and not inside.on_the_page(turn, talk)


def _back_to(turn: Turn, held: dict[str, Any]) -> Talk | None:
    row = kept.by_id(turn.db, held["conversation"])
    if row is None:
        return None
    return conversation.entered(turn, FLOWS[row.flow], row.subject, at=held["key"])
