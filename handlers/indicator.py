"""One indicator of the self-assessment: the verdict, the figures its wording names, a sentence, and the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bot.fields import Ask, Day, Instead, Number, OneOf, Option, Reading, Text
from bot.flow import Answers, Draft
from handlers import evidence_arrival
from handlers.item_facts import ItemFacts
from handlers.items import LATER, begin_change, evidence_asked, item_flow, left_as_it_is, questions_first
from models import judging
from models.assessments import Verdict
from models.judging import NONE, NOT_YET, Figure, Outcome

STATEMENT_LIMIT, NOTE_LIMIT = 300, 100
COUNTED = ("次", "期", "人", "日", "工作日")
"""Units of which there is no half."""
MISSED = OneOf(("fix", "unmet"))
STATEMENT, NOTE = Text(STATEMENT_LIMIT), Text(NOTE_LIMIT)
_OVERVIEW = (("ov", 0),)
VERDICT_ANEW = Ask("verdict", OneOf(tuple(Verdict)), beside=_OVERVIEW)
VERDICT = Ask("verdict", OneOf((*Verdict, LATER)), beside=_OVERVIEW)
REASON, GIVEN, GAP = (
    Ask("reason", NOTE),
    Ask("statement", STATEMENT, skippable=True),
    Ask("gap", STATEMENT, skippable=True),
)
"""Questions that are the same for every item; the verdict on one that stands already cannot be passed over."""
LEDGER = "ledger"
"""用台账数, as a choice."""


flow = item_flow("indicator")
flow.file(evidence_arrival.take_in_for_item)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """The verdict; for 符合 the figures, each judged at once; a sentence; the evidence."""
    facts: ItemFacts = a.facts
    yield from questions_first(a, _changeable(facts))
    if left_as_it_is(a):
        return
    yield VERDICT_ANEW if facts.stands else VERDICT
    verdict = a.verdict
    if verdict == LATER:
        return
    if verdict == Verdict.NOT_APPLICABLE:
        yield REASON
        return
    if verdict == Verdict.MET:
        yield from _figures(a, facts)
        yield GIVEN
    else:
        yield GAP
    yield evidence_asked(facts)


@dataclass(frozen=True)
class Reckoned(Number):
    """A figure that the 数字台账 knows: it stands as a choice, and is never filled in by itself."""

    offered: Decimal = Decimal(0)
    label: str = ""

    def options(self) -> tuple[Option, ...]:
        return (Option(LEDGER, self.label),)

    def chosen(self, key: str, context: Reading) -> Decimal:
        return self.offered


@flow.after
def unsettle(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """A missed figure is corrected or decides the verdict; a new figure is judged anew."""
    name = key.removesuffix("_missed")
    if name != key:
        draft.forget(key)
        if value == "fix":
            draft.at = name
        else:
            draft.put("verdict", Verdict.UNMET.value)
    else:
        draft.forget(f"{key}_missed", f"{key}_why", f"{key}_note")
        begin_change(a, key, value, draft)


def _changeable(facts: ItemFacts) -> Iterator[str | Option]:
    yield "verdict"
    verdict = facts.row.values.get("verdict")
    if verdict == Verdict.NOT_APPLICABLE:
        yield "reason"
        return
    if verdict == Verdict.MET and facts.indicator.measures:
        words = facts.turn.house.words
        for figure in facts.figures:
            yield Option(figure.key, words.text("indicator", "figure_name", figure=figure))
    yield from ("statement" if verdict == Verdict.MET else "gap", "evidence")


def _figures(a: Answers, facts: ItemFacts) -> Iterator[Ask]:
    counted = False
    for figure in facts.figures:
        # A year that has not begun has no figure yet: it is taken as 尚未到期, and listed for a 补报.
        ahead = Instead(NOT_YET) if figure.year is not None and figure.year > facts.turn.today.year else None
        yield Ask(figure.key, _field(figure, facts), wording="figure", about=figure, assumed=ahead)
        value = a[figure.key]
        if isinstance(value, Instead):
            if value.key == NONE:
                yield Ask(f"{figure.key}_note", NOTE, wording="none_note", about=figure)
            continue
        counted = counted or isinstance(value, Decimal)
        outcome = judging.judge(figure, value)
        if outcome is Outcome.MISSED:
            missed = "missed_date" if figure.measure.is_date else "missed"
            yield Ask(f"{figure.key}_missed", MISSED, wording=missed, about=figure)
        elif outcome is Outcome.EXPLAIN:
            yield Ask(f"{figure.key}_why", NOTE, wording="explain", about=figure)
    if counted:
        yield Ask("as_of", Day(last=facts.turn.today, offer=("today",)), assumed=_as_of(a, facts))


def _as_of(a: Answers, facts: ItemFacts) -> date | None:
    """The day up to which the figures count, if it need not be asked: the ledger's, where they are the ledger's."""
    taken = [
        offer.as_of for figure in facts.figures
        if (offer := facts.offer(figure)) is not None and isinstance(offer.value, Decimal) and a.get(figure.key) == offer.value
    ]  # fmt: skip
    return min(taken) if taken else facts.row.as_of


def _field(figure: Figure, facts: ItemFacts) -> Number | Day:
    due = figure.due
    if due is not None:
        ahead = (NOT_YET,) if due > facts.turn.today else ()
        last = min(facts.turn.today, due.replace(month=12, day=31))
        return Day(first=due.replace(month=1, day=1), last=last, instead=(*ahead, NONE))
    unit = figure.measure.unit
    most = Decimal(100) if unit == "%" else Decimal(1_000_000)
    ahead = (NOT_YET,) if figure.year is not None and figure.year > facts.turn.today.year else ()
    offer, whole, instead = facts.offer(figure), unit in COUNTED, (*ahead, NONE)
    if offer is None or offer.value is None:
        return Number(unit, most=most, whole=whole, instead=instead)
    label = facts.turn.house.words.text("indicator", "ledger_label", offer=offer, unit=unit)
    return Reckoned(unit, most=most, whole=whole, instead=instead, offered=offer.value, label=label)
