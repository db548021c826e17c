"""In which post somebody acts: the one that the thing needs; where posts of several units fit, it is asked once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.flow import Refuse
from bot.messages import Button
from bot.turn import Turn
from models import people
from models.rights import Right

if TYPE_CHECKING:
    from bot.actions import Target

WHICH_POST = "post"
"""Why a delivery is held back: it goes on once the post is chosen."""


def acts(turn: Turn, right: Right) -> bool:
    """Act in a post that gives the right; False: none does, or it must be chosen first, and that has been said."""
    fits = turn.actor.fitting(right)
    if not fits:
        turn.say("no_right")
        return False
    chosen = fits[0].id == turn.actor.acts_in
    if right is not Right.USE and not chosen and len({post.unit_id for post in fits}) > 1:
        inbound = turn.inbound
        people.hold(
            turn.db, turn.actor.address_id, {"why": WHICH_POST, "press": inbound.press, "text": inbound.text or ""}
        )
        ask(turn, "which_post", fits)
        return False
    turn.post = fits[0]
    return True


def theirs(turn: Turn, right: Right, target: Target | None) -> Any:
    """What a load has found for a conversation, if the sender may do this with it; they act in the post that lets them.

    Refuse: it is not there, as far as they are concerned.
    """
    if target is None or turn.acts(right, target.place) is None:
        raise Refuse(None, "not_there")
    return target.value


def ask(turn: Turn, sentence: str, posts: list[people.HeldPost]) -> None:
    """Let the sender choose between posts."""
    buttons = [
        [Button("as", post.id, label=turn.text("post_label", post=post), primary=post is posts[0])] for post in posts
    ]
    turn.say(sentence, *buttons)
