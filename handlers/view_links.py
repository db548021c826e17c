"""The way to a page about one object (bot/viewing.py): opened where one is, or by a link made at this moment for the sender."""

from __future__ import annotations

from bot import viewing
from bot.messages import Button
from bot.turn import Turn
from models import sessions

MINUTES = int(viewing.LASTS.total_seconds()) // 60


def open_page(turn: Turn, kind: str, object_id: int, name: str) -> bool:
    """Say where the page about an object called so is; False: there is no page to sign in on, which is said."""
    if not turn.inside and turn.house.site is None:
        with turn.within("sign_in"):
            turn.say("no_page", Button("menu"))
        return False
    path = viewing.link(turn, kind, object_id)
    with turn.within("view_links"):
        if turn.inside:
            _open_here(turn, name, path)
        else:
            _give_link(turn, name, f"{turn.house.site}{path}")
    return True


def _open_here(turn: Turn, name: str, path: str) -> None:
    """On our own page the link is pressed; where our own channel is no page, it can only be spoken of."""
    if turn.house.traits[turn.inbound.channel].lists:
        said = turn.text("opens_here", name=name, minutes=MINUTES)
        turn.say_text(said, file={"name": turn.text("page", name=name), "size": None, "url": path})
    else:
        turn.say("on_the_web", name=name)


def _give_link(turn: Turn, name: str, address: str) -> None:
    vouched = turn.house.traits[turn.inbound.channel].vouches
    signed_in = vouched or bool(sessions.of_person(turn.db, turn.actor.person_id, turn.now))
    sign_in = [] if signed_in else [Button("si.web", primary=True)]
    turn.say("link", sign_in, name=name, link=address, minutes=MINUTES, signed_in=signed_in)
