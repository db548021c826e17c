"""邀请: the legal section makes codes for those of its bureau who have not joined yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from bot import conversation, hidden
from bot.actions import action, command
from bot.fields import Ask, Option, Several
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.members import person_at
from models import joining, members
from models.conversations import CANCELLED
from models.members import Member
from models.rights import Right

PAGE = 8
MOST_AT_ONCE = 30
"""Codes of one go: what can be forwarded with some care."""

flow = Flow("invitations", right=Right.MANAGE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class People(Several):
    """Some of those on the page, or everybody."""

    instead: tuple[str, ...] = ("all",)


@dataclass(frozen=True)
class Facts:
    """A page of those who have not joined, and until when some of them have a code."""

    page: int
    pages: int
    total: int
    people: tuple[Member, ...]
    until: Mapping[int, datetime]

    @property
    def without_mobile(self) -> list[Member]:
        """Those whose last four figures cannot be asked."""
        return [one for one in self.people if not one.has_mobile]


@command("invite", right=Right.MANAGE)
@action("inv", right=Right.MANAGE)
@action("inv.n", right=Right.MANAGE)
@action("inv.p", right=Right.MANAGE)
def invite(turn: Turn, button: Button) -> None:
    """邀请, and its pages."""
    page = button.id if button.code in ("inv.n", "inv.p") else 0
    conversation.begin(turn, flow, page, replaces=(flow.name,))


@action("inv.one", right=Right.MANAGE, load=person_at)
def invite_one(turn: Turn, person: Member, button: Button) -> None:
    """发邀请码 to one person, who may have joined elsewhere."""
    if person.has_mobile:
        _hand_out(turn, [person])
    else:
        turn.say("no_mobile", Button("menu"), people=[person])


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: everybody has joined."""
    assert turn.post is not None
    bureau = turn.post.bureau_id
    total = members.count_unjoined(turn.db, bureau, turn.today)
    if not total:
        raise Refuse(None, "all_joined")
    pages = -(-total // PAGE)
    page = min(subject, pages - 1)
    found = members.unjoined(turn.db, bureau, turn.today, PAGE, page * PAGE)
    until = joining.open_for(turn.db, [one.id for one in found], turn.now)
    return Facts(page, pages, total, tuple(found), until)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Who."""
    known = a.facts
    options = tuple(Option(f"p{one.id}", _label(one, known.until)) for one in known.people if one.has_mobile)
    turned = [("inv.p", known.page - 1)] if known.page else []
    turned += [("inv.n", known.page + 1)] if known.page + 1 < known.pages else []
    yield Ask("people", People(options), beside=tuple(turned))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """Codes for those chosen, each made anew."""
    assert turn.post is not None
    bureau, chosen = turn.post.bureau_id, talk.place.answers.people
    if chosen.instead is None:
        listed = [members.member(turn.db, bureau, int(key[1:]), turn.today) for key in chosen.items]
        _hand_out(turn, [one for one in listed if one is not None])
        return
    found = members.uninvited(turn.db, bureau, turn.today, turn.now, MOST_AT_ONCE + 1)
    if found:
        _hand_out(turn, found[:MOST_AT_ONCE], more=len(found) > MOST_AT_ONCE)
    else:
        turn.say("all_have_codes", [Button("inv"), Button("menu")])


def _hand_out(turn: Turn, people: list[Member], more: bool = False) -> None:
    for _, of_unit in groupby(people, key=lambda one: one.unit):
        made = [(one, *_code(turn, one.id)) for one in of_unit]
        turn.say("codes", made=made, until=turn.now + joining.VALID_FOR)
    turn.say("handed_out", [*([Button("inv", primary=True)] if more else []), Button("menu")], people=people, more=more)


def _code(turn: Turn, person: int) -> tuple[str, list[str]]:
    """A new code, and the addresses where it is typed in already: on the page, and on channels that have such."""
    name = joining.issue(turn.db, turn.house.vault, person, turn.actor.person_id, turn.now)
    turn.audit("invite", "person", person)
    code = hidden.code(name)
    page = [f"{turn.house.site}/join#{code}"] if turn.house.site is not None else []
    return code, page + turn.house.invitations(code)


def _label(person: Member, until: Mapping[int, datetime]) -> str:
    mark: Any = "·" if person.id in until else ""
    return f"{person.unit} {person.name.removeprefix(person.unit)}{mark}"
