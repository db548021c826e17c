"""延期: a reviewer asks for more time, and whoever assigns grants it, or refuses it with a reason (matter_refusal)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot import conversation
from bot.actions import Target, action
from bot.fields import Ask, Day, Option, Reading, Text, Wrong
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.render import weekday
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_cards import KIND, TASK
from handlers.matter_reminders import watch
from handlers.matter_view import View
from handlers.matter_writing import is_to_write, own_part
from models.calendar import Calendar
from models.conversations import CANCELLED
from models.matters import assignments, clock, extensions, matters, parties
from models.matters.extensions import Asked
from models.matters.matters import State
from models.rights import Place, Right

REASON_LIMIT = 200
OFFERED = (1, 3, 5)
"""Working days more that are offered."""

flow = Flow("matter_extension", right=Right.WRITE_OPINION, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
flow.private(lambda a: bool(a.facts.matter.confidential))


@dataclass(frozen=True)
class Later(Day):
    """A day, some being offered."""

    days: tuple[date, ...] = ()

    def options(self) -> tuple[Option, ...]:
        return tuple(Option(f"{day:%Y%m%d}", weekday(day)) for day in self.days)

    def chosen(self, key: str, context: Reading) -> date:
        found = next((day for day in self.days if f"{day:%Y%m%d}" == key), None)
        if found is None:
            raise Wrong("gone")
        return found


@dataclass(frozen=True)
class Facts:
    """The assignment and its matter (rows), the days that can be asked for, and whether the sender grants it at once."""

    assignment: Any
    matter: Any
    view: View
    known: Calendar
    today: date
    decides: bool

    @property
    def from_day(self) -> date:
        """The day from which it is counted: the due date, or today where that is past."""
        due_on: date = self.matter.due_on
        return max(due_on, self.today)

    @property
    def field(self) -> Later:
        """The days from the one after the due date to the longest; some are offered."""
        return Later(
            self.from_day + timedelta(days=1), self.known.after(self.today, clock.LONGEST),
            days=tuple(self.known.after(self.from_day, days) for days in OFFERED),
        )  # fmt: skip

    def until(self, day: date) -> clock.Due:
        """The due date that a day comes to."""
        return clock.chosen(self.known, day, self.today)


def extension_at(turn: Turn, the_id: int) -> Target | None:
    """A wish for more time, for whoever assigns the present step of its matter."""
    row = extensions.by_id(turn.db, the_id)
    matter = matters.by_id(turn.db, row.matter_id) if row is not None else None
    if row is None or matter is None:
        return None
    roles = frozenset({parties.assigner(turn.db, matter, turn.today)})
    return Target(row, Place(matter.bureau_id, unit=matter.unit_id, roles=roles))


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterator[Button]:
    """申请延期 to a reviewer; 同意延期 and 不同意延期 to whoever assigns."""
    mine, wish = found.mine(person), extensions.pending(turn.db, found.row.id)
    if wish is not None and person in found.assigners:
        yield from (Button(code, wish.id, wish.version) for code in ("mt.ext.y", "mt.ext.n"))
    elif wish is None and mine is not None and found.row.state == State.WORKING and is_to_write(mine, found.row):
        yield Button("mt.ext", mine.id, mine.version)


@action("mt.ext", right=Right.WRITE_OPINION, load=shown.assignment_at)
def begin(turn: Turn, assignment: Any, button: Button) -> None:
    """申请延期: until when, and why?"""
    matter = matters.by_id(turn.db, assignment.matter_id)
    assert matter is not None
    wish = extensions.pending(turn.db, matter.id)
    if wish is not None:
        with turn.within(flow.name):
            lead = turn.text("pending", wish=wish, me=turn.actor.person_id)
        shown.show(turn, matter, lead)
    elif matter.state == State.WORKING and is_to_write(assignment, matter):
        conversation.begin(turn, flow, assignment.id)
    else:
        shown.show_stale(turn, matter)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: it is none of the sender's, it runs no more, or somebody waits for an answer already."""
    assignment, matter = own_part(turn, subject)
    wish = extensions.pending(turn.db, matter.id)
    if wish is not None:
        raise Refuse(None, "pending", wish=wish, me=turn.actor.person_id)
    if matter.state != State.WORKING or not is_to_write(assignment, matter):
        raise Refuse(None, "over", matter=matter)
    decides = turn.actor.person_id in parties.assigners(turn.db, matter, turn.today)
    known = clock.of_matter(turn.db, matter)
    return Facts(assignment, matter, shown.view(turn, matter), known, turn.today, decides)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Until when; why."""
    yield Ask("until", a.facts.field)
    yield Ask("reason", Text(REASON_LIMIT, least=2))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """Whoever assigns is asked; where that is the sender, it is granted at once."""
    facts: Facts = talk.facts
    until, reason = facts.until(talk.place.answers.until).day, talk.place.answers.reason
    matter = matters.hold(turn.db, facts.matter)
    wish = extensions.ask(turn.db, facts.assignment, until, reason, turn.actor.person_id, turn.now)
    turn.audit("matter.extend", KIND, matter.id, {"due_on": matter.due_on}, {"asks": until})
    if facts.decides:
        _show_granted(turn, grant(turn, extensions.by_id(turn.db, wish)))
        return
    shown.redraw(turn, matter.id)
    watch(turn, matter.id)
    row, about, answers = extensions.with_name(turn.db, wish), (KIND, matter.id), ("mt.ext.y", "mt.ext.n")
    assert row is not None
    buttons = [Button(code, wish, row.version, primary=code == answers[0]) for code in answers]
    assigners = parties.assigners(turn.db, matter, turn.today)
    turn.remind(assigners, "wished", buttons, of=about, card=about, view=shown.view(turn, matter), wish=row)
    shown.show(turn, matter, turn.text("asked", day=until))


@action("mt.ext.y", right=Right.ASSIGN_MATTER, load=extension_at)
def agree(turn: Turn, wish: Any, button: Button) -> None:
    """同意延期, if it still waits for an answer."""
    matter = matters.locked(turn.db, wish.matter_id)
    if waits(turn, wish.id):
        _show_granted(turn, grant(turn, wish))
    else:
        show_over(turn, wish, matter)


def _show_granted(turn: Turn, moved: Any) -> None:
    shown.show(turn, moved, turn.text("moved", day=moved.due_on))


def waits(turn: Turn, the_id: int) -> bool:
    """Whether a wish still waits for an answer."""
    row = extensions.by_id(turn.db, the_id)
    pending = extensions.pending(turn.db, row.matter_id) if row is not None else None
    return pending is not None and pending.id == the_id


def show_over(turn: Turn, wish: Any, matter: Any) -> None:
    """What has become of a wish (a row) that waits no more, and how its matter stands."""
    with turn.within(flow.name):
        shown.show(turn, matter, turn.text("settled", wish=extensions.with_name(turn.db, wish.id), matter=matter))


def grant(turn: Turn, wish: Any) -> Any:
    """The matter is due when a wish (a row) says, or today if that is over; its row as it is then. Everybody concerned hears of it."""
    me, matter = turn.actor.person_id, matters.locked(turn.db, wish.matter_id)
    extensions.decide(turn.db, wish, Asked.GRANTED, me, turn.now)
    until = max(wish.until, clock.of_matter(turn.db, matter).on_or_after(turn.today))
    moved = matters.move(turn.db, matter, State.WORKING, me, turn.now, due_on=until)
    turn.audit("matter.extend", KIND, matter.id, {"due_on": matter.due_on}, {"due_on": until})
    shown.redraw(turn, matter.id)
    watch(turn, matter.id)
    view, live = shown.view(turn, moved), assignments.live(turn.db, moved)
    with turn.within(flow.name):
        turn.remind(
            {wish.asked_by} - {me}, "granted", Button("mt.see", matter.id), of=(TASK, wish.assignment_id), view=view
        )
        others = {one.person_id for one in live} - {wish.asked_by, me}
        turn.news(others, "due_moved", Button("mt.see", matter.id), view=view)
        turn.news(set(view.openers) - {wish.asked_by, me} - others, "due_moved", Button("mt.st", matter.id), view=view)
    return moved
