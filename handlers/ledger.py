"""数字台账: figures that the bureau enters once. Shown a page at a time, the missing ones asked for, disagreement listed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Day, Number, OneOf, Option, Reading
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.ledger_book import Book
from handlers.self_assessment import own
from models import answering, assessments, ledger
from models.conversations import CANCELLED
from models.ledger_checks import Contradiction
from models.ledger_file import LedgerFigure, Slot, definitions
from models.rights import Right

A_PAGE, MOST_LISTED = 4, 4
"""Figures of a page, contradictions of a list."""
MOST = Decimal(1_000_000_000)
TOTAL = "total"
IN_SYSTEM = "in_system"
"""系统内的数, as a choice."""

flow = Flow("ledger", right=Right.ANSWER, summary=False)


@command("ledger", right=Right.ANSWER, ambiguous=False)
@action("lg", right=Right.ANSWER)
def show(turn: Turn, button: Button) -> None:
    """数字台账, the page that the button names."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
    else:
        _show(turn, Book(turn, assessment), button.id)


@command("ledger_of", right=Right.ANSWER, ambiguous=False)
def show_for_item(turn: Turn, button: Button) -> None:
    """台账 n: the figures that indicator n uses or speaks of."""
    assessment = own(turn)
    if assessment is None:
        turn.say("none_begun", Button("menu"))
        return
    book = Book(turn, assessment)
    listed = [one for one in book.figures if button.id in (*book.served(one), *book.named(one))]
    if listed:
        _say_page(turn, book, listed, [Button("lg"), Button("menu")], number=button.id)
    else:
        turn.say("none_for_it", [Button("lg"), Button("menu")], number=button.id)


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
        yield Ask(slot.key, _field(book, slot), wording="figure", about=slot, skippable=book.changing is None)


@dataclass(frozen=True)
class Counted(Number):
    """A figure of which the system has counted its own reviews: that stands as a choice, and is never filled in by itself."""

    counted: Decimal = Decimal(0)
    label: str = ""

    def options(self) -> tuple[Option, ...]:
        return (Option(IN_SYSTEM, self.label),)

    def chosen(self, key: str, context: Reading) -> Decimal:
        return self.counted


@flow.given
def given(turn: Turn, talk: Talk, key: str) -> None:
    """A figure is kept as soon as it is given; another 数据截至日 goes for all that was given before it."""
    book, a = talk.facts, talk.place.answers
    if key == "as_of":
        assessments.note_as_of(turn.db, book.assessment.id, a["as_of"])
    for slot in book.all_spans:
        value, entry = a.get(slot.key), book.entries.get(slot.place)
        own_entry = entry is not None and entry.person_id == turn.actor.person_id and entry.value == value
        if isinstance(value, Decimal) and (key == slot.key or (key == "as_of" and (own_entry or entry is None))):
            _enter(turn, book, slot, value, a["as_of"])


@flow.first
def back_to_page(turn: Turn, talk: Talk) -> None:
    """返回 at the first question: the ledger."""
    conversation.leave(turn, talk, CANCELLED)


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
    said = turn.text("entered_now", count=len(keys), last=_heard(turn, talk, keys))
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
    if before is not None and (before.value, before.as_of) == (value, as_of):
        return
    entry = ledger.enter(
        turn.db, book.assessment.id, slot, value, as_of, person=turn.actor.person_id,
        post=turn.post.id if turn.post else None, channel=turn.inbound.channel, now=turn.now,
    )  # fmt: skip
    was = None if before is None else [format(before.value, "f"), before.as_of.isoformat()]
    turn.audit("ledger", "ledger", entry, was, [slot.key, format(value, "f"), as_of.isoformat()])


def _show(turn: Turn, book: Book, page: int, lead: str = "") -> None:
    figures = book.figures
    if not figures:
        turn.say("nothing_here", Button("menu"))
        return
    pages = -(-len(figures) // A_PAGE)
    page = page if 0 <= page < pages else 0
    around = [
        Button("lg", other, arg=way) for way, other in (("back", page - 1), ("on", page + 1)) if 0 <= other < pages
    ]
    found = len(book.contradictions())
    clash = [Button("lg.x", label=turn.text("clash_label", count=found))] if found else []
    listed = figures[page * A_PAGE : (page + 1) * A_PAGE]
    _say_page(turn, book, listed, [*around, *clash, Button("menu")], lead=lead, page=page + 1, pages=pages)


def _say_page(
    turn: Turn, book: Book, listed: list[LedgerFigure], ways: list[Button], *, lead: str = "", page: int = 1, pages: int = 1,
    number: int = 0,
) -> None:  # fmt: skip
    missing, open_now = book.missing, book.assessment.submitted_at is None
    fill_in = [Button("lg.go", label=turn.text("fill_label", count=len(missing)), primary=True)]
    turn.say(
        "page", fill_in if missing and open_now and not number else [],
        *([[_change(turn, book, figure)] for figure in listed] if open_now else []), ways,
        lead=lead, book=book, listed=listed, filled=len(book.slots) - len(missing), page=page, pages=pages, number=number,
    )  # fmt: skip


def _change(turn: Turn, book: Book, figure: LedgerFigure) -> Button:
    filled = any(slot.place in book.entries for slot in book.spans(figure))
    return Button("lg.f", figure.number, label=turn.text("change_label", figure=figure, filled=filled))


def _places(turn: Turn, book: Book, one: Contradiction) -> list[Button]:
    """A button to each answer and each figure of the ledger that disagrees."""
    buttons = []
    for number, key in one.keys:
        answer = answering.at_position(turn.db, book.assessment.id, number)
        if answer is not None and number in book.numbers:
            buttons.append(Button("it", answer, arg=key, label=turn.text("item_label", number=number)))
    figures = [figure for figure in dict.fromkeys(slot.figure for slot in one.slots) if figure in book.figures]
    return [*buttons, *(_change(turn, book, figure) for figure in figures)]


def _field(book: Book, slot: Slot) -> Number:
    unit, whole, count = slot.figure.unit, slot.figure.unit != "学时", book.in_system(slot)
    if not count:
        return Number(unit, most=MOST, whole=whole)
    label = book.turn.house.words.text(flow.name, "in_system_label", count=count, unit=unit)
    return Counted(unit, most=MOST, whole=whole, counted=Decimal(count), label=label)


def _span(slot: Slot) -> Option:
    return Option(f"y{slot.year}", f"{slot.year}年") if slot.year else Option(TOTAL)
