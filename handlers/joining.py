"""Joining: whoever is unknown shows by a code and four figures to be somebody who was invited; and 不是本人."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.actions import Target, action, result
from bot.messages import Button, Message, cleaned
from bot.reading.code import read_code, read_last_digits
from bot.router import CODE, STRANGER
from bot.turn import Turn
from handlers import members as people_here
from handlers import sign_in
from handlers.menu import offered
from models import holders, joining, members, own_data, people
from models.joining import LOCKED_FOR, MOST_WRONG_DIGITS, Standing
from models.people import Role
from models.rights import Right
from models.vault import same

MOST_OFFERED = 3
"""What is offered at once; the menu has the rest."""
TELL_STRANGERS_EVERY = timedelta(hours=1)
"""So that two machines do not talk to each other for ever."""
TELL_LOCKED_EVERY = timedelta(minutes=10)


@result(STRANGER)
def stranger(turn: Turn, outcome: dict[str, Any]) -> None:
    """Whatever comes from where nobody is known, and from groups."""
    inbound = turn.inbound
    if inbound.group:
        _leave_group(turn)
    elif inbound.work is None:
        _listen(turn, joining.meet(turn.db, inbound.channel, inbound.address))
    elif inbound.work[0] == "join":
        _join_on_a_page(turn, inbound.work[1])
    elif inbound.work[0] in ("enter", "vouched"):
        with turn.within("sign_in"):
            let_in = sign_in.enter if inbound.work[0] == "enter" else sign_in.vouched
            let_in(turn, inbound.work[1])


@result(CODE)
def code_of_somebody_known(turn: Turn, outcome: dict[str, Any]) -> None:
    """Somebody who has joined here sends a code: no need of it, or it is another person's."""
    turn.echo(turn.text("not_shown"))
    own = outcome["invitation"].person_id == turn.actor.person_id
    turn.say("joined_already" if own else "another_is_here", Button("menu"), posts=turn.actor.posts)


def invitation_at(turn: Turn, number: int) -> Target | None:
    """An invitation of somebody whom the sender may look after."""
    invitation = joining.by_id(turn.db, number)
    person = people_here.person_at(turn, invitation.person_id) if invitation is not None else None
    return None if person is None else Target(invitation, person.place)


@action("join.no", right=Right.MANAGE, load=invitation_at)
def not_that_person(turn: Turn, invitation: Any, button: Button) -> None:
    """不是本人，停用: the address that joined by this code is nobody's from now on."""
    place = members.place_at(turn.db, invitation.used_channel, invitation.used_address)
    still = place is not None and place.person_id == invitation.person_id
    if place is None or not still or not joining.is_latest_use(turn.db, invitation):
        turn.say("already_unlinked", Button("mb", invitation.person_id))
        return
    with turn.within("members"):
        people_here.unlink(turn, place)


def _leave_group(turn: Turn) -> None:
    place = joining.meet(turn.db, turn.inbound.channel, turn.inbound.address)
    text = turn.text("not_in_groups") if _may_tell(turn, place, TELL_STRANGERS_EVERY) else ""
    turn.send(Message(text, leave=True))


def _listen(turn: Turn, place: Any) -> None:
    text = cleaned(turn.inbound.text or "")
    code = read_code(text)
    if (until := joining.locked_until(place, turn.now)) is not None:
        if _may_tell(turn, place, TELL_LOCKED_EVERY):
            turn.say("locked", until=until)
    elif code is not None:
        invitation = _open_invitation(turn, place, code)
        if invitation is not None:
            joining.keep(turn.db, place, invitation_id=invitation.id)
            turn.say("code_taken", person=_member(turn, invitation.person_id))
    elif place.invitation_id is None:
        if _may_tell(turn, place, TELL_STRANGERS_EVERY):
            turn.say("stranger")
    elif (digits := read_last_digits(text)) is None:
        turn.say("digits_wanted")
    elif (invitation := _proven(turn, place, place.invitation_id, digits)) is not None:
        _join(turn, invitation, turn.inbound.address)
        joining.keep(turn.db, place, invitation_id=None)


def _join_on_a_page(turn: Turn, said: dict[str, Any]) -> None:
    """Code and figures at once, from a network that is nobody's own."""
    place = joining.meet(turn.db, turn.inbound.channel, turn.inbound.address)
    digits = read_last_digits(said["digits"])
    if (until := joining.locked_until(place, turn.now)) is not None:
        turn.say("locked", until=until)
    elif digits is None:
        turn.say("digits_wanted")
    else:
        invitation = _open_invitation(turn, place, read_code(said["code"]) or "")
        if invitation is not None and _proven(turn, place, invitation.id, digits) is not None:
            _join(turn, invitation, str(invitation.person_id), said)


def _open_invitation(turn: Turn, place: Any, code: str) -> Any | None:
    """The invitation of a code that is good; else None, which is counted as a wrong try and said."""
    invitation = joining.by_code(turn.db, turn.house.vault, code)
    standing = None if invitation is None else _standing(turn, invitation)
    if standing is Standing.OPEN:
        return invitation
    _say_wrong(turn, place, "code_unknown" if standing is None else f"code_{standing.value}")
    return None


def _standing(turn: Turn, invitation: Any) -> Standing:
    """What an invitation is good for; for nothing, if who was invited has left since."""
    standing = joining.standing(invitation, turn.now)
    left = standing is Standing.OPEN and _member(turn, invitation.person_id) is None
    return Standing.VOID if left else standing


def _proven(turn: Turn, place: Any, number: int, digits: str) -> Any | None:
    """The invitation if the figures are right and it can be used now; else None, and why is said."""
    person = joining.person_of(turn.db, number)
    people.lock(turn.db, person)  # guesses at one code are counted one after the other
    invitation = joining.by_id(turn.db, number)
    assert invitation is not None
    standing = _standing(turn, invitation)
    if standing is not Standing.OPEN:
        joining.keep(turn.db, place, invitation_id=None)
        turn.say(f"code_{standing.value}", left=None)
    elif not same(digits, members.mobile_of(turn.db, person)[-4:]):
        void = joining.note_wrong_digits(turn.db, number) >= MOST_WRONG_DIGITS
        if void:
            _tell_void(turn, invitation)
        _say_wrong(turn, place, "code_void" if void else "wrong_digits")
    elif not members.in_office(turn.db, person, turn.today):
        turn.say("not_in_office")
    else:
        return invitation
    return None


def _join(turn: Turn, invitation: Any, address: str, browser: dict[str, Any] | None = None) -> None:
    """Be at the address from now on, with a session in the browser if it is one."""
    channel, person = turn.inbound.channel, invitation.person_id
    if not joining.claim(turn.db, invitation.id, channel, address, turn.now):
        turn.say("code_used", left=None)
        return
    people.have_address(turn.db, person, channel, address)
    turn.joined(address)
    turn.audit("join", "invitation", invitation.id, None, channel)
    if browser is not None:
        sign_in.begin(turn, browser)
    own_data.inform(turn.db, person, turn.now)
    turn.say("welcome", offered(turn)[:MOST_OFFERED], [Button("me"), Button("menu")], posts=turn.actor.posts)
    tell_off = Button("join.no", invitation.id)
    _tell_section(turn, turn.news, invitation, "told_joined", tell_off, channel=channel, now=turn.now)


def _tell_void(turn: Turn, invitation: Any) -> None:
    turn.audit("invitation.void", "invitation", invitation.id)
    # Somebody may be guessing: that is told at once.
    _tell_section(turn, turn.notify, invitation, "told_void", Button("inv.one", invitation.person_id))


def _tell_section(
    turn: Turn, tell: Callable[..., None], invitation: Any, sentence: str, button: Button, **context: Any
) -> None:
    """Tell the legal section of whoever was invited."""
    who = _member(turn, invitation.person_id)
    bureaus = members.bureaus_of(turn.db, invitation.person_id, turn.today)
    section = {
        one for bureau in bureaus for one in holders.in_bureau(turn.db, bureau, Role.LEGAL_SECTION, turn.today)
    } - {invitation.person_id}  # fmt: skip
    if who is not None:
        tell(section, sentence, button, person=who, **context)


def _member(turn: Turn, person: int) -> members.Member | None:
    bureaus = members.bureaus_of(turn.db, person, turn.today)
    return members.member(turn.db, bureaus[0], person, turn.today) if bureaus else None


def _say_wrong(turn: Turn, place: Any, sentence: str) -> None:
    left = joining.note_wrong_try(turn.db, place, turn.now)
    if left:
        turn.say(sentence, left=left)
    else:
        turn.say("locked", until=turn.now + LOCKED_FOR)


def _may_tell(turn: Turn, place: Any, every: timedelta) -> bool:
    if place.told_at is not None and turn.now - place.told_at < every:
        return False
    joining.keep(turn.db, place, told_at=turn.now)
    return True
