"""菜单, 帮助, 我的信息: what one can do here, and what is kept of oneself."""

from __future__ import annotations

from bot.actions import ANYONE, action, command
from bot.messages import Button
from bot.turn import Turn
from handlers.items import ANSWERS
from handlers.self_assessment import SEES


@command("menu", allow=ANYONE)
def menu(turn: Turn, number: int | None) -> None:
    """菜单: what this person can do."""
    roles = {post.role for post in turn.actor.posts}
    rows = [[Button("go", primary=True), Button("ov")]] if roles & ANSWERS else [[Button("ov", primary=True)]]
    rows = rows if roles & SEES else []
    turn.say("menu", *rows, [Button("help"), Button("me")], posts=turn.actor.posts)


@action("menu", allow=ANYONE)
def menu_pressed(turn: Turn, button: Button) -> None:
    """菜单, as a button."""
    menu(turn, None)


@command("help", allow=ANYONE)
def help_(turn: Turn, number: int | None) -> None:
    """帮助: the words that work anywhere."""
    turn.say("help", [Button("resume", primary=True), Button("menu")])


@action("help", allow=ANYONE)
def help_pressed(turn: Turn, button: Button) -> None:
    """帮助, as a button."""
    help_(turn, None)


@command("me", allow=ANYONE)
def me(turn: Turn, number: int | None) -> None:
    """我的信息: name and posts."""
    turn.say("me", Button("menu"), person=turn.actor.name, posts=turn.actor.posts)


@action("me", allow=ANYONE)
def me_pressed(turn: Turn, button: Button) -> None:
    """我的信息, as a button."""
    me(turn, None)
