"""出庭应诉, 庭审观摩: that somebody went to court about a case is noted on it, be it done with or not (闵人社发〔2023〕31号 四(三))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Day, Gathered, OneOf, Option, Several, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_cards import KIND
from handlers.matter_view import View
from models.conversations import CANCELLED
from models.matters import assignments, matters, records
from models.matters.matters import State
from models.rights import Right

flow = Flow("matter_court", right=Right.SEE_MATTER)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
flow.private(lambda a: bool(a.facts.matter.confidential))


@dataclass
class Facts:
    """The case (a row)."""

    turn: Turn
    matter: Any
    view: View

    @cached_property
    def people(self) -> tuple[Option, ...]:
        """Who may have gone: its reviewers, and whoever notes it."""
        me = self.turn.actor
        known = {one.person_id: one.name for one in records.who_may_have_gone(self.turn.db, self.matter)}
        return tuple(Option(str(person), name) for person, name in ({me.person_id: me.name} | known).items())

    def kind(self, a: Answers) -> str:
        """Which of the two, as the notice words it."""
        return self.view.affair.may_add[int(a.kind)]

    def names(self, a: Mapping[str, Any]) -> list[str]:
        """Who went."""
        return [str(one.label) for one in self.people if one.key in a["who"].items]


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterator[Button]:
    """出庭记录 to the reviewers of a case, and to the legal section."""
    if found.row.state != State.WITHDRAWN and _may(turn, found, person):
        yield Button("mt.crt", found.row.id)


@action("mt.crt", right=Right.SEE_MATTER, load=shown.matter_at)
def begin(turn: Turn, matter: Any, button: Button) -> None:
    """出庭记录: which of the two, when, where, who?"""
    conversation.begin(turn, flow, matter.id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such case for the sender, or nothing of the kind can be noted on it."""
    target = shown.matter_at(turn, subject)
    if target is None or turn.acts(flow.right, target.place) is None:
        raise Refuse(None, "not_there")
    view = shown.view(turn, target.value)
    if target.value.state == State.WITHDRAWN or not _may(turn, view, turn.actor.person_id):
        raise Refuse(None, "not_for_this")
    return Facts(turn, target.value, view)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Which of the two; when; which court; who went; what else is to be kept."""
    facts: Facts = a.facts
    yield Ask("kind", OneOf(tuple(Option(str(place), name) for place, name in enumerate(facts.view.affair.may_add))))
    yield Ask("held_on", Day(last=facts.turn.today, offer=("today",)))
    yield Ask("court", Text(60, least=2))
    alone = Gathered((facts.people[0].key,)) if len(facts.people) == 1 else None
    yield Ask("who", Several(facts.people), assumed=alone)
    yield Ask("note", Text(500, least=2), skippable=True)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is kept; the legal section hears of it."""
    facts: Facts = talk.facts
    a, me = talk.place.answers, turn.actor.person_id
    note = records.note(
        turn.db, facts.matter.id, kind=facts.kind(a), held_on=a.held_on, court=a.court,
        attended=sorted(int(one) for one in a.who.items), text=a.note or "", by=me, now=turn.now,
    )  # fmt: skip
    turn.audit("matter.note", KIND, facts.matter.id, None, note)
    told = set(facts.view.section) - {me}
    see = Button("mt.see", facts.matter.id)
    turn.news(told, "noted_by", see, view=facts.view, kind=facts.kind(a), day=a.held_on, by=turn.actor.name)
    matter = matters.by_id(turn.db, facts.matter.id)
    shown.show(turn, matter, turn.text("noted", kind=facts.kind(a), day=a.held_on))


def _may(turn: Turn, found: View, person: int) -> bool:
    reviews = person in found.section or assignments.reviews(turn.db, found.row.id, person)
    return bool(found.affair.may_add) and reviews
