"""Conversations of the legal section that ask for a name, or a part of one, and list who is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bot import conversation
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk, keep
from bot.turn import Turn
from models.conversations import CANCELLED
from models.rights import Right

MOST_FOUND = 8

T = TypeVar("T")


def flow_of(
    name: str,
    found: Callable[[Turn, int, str, int], Sequence[T]],
    show: Callable[[Turn, T], None],
    choice: Callable[[Turn, T], Button],
) -> Flow:
    """Such a conversation, with the words of its own folder.

    `found`: (turn, bureau, what was typed, how many at most) → whoever is called so; `show`: the one found; `choice`: the
    button of one among several.
    """
    flow = Flow(name, right=Right.MANAGE, summary=False)
    flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))

    @flow.questions
    def questions(a: Answers) -> Iterable[Ask]:
        """Whose."""
        yield Ask("who", Text(most=20))

    @flow.check("who")
    def somebody(turn: Turn, a: Answers, part: str) -> None:
        """Refuse: nobody is called so, or too many are."""
        people = _found(turn, part)
        if not people:
            raise Refuse("who", "nobody")
        if len(people) > MOST_FOUND:
            raise Refuse("who", "too_many")

    @flow.done
    def done(turn: Turn, talk: Talk) -> None:
        """The one found, or the choice between them; the name that was typed is not kept."""
        people = _found(turn, talk.place.answers.who)
        talk.draft.forget("who")
        keep(turn, talk)
        if len(people) == 1:
            show(turn, people[0])
        else:
            turn.say("which", *(choice(turn, one) for one in people))

    def _found(turn: Turn, part: str) -> Sequence[T]:
        assert turn.post is not None
        return found(turn, turn.post.bureau_id, part, MOST_FOUND + 1)

    return flow
