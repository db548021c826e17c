"""A conversation that the product does not have: 人员变动 as DESIGN.md sketches it, with every kind of question.

It proves that the engine carries a later conversation without change. Its words stand in `tests/templates`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from jinja2 import ChoiceLoader, FileSystemLoader

from bot import actions, conversation
from bot.actions import action
from bot.app import discover
from bot.fields import Ask, Day, Files, Link, Mobile, OneOf, Option, Person, Several, Text, YesNo
from bot.flow import Answers, Draft, Flow, Refuse
from bot.messages import Button, Piece
from bot.render import TEMPLATES, Words
from bot.talk import FLOWS, Talk
from bot.turn import Turn
from models import holders, people
from models.db import Prepared, table
from models.people import Role
from models.rights import Right

START = "smpl"
"""The code of the button that begins the conversation."""
REPORTED = "change.reported"
"""What the audit log calls its effect."""

flow = Flow("sample_flow", right=Right.USE)

_person = table(people.Person)
_KNOWN = Prepared(sa.select(_person.c.id).where(_person.c.mobile == sa.bindparam("the_mobile")))


class Reason(StrEnum):
    POSTING = "posting"
    RETIREMENT = "retirement"
    TRANSFER = "transfer"
    LONG_LEAVE = "long_leave"
    OTHER = "other"


class Qualification(StrEnum):
    CERTIFICATE = "certificate"
    DEGREE = "degree"
    NEITHER = "neither"


@dataclass(frozen=True)
class Facts:
    """The people of the sender's unit."""

    colleagues: tuple[Option, ...]

    def name(self, person: int) -> str:
        return next(option.label or "" for option in self.colleagues if option.key == str(person))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    post = turn.actor.posts[0]
    colleagues = [row for row in holders.everyone(turn.db) if (row.bureau_id, row.unit) == (post.bureau_id, post.unit)]
    return Facts(tuple(Option(str(row.person_id), row.name) for row in colleagues))


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    yield Ask("posts", Several(a.facts.colleagues))
    yield Ask("reason", OneOf(Reason))
    if a.reason is Reason.OTHER:
        yield Ask("reason_text", Text(20))
    yield Ask("leaves_on", Day(offer=("today",)))
    yield Ask("has_successor", YesNo())
    if a.has_successor:
        yield Ask("successor_name", Text(20))
        yield Ask("successor_mobile", Mobile())
        yield Ask("qualification", OneOf(Qualification))
    yield Ask("attachments", Files(instead=("none",), most=3))
    yield Ask("link", Link(), skippable=True)
    yield Ask("deputy", Person(a.facts.colleagues))


@flow.after
def unsettle(a: Answers, key: str, value: Any, draft: Draft) -> None:
    if key == "reason":
        draft.forget("reason_text")


@flow.check("successor_mobile")
def known(turn: Turn, a: Answers, mobile: str) -> None:
    if turn.db.one(_KNOWN, the_mobile=mobile) is not None:
        raise Refuse("successor_mobile", "already_known")


@flow.file
def receive(turn: Turn, talk: Talk, ask: Ask, piece: Piece | str) -> str:
    name = piece if isinstance(piece, str) else piece.name
    turn.say("received", name=name)
    return f"f{turn.inbound.key}"


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    a = talk.place.answers
    unit = turn.actor.posts[0]
    turn.audit(REPORTED, "unit", unit.unit_id, None, dict(talk.draft.answers))
    heads = holders.in_bureau(turn.db, unit.bureau_id, Role.HEAD, turn.today)
    turn.notify(heads, "to_recommend", by=turn.actor.name)
    turn.say("reported", count=len(a.posts.items))
    if str(a.deputy) in a.posts.items:
        raise Refuse("deputy", "deputy_leaves")


def words() -> Words:
    """The product's words, with those of this conversation beside them."""
    discover()
    both = Words()
    both.environment.filters["called"] = lambda person, facts: facts.name(person)
    both.environment.loader = ChoiceLoader(
        [FileSystemLoader(Path(__file__).parent / "templates"), FileSystemLoader(TEMPLATES)]
    )
    return both


@contextmanager
def installed() -> Iterator[None]:
    """The conversation is known to the engine meanwhile, and can be begun by a button with the code START."""

    @action(START, right=Right.USE)
    def start(turn: Turn, button: Button) -> None:
        conversation.begin(turn, flow)

    FLOWS[flow.name] = flow
    try:
        yield
    finally:
        del FLOWS[flow.name], actions.ACTIONS[START]
