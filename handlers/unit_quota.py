"""名额: the legal section gives a unit numbers of its own, at least and at most, for one of the two rosters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot import conversation, reading
from bot.actions import action
from bot.fields import Ask, Field, Json, OneOf, Option, Reading, Wrong
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.units import refuse_merged, unit_at
from handlers.vacancy_reminders import watch
from models import quotas
from models.people import Role, Unit
from models.quotas import ROSTERS, Quota
from models.rights import Right

MOST = 99
OFFERED = ("0_0", "1_1", "1_2", "2_2")

flow = Flow("unit_quota", right=Right.MANAGE)


@dataclass(frozen=True)
class HowMany(Field):
    """At least and at most so many: some are offered, others are written as 1-3 or 2."""

    kind = "text"

    def options(self) -> tuple[Option, ...]:
        return tuple(map(Option, OFFERED))

    def read(self, text: str, context: Reading) -> Quota:
        try:
            ends = [reading.read_count(part) for part in re.split("[-－—~～至到]", text.strip())]
        except reading.Unreadable:
            raise Wrong("how_many") from None
        if len(ends) > 2 or not 0 <= ends[0] <= ends[-1] <= MOST:
            raise Wrong("how_many")
        return Quota(ends[0], ends[-1])

    def dump(self, value: Quota) -> Json:
        return f"{value.least}_{value.most}"

    def load(self, stored: Json) -> Quota:
        least, _, most = str(stored).partition("_")
        return Quota(int(least), int(most))


@dataclass(frozen=True)
class Facts:
    """A unit: its quotas, and the most who hold a role there from today on."""

    unit: Unit
    quotas: dict[Role, Quota]
    held: dict[Role, int]


@action("uq", right=Right.MANAGE, load=unit_at)
def begin(turn: Turn, unit: Unit, button: Button) -> None:
    """改名额."""
    conversation.begin(turn, flow, unit.id, replaces=(flow.name,))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: the unit is none of the sender's, or goes on as part of another."""
    target = unit_at(turn, subject)
    if target is None or turn.acts(flow.right, target.place) is None:
        raise Refuse(None, "no_right")
    unit = target.value
    refuse_merged(turn, unit.id, before=True)
    held = {role: quotas.most_held(turn.db, unit.id, role, turn.today) for role in ROSTERS}
    return Facts(unit, {role: quotas.of_unit(turn.db, unit, role) for role in ROSTERS}, held)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Of which roster, and how many."""
    yield Ask("role", OneOf(tuple(Option(role.value) for role in ROSTERS)), about=a.facts)
    yield Ask("how_many", HowMany(), about=(a.facts, Role(a.role)))


@flow.check("how_many")
def judge(turn: Turn, a: Answers, quota: Quota) -> None:
    """Refuse: fewer than there are, or will be."""
    held = a.facts.held[Role(a.role)]
    if quota.most < held:
        raise Refuse("how_many", "below_held", held=held, role=a.role)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It holds from now on; a vacancy may have come or gone with it."""
    facts, a = talk.facts, talk.place.answers
    unit, role = facts.unit, Role(a.role)
    quotas.lock(turn.db, unit.id)
    held = quotas.most_held(turn.db, unit.id, role, turn.today)
    if a.how_many.most < held:
        raise Refuse("how_many", "below_held", held=held, role=role)
    quotas.set_for(turn.db, unit.id, role, a.how_many, turn.actor.person_id, turn.now)
    turn.audit("quota", "unit", unit.id, {role: list(facts.quotas[role])}, {role: list(a.how_many)})
    watch(turn, unit.bureau_id, unit.id)
    turn.say("changed", [Button("ros.u", unit.id), Button("menu")], unit=unit, role=role, quota=a.how_many)
