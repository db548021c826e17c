"""数字台账: figures that the bureau enters once. Shown a page at a time, the missing ones asked for, disagreement listed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Day, Number, OneOf, Option
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.item_facts import share_of
from handlers.self_assessment import own
from models import assessments, campaigns, ledger, ledger_checks
from models.ledger_checks import Contradiction
from models.ledger_file import WHOLE_PERIOD, LedgerFigure, Slot, definitions
from models.rights import Right

A_PAGE, MOST_LISTED, MOST_VERSIONS = 4, 4, 3
"""Figures of a page, contradictions of a list, earlier entries that are shown."""
MOST = Decimal(1_000_000_000)
TOTAL = "total"

flow = Flow("ledger", right=Right.ANSWER, summary=False)


@dataclass(frozen=True)
class Book:
    """The ledger of a self-assessment as far as it is the sender's, and the one figure that is being changed, if any."""

    turn: Turn
    assessment: Any
    changing: LedgerFigure | None = None

    @cached_property
    def catalogue(self) -> Any:
        """The catalogue that the self-assessment goes by."""
        return campaigns.catalogue_of(self.turn.db, self.assessment.catalogue_id, self.assessment.sha256)

    @cached_property
    def period(self) -> Any:
        """The campaign's period."""
        return assessments.campaign_file(self.turn.db, self.assessment).period

    @cached_property
    def entries(self) -> dict[tuple[str, int], Any]:
        """The entries that count, as they were when the turn began."""
        return ledger.current(self.turn.db, self.assessment.id)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """What is to be entered; for a unit, what its indicators need."""
        share, listed = share_of(self.turn, self.assessment), definitions().slots(self.catalogue, self.period)
        if share is None:
            return tuple(listed)
        rows = assessments.all_items(self.turn.db, self.assessment.id)
        mine = {row.item for row in rows if row.unit_id == share}
        return tuple(slot for slot in listed if mine & {str(number) for number in self.served(slot.figure)})

    @property
    def figures(self) -> list[LedgerFigure]:
        """The figures, in order."""
        return list(dict.fromkeys(slot.figure for slot in self.slots))

    @property
    def missing(self) -> list[Slot]:
        """What has not been entered yet, nor follows from the figures of the years."""
        values = ledger.known(self.entries.values())
        return [
            slot for slot in self.slots
            if slot.place not in values and not (slot.figure.by_year and self._total(values, slot.figure))
        ]  # fmt: skip

    def _total(self, values: ledger_checks.Values, figure: LedgerFigure) -> ledger_checks.Known | None:
        return ledger_checks.of_period(values, figure, self.period)

    def served(self, figure: LedgerFigure) -> list[int]:
        """The numbers of the indicators that a figure is for."""
        return [one.number for one in definitions().served_by(figure.key, self.catalogue)]

    def named(self, figure: LedgerFigure) -> list[int]:
        """The numbers of the other indicators that speak of a figure."""
        return [one.number for one in definitions().naming(figure.key, self.catalogue)]

    def spans(self, figure: LedgerFigure) -> list[Slot]:
        """What can be entered of a figure: for the whole period, for its years, or both."""
        years = self.period.years if figure.per == "year" or figure.by_year else ()
        return [Slot(figure, year) for year in ((WHOLE_PERIOD, *years) if figure.per != "year" else years)]

    def versions(self, slot: Slot) -> list[Any]:
        """The latest entries of a figure."""
        return ledger.versions(self.turn.db, self.assessment.id, slot)[:MOST_VERSIONS]

    def contradictions(self) -> list[Contradiction]:
        """Where figures disagree now, as far as the sender's are concerned."""
        mine = set(self.slots)
        found = ledger.contradictions(self.turn.db, self.assessment)
        return [one for one in found if not one.slots or mine & {Slot(slot.figure, slot.year) for slot in one.slots}]

    def clashes(self, key: str) -> list[Contradiction]:
        """Those that the figure asked under a key is part of."""
        return [one for one in self.contradictions() if any(slot.key == key for slot in one.slots)]


@command("ledger", right=Right.ANSWER, ambiguous=False)
@action("lg", right=Right.ANSWER)
def show(turn: Turn, button: Button) -> None:
    """数字台账, the page that the button names."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
    else:
        _show(turn, Book(turn, assessment), button.id)


@action("lg.go", right=Right.ANSWER)
def fill(turn: Turn, button: Button) -> None:
    """填未填的."""
    conversation.begin(turn, flow)


@action("lg.f", right=Right.ANSWER)
def change(turn: Turn, button: Button) -> None:
    """改: the figure of that number."""
    conversation.begin(turn, flow, button.id)


@action("lg.x", right=Right.ANSWER)
def disagreements(turn: Turn, button: Button) -> None:
    """矛盾: figures that disagree, with a button to each place."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    book = Book(turn, assessment)
    found = book.contradictions()
    rows = [_places(turn, book, one) for one in found[:MOST_LISTED]]
    turn.say("contradictions", *rows, [Button("lg"), Button("menu")], found=found, most=MOST_LISTED)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Book:
    """Refuse: the bureau has no self-assessment, it has gone up, or the figure is none of the sender's."""
    assessment = own(turn)
    if assessment is None:
        raise Refuse(None, "none_begun")
    if assessment.submitted_at is not None:
        raise Refuse(None, "submitted")
    book = Book(turn, assessment, definitions().numbered(subject))
    if subject and book.changing not in book.figures:
        raise Refuse(None, "not_there")
    return book


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """The day up to which they count; then what is missing, or the one figure, for the period or a year."""
    book: Book = a.facts
    yield Ask("as_of", Day(last=book.turn.today, offer=("today",)), assumed=book.assessment.as_of)
    if book.changing is None:
        missing = book.missing
        slots = [slot for slot in book.slots if slot in missing or a.begun(slot.key)]
    else:
        slots = book.spans(book.changing)
        if len(slots) > 1:
            yield Ask("span", OneOf(tuple(_span(slot) for slot in slots)))
            slots = [slot for slot in slots if _span(slot).key == a.span]
    for slot in slots:
        field = Number(slot.figure.unit, most=MOST, whole=slot.figure.unit != "学时")
        yield Ask(slot.key, field, wording="figure", about=slot, skippable=book.changing is None)


@flow.given
def given(turn: Turn, talk: Talk, key: str) -> None:
    """A figure is kept as soon as it is given; another 数据截至日 goes for all that was given before it."""
    book, a = talk.facts, talk.place.answers
    if key == "as_of":
        assessments.note_as_of(turn.db, book.assessment.id, a["as_of"])
    for slot in [slot for figure in book.figures for slot in book.spans(figure)]:
        value, entry = a.get(slot.key), book.entries.get(slot.place)
        own_entry = entry is not None and entry.person_id == turn.actor.person_id and Decimal(entry.value) == value
        if isinstance(value, Decimal) and (key == slot.key or (key == "as_of" and (own_entry or entry is None))):
            _enter(turn, book, slot, value, a["as_of"])


@flow.first
def back_to_page(turn: Turn, talk: Talk) -> None:
    """返回 at the first question: the ledger."""
    conversation.leave(turn, talk, "cancelled")


@flow.leave
def left(turn: Turn, talk: Talk) -> None:
    """What was given is kept."""
    turn.say("put_aside", [Button("lg", primary=True), Button("menu")])


@flow.resume
def resumed(turn: Turn, talk: Talk) -> str:
    """How many are missing still."""
    return turn.text("welcome", count=len(talk.facts.missing))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """Back to where the person was, else the page that shows what was entered."""
    fresh = Book(turn, talk.facts.assessment)
    keys = [one.key for one in talk.place.path if isinstance(talk.place.answers.get(one.key), Decimal)]
    said = turn.text("entered", count=len(keys), last=_heard(turn, talk, keys))
    if conversation.come_back(turn, said):
        return
    changed = talk.facts.changing
    page = fresh.figures.index(changed) // A_PAGE if changed is not None else 0
    _show(turn, fresh, page, said)


def _heard(turn: Turn, talk: Talk, keys: list[str]) -> str:
    """What is said back of the figure given last, which no further question says."""
    if not keys:
        return ""
    return turn.text("heard", key=keys[-1], a=talk.place.answers, facts=talk.facts, assumed={})


def _enter(turn: Turn, book: Book, slot: Slot, value: Decimal, as_of: date) -> None:
    before = book.entries.get(slot.place)
    if before is not None and (Decimal(before.value), before.as_of) == (value, as_of):
        return
    entry = ledger.enter(
        turn.db, book.assessment.id, slot, value, as_of, person=turn.actor.person_id,
        post=turn.post.id if turn.post else None, channel=turn.inbound.channel, now=turn.now,
    )  # fmt: skip
    was = None if before is None else [before.value, before.as_of.isoformat()]
    turn.audit("ledger", "ledger", entry, was, [slot.key, format(value, "f"), as_of.isoformat()])


def _show(turn: Turn, book: Book, page: int, lead: str = "") -> None:
    figures, missing = book.figures, book.missing
    if not figures:
        turn.say("nothing_here", Button("menu"))
        return
    listed = figures[page * A_PAGE : (page + 1) * A_PAGE] or figures[:A_PAGE]
    found = len(book.contradictions())
    open_now = book.assessment.submitted_at is None
    fill_in = [Button("lg.go", label=turn.text("fill_label", count=len(missing)), primary=True)]
    rows = [[_change(turn, book, figure)] for figure in listed] if open_now else []
    pages = -(-len(figures) // A_PAGE)
    around = [
        Button("lg", other, arg=way) for way, other in (("back", page - 1), ("on", page + 1)) if 0 <= other < pages
    ]
    clash = [Button("lg.x", label=turn.text("clash_label", count=found))] if found else []
    turn.say("page", fill_in if missing and open_now else [], *rows, [*around, *clash, Button("menu")],
             lead=lead, book=book, listed=listed, filled=len(book.slots) - len(missing), page=page + 1, pages=pages)  # fmt: skip


def _change(turn: Turn, book: Book, figure: LedgerFigure) -> Button:
    return Button("lg.f", figure.number, label=turn.text("change_label", figure=figure))


def _places(turn: Turn, book: Book, one: Contradiction) -> list[Button]:
    """A button to each answer and each figure of the ledger that disagrees."""
    buttons = []
    for number, key in one.keys:
        answer = assessments.at_position(turn.db, book.assessment.id, number)
        if answer is not None:
            buttons.append(Button("it", answer, arg=key, label=turn.text("item_label", number=number)))
    figures = dict.fromkeys(slot.figure for slot in one.slots)
    return [*buttons, *(_change(turn, book, figure) for figure in figures)]


def _span(slot: Slot) -> Option:
    return Option(f"y{slot.year}", f"{slot.year}年") if slot.year else Option(TOTAL)
