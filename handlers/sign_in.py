"""网页登录, 我的登录: one-time links into the web page, and the browsers in which one is signed in."""

from __future__ import annotations

from typing import Any

from bot import hidden
from bot.actions import action, command, result
from bot.messages import Button
from bot.turn import Turn
from models import accounts, members, people, sessions, upload_links
from models.rights import Right

MOST_LISTED = 5


@command("web", right=Right.USE)
@action("si.web", right=Right.USE)
def link(turn: Turn, button: Button) -> None:
    """网页登录: a link for oneself, made at this moment."""
    address = link_for(turn, turn.actor.person_id)
    if address is not None:
        turn.say("link", Button("si"), link=address, minutes=minutes())


def link_for(turn: Turn, person: int) -> str | None:
    """A new one-time link for a person, as a text may hold it; None: there is no page to sign in on, which is said."""
    if turn.house.site is None:
        with turn.within("sign_in"):
            turn.say("no_page", Button("menu"))
        return None
    name = sessions.make_link(turn.db, turn.house.vault, person, turn.actor.person_id, turn.now)
    turn.audit("link", "person", person)
    return f"{turn.house.site}/enter#{hidden.token(name)}"


def minutes() -> int:
    """How long such a link lasts."""
    return int(sessions.LINK_VALID_FOR.total_seconds()) // 60


def enter(turn: Turn, said: dict[str, Any]) -> None:
    """Somebody opens a one-time link in a browser: a turn of that link's person from here on."""
    found = sessions.link_of(turn.db, turn.house.vault, said["token"], turn.now)
    if found is not None:
        people.lock(turn.db, found.person_id)
    if found is None or not sessions.use_link(turn.db, found.id, turn.now):
        turn.say("link_gone")
    elif not members.in_office(turn.db, found.person_id, turn.today):
        turn.say("no_post")
    else:
        address = str(found.person_id)
        people.have_address(turn.db, found.person_id, turn.inbound.channel, address)
        turn.joined(address)
        begin(turn, said)
        turn.notify([found.person_id], "told_signed_in", Button("si.all"), device=said["device"], now=turn.now)


def vouched(turn: Turn, said: dict[str, Any]) -> None:
    """Somebody's platform has said who opens the page: the person at that address, whose turn it is from here on."""
    by_roster = turn.house.traits[said["channel"]].identifies
    who = accounts.who if by_roster else people.who
    person = who(turn.db, said["channel"], said["address"])
    if person is None or not members.in_office(turn.db, person, turn.today):
        turn.say("no_post")
        return
    people.lock(turn.db, person)
    people.have_address(turn.db, person, turn.inbound.channel, str(person))
    turn.joined(str(person))
    begin(turn, said)


def begin(turn: Turn, said: dict[str, Any]) -> None:
    """Sign the sender in in the browser that says its session, its device and the session it replaces."""
    if said["replaces"]:
        sessions.end_marked(turn.db, said["replaces"], turn.now)
    session = sessions.start(turn.db, turn.actor.person_id, said["session"], said["device"], turn.now)
    turn.audit("sign_in", "session", session, None, said["device"])


@result("leave")
def leave(turn: Turn, said: dict[str, Any]) -> None:
    """退出 on the page: that browser's session ends."""
    sessions.end_marked(turn.db, said["session"], turn.now)
    turn.audit("sign_out", "person", turn.actor.person_id)


@command("sign_ins", right=Right.USE)
@action("si", right=Right.USE)
def mine(turn: Turn, button: Button) -> None:
    """我的登录: where one is signed in on the web."""
    _list(turn, "mine")


@action("si.x", right=Right.USE)
def end_one(turn: Turn, button: Button) -> None:
    """退出 one of them."""
    if not sessions.end(turn.db, turn.actor.person_id, button.id, turn.now):
        _list(turn, "ended_before")
        return
    turn.audit("sign_out", "session", button.id)
    _list(turn, "ended")


@action("si.all", right=Right.USE)
def end_all(turn: Turn, button: Button) -> None:
    """全部退出: also what a link not used yet would open, and every upload page."""
    count = sessions.end_all(turn.db, turn.actor.person_id, turn.now)
    sessions.void_links(turn.db, turn.actor.person_id, turn.now)
    upload_links.end_all(turn.db, turn.actor.person_id, turn.now)
    turn.audit("sign_out", "person", turn.actor.person_id, count, 0)
    turn.say("all_ended", [Button("si.web"), Button("menu")], count=count)


def _list(turn: Turn, sentence: str) -> None:
    found = sessions.of_person(turn.db, turn.actor.person_id, turn.now)
    shown = found[:MOST_LISTED]
    each = [
        Button("si.x", one.id, label=turn.text("end_label", number=number)) for number, one in enumerate(shown, 1)
    ]  # fmt: skip
    rest = [*([Button("si.all")] if found else []), Button("si.web"), Button("menu")]
    leave = f"{turn.house.site}/leave" if turn.house.site is not None else None
    turn.say(sentence, each, rest, found=shown, total=len(found), leave=leave)
