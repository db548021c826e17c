"""What each person still owes of a self-assessment, as a line that says how much is left and a button that opens it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from bot.messages import Button
from bot.reminding import Owed
from bot.turn import Turn
from handlers.items import SECONDS_AN_ITEM, due_at
from models import acceptance, assessments, campaigns, entries, holders, owed, scoring, submission
from models.catalogue_types import Indicator
from models.owed import Part
from models.people import Role

FEW = 4
"""So many items are named one by one, each with what it lacks."""
SECONDS_A_REVIEW = 20
"""What looking at an answer takes, for an honest estimate."""


class Lines:
    """The lines of one self-assessment that has not gone up, as things stand now."""

    def __init__(self, turn: Turn, assessment: Any) -> None:
        self._turn, self._assessment = turn, assessment
        self._due = due_at(turn, assessment)
        self._late = turn.now > self._due
        self._parts = owed.parts(turn.db, assessment, turn.today)

    def all(self) -> Iterator[Owed]:
        """Those of whoever answers; those of whoever is told when it is overdue; and the legal section's own."""
        answering = [part for part in self._parts if part.person]
        for part in answering:
            yield from self._answers(part)
        if self._late and answering:
            yield from self._escalated(answering)
        unreached = [] if self._late else [part for part in answering if not self._turn.reach(part.person)]
        for person in self._in_bureau(Role.LEGAL_SECTION):
            yield from self._section(person, unreached)

    def _answers(self, part: Part) -> Iterator[Owed]:
        if part.returned:
            first = part.returned[0]
            mend = Button("it", first.id, label=self._turn.text("mend", row=first))
            yield self._line(part.person, "returned", mend, SECONDS_AN_ITEM * len(part.returned), rows=part.returned)
        if part.unanswered:
            few, button = [], Button("go")
            if len(part.unanswered) <= FEW:
                first = part.unanswered[0]
                few = [(row, self._lacking.get(row.id)) for row in part.unanswered]
                button = Button("it", first.id, label=self._turn.text("fill", row=first))
            seconds = SECONDS_AN_ITEM * len(part.unanswered)
            yield self._line(part.person, "left", button, seconds, rows=part.unanswered, few=few)

    def _escalated(self, parts: list[Part]) -> Iterator[Owed]:
        """What is overdue, for the heads of the units and the legal section, where the campaign's file wants them told."""
        told = assessments.campaign_file(self._turn.db, self._assessment).overdue.escalate_to
        if Role.HEAD in told:
            for unit in dict.fromkeys(unit for part in parts for unit in part.units):
                theirs = [part for part in parts if unit in part.units]
                known = {part.person for part in theirs}
                for head in set(holders.in_unit(self._turn.db, unit, Role.HEAD, self._turn.today)) - known:
                    yield self._line(head, "unit_late", Button("ov"), parts=theirs)
        if Role.LEGAL_SECTION in told:
            for person in self._in_bureau(Role.LEGAL_SECTION):
                yield self._line(person, "people_late", Button("cl"), count=len(parts))

    def _section(self, person: int, unreached: list[Part]) -> Iterator[Owed]:
        """What waits for the legal section itself: whom no reminder reaches, answers, what is missing at the gate, 提交."""
        if unreached:
            yield self._line(person, "unreached", Button("cl"), count=len(unreached))
        waiting = self._pending
        nobodys = [part for part in self._parts if not part.person]
        if nobodys:
            yield self._line(person, "nobodys", Button("con"), rows=(*nobodys[0].returned, *nobodys[0].unanswered))
        if waiting:
            yield self._line(person, "waiting", Button("rv"), SECONDS_A_REVIEW * len(waiting), rows=waiting)
        elif not self._parts and not self._gate.score.vetoed:
            yield self._line(person, "gate", Button("gate"), gate=self._gate)

    def _line(self, person: int, name: str, button: Button, seconds: int = 0, **context: Any) -> Owed:
        minutes = math.ceil(seconds / 60)
        text = self._turn.text(name, due=self._due, late=self._late, minutes=minutes, **context)
        return Owed(person, text, button, minutes, self._due, self._late)

    def _in_bureau(self, role: Role) -> list[int]:
        return holders.in_bureau(self._turn.db, self._assessment.bureau_id, role, self._turn.today)

    @cached_property
    def _pending(self) -> list[Any]:
        return acceptance.pending(self._turn.db, self._assessment.id)

    @cached_property
    def _gate(self) -> submission.Gate:
        score = scoring.tally_of(self._turn.db, self._assessment)
        return submission.gate(self._turn.db, self._assessment, score)

    @cached_property
    def _lacking(self) -> dict[int, tuple[str, ...]]:
        """What keeps a 符合 from counting, by item, each thing once; `day`, where its figures are dates."""
        db, row = self._turn.db, self._assessment
        catalogue = campaigns.catalogue_of(db, row.catalogue_id, row.sha256)
        found = {}
        for one in scoring.tally_of(db, row).items:
            entry = entries.entry(catalogue, one.item)
            dates = isinstance(entry, Indicator) and all(measure.is_date for measure in entry.measures)
            found[one.id] = tuple(dict.fromkeys("day" if dates and name == "figure" else name for name in one.lacking))
        return found
