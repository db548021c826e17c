"""菜单, 帮助, 我的信息: what one can do here, and what is kept of oneself."""

from __future__ import annotations

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from models.rights import Right


@command("menu", right=Right.USE)
@action("menu", right=Right.USE)
def menu(turn: Turn, button: Button) -> None:
    """菜单: what this person can do."""
    offered = [Button("go", primary=True), Button("ov")] if turn.actor.may(Right.ANSWER) else []
    if not offered and turn.actor.may(Right.SEE_ANSWERS):
        offered = [Button("ov", primary=True)]
    turn.say("menu", offered, [Button("help"), Button("me")], posts=turn.actor.posts, offered=offered)


@command("help", right=Right.USE)
@action("help", right=Right.USE)
def help_(turn: Turn, button: Button) -> None:
    """帮助: the words that work anywhere."""
    turn.say("help", [Button("resume", primary=True), Button("menu")])


@command("me", right=Right.USE)
@action("me", right=Right.USE)
def me(turn: Turn, button: Button) -> None:
    """我的信息: name and posts."""
    turn.say("me", Button("menu"), person=turn.actor.name, posts=turn.actor.posts)
