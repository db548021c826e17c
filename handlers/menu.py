"""菜单, 帮助, 我的信息: what one can do here, and what is kept of oneself."""

from __future__ import annotations

from bot.actions import ANYONE, action, command
from bot.messages import Button
from bot.turn import Turn
from handlers.items import ANSWERS
from handlers.self_assessment import SEES


@command("menu", allow=ANYONE)
@action("menu", allow=ANYONE)
def menu(turn: Turn, button: Button) -> None:
    """菜单: what this person can do."""
    offered = [Button("go", primary=True), Button("ov")] if turn.actor.post_as(ANSWERS) else []
    if not offered and turn.actor.post_as(SEES):
        offered = [Button("ov", primary=True)]
    turn.say("menu", offered, [Button("help"), Button("me")], posts=turn.actor.posts, offered=offered)


@command("help", allow=ANYONE)
@action("help", allow=ANYONE)
def help_(turn: Turn, button: Button) -> None:
    """帮助: the words that work anywhere."""
    turn.say("help", [Button("resume", primary=True), Button("menu")])


@command("me", allow=ANYONE)
@action("me", allow=ANYONE)
def me(turn: Turn, button: Button) -> None:
    """我的信息: name and posts."""
    turn.say("me", Button("menu"), person=turn.actor.name, posts=turn.actor.posts)
