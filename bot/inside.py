"""内部: what must stay within our own service. A channel of somebody else's neither asks for it, takes it nor shows it.

A conversation says that it is private (`Flow.private`). There, whatever is written or brought is content; choices, days
and figures are not, so that one can go on pressing in any chat (DOMAIN 9).
"""

from __future__ import annotations

from bot.fields import Ask, Files, Link, Text
from bot.talk import Talk
from bot.turn import Turn

CONTENT = (Text, Files, Link)
"""The kinds of questions that are answered with content."""


def withheld(turn: Turn, talk: Talk) -> bool:
    """Whether the content of a conversation must not stand where the sender is."""
    return not turn.inside and talk.private


def on_the_page(turn: Turn, talk: Talk) -> bool:
    """Whether what is asked next can only be answered on our own page: content, or the summary of it."""
    return withheld(turn, talk) and asks_content(talk.place.current)


def asks_content(question: Ask | None) -> bool:
    """Whether a question is answered with content; None: the summary, which shows it."""
    return question is None or isinstance(question.field, CONTENT)
