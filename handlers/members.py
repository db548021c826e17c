"""人员登录: how the legal section looks after where people of its bureau have joined: 停用, and a link for the web page."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from bot import conversation
from bot.actions import Target, action, command
from bot.messages import Button
from bot.turn import Turn
from handlers import finding, sign_in
from models import joining, members
from models.members import Member
from models.rights import Place, Right


def person_at(turn: Turn, person: int) -> Target | None:
    """Somebody of a bureau that the sender may manage; else of whatever bureau, for the router to refuse."""
    bureaus = members.bureaus_of(turn.db, person, turn.today)
    mine = {post.bureau_id for post in turn.actor.fitting(Right.MANAGE)}
    bureau = next((one for one in bureaus if one in mine), next(iter(bureaus), None))
    found = None if bureau is None else members.member(turn.db, bureau, person, turn.today)
    return None if bureau is None or found is None else Target(found, Place(bureau))


def place_at(turn: Turn, number: int) -> Target | None:
    """An address of such a person."""
    place = members.place_by_id(turn.db, number)
    person = None if place is None else person_at(turn, place.person_id)
    return None if person is None else Target(place, person.place)


@command("members", right=Right.MANAGE)
@action("mb.find", right=Right.MANAGE)
def find(turn: Turn, button: Button) -> None:
    """人员登录: whose?"""
    conversation.begin(turn, flow)


@action("mb", right=Right.MANAGE, load=person_at)
def show(turn: Turn, person: Member, button: Button) -> None:
    """One person: where they have joined, and when each place was last used."""
    _show(turn, person)


@action("mb.off", right=Right.MANAGE, load=place_at)
def off(turn: Turn, place: Any, button: Button) -> None:
    """停用 one of these places, if it still is the one that was shown: ids may be given again."""
    if _print(place) != button.version:
        turn.say("not_there")
    else:
        unlink(turn, place)


@action("mb.in", right=Right.MANAGE, load=person_at)
def give_link(turn: Turn, person: Member, button: Button) -> None:
    """给登录链接, to somebody who has proved once who they are."""
    if not _has_joined(turn, person.id):
        turn.say("never_joined", Button("inv.one", person.id), person=person)
    elif (link := sign_in.link_for(turn, person.id)) is not None:
        turn.say("link_for", person=person, link=link, minutes=sign_in.minutes())


def unlink(turn: Turn, place: Any) -> None:
    """Take an address from its person, and say so."""
    target = person_at(turn, place.person_id)
    assert target is not None
    members.unlink(turn.db, place, turn.now)
    turn.audit("unlink", "person", place.person_id, place.channel, None)
    again = [Button("inv.one", place.person_id), Button("mb.in", place.person_id)]
    turn.say("unlinked", again, person=target.value, channel=place.channel)


def _show(turn: Turn, person: Member) -> None:
    places = members.places(turn.db, person.id)
    until = joining.open_for(turn.db, [person.id], turn.now).get(person.id)
    offs = [
        Button("mb.off", one.id, _print(one), label=turn.text("off_label", channel=one.channel, number=number))
        for number, one in enumerate(places, 1)
    ]
    links = [Button("mb.in", person.id)] if _has_joined(turn, person.id) else []
    rest = [*links, Button("inv.one", person.id), Button("menu")]
    turn.say("card", offs, rest, person=person, places=places, until=until)


def _has_joined(turn: Turn, person: int) -> bool:
    return bool(members.places(turn.db, person)) or joining.ever_used(turn.db, person)


def _print(place: Any) -> int:
    return crc32(f"{place.channel} {place.address}".encode())


flow = finding.flow_of(
    "members",
    found=lambda turn, bureau, part, most: members.named(turn.db, bureau, turn.today, part, most),
    show=_show,
    choice=lambda turn, person: Button("mb", person.id, label=turn.text("label", person=person)),
)
