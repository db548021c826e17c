"""What every conversation about an item goes by: the item's row, its wording and evidence, and who may answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.actions import Target
from bot.flow import Refuse
from bot.turn import Turn
from handlers import file_limits
from models import (
    answering,
    assessments,
    campaigns,
    entries,
    inbox,
    judging,
    ledger,
    ledger_checks,
    people,
    posts,
    rights,
)
from models import evidence as pieces
from models.assessments import State, Verdict
from models.catalogue_types import Catalogue, Indicator, Period
from models.entries import Entry
from models.judging import Figure, Outcome
from models.ledger_checks import Contradiction, Offer, Values
from models.ledger_file import definitions
from models.matters import offering
from models.matters.offering import InSystem
from models.rights import Place, Right

_STANDING = (State.COMPLETE, State.RETURNED)


@dataclass(eq=False)
class ItemFacts:
    """What an item's conversation depends on: its row, its wording, and whether somebody has answered meanwhile."""

    turn: Turn
    row: Any
    catalogue: Catalogue
    entry: Entry
    period: Period
    moved: bool
    by: str
    """Who answered last, if that was somebody else; else empty."""

    @property
    def indicator(self) -> Indicator:
        """The item as an indicator. TypeError: it is none."""
        if not isinstance(self.entry, Indicator):
            raise TypeError(self.row.item)
        return self.entry

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The figures that the indicator's wording names."""
        return tuple(judging.figures(self.indicator, self.period))

    def figure(self, key: str) -> Figure | None:
        """The figure asked under a key, or None."""
        if not isinstance(self.entry, Indicator):
            return None
        return next((figure for figure in self.figures if figure.key == key), None)

    def value(self, figure: Figure) -> Any:
        """What is stored for a figure: a number, a date, or the key of what stands instead; None for nothing."""
        return judging.stored_value(figure, self.row.values.get(figure.key))

    def outcome(self, figure: Figure, value: Any) -> Outcome:
        """What a figure means."""
        return judging.judge(figure, value)

    @cached_property
    def listed(self) -> list[Any]:
        """The pieces of evidence that the item has, as far as to tell whether they count."""
        return pieces.proofs_of(self.turn.db, self.row.id)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The pieces of evidence that the item has, by key."""
        return tuple(f"e{piece.id}" for piece in self.listed)

    @property
    def undated(self) -> tuple[Any, ...]:
        """The pieces that are here but do not count yet, because their date is open."""
        return tuple(piece for piece in self.listed if piece.number and not pieces.counts(piece, self.period))

    @cached_property
    def box_holds(self) -> bool:
        """Whether there are pieces within the sender's reach that could serve this item too."""
        return inbox.holds(self.turn.db, self.row, share_of(self.turn, self.row))

    @cached_property
    def _ledger(self) -> Values:
        """What the bureau's 数字台账 holds; nothing where it serves no measure of the indicator."""
        served = any(definitions().behind(measure.key) for measure in self.indicator.measures)
        return ledger.known(self.turn.db, self.row.assessment_id) if served else {}

    def offer(self, figure: Figure) -> Offer | None:
        """What the 数字台账 says of a figure that the indicator asks for; None: nothing."""
        return ledger_checks.offered(definitions(), self._ledger, figure, self.period) if self._ledger else None

    @cached_property
    def in_system(self) -> InSystem | None:
        """What the system's own reviews say of what the indicator is about; None: nothing."""
        if not isinstance(self.entry, Indicator) or not offering.speaks_of(self.entry):
            return None
        values = ledger.known(self.turn.db, self.row.assessment_id)
        return offering.of_indicator(self.turn.db, self.row.bureau_id, self.entry, self.period, values)

    def clashes(self, key: str) -> list[Contradiction]:
        """The contradictions that the answer under a key is part of, as things stand now."""
        if not any(definitions().behind(measure.key) for measure in self.indicator.measures):
            return []
        found = ledger.contradictions_around(
            self.turn.db, self.row, self.indicator, self.catalogue, self.period, self._ledger
        )
        return [one for one in found if (self.indicator.number, key) in one.keys]

    @property
    def ordinal(self) -> str:
        """Which of the bonus or veto items this is: 1/2."""
        kind = self.row.item.partition(".")[0]
        keys = [one.key for one in (self.catalogue.bonus if kind == "bonus" else self.catalogue.veto)]
        return f"{keys.index(self.row.item.partition('.')[2]) + 1}/{len(keys)}"

    @property
    def renewed(self) -> bool:
        """Whether the wording was changed after it was answered, so that it must be judged anew."""
        return bool(self.row.state == State.DRAFT and self.row.verdict is None)

    @property
    def total(self) -> int:
        """How many indicators there are in all."""
        return len(self.catalogue.indicators)

    def given_by(self, key: str, stored: Any) -> str:
        """The colleague who gave an answer, as stored, last; empty where nobody else did."""
        given = (one for one in reversed(answering.history(self.turn.db, self.row.id)) if _gives(one, key, stored))
        last = next(given, None)
        return "" if last is None or last.person_id == self.turn.actor.person_id else str(last.name)

    @cached_property
    def most_here(self) -> int | None:
        """The largest file that the sender's channel brings, in bytes; None: as large a one as the bureau takes."""
        return file_limits.most_here(self.turn, self.row.bureau_id)

    @property
    def documents_here(self) -> bool:
        """Whether files of every kind can be sent on the sender's channel, and not only pictures."""
        return file_limits.documents_here(self.turn)

    @property
    def stands(self) -> bool:
        """Whether the item has a finished answer, be it sent back."""
        return self.row.state in _STANDING


def place_of(row: Any) -> Place:
    """Where an item, or (a row without a unit) a whole self-assessment, stands as far as rights go."""
    return Place(row.bureau_id, unit=getattr(row, "unit_id", None), contact=row.contact_id)


def _gives(version: Any, key: str, stored: Any) -> bool:
    """Whether a version may be the one that made an answer what is stored."""
    if version.key == key:
        return bool(version.value == stored)
    if version.key == "conflict":
        return bool(version.value.get(key) == stored)
    return version.key.endswith("_missed") and (key, stored) == ("verdict", Verdict.UNMET)


def may_answer(turn: Turn, row: Any) -> bool:
    """Whether an item, or a whole self-assessment, is the sender's to answer."""
    return turn.actor.may(Right.ANSWER, place_of(row))


def answers_in(turn: Turn, row: Any) -> bool:
    """Whether anything of a self-assessment (or of an item's) can be the sender's to answer."""
    return any(post.bureau_id == row.bureau_id for post in turn.actor.fitting(Right.ANSWER))


def may_still_answer(turn: Turn, persons: Iterable[int | None], row: Any) -> set[int]:
    """Those of some people who may answer an item today: only they are told of it."""
    found = set()
    for person in {one for one in persons if one is not None}:
        if rights.fitting(posts.held(turn.db, person, turn.today), Right.ANSWER, person, place_of(row)):
            found.add(person)
    return found


def share_of(turn: Turn, row: Any, right: Right = Right.ANSWER) -> int | None:
    """The unit whose share of a self-assessment (or of an item's) the sender answers, or sees; None: all of it.

    For somebody who has the right in that bureau.
    """
    if turn.actor.may(right, Place(row.bureau_id, contact=row.contact_id)):
        return None
    return next((post.unit_id for post in turn.actor.fitting(right) if post.bureau_id == row.bureau_id), None)


def item_at(turn: Turn, answer: int) -> Target | None:
    """An item, for a button that is about one."""
    row = answering.item(turn.db, answer)
    return None if row is None else Target(row, place_of(row))


def facts_of(turn: Turn, subject: int, basis: int | None) -> ItemFacts:
    """The facts of an item. Refuse: it does not exist for this person, is not theirs to answer, or has gone up."""
    row = answering.item(turn.db, subject)
    if row is None or all(post.bureau_id != row.bureau_id for post in turn.actor.posts):
        raise Refuse(None, "not_there")
    if turn.acts(Right.ANSWER, place_of(row)) is None:
        raise Refuse(None, "given_elsewhere", row=row)
    if row.submitted_at is not None:
        raise Refuse(None, "submitted")
    return about(turn, row, moved=basis is not None and row.version != basis)


def about(turn: Turn, row: Any, *, moved: bool = False) -> ItemFacts:
    """What the wording of an item draws on. `moved`: somebody has answered meanwhile."""
    catalogue = campaigns.catalogue_of(turn.db, row.catalogue_id, row.sha256)
    other = row.person_id is not None and row.person_id != turn.actor.person_id
    return ItemFacts(
        turn, row, catalogue, entries.entry(catalogue, row.item), assessments.campaign_file(turn.db, row).period,
        moved=moved, by=people.name_of(turn.db, row.person_id) if other else "",
    )  # fmt: skip
