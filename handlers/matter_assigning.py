"""What 指派 goes by: who has the present step of a matter, and who may be asked, who follows somebody first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.turn import Turn
from handlers import matter_cards
from handlers.matter_view import View
from models.matters import assignments, leaving, matters
from models.matters.assignments import LOAD, Candidate

ADD = "add"
"""Somebody is asked besides those who have it."""


@dataclass(frozen=True)
class Assigning:
    """A matter (a row) that is being assigned."""

    turn: Turn
    matter: Any

    @cached_property
    def view(self) -> View:
        """It as it stands."""
        return matter_cards.view(self.turn, self.matter)

    @property
    def held(self) -> bool:
        """Whether somebody has it, or has handed in an opinion."""
        return bool(self.view.live)

    @cached_property
    def replaceable(self) -> list[Any]:
        """Who has it and has not handed in an opinion (rows)."""
        return [one for one in self.view.live if one.state in LOAD]

    @cached_property
    def successor(self) -> int | None:
        """Who followed the officer that had it last and has left; None: nobody."""
        return leaving.successor(self.turn.db, self.view.gone)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Who may be asked: the successor of whoever has left first, then the least burdened."""
        step = matters.step_of(self.matter)
        found = assignments.candidates(self.turn.db, self.matter, step, self.turn.today)
        return sorted(found, key=lambda one: one.person_id != self.successor)
