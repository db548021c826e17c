"""指标分解: the legal section gives indicators to units, by group, by number, or as last time; and sees how far each is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Numbers, OneOf, Option, Several
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.campaign_reminders import KIND as CAMPAIGN
from handlers.items import due_at
from handlers.self_assessment import own
from models import assessments, campaigns, holders, scoring, shares
from models.people import Unit
from models.rights import Right
from models.scoring import Tally

NOBODY = "nobody"
"""收回: what the bureau's contact answers."""

flow = Flow("shares", right=Right.ACCEPT)


@dataclass(frozen=True)
class Facts:
    """The bureau's units, the items, and who had them last time."""

    turn: Turn
    assessment: Any
    units: tuple[Unit, ...]
    before: dict[str, int]

    @cached_property
    def score(self) -> Tally:
        """The items as they stand, group by group."""
        return scoring.tally_of(self.turn.db, self.assessment)

    @cached_property
    def rows(self) -> list[Any]:
        """The items' rows, in order."""
        return assessments.all_items(self.turn.db, self.assessment.id)

    def unit(self, key: str) -> Unit | None:
        """The unit that a choice means; None for nobody."""
        return next((unit for unit in self.units if f"u{unit.id}" == key), None)

    def name(self, unit: int | None) -> str:
        """What a unit is called; empty for nobody."""
        return next((one.name for one in self.units if one.id == unit), "")

    def chosen(self, a: Answers) -> list[Any]:
        """The items that the answers mean."""
        if a.how == "groups":
            numbers = {one.position for key in a.groups.items for one in self.score.of_group(self._group(key))}
        elif a.how == "numbers":
            numbers = set(a.numbers)
        else:
            numbers = {row.position for row in self.rows if row.item in self.before}
        return [row for row in self.rows if row.position in numbers]

    def _group(self, key: str) -> Any:
        return self.score.groups[int(key[1:])]


@command("share_out", right=Right.ACCEPT, ambiguous=False)
@action("so", right=Right.ACCEPT)
def share_out(turn: Turn, button: Button) -> None:
    """指标分解."""
    assessment = own(turn)
    conversation.begin(turn, flow, assessment.id if assessment is not None else 0)


@command("shares", right=Right.ACCEPT, ambiguous=False)
@action("sh", right=Right.ACCEPT)
def table(turn: Turn, button: Button) -> None:
    """分解情况: how far each unit is."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    turn.say("table", [Button("so", primary=True), Button("rv"), Button("pg")],
             listed=shares.by_unit(turn.db, assessment.id), due=due_at(turn, assessment))  # fmt: skip


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: the bureau has no self-assessment, or it has gone up."""
    assessment = own(turn)
    if assessment is None or assessment.id != subject:
        raise Refuse(None, "none_begun")
    if assessment.submitted_at is not None:
        raise Refuse(None, "submitted")
    units = tuple(shares.units_of(turn.db, assessment.bureau_id, turn.today))
    known = {unit.id for unit in units}
    before = {item: unit for item, unit in shares.as_last_time(turn.db, assessment).items() if unit in known}
    return Facts(turn, assessment, units, before)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """How, what, and to which unit."""
    facts: Facts = a.facts
    yield Ask("how", OneOf(("groups", "numbers", *(("last",) if facts.before else ()))), beside=(("sh", 0),))
    if a.how == "last":
        return
    if a.how == "groups":
        yield Ask("groups", Several(tuple(_groups(facts))))
    else:
        yield Ask("numbers", Numbers(len(facts.rows)))
    units = tuple(Option(f"u{unit.id}", unit.name) for unit in facts.units)
    yield Ask("unit", OneOf((*units, NOBODY)))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """The units have it, and their liaisons are told."""
    facts: Facts = talk.facts
    a = talk.place.answers
    wanted = _by_unit(facts, a)
    for unit, rows in wanted.items():
        moved = shares.give(turn.db, rows, unit)
        for row in moved:
            turn.audit("share", "answer", row.id, row.unit_id, unit)
        if unit is None or not moved:
            continue
        liaisons = holders.at_work(turn.db, unit, turn.today)
        turn.remind(set(liaisons) - {turn.actor.person_id}, "told_given", Button("go", primary=True),
                    of=(CAMPAIGN, facts.assessment.id), unit=facts.name(unit), rows=moved, due=due_at(turn, facts.assessment))  # fmt: skip
    given = [(facts.name(unit), rows) for unit, rows in wanted.items()]
    turn.say("given", [Button("so", primary=True), Button("sh")], given=given)


def _by_unit(facts: Facts, a: Answers) -> dict[int | None, list[Any]]:
    wanted: dict[int | None, list[Any]] = {}
    unit = None if a.how == "last" else facts.unit(a.unit)
    for row in facts.chosen(a):
        to = facts.before[row.item] if a.how == "last" else (unit.id if unit is not None else None)
        wanted.setdefault(to, []).append(row)
    return wanted


def _groups(facts: Facts) -> Iterable[Option]:
    catalogue = campaigns.catalogue_of(facts.turn.db, facts.assessment.catalogue_id, facts.assessment.sha256)
    for place, group in enumerate(catalogue.groups):
        yield Option(f"g{place}", f"{group.number}、{group.title}")
