"""A matter as it stands: what its cards, its buttons and its reminders go by. Looked up as it is needed, once a turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from bot.turn import Turn
from models import people
from models.affairs import Affair, Step
from models.matters import assignments, extensions, files, matters, opinions, suspensions
from models.matters.assignments import LIVE, TO_WRITE
from models.matters.assignments import State as Part
from models.matters.matters import State
from models.matters.parties import Parties
from models.people import Role, Unit

GONE = (Part.RECUSED, Part.UNABLE, Part.REPLACED)
"""Whose a step is no more."""
HANDED_IN = (State.SUBMITTED, State.DECIDING, State.DONE)


class Asks(StrEnum):
    """What a matter asks of somebody now."""

    ANSWER = "answer"
    """接受, 回避 or 无法承办."""
    WRITE = "write"
    ASSIGN = "assign"
    ACCEPT = "accept"
    DECIDE = "decide"
    """Whether there is a 复审."""
    BRING = "bring"
    """Material that is awaited (补正)."""


@dataclass(frozen=True)
class View:
    """A matter (`row`) as it stands. `known`: whom it concerns, where that is looked up for several at once."""

    turn: Turn
    row: Any
    known: Parties | None = None

    @cached_property
    def affair(self) -> Affair:
        """What kind it is."""
        return matters.kind_of(self.row)

    @cached_property
    def step(self) -> Step:
        """At which step."""
        return matters.step_of(self.row)

    @cached_property
    def unit(self) -> str:
        """What the unit that it is for is called."""
        return self.turn.db.session.get_one(Unit, self.row.unit_id).name

    @cached_property
    def opener(self) -> str:
        """Who opened it."""
        return people.name_of(self.turn.db, self.row.opened_by)

    @cached_property
    def mover(self) -> str:
        """Who moved it to where it stands."""
        return people.name_of(self.turn.db, self.row.moved_by)

    @cached_property
    def here(self) -> tuple[Any, ...]:
        """Every assignment of the present step (rows), in order."""
        return tuple(one for one in assignments.of_matter(self.turn.db, self.row.id) if one.step == self.row.step)

    @property
    def live(self) -> tuple[Any, ...]:
        """Those on whom it waits, or whose opinion it has."""
        return tuple(one for one in self.here if one.state in LIVE)

    @property
    def gone(self) -> tuple[Any, ...]:
        """Those who have recused themselves, could not do it, or were replaced."""
        return tuple(one for one in self.here if one.state in GONE)

    @cached_property
    def wants(self) -> str:
        """The material that is awaited, or empty."""
        found = suspensions.lasting(self.turn.db, self.row.id) if self.row.state == State.SUSPENDED else None
        return found.wants if found is not None else ""

    @cached_property
    def wished(self) -> Any | None:
        """The extension (a row) that is asked for, or None."""
        return extensions.pending(self.turn.db, self.row.id)

    @cached_property
    def materials(self) -> int:
        """How many attachments it has."""
        return files.count(self.turn.db, self.row.id)

    @cached_property
    def parts(self) -> tuple[opinions.Part, ...]:
        """What was handed in for the present step, once all is."""
        return opinions.sheet(self.turn.db, self.row, self.row.step).parts if self.row.state in HANDED_IN else ()

    @cached_property
    def documents(self) -> tuple[Any, ...]:
        """What it has come to so far (rows)."""
        return tuple(opinions.documents_of(self.turn.db, self.row.id))

    @cached_property
    def parties(self) -> Parties:
        """Whom it concerns."""
        return self.known or Parties(self.turn.db, self.today)

    @cached_property
    def assigner(self) -> Role:
        """The role whose it is to assign the present step."""
        return self.parties.assigner(self.row)

    @cached_property
    def assigners(self) -> tuple[int, ...]:
        """Who may assign it."""
        return tuple(self.parties.assigners(self.row))

    @cached_property
    def accepter(self) -> Role | None:
        """The role whose it is to accept the present step's opinions; None: nobody has to."""
        return self.parties.accepter(self.row)

    @cached_property
    def accepters(self) -> tuple[int, ...]:
        """Who may accept them."""
        return tuple(self.parties.accepters(self.row))

    @cached_property
    def openers(self) -> tuple[int, ...]:
        """Who opened it, or acts for whoever did."""
        return tuple(self.parties.openers(self.row))

    @cached_property
    def section(self) -> tuple[int, ...]:
        """The legal section."""
        return tuple(self.parties.section(self.row))

    @property
    def today(self) -> date:
        """The day on which it stands so."""
        return self.turn.today

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done about it."""
        return matters.is_open(self.row)

    @property
    def overdue(self) -> bool:
        """Whether an opinion that is still awaited is late; while material is awaited, none is."""
        return self.row.state in (State.WAITING, State.WORKING) and self.today > self.row.due_on

    def mine(self, person: int) -> Any | None:
        """Somebody's own live part in the present step, or None."""
        return next((one for one in self.live if one.person_id == person), None)

    def asks(self, person: int) -> Asks | None:
        """What it asks of somebody now, or None."""
        match self.row.state:
            case State.WAITING:
                return Asks.ASSIGN if person in self.assigners else None
            case State.WORKING:
                mine = self.mine(person)
                if mine is None or mine.state == Part.SUBMITTED:
                    return None
                return Asks.WRITE if mine.state in TO_WRITE else Asks.ANSWER
            case State.SUBMITTED:
                return Asks.ACCEPT if person in self.accepters else None
            case State.DECIDING:
                return Asks.DECIDE if person in self.section else None
            case State.SUSPENDED:
                return Asks.BRING if person in self.openers else None
        return None


@dataclass
class About:
    """What a conversation about a matter (a row) goes by."""

    turn: Turn
    matter: Any

    @cached_property
    def view(self) -> View:
        """The matter as it stands."""
        return View(self.turn, self.matter)

    @property
    def bureau(self) -> int:
        """The bureau whose matter it is."""
        return int(self.matter.bureau_id)
